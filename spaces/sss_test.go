package spaces_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/spaces"
)

func TestSSSReference(t *testing.T) {
	for _, c := range refCases(t, "sss.jsonl") {
		checkReference(t, &c)
	}
}

func TestSSSIndex(t *testing.T) {
	s := spaces.SSS()
	checkIndex(t, sssRecords, s.At, s.Index)
}

func TestSSSSampling(t *testing.T) { checkSampling(t, spaces.SSS(), 35) }

func TestSSSParse(t *testing.T) {
	checkParseErrors(t, spaces.SSS(), []badText{
		{"", 0, "want a width"},
		{"8:8:8:8", 7, `want ":"`},
		{"8:8:8:8:9", 8, "not a multiple of 8"},
		{"8:0:8:8:8", 2, "not in 8…64"},
		{"8:8:72:8:8", 4, "not in 8…64"},
		{"8:8:8:8:8:8", 9, "after the end"},
		{"32768", 0, "not in 0…32767"},
	})
	for _, i := range []int{-1, spaces.SSSSize} {
		if _, err := spaces.SSS().At(i); err == nil {
			t.Errorf("At(%d) was accepted", i)
		}
	}
	n := 0
	for a := range spaces.SSS().Enumerate() {
		if n == 32767 && a != "64:64:64:64:64" {
			t.Errorf("the last architecture is %s", a)
		}
		n++
	}
	if n != spaces.SSSSize {
		t.Errorf("%d architectures, want 32768", n)
	}
}

func TestSSSNetworkErrors(t *testing.T) {
	_, err := spaces.SSS().Network("8:8:8:8:8", spaces.Task{Input: spaces.Shape{C: 3, H: 3, W: 3}, Outputs: 10})
	if err == nil || !strings.Contains(err.Error(), "cells.1, ") {
		t.Errorf("error %v, want one that names cells.1", err)
	}
}

func FuzzSSSParse(f *testing.F) {
	for _, s := range []string{"", "0", "32767", "8:16:24:32:64"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) { fuzzParse(t, spaces.SSS(), text) })
}

func ExampleSSS() {
	s := spaces.SSS()
	a, err := s.Parse("284") // NATS-Bench's index
	if err != nil {
		panic(err)
	}
	g, err := s.Network(a, spaces.Task{Input: spaces.Shape{C: 3, H: 32, W: 32}, Outputs: 10})
	if err != nil {
		panic(err)
	}
	fmt.Println(a, g.ParamCount(), spaces.NATSFlops(g))
	// Output: 8:8:40:32:40 144834 21827994
}
