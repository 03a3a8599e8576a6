package plotting

import (
	"math"
	"strings"
	"testing"
)

func TestPerformanceProfileGolden(t *testing.T) {
	names := []string{"synflow", "params", "flops"}
	tau := [][]float64{{1, 1.2, 2.75}, {1, 1.36, 1.45}, {1.02, 1.36, 1.46}}
	share := [][]float64{{1. / 3, 2. / 3, 1}, {1. / 3, 2. / 3, 1}, {1. / 3, 2. / 3, 1}}
	f, err := PerformanceProfile(names, tau, share)
	checkGolden(t, "profile", f, err)
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
