package spaces_test

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets/truth"
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

// Every published record at hand, three of each space: architecture, params and flops exact.
func TestNATSRecords(t *testing.T) {
	for _, test := range []struct {
		space  spaces.Space
		folder string
	}{
		{spaces.TSS(), tssRecords},
		{spaces.SSS(), sssRecords},
	} {
		bench := natsBench(t, test.folder)
		indices := bench.Indices()
		if len(indices) < 3 {
			t.Fatalf("%s: %d records", test.folder, len(indices))
		}
		for _, i := range indices {
			r, err := bench.Load(i)
			if err != nil {
				t.Fatal(err)
			}
			a := mustParse(t, test.space, strconv.Itoa(i))
			if string(a) != r.Arch || len(r.Runs) == 0 {
				t.Errorf("%s: architecture %d is %s, want %s; %d runs", test.folder, i, a, r.Arch, len(r.Runs))
			}
			for _, run := range r.Runs {
				task, ok := suiteTasks[strings.TrimSuffix(run.DataSet, "-valid")]
				if !ok {
					t.Fatalf("unknown data set %s", run.DataSet)
				}
				g := mustNetwork(t, test.space, a, task)
				if got, want := spaces.NATSFlops(g), int(math.Round(run.FLOPs*1e6)); got != want {
					t.Errorf("%s %d on %s: flops %d, want %d", test.folder, i, run.DataSet, got, want)
				}
				if got, want := g.ParamCount(), int(math.Round(run.Params*1e6)); got != want {
					t.Errorf("%s %d on %s: params %d, want %d", test.folder, i, run.DataSet, got, want)
				}
			}
		}
	}
}

// natsBench opens a folder of NATS-Bench's records.
func natsBench(t *testing.T, folder string) *truth.NATS {
	t.Helper()
	meta := openShared(t, "data/nats-bench/"+folder+"/meta.pickle.pbz2")
	bench, err := truth.NATSBench(filepath.Dir(meta.Name()))
	if err != nil {
		t.Fatal(err)
	}
	return bench
}

// The folders of the two spaces' records.
const (
	tssRecords = "NATS-tss-v1_0-3ffb9-simple"
	sssRecords = "NATS-sss-v1_0-50262-simple"
)

// checkIndex: the space numbers its architectures as the records do.
func checkIndex(t *testing.T, folder string, at func(int) (spaces.Arch, error), index func(spaces.Arch) (int, error)) {
	t.Helper()
	archs, err := natsBench(t, folder).Archs()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range archs {
		a, err := at(i)
		if err != nil || string(a) != want {
			t.Fatalf("architecture %d is %s (%v), want %s", i, a, err, want)
		}
		if n, err := index(a); err != nil || n != i {
			t.Fatalf("%s has index %d (%v), want %d", a, n, err, i)
		}
	}
}

func TestTSSIndex(t *testing.T) {
	s := spaces.TSS()
	checkIndex(t, tssRecords, s.At, s.Index)
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
		{"|none~1|", 6, `want "0", not '1'`},
		{"|none~0|+|none~0|none~1|+|none~0|none~1|none~1|", 45, `want "2", not '1'`},
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
		{spaces.TSS(), spaces.Task{Input: spaces.Shape{C: 3, H: 1, W: 1}, Outputs: 10}, "cells.5.conv_a.conv (conv): stride 2 on the input 16×1×1"},
		{spaces.TSS(), spaces.Task{Input: spaces.Shape{C: 3, H: 32, W: 1}, Outputs: 10}, "stride 2 on the input 16×32×1"},
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
