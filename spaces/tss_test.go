package spaces_test

import (
	"compress/bzip2"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"

	"github.com/zcnas/zcnas/spaces"
)

var (
	cifar10    = spaces.Task{Name: "cifar10", Input: spaces.Shape{C: 3, H: 32, W: 32}, Outputs: 10}
	cifar100   = spaces.Task{Name: "cifar100", Input: spaces.Shape{C: 3, H: 32, W: 32}, Outputs: 100}
	imageNet16 = spaces.Task{Name: "ImageNet16-120", Input: spaces.Shape{C: 3, H: 16, W: 16}, Outputs: 120}
	suiteTasks = map[string]spaces.Task{"cifar10": cifar10, "cifar100": cifar100, "ImageNet16-120": imageNet16}
)

func TestTSSReference(t *testing.T) {
	for _, c := range refCases(t, "tss.jsonl") {
		checkReference(t, &c)
	}
}

// Every published record: params and flops exact, and the op indices read and written.
func TestTSSSuiteZero(t *testing.T) {
	s, records := spaces.TSS(), 0
	for task, archs := range suiteZero(t, "zc_nasbench201.json") {
		for key, r := range archs {
			a := mustParse(t, s, key)
			if back, err := s.FormatNASLib(a); err != nil || back != key {
				t.Fatalf("%s reads as %s, which is written %s (%v)", key, a, back, err)
			}
			g := mustNetwork(t, s, a, suiteTasks[task])
			params, flops := int(math.Round(r.Params.Score*1e6)), int(math.Round(r.Flops.Score*1e6))
			if g.ParamCount() != params || spaces.NASLibFlops(g) != flops {
				t.Errorf("%s %s: params %d and flops %d, want %d and %d", task, key, g.ParamCount(),
					spaces.NASLibFlops(g), params, flops)
			}
			records++
		}
	}
	if records != 2174 {
		t.Errorf("%d records, want 2174", records)
	}
}

// NATS-Bench's own flops (in millions) of the three records that come with its repository.
func TestNATSFlops(t *testing.T) {
	tests := []struct {
		space spaces.Space
		arch  string
		flops map[string]float64
	}{
		{spaces.TSS(), "0", map[string]float64{"cifar10": 15.64737, "cifar100": 15.65322, "ImageNet16-120": 3.91948}},
		{spaces.TSS(), "11", map[string]float64{"cifar10": 113.95137, "cifar100": 113.95722, "ImageNet16-120": 28.49548}},
		{spaces.TSS(), "284", map[string]float64{"cifar10": 11.71521, "cifar100": 11.72106, "ImageNet16-120": 2.93644}},
	}
	for _, test := range tests {
		for task, want := range test.flops {
			g := mustNetwork(t, test.space, mustParse(t, test.space, test.arch), suiteTasks[task])
			if got := spaces.NATSFlops(g); got != int(math.Round(want*1e6)) {
				t.Errorf("%s %s on %s: flops %d, want %.0f", test.space.Name(), test.arch, task, got, want*1e6)
			}
		}
	}
}

// metaArchs reads the list of architectures in a NATS-Bench meta file.
func metaArchs(t *testing.T, path string) []string {
	t.Helper()
	u := pickle.NewUnpickler(bzip2.NewReader(openShared(t, path)))
	v, err := u.Load()
	if err != nil {
		t.Fatal(err)
	}
	dict, ok := v.(*types.Dict)
	if !ok {
		t.Fatalf("the meta file holds a %T", v)
	}
	list, ok := dict.MustGet("meta_archs").(*types.List)
	if !ok {
		t.Fatal("meta_archs is not a list")
	}
	archs := make([]string, list.Len())
	for i := range archs {
		archs[i] = list.Get(i).(string)
	}
	return archs
}

