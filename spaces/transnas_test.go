package spaces_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/spaces"
)

// suiteZeroTasks are the tasks as NAS-Bench-Suite-Zero scored them, by name.
func suiteZeroTasks() map[string]spaces.Task {
	tasks := map[string]spaces.Task{}
	for _, t := range spaces.TransNASTasks() {
		task := t.Task
		task.Outputs = t.SuiteZeroOutputs
		tasks[t.Name] = task
	}
	return tasks
}

func TestTransNASReference(t *testing.T) {
	for _, c := range refCases(t, "transnas.jsonl") {
		checkReference(t, &c)
		s, err := spaces.Get(c.Space)
		if err != nil {
			t.Fatal(err)
		}
		g := mustNetwork(t, s, spaces.Arch(c.Arch), suiteZeroTasks()[c.Task])
		if g.ParamCount() != c.SuiteZero.Params || spaces.NASLibFlops(g) != c.SuiteZero.Flops {
			t.Errorf("%s: params %d and flops %d, want %d and %d", c.Arch, g.ParamCount(), spaces.NASLibFlops(g),
				c.SuiteZero.Params, c.SuiteZero.Flops)
		}
	}
}

// The published records: params and flops exact, op indices read and written. A tenth of them in short mode.
func TestTransNASSuiteZero(t *testing.T) {
	tests := []struct {
		file  string
		space interface {
			spaces.Space
			FormatNASLib(spaces.Arch) (string, error)
		}
		records int
	}{
		{"zc_transbench101_micro.json", spaces.TransNASMicro(), 711 * 7},
		{"zc_transbench101_macro.json", spaces.TransNASMacro(), 662*2 + 725*5},
	}
	for _, test := range tests {
		tasks, n := suiteZeroTasks(), 0
		for task, records := range suiteZero(t, test.file) {
			for key, r := range records {
				if n++; testing.Short() && n%10 != 0 {
					continue
				}
				a := mustParse(t, test.space, key)
				if back, err := test.space.FormatNASLib(a); err != nil || back != key {
					t.Fatalf("%s reads as %s, which is written %s (%v)", key, a, back, err)
				}
				g := mustNetwork(t, test.space, a, tasks[task])
				params, flops := int(math.Round(r.Params.Score*1e6)), int(math.Round(r.Flops.Score*1e6))
				if g.ParamCount() != params || spaces.NASLibFlops(g) != flops {
					t.Errorf("%s %s: params %d and flops %d, want %d and %d", task, a, g.ParamCount(),
						spaces.NASLibFlops(g), params, flops)
				}
			}
		}
		if n != test.records {
			t.Errorf("%s: %d records, want %d", test.file, n, test.records)
		}
	}
}

func TestTransNASSampling(t *testing.T) {
	checkSampling(t, spaces.TransNASMicro(), 18)
	checkSampling(t, spaces.TransNASMacro(), 0)
}

func TestTransNASEnumerate(t *testing.T) {
	micro, macro := map[spaces.Arch]bool{}, map[spaces.Arch]bool{}
	for a := range spaces.TransNASMicro().Enumerate() {
		micro[mustParse(t, spaces.TransNASMicro(), string(a))] = true
	}
	for a := range spaces.TransNASMacro().Enumerate() {
		macro[mustParse(t, spaces.TransNASMacro(), string(a))] = true
	}
	if len(micro) != 4096 || len(macro) != 3256 {
		t.Errorf("%d micro and %d macro architectures, want 4096 and 3256", len(micro), len(macro))
	}
	if n := spaces.TransNASMacro().Size().Int64(); n != 3256 {
		t.Errorf("the size of the macro space is %d", n)
	}
}

func TestTransNASParse(t *testing.T) {
	checkParseErrors(t, spaces.TransNASMicro(), []badText{
		{"", 0, `want "64-"`},
		{"32-41414-1_02_333", 0, `want "64-"`},
		{"64-1234-basic", 3, `want "41414"`},
		{"64-41414-1_02_334", 16, `want one of "0123"`},
		{"64-41414-1_02_33", 16, "the end"},
		{"64-41414-1_02_3333", 17, "after the end"},
		{"64-41414-10_2_333", 10, `want "_"`},
		{"(1, 0, 2, 3, 3, 4)", 16, "not in 0…3"},
	})
	checkParseErrors(t, spaces.TransNASMacro(), []badText{
		{"64-41414-1_02_333", 9, `want "basic", not '1'`},
		{"64-1254-basic", 5, `want one of "1234"`},
		{"64-123-basic", 3, "3 modules"},
		{"64-1234123-basic", 3, "7 modules"},
		{"64-1111-basic", 3, "double the channels"},
		{"64-2222-basic", 3, "double the channels"},
		{"64-1211-basic", 3, "halve the resolution"},
		{"64-1234-basic2", 13, "after the end"},
		{"64-1234", 7, "the end"},
		{"(1, 2, 0, 3, 4, 0)", 10, "module 3 after the padding zeros"},
		{"(1,2,3,4,0,1)", 11, "module 1 after the padding zeros"},
		{"(1, 2, 3, 4, 5, 0)", 13, "not in 0…4"},
	})
}

