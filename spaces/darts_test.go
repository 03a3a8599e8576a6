package spaces_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/spaces"
)

// dartsV2 is DARTS's own second-order architecture, in both encodings.
const (
	dartsV2 = "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), " +
		"('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], " +
		"normal_concat=[2, 3, 4, 5], reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), " +
		"('max_pool_3x3', 1), ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], " +
		"reduce_concat=[2, 3, 4, 5])"
	dartsV2Compact = "[[(0, 3), (1, 3), (0, 3), (1, 3), (1, 3), (0, 2), (0, 2), (2, 5)], " +
		"[(0, 0), (1, 0), (2, 2), (1, 0), (0, 0), (2, 2), (2, 2), (1, 0)]]"
)

func TestDARTSReference(t *testing.T) {
	for _, c := range refCases(t, "darts.jsonl") {
		checkReference(t, &c)
		if c.SuiteZero == nil {
			continue
		}
		if c.Options == nil {
			c.Options = map[string]any{}
		}
		c.Options["variant"] = "naslib"
		c.Scores = nil
		g := checkReference(t, &c)
		if g.ParamCount() != c.SuiteZero.Params || spaces.NASLibFlops(g) != c.SuiteZero.Flops {
			t.Errorf("%s: params %d and flops %d, want %d and %d", c.Arch, g.ParamCount(), spaces.NASLibFlops(g),
				c.SuiteZero.Params, c.SuiteZero.Flops)
		}
	}
}

// All published records: params and flops exact.
func TestDARTSSuiteZero(t *testing.T) {
	s := spaces.DARTS(spaces.WithVariant(spaces.NASLibVariant))
	records := suiteZero(t, "zc_nasbench301.json")["cifar10"]
	if len(records) != 725 {
		t.Errorf("%d records, want 725", len(records))
	}
	for key, r := range records {
		a := mustParse(t, s, key)
		if string(a) != key {
			t.Errorf("%s is written %s", key, a)
		}
		g := mustNetwork(t, s, a, cifar10)
		params, flops := int(math.Round(r.Params.Score*1e6)), int(math.Round(r.Flops.Score*1e6))
		if g.ParamCount() != params || spaces.NASLibFlops(g) != flops {
			t.Errorf("%s: params %d and flops %d, want %d and %d", key, g.ParamCount(), spaces.NASLibFlops(g), params, flops)
		}
	}
}

// ranks without ties, or with the mean of the tied ones.
func ranks(v []int) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return v[a] - v[b] })
	r := make([]float64, len(v))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && v[order[j]] == v[order[i]] {
			j++
		}
		for k := i; k < j; k++ {
			r[order[k]] = float64(i+j-1) / 2
		}
		i = j
	}
	return r
}

func pearson(x, y []float64) float64 {
	var mx, my, xy, xx, yy float64
	for i := range x {
		mx += x[i] / float64(len(x))
		my += y[i] / float64(len(x))
	}
	for i := range x {
		xy += (x[i] - mx) * (y[i] - my)
		xx += (x[i] - mx) * (x[i] - mx)
		yy += (y[i] - my) * (y[i] - my)
	}
	return xy / math.Sqrt(xx*yy)
}

// The blog post's architectures are the right ones if their params and flops correlate as published for
// Spherical CIFAR-100 and NinaPro.
func TestBlogDARTS(t *testing.T) {
	archs := spaces.BlogDARTS()
	if len(archs) != 1000 {
		t.Fatalf("%d architectures, want 1000", len(archs))
	}
	s := spaces.DARTS(spaces.WithChannels(36), spaces.WithVariant(spaces.ArchaiVariant))
	for _, task := range []spaces.Task{
		{Name: "spherical_cifar100", Input: spaces.Shape{C: 3, H: 60, W: 60}, Outputs: 100},
		{Name: "ninapro", Input: spaces.Shape{C: 1, H: 16, W: 52}, Outputs: 18},
	} {
		var params, flops []int
		for _, a := range archs {
			g := mustNetwork(t, s, a, task)
			params, flops = append(params, g.ParamCount()), append(flops, spaces.NASLibFlops(g))
		}
		if got := pearson(ranks(params), ranks(flops)); math.Abs(got-0.98811) > 5e-6 {
			t.Errorf("%s: Spearman(params, flops) = %.5f, want 0.98811", task.Name, got)
		}
	}
}

func TestDARTSSampling(t *testing.T) { checkSampling(t, spaces.DARTS(), 120) }