func TestTSSIndex(t *testing.T) {
	s := spaces.TSS()
	for i, want := range metaArchs(t, "data/nats-bench/NATS-tss-v1_0-3ffb9-simple/meta.pickle.pbz2") {
		a, err := s.At(i)
		if err != nil || string(a) != want {
			t.Fatalf("architecture %d is %s (%v), want %s", i, a, err, want)
		}
		if n, err := s.Index(a); err != nil || n != i {
			t.Fatalf("%s has index %d (%v), want %d", a, n, err, i)
		}
	}
}

// The numbering without outside data: what NATS-Bench's paper and notebooks show.
func TestTSSFirst(t *testing.T) {
	want := "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"
	if a := mustParse(t, spaces.TSS(), "0"); string(a) != want {
		t.Errorf("architecture 0 is %s, want %s", a, want)
	}
	n := 0
	seen := map[spaces.Arch]bool{}
	for a := range spaces.TSS().Enumerate() {
		n++
		seen[a] = true
	}
	if n != spaces.TSSSize || len(seen) != n {
		t.Errorf("%d architectures, %d different, want 15625", n, len(seen))
	}
}

func TestTSSDistinct(t *testing.T) {
	n := 0
	for range spaces.TSS().Distinct() {
		n++
	}
	if n != 6466 {
		t.Errorf("%d distinct architectures, want 6466", n)
	}
}

func TestTSSCanonical(t *testing.T) {
	tests := []struct{ a, want string }{
		{"|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|", "#+#+0"},
		{"|none~0|+|skip_connect~0|nor_conv_3x3~1|+|none~0|nor_conv_1x1~1|avg_pool_3x3~2|", "#+#+(#+0)@avg_pool_3x3"},
		{"|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|skip_connect~1|none~2|", "#+#+(0)@nor_conv_3x3"},
	}
	for _, test := range tests {
		if got, err := spaces.TSS().Canonical(spaces.Arch(test.a)); err != nil || got != test.want {
			t.Errorf("%s: %q (%v), want %q", test.a, got, err, test.want)
		}
	}
}

func TestTSSSampling(t *testing.T) { checkSampling(t, spaces.TSS(), 24) }

func TestTSSParse(t *testing.T) {
	s := spaces.TSS()
	official := "|nor_conv_3x3~0|+|skip_connect~0|none~1|+|avg_pool_3x3~0|nor_conv_1x1~1|nor_conv_3x3~2|"
	for _, text := range []string{official, " " + official + "\n", "(2, 0, 4, 1, 3, 2)", " ( 2,0,4 ,1,3,2 ) "} {
		if a := mustParse(t, s, text); string(a) != official {
			t.Errorf("%q reads as %s", text, a)
		}
	}
	checkParseErrors(t, s, []badText{
		{"", 0, `want "|", not the end`},
		{"|none~0", 7, `want "|", not the end`},
		{"|none~1|", 5, `want "~0"`},
		{"|nor_conv_3×3~0|", 1, `did you mean "nor_conv_3x3"?`},
		{"|none~0|+|none~0|nor_conv3x3~1|", 17, `did you mean "nor_conv_3x3"?`},
		{"|none~0|none~0|", 8, `want "+"`},
		{official + "|", len(official), "after the end"},
		{"15625", 0, "not in 0…15624"},
		{"99999999999999999999999", 0, "not in 0…15624"},
		{"(0, 2, 3, 2, 3)", 14, `want ","`},
		{"(0, 2, 3, 2, 3, 5)", 16, "not in 0…4"},
		{"(0, 2, 3, 2, 3, 1) x", 19, "after the end"},
		{"(0, -2, 3, 2, 3, 1)", 4, "want an op index"},
	})
	for _, i := range []int{-1, spaces.TSSSize} {
		if _, err := s.At(i); err == nil {
			t.Errorf("At(%d) was accepted", i)
		}
	}
}

