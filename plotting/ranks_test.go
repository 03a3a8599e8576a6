package plotting

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/plot/vg"
)

// rankOverall are overall average ranks of Table 4 of the post.
var rankOverall = []float64{4.33, 4.75, 4.67, 5.5, 4.33, 4.08, 4, 4.33}

func TestAverageRanksBadInput(t *testing.T) {
	for _, c := range []struct {
		name            string
		proxies, spaces []string
		ranks           [][]float64
		overall         []float64
		want            string
	}{
		{"empty", nil, nil, nil, nil, "no proxy"},
		{"overall", []string{"a"}, []string{"s"}, [][]float64{{1}}, nil, "0 overall ranks"},
		{"matrix", []string{"a"}, []string{"s"}, [][]float64{{1, 2}}, []float64{1}, "want 1"},
		{"zero", []string{"a"}, []string{"s"}, [][]float64{{0}}, []float64{1}, "count from 1"},
		{"NaN overall", []string{"a"}, []string{"s"}, [][]float64{{1}}, []float64{math.NaN()}, "count from 1"},
	} {
		_, err := AverageRanks(c.proxies, c.spaces, c.ranks, c.overall)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

func TestCriticalDifferenceOfThePost(t *testing.T) {
	f, err := CriticalDifference(postProxies, rankOverall, 3.03)
	checkGolden(t, "critical", f, err)
}

func TestCliques(t *testing.T) {
	row := func(v ...float64) []rankRow {
		var out []rankRow
		for _, x := range v {
			out = append(out, rankRow{overall: x})
		}
		return out
	}
	for _, c := range []struct {
		ranks []float64
		cd    float64
		want  [][2]int
	}{
		{[]float64{1.2, 2.1, 3.1, 3.6}, 1.2, [][2]int{{0, 1}, {1, 2}, {2, 3}}},
		{[]float64{1, 2, 3}, 5, [][2]int{{0, 2}}},
		{[]float64{1, 2, 3}, 0.5, nil},
		{[]float64{2, 2, 2}, 0.1, [][2]int{{0, 2}}},
		{[]float64{1, 2, 3}, 1, nil}, // as far apart as the critical difference is significant
		{[]float64{1, 1.5, 1.9, 4, 4.2}, 1, [][2]int{{0, 2}, {3, 4}}},
	} {
		if diff := cmp.Diff(c.want, cliques(row(c.ranks...), c.cd)); diff != "" {
			t.Errorf("%v with %v: mismatch (-want +got)\n%s", c.ranks, c.cd, diff)
		}
	}
}

func TestFanned(t *testing.T) {
	for _, c := range []struct{ x, want []vg.Length }{
		{[]vg.Length{10, 30, 50}, []vg.Length{10, 30, 50}},
		{[]vg.Length{10, 30, 30, 50}, []vg.Length{10, 30 - stemGap/2, 30 + stemGap/2, 50}},
		{[]vg.Length{30, 30, 30}, []vg.Length{30 - stemGap, 30, 30 + stemGap}},
		{[]vg.Length{0, 0, 100}, []vg.Length{0, stemGap, 100}},
		{[]vg.Length{100, 100}, []vg.Length{100 - stemGap, 100}},
	} {
		if diff := cmp.Diff(c.want, fanned(c.x, 0, 100), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Errorf("%v: mismatch (-want +got)\n%s", c.x, diff)
		}
	}
}

func TestCriticalDifferenceBadInput(t *testing.T) {
	two := []string{"a", "b"}
	for _, c := range []struct {
		name  string
		names []string
		ranks []float64
		cd    float64
		want  string
	}{
		{"one", []string{"a"}, []float64{1}, 1, "at least two"},
		{"lengths", two, []float64{1}, 1, "1 ranks for 2"},
		{"cd", two, []float64{1, 2}, math.NaN(), "critical difference"},
		{"negative", two, []float64{1, 2}, -1, "critical difference"},
		{"range", two, []float64{1, 3}, 1, "1…2"},
		{"NaN", two, []float64{1, math.NaN()}, 1, "1…2"},
	} {
		_, err := CriticalDifference(c.names, c.ranks, c.cd)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
	// A critical difference longer than the axis, and all ranks equal, must still be drawn.
	f, err := CriticalDifference([]string{"a", "b", "c"}, []float64{2, 2, 2}, 99)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Bundle(); err != nil {
		t.Error(err)
	}
}
