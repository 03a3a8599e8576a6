package main

import (
	"path/filepath"
	"strings"
	"testing"
)

const genotype = "[[(0, 5), (1, 2), (1, 4), (2, 1), (2, 6), (3, 2), (3, 4), (4, 4)], [(0, 5), (1, 0), (0, 5), (1, 3), (2, 1), (3, 6), (0, 4), (2, 2)]]"

// The counts of a case of tss.jsonl.
func TestSpacesArch(t *testing.T) {
	dot := filepath.Join(t.TempDir(), "cell.dot")
	out := mustRun(t, "spaces", "-space", "nats-tss", "-arch", disconnected, "-out", dot)
	for _, w := range []string{"params        73306\n", "macs          7783040\n", "flops         7783050 ", "naslib_flops  7943872 ", "output        10×1×1\n"} {
		if !strings.Contains(out, w) {
			t.Errorf("want %q in\n%s", w, out)
		}
	}
	if text := readFile(t, dot); !strings.HasPrefix(text, "digraph") || !strings.Contains(text, "none") {
		t.Errorf("drawing:\n%s", text)
	}
	svg := filepath.Join(t.TempDir(), "cells.svg")
	mustRun(t, "spaces", "-space", "darts", "-arch", genotype, "-out", svg)
	if text := readFile(t, svg); !strings.Contains(text, "<svg") || !strings.Contains(text, "normal cell") || !strings.Contains(text, "reduction cell") {
		t.Errorf("the drawing has not both cells:\n%.500s", text)
	}
	mustRun(t, "spaces", "-space", "nats-tss", "-arch", "5", "-network", "-out", dot)
	if text := readFile(t, dot); strings.Count(text, "\n") < 200 {
		t.Errorf("the drawing of the network has %d lines", strings.Count(text, "\n"))
	}
	mustRun(t, "spaces", "-space", "darts", "-arch", genotype, "-network", "-out", svg)
	if text := readFile(t, svg); !strings.Contains(text, "<svg") || !strings.Contains(text, "classifier") || !strings.Contains(text, "512×8×8") {
		t.Errorf("the drawing is not of the network:\n%.500s", text)
	}
	if out := mustRun(t, "spaces", "-space", "nats-tss", "-arch", "5", "-arch", "6"); strings.Count(out, "params") != 2 {
		t.Errorf("two architectures:\n%s", out)
	}
}

// Without -space an architecture is of the space that score takes by default.
func TestSpacesDefault(t *testing.T) {
	svg := filepath.Join(t.TempDir(), "cell.svg")
	want := mustRun(t, "spaces", "-space", "nats-tss", "-arch", "11")
	if got := mustRun(t, "spaces", "-arch", "11", "-out", svg); got != want {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
	if text := readFile(t, svg); !strings.Contains(text, "<svg") {
		t.Errorf("drawing:\n%.300s", text)
	}
}

func TestSpacesTask(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "input         3×256×256\noutput        75×1×1\n"},
		{[]string{"-task", "jigsaw"}, "input         27×64×64\noutput        1000×1×1\n"},
		{[]string{"-task", "class_scene", "-shape", "3,64,64", "-classes", "63"}, "input         3×64×64\noutput        63×1×1\n"},
	} {
		out := mustRun(t, append([]string{"spaces", "-space", "transnas-micro", "-arch", "64-41414-2_11_311"}, c.args...)...)
		if !strings.Contains(out, c.want) {
			t.Errorf("%v: want %q in\n%s", c.args, c.want, out)
		}
	}
}