// A jigsaw network shares its backbone's parameters between nine runs.
func TestJigsaw(t *testing.T) {
	tasks := suiteZeroTasks()
	a := spaces.Arch("64-4311-basic")
	jigsaw := mustNetwork(t, spaces.TransNASMacro(), a, tasks["jigsaw"])
	one := tasks["class_object"]
	one.Input = spaces.Shape{C: 3, H: 64, W: 64}
	single := mustNetwork(t, spaces.TransNASMacro(), a, one)
	head := func(g *spaces.Graph) int {
		return g.Param("classifier.weight").Size() + g.Param("classifier.bias").Size()
	}
	if got, want := jigsaw.ParamCount()-head(jigsaw), single.ParamCount()-head(single); got != want {
		t.Errorf("the backbone has %d parameters, one run of it %d", got, want)
	}
	convs := 0
	for _, l := range jigsaw.Layers {
		if l.Name == "stem.conv" {
			convs++
		}
	}
	if convs != 9 {
		t.Errorf("stem.conv runs %d times, want 9", convs)
	}
	if got := jigsaw.Param("classifier.weight").Shape; !slices.Equal(got, []int{1000, 9 * 128}) {
		t.Errorf("the classifier's shape is %v", got)
	}
}

// Dense tasks give maps of the input's size.
func TestTransNASDense(t *testing.T) {
	for _, task := range []string{"segmentsemantic", "normal", "autoencoder"} {
		for _, a := range []spaces.Arch{"64-1123-basic", "64-43331-basic", "64-11414-basic"} {
			in := spaces.Shape{C: 3, H: 64, W: 128}
			g := mustNetwork(t, spaces.TransNASMacro(), a, spaces.Task{Name: task, Input: in, Outputs: 5})
			if got, want := g.Layers[g.Output].Out, (spaces.Shape{C: 5, H: 64, W: 128}); got != want {
				t.Errorf("%s %s: output %v, want %v", task, a, got, want)
			}
		}
	}
}

func TestTransNASNetworkErrors(t *testing.T) {
	micro := spaces.TransNASMicro()
	for _, test := range []struct {
		task  spaces.Task
		words string
	}{
		{spaces.Task{Name: "jigsaws", Input: spaces.Shape{C: 27, H: 64, W: 64}, Outputs: 10}, `did you mean "jigsaw"?`},
		{spaces.Task{Name: "jigsaw", Input: spaces.Shape{C: 3, H: 64, W: 64}, Outputs: 10}, "9 tiles"},
		{spaces.Task{Name: "normal", Input: spaces.Shape{C: 3, H: 64, W: 64}}, "decoder.13.conv"},
		{spaces.Task{Name: "room_layout", Input: spaces.Shape{C: 3, H: 64, W: 64}}, "classifier"},
		{spaces.Task{Input: spaces.Shape{C: 3, H: 1, W: 1}, Outputs: 10}, "stem.conv (conv): stride 2 on the input 3×1×1"},
		{spaces.Task{Input: spaces.Shape{C: 3, H: 8, W: 64}, Outputs: 10}, "cells.4.edge_1_0.conv_a (conv): stride 2 on the input 128×1×8"},
		{spaces.Task{Name: "normal", Input: spaces.Shape{C: 3, H: 32, W: 32}, Outputs: 3}, "cells.8.edge_1_0.conv_a (conv): its map 256×1×1 has one position"},
		{spaces.Task{Name: "autoencoder", Input: spaces.Shape{C: 3, H: 64, W: 72}, Outputs: 3}, "decoder.13.conv (conv): the output 3×64×96 has not the size of the input 3×64×72"},
		{spaces.Task{Name: "segmentsemantic", Input: spaces.Shape{C: 3, H: 65, W: 64}, Outputs: 17}, "sides are multiples of 32"},
	} {
		_, err := micro.Network("64-41414-1_02_333", test.task)
		if err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%v: error %v, want one with %q", test.task, err, test.words)
		}
	}
}

func FuzzTransNASParse(f *testing.F) {
	for _, s := range []string{"", "64-41414-1_02_333", "64-1234-basic", "(1, 2, 3, 3, 2, 1)", "(1, 2, 3, 4, 0, 0)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fuzzParse(t, spaces.TransNASMicro(), text)
		fuzzParse(t, spaces.TransNASMacro(), text)
	})
}

func ExampleTransNASMacro() {
	s := spaces.TransNASMacro()
	a, err := s.Parse("(1, 2, 3, 4, 0, 0)") // NASLib's indices
	if err != nil {
		panic(err)
	}
	g, err := s.Network(a, spaces.Task{Name: "autoencoder", Input: spaces.Shape{C: 3, H: 256, W: 256}, Outputs: 3})
	if err != nil {
		panic(err)
	}
	fmt.Println(a, "gives", g.Layers[g.Output].Out)
	// Output: 64-1234-basic gives 3×256×256
}