func TestDARTSParse(t *testing.T) {
	s := spaces.DARTS()
	ranged := strings.ReplaceAll(dartsV2, "[2, 3, 4, 5]", "range(2, 6)")
	tupled := strings.NewReplacer("[", "(", "]", ")", " ", "").Replace(dartsV2Compact)
	listed := strings.NewReplacer("(", "[", ")", "]").Replace(dartsV2Compact)
	doubled := strings.ReplaceAll(dartsV2, "'", `"`)
	for _, text := range []string{dartsV2, ranged, doubled, dartsV2Compact, tupled, listed, " " + listed + "\n"} {
		if a := mustParse(t, s, text); string(a) != dartsV2Compact {
			t.Errorf("%s reads as %s", text, a)
		}
	}
	if g, err := s.FormatGenotype(dartsV2Compact); err != nil || g != dartsV2 {
		t.Errorf("genotype %s (%v), want %s", g, err, dartsV2)
	}
	if g, err := s.FormatNASLib(dartsV2Compact); err != nil || g != dartsV2Compact {
		t.Errorf("compact form %s (%v)", g, err)
	}
	checkParseErrors(t, s, []badText{
		{"", 0, `want one of "[("`},
		{"[[(0, 3), (1, 3)]]", 16, `want ","`},
		{"[[(2, 3)", 3, "the input node is 2, which is not in 0…1"},
		{"[[(0, 7)", 6, "an op index is 7"},
		{"[[(0, 3]", 7, `want ")"`},
		{dartsV2Compact + "]", len(dartsV2Compact), "after the end"},
		{dartsV2Compact[:len(dartsV2Compact)-1], len(dartsV2Compact) - 1, `want "]", not the end`},
		{"Genotype(normal=[('sep_conv3x3', 0)", 19, `did you mean "sep_conv_3x3"?`},
		{"Genotype(normall=[", 9, `did you mean "normal"?`},
		{"Genotype(normal_concat=[2, 3, 4]", 31, `want ","`},
		{"Genotype(normal_concat=[2, 3, 5", 30, "not in 4…4"},
		{"Genotype(normal_concat=range(2, 7)", 32, "not in 6…6"},
		{"Genotype(normal_concat=range(2, 6), normal_concat=range(2, 6)", 36, "given twice"},
		{strings.TrimSuffix(dartsV2, ")"), len(dartsV2) - 1, `want ")", not the end`},
		// What stands around the error is shown, however far in it is.
		{strings.Replace(dartsV2, "('max_pool_3x3', 0), ('skip", "('max_pool_4x4', 0), ('skip", 1), 308, `('max_pool_4x4', 0), (`},
	})
	if _, err := s.Parse(dartsV2 + strings.Repeat(" ", 1000) + "x"); err == nil || len(err.Error()) > 300 {
		t.Errorf("a long text is shown at length: %v", err)
	}
}

func TestDARTSNetworkErrors(t *testing.T) {
	tests := []struct {
		options []spaces.DARTSOption
		task    spaces.Task
		words   string
	}{
		{nil, spaces.Task{Input: spaces.Shape{C: 3, H: 32, W: 32}}, "classifier"},
		{[]spaces.DARTSOption{spaces.WithChannels(0)}, cifar10, "stem.conv"},
		{[]spaces.DARTSOption{spaces.WithLayers(0)}, cifar10, "layers"},
		{[]spaces.DARTSOption{spaces.WithVariant("evil")}, cifar10, "variant"},
		{[]spaces.DARTSOption{spaces.WithHead("tail")}, cifar10, "head"},
		{nil, spaces.Task{Input: spaces.Shape{C: 3, H: 1, W: 0}, Outputs: 1}, "input"},
		{nil, spaces.Task{Input: spaces.Shape{C: 3, H: 1, W: 1}, Outputs: 1}, "stem.conv (conv): its map 96×1×1 has one position"},
		{nil, spaces.Task{Input: spaces.Shape{C: 3, H: 4, W: 3}, Outputs: 1}, "cells.5.edge_2_0, layer 247 (max_pool): its map 128×1×1 has one position"},
		{nil, spaces.Task{Input: spaces.Shape{C: 3, H: 2, W: 32}, Outputs: 1}, "stride 2 on the input 128×1×16"},
	}
	for _, test := range tests {
		_, err := spaces.DARTS(test.options...).Network(dartsV2Compact, test.task)
		if err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("error %v, want one with %q", err, test.words)
		}
	}
}

// The network's names, on an architecture with every operation at stride 1 and 2.
func TestDARTSNames(t *testing.T) {
	arch := spaces.Arch("[[(0, 0), (1, 1), (0, 2), (1, 3), (0, 4), (1, 5), (0, 6), (1, 0)], " +
		"[(0, 0), (1, 1), (0, 2), (1, 3), (0, 4), (1, 5), (0, 6), (1, 2)]]")
	g := mustNetwork(t, spaces.DARTS(spaces.WithLayers(4)), arch, cifar10)
	for name, shape := range map[string][]int{
		"stem.conv.weight":                    {96, 3, 3, 3},
		"cells.0.preprocess0.conv.weight":     {32, 96, 1, 1},
		"cells.0.edge_3_1.depthwise_1.weight": {32, 1, 3, 3},
		"cells.0.edge_4_0.pointwise_2.weight": {32, 32, 1, 1},
		"cells.0.edge_4_0.bn_1.weight":        {32},
		"cells.0.edge_5_0.depthwise.weight":   {32, 1, 5, 5},
		"cells.1.edge_3_0.conv_1.weight":      {32, 64, 1, 1},
		"cells.1.edge_5_1.conv_2.weight":      {32, 64, 1, 1},
		"cells.2.preprocess0.conv_1.weight":   {64, 128, 1, 1},
		"cells.3.preprocess0.bn.weight":       {128},
		"classifier.bias":                     {10},
	} {
		p := g.Param(name)
		if p == nil || !slices.Equal(p.Shape, shape) {
			t.Errorf("%s is %v, want shape %v", name, p, shape)
		}
	}
	if g.Param("cells.0.edge_2_0.bn.weight") != nil || g.Param("cells.0.edge_3_0.conv_1.weight") != nil {
		t.Error("a pool or a skip at stride 1 has parameters")
	}
}

func FuzzDARTSParse(f *testing.F) {
	for _, s := range []string{"", "Genotype(", "[[(0, 1)", dartsV2, dartsV2Compact} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) { fuzzParse(t, spaces.DARTS(), text) })
}

func ExampleDARTS() {
	s := spaces.DARTS(spaces.WithVariant(spaces.NASLibVariant))
	a, err := s.Parse(dartsV2)
	if err != nil {
		panic(err)
	}
	g, err := s.Network(a, spaces.Task{Input: spaces.Shape{C: 3, H: 32, W: 32}, Outputs: 10})
	if err != nil {
		panic(err)
	}
	fmt.Println(g.ParamCount(), "parameters,", spaces.NASLibFlops(g), "FLOPs")
	// Output: 909866 parameters, 165918208 FLOPs
}