func TestTSSNetworkErrors(t *testing.T) {
	a := mustParse(t, spaces.TSS(), "11")
	tests := []struct {
		space *spaces.TSSSpace
		task  spaces.Task
		words string
	}{
		{spaces.TSS(), spaces.Task{Input: spaces.Shape{C: 3, H: 1, W: 1}, Outputs: 10}, "cells.5.downsample"},
		{spaces.TSS(), spaces.Task{Input: spaces.Shape{C: 3, H: 33, W: 33}, Outputs: 10}, "cells.5, "},
		{spaces.TSS(), spaces.Task{Input: spaces.Shape{C: 0, H: 32, W: 32}, Outputs: 10}, "input"},
		{spaces.TSS(), spaces.Task{Input: spaces.Shape{C: 3, H: 32, W: 32}}, "classifier"},
		{spaces.TSS(spaces.WithChannels(0)), cifar10, "stem.conv"},
		{spaces.TSS(spaces.WithCellsPerStage(-1)), cifar10, "cells per stage"},
	}
	for _, test := range tests {
		_, err := test.space.Network(a, test.task)
		if err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%v: error %v, want one with %q", test.task, err, test.words)
		}
	}
}

func TestTSSNames(t *testing.T) {
	s := spaces.TSS(spaces.WithCellsPerStage(1))
	g := mustNetwork(t, s, "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_1x1~2|", cifar10)
	var names []string
	for _, p := range g.Params() {
		names = append(names, p.Name)
	}
	want := []string{"stem.conv.weight", "stem.bn.weight", "stem.bn.bias"}
	cell := func(i int) {
		for _, e := range []string{"edge_1_0", "edge_3_2"} {
			for _, p := range []string{"conv.weight", "bn.weight", "bn.bias"} {
				want = append(want, fmt.Sprintf("cells.%d.%s.%s", i, e, p))
			}
		}
	}
	reduction := func(i int) {
		for _, e := range []string{"conv_a", "conv_b"} {
			for _, p := range []string{"conv.weight", "bn.weight", "bn.bias"} {
				want = append(want, fmt.Sprintf("cells.%d.%s.%s", i, e, p))
			}
		}
		want = append(want, fmt.Sprintf("cells.%d.downsample.weight", i))
	}
	cell(0)
	reduction(1)
	cell(2)
	reduction(3)
	cell(4)
	want = append(want, "head.bn.weight", "head.bn.bias", "classifier.weight", "classifier.bias")
	if !slices.Equal(names, want) {
		t.Errorf("parameters %q, want %q", names, want)
	}
}

func FuzzTSSParse(f *testing.F) {
	for _, s := range []string{"", "0", "15624", "(0, 2, 3, 2, 3, 1)",
		"|none~0|+|none~0|none~1|+|none~0|none~1|avg_pool_3x3~2|"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) { fuzzParse(t, spaces.TSS(), text) })
}

// fuzzParse: a text either fails with a position inside it, or reads as an architecture that reads as itself.
func fuzzParse(t *testing.T, s spaces.Space, text string) {
	a, err := s.Parse(text)
	if err != nil {
		if pe, ok := err.(*spaces.ParseError); !ok || pe.Offset < 0 || pe.Offset > len(text) {
			t.Fatalf("%q: %v", text, err)
		}
		return
	}
	if b, err := s.Parse(string(a)); err != nil || a != b {
		t.Fatalf("%q reads as %q, which reads as %q (%v)", text, a, b, err)
	}
}

func ExampleTSS() {
	s := spaces.TSS()
	a, err := s.Parse("(0, 2, 3, 2, 3, 1)") // NASLib's op indices
	if err != nil {
		panic(err)
	}
	g, err := s.Network(a, spaces.Task{Input: spaces.Shape{C: 3, H: 32, W: 32}, Outputs: 10})
	if err != nil {
		panic(err)
	}
	fmt.Println(a)
	fmt.Println(g.ParamCount(), "parameters,", spaces.NASLibFlops(g), "FLOPs")
	// Output:
	// |skip_connect~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_1x1~0|nor_conv_1x1~1|none~2|
	// 615386 parameters, 88307392 FLOPs
}
