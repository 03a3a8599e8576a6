package main

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
)

func peerLine(arch string, threads int) string {
	return fmt.Sprintf(`{"arch": %q, "batch": 4, "threads": %d, "separate_s": 2.0, "fused_s": 1.0}`+"\n", arch, threads)
}

func TestBench(t *testing.T) {
	out := mustRun(t, small("bench", "-sample", "2", "-threads", "1")...)
	for _, w := range []string{"forward with tangents", "backward: loss gradient, second order, output gradient", "synflow", "peak memory", "1 threads", "kernels", "all"} {
		if !strings.Contains(out, w) {
			t.Errorf("want %q in\n%s", w, out)
		}
	}
}

func TestBenchAgainst(t *testing.T) {
	peers := write(t, "p.jsonl", peerLine(connected, 1)+`{"arch": "5", "batch": 2, "threads": 1, "fused_s": 3}`+"\n")
	out := mustRun(t, "bench", "-against", peers, "-option", "channels=8", "-option", "cells_per_stage=1", "-format", "json")
	var got benchmark
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Data != "reference" || got.Threads != 1 || got.PeerThreads != 1 || len(got.Rows) != 2 || got.PeakMiB < 1 || got.WarmUp <= 0 {
		t.Errorf("got %+v", got)
	}
	a, b := got.Rows[0], got.Rows[1]
	if a.Arch != connected || a.Batch != 4 || b.Batch != 2 || a.Seconds <= 0 || a.Passes["forward with tangents"] <= 0 {
		t.Errorf("rows %+v", got.Rows)
	}
	// A peer is compared over the architectures that it has timed.
	for peer, want := range map[string]float64{"separate": 2 / a.Seconds, "fused": 4 / (a.Seconds + b.Seconds)} {
		if r := got.PeerRatio[peer]; math.Abs(r-want) > 1e-9*want {
			t.Errorf("%s: ratio %g, want %g", peer, r, want)
		}
	}
	if d := math.Abs(got.Seconds - a.Seconds - b.Seconds); d > 1e-12 || math.Abs(got.PerArch-got.Seconds/2) > 1e-12 {
		t.Errorf("sums: %g and %g of %g and %g", got.Seconds, got.PerArch, a.Seconds, b.Seconds)
	}
	var passes float64
	for _, s := range got.Passes {
		passes += s
	}
	if passes > got.PerArch*1.0001 || passes < 0.9*got.PerArch {
		t.Errorf("the passes take %g s of %g s", passes, got.PerArch)
	}
	table := mustRun(t, "bench", "-against", peers, "-option", "channels=8", "-option", "cells_per_stage=1")
	for _, w := range []string{"separate", "fused", "×", none} {
		if !strings.Contains(table, w) {
			t.Errorf("want %q in\n%s", w, table)
		}
	}
}

// The device that GoMLX brings along compiles, and says how often: not again for the same layers.
func TestBenchGoMLX(t *testing.T) {
	var got benchmark
	out := mustRun(t, small("bench", "-arch", connected, "-arch", connected, "-proxies", "synflow,snip", "-backend", "gomlx:go", "-format", "json")...)
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Compiled == 0 || got.CompileTime <= 0 || got.Kernels != "" {
		t.Errorf("got %+v", got)
	}
	one := got.Compiled
	if err := json.Unmarshal([]byte(mustRun(t, small("bench", "-arch", connected, "-proxies", "synflow,snip", "-backend", "gomlx:go", "-format", "json")...)), &got); err != nil {
		t.Fatal(err)
	}
	if got.Compiled != one {
		t.Errorf("%d compilations for two equal architectures, %d for one", one, got.Compiled)
	}
}
