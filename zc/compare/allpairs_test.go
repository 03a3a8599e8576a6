package compare

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/zcnas/zcnas/zc/stats"
	"github.com/zcnas/zcnas/zc/table"
)

func TestTableAllPairs(t *testing.T) {
	scores := table.New()
	truth := make(map[string]float64)
	for i := range 6 {
		v := float64(i)
		arch := fmt.Sprint(i)
		scores.Add(testEntry(arch, "up", v), testEntry(arch, "flat", 1), testEntry(arch, "down", -v*v))
		if i > 0 {
			truth[arch] = v * v
		}
	}
	scores.Add(testEntry("2", "down", math.NaN()))
	m, err := AllPairs(scores, truth)
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	want := &Matrix{
		TaskID: TaskID{"nats-tss", "cifar10"}, Source: SourceComputed, Names: []string{"up", "flat", "down", "gt"},
		Rho: [][]float64{{1, nan, -1, 1}, {nan, nan, nan, nan}, {-1, nan, 1, -1}, {1, nan, -1, 1}},
		N:   [][]int{{6, 6, 5, 5}, {6, 6, 5, 5}, {5, 5, 5, 4}, {5, 5, 4, 5}},
	}
	if diff := cmp.Diff(want, m, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if m, err = AllPairs(scores, nil); err != nil || len(m.Names) != 3 {
		t.Errorf("without truth: %+v, %v", m, err)
	}
	if _, err := m.Results(); err == nil {
		t.Error("results without ground truth: no error")
	}
	if _, err := AllPairs(table.New(), nil); err == nil {
		t.Error("empty table: no error")
	}
	if _, err := Pairwise(stats.StatisticKendall, []string{"a"}, nil); err == nil {
		t.Error("names without columns: no error")
	}
}

// TestMeanMatrices works the means of the published matrices out for single cells.
func TestMeanMatrices(t *testing.T) {
	matrices, err := PublishedMatrices()
	if err != nil {
		t.Fatal(err)
	}
	spaces, overall, err := MeanMatrices(matrices)
	if err != nil {
		t.Fatal(err)
	}
	if len(spaces) != 2 || spaces[0].Space != "NATS-Bench TSS" || spaces[1].Space != "DARTS" || overall.Space != "" {
		t.Fatalf("means of %d spaces", len(spaces))
	}
	tss := (0.793839 + 0.175859 - 0.000437) / 3
	darts := (0.393525 - 0.397856 - 0.172901 - 0.056011 + 0.055243) / 5
	for _, c := range []struct {
		m    *Matrix
		want float64
		n    int
	}{{spaces[0], tss, 3}, {spaces[1], darts, 5}, {overall, (tss + darts) / 2, 2}} {
		if got := c.m.At("synflow", GroundTruthName); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%q: mean of synflow is %v; want %v", c.m.Space, got, c.want)
		}
		if c.m.N[0][1] != c.n || c.m.Source != SourcePublished {
			t.Errorf("%q: mean of %d matrices from %q; want %d", c.m.Space, c.m.N[0][1], c.m.Source, c.n)
		}
	}
}

func TestMeanMatrixOfDifferentNames(t *testing.T) {
	a, b := newMatrix([]string{"x", "y"}), newMatrix([]string{"y", "z"})
	a.Rho = [][]float64{{1, 0.5}, {0.5, 1}}
	b.Rho = [][]float64{{1, math.NaN()}, {math.NaN(), 1}}
	m, err := MeanMatrix(a, b)
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	want := [][]float64{{1, 0.5, nan}, {0.5, 1, nan}, {nan, nan, 1}}
	if diff := cmp.Diff(want, m.Rho, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]int{{1, 1, 0}, {1, 2, 0}, {0, 0, 1}}, m.N); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	part, err := m.Select([]string{"z", "x"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]float64{{1, nan}, {nan, 1}}, part.Rho, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("selected (-want +got):\n%s", diff)
	}
	if _, err := m.Select([]string{"w"}); err == nil {
		t.Error("unknown name: no error")
	}
	if _, err := MeanMatrix(a, nil); err == nil || !strings.Contains(err.Error(), "matrix 2 of 2 is nil") {
		t.Errorf("a nil matrix: error %v", err)
	}
	if _, err := MeanMatrix(); err == nil {
		t.Error("no matrices: no error")
	}
}

func ExampleMeanMatrices() {
	matrices, err := PublishedMatrices()
	if err != nil {
		fmt.Println(err)
		return
	}
	spaces, overall, err := MeanMatrices(matrices)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range append(spaces, overall) {
		fmt.Printf("%q: synflow with the ground truth %.2f, snip with grad_norm %.2f\n",
			m.Space, m.At("synflow", GroundTruthName), m.At("snip", "grad_norm"))
	}
	// Output:
	// "NATS-Bench TSS": synflow with the ground truth 0.32, snip with grad_norm 1.00
	// "DARTS": synflow with the ground truth -0.04, snip with grad_norm 0.99
	// "": synflow with the ground truth 0.14, snip with grad_norm 1.00
}
