package plotting

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Only parts of lines that run along one level together are moved; the first line is on top.
func TestProfileSeparate(t *testing.T) {
	for _, c := range []struct {
		name       string
		tau, share [][]float64
		want       [][]float64 // in steps: at level 0, then from each break point on
	}{
		{"apart", [][]float64{{1, 4}, {1, 4}}, [][]float64{{0.25, 1}, {0.5, 0.75}}, [][]float64{{0, 0, 0}, {0, 0, 0}}},
		{"touching", [][]float64{{1, 2}, {1, 2}}, [][]float64{{0.5, 1}, {0.25, 0.5}}, [][]float64{{0, 0, 0}, {0, 0, 0}}},
		{"together on a part", [][]float64{{1, 2}, {1, 3}}, [][]float64{{0.5, 1}, {0.5, 0.75}}, [][]float64{{0, 0.5, 0}, {0, -0.5, 0}}},
		{"two of three", [][]float64{{1}, {2}, {3}}, [][]float64{{0.5}, {0.75}, {1}}, [][]float64{{0, 0}, {0.5, 0}, {-0.5, 0}}},
	} {
		pr := &profile{names: make([]string, len(c.tau)), tau: c.tau, share: c.share, ax: axes{x: scale{max: 5}}}
		got := pr.separate()
		if diff := cmp.Diff(c.want, pr.shift); diff != "" {
			t.Errorf("%s: mismatch (-want +got)\n%s", c.name, diff)
		}
		if want := strings.Contains(fmt.Sprint(c.want), ".5"); got != want {
			t.Errorf("%s: says %v, want %v", c.name, got, want)
		}
	}
	one := []string{"a", "b"}
	apart := must(PerformanceProfile(one, [][]float64{{1, 4}, {1, 4}}, [][]float64{{0.25, 1}, {0.5, 0.75}}))
	shared := must(PerformanceProfile(one, [][]float64{{1}, {1}}, [][]float64{{1}, {1}}))
	if svg := render(t, apart, "svg"); strings.Contains(svg, "share a level") {
		t.Error("a note tells of shifts that there are not")
	}
	grid := must(Grid([]*Figure{shared, shared, apart}))
	if n := strings.Count(render(t, grid, "svg"), "share a level"); n != 1 {
		t.Errorf("a grid says %d times that lines are shifted", n)
	}
}

func TestPerformanceProfileBadInput(t *testing.T) {
	ok := [][]float64{{1, 2}}
	for _, c := range []struct {
		name       string
		names      []string
		tau, share [][]float64
		want       string
	}{
		{"empty", nil, nil, nil, "no proxy"},
		{"rows", []string{"a"}, nil, [][]float64{{0, 1}}, "0 rows of τ"},
		{"lengths", []string{"a"}, ok, [][]float64{{1}}, "2 values of τ and 1 shares"},
		{"no steps", []string{"a"}, [][]float64{{}}, [][]float64{{}}, "at least one"},
		{"below one", []string{"a"}, [][]float64{{0.5, 2}}, [][]float64{{0, 1}}, "at least 1"},
		{"infinite", []string{"a"}, [][]float64{{1, math.Inf(1)}}, [][]float64{{0, 1}}, "finite"},
		{"NaN share", []string{"a"}, ok, [][]float64{{0, math.NaN()}}, "0…1"},
		{"turned", []string{"a"}, [][]float64{{2, 1}}, [][]float64{{0, 1}}, "does not rise"},
		{"falling", []string{"a"}, ok, [][]float64{{1, 0}}, "falls"},
	} {
		_, err := PerformanceProfile(c.names, c.tau, c.share)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
	// One proxy that is best everywhere is a curve of one point.
	f, err := PerformanceProfile([]string{"a"}, [][]float64{{1}}, [][]float64{{1}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Bundle(); err != nil {
		t.Error(err)
	}
}
