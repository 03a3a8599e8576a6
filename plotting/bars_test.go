package plotting

import (
	"math"
	"strings"
	"testing"
)

func TestCorrelationBarsGolden(t *testing.T) {
	nan := math.NaN()
	rho := [][]float64{{0.79, 0.39, -0.17}, {0.73, 0.56, -0.09}, {0.72, -0.13, nan}}
	lo := [][]float64{{0.76, 0.33, -0.23}, {0.70, 0.51, -0.15}, {0.68, -0.19, nan}}
	hi := [][]float64{{0.82, 0.45, -0.11}, {0.76, 0.61, -0.03}, {0.75, -0.07, nan}}
	f, err := CorrelationBars([]string{"synflow", "params", "jacob_cov"}, []string{"CIFAR-100", "Spherical CIFAR-100", "NinaPro"}, rho, lo, hi,
		WithGroups([]string{"NATS-Bench TSS", "DARTS", "DARTS"}))
	checkGolden(t, "bars", f, err)
}

func TestCorrelationBarsBadInput(t *testing.T) {
	a, x, one := []string{"a"}, []string{"x"}, [][]float64{{0.5}}
	for _, c := range []struct {
		name           string
		proxies, tasks []string
		rho, lo, hi    [][]float64
		opts           []Option
		want           string
	}{
		{"empty", nil, x, nil, nil, nil, nil, "no proxy"},
		{"no tasks", a, nil, [][]float64{{}}, nil, nil, nil, "no tasks"},
		{"shape", a, x, [][]float64{{0.5, 0.6}}, nil, nil, nil, "want 1"},
		{"one bound", a, x, one, one, nil, nil, "only one"},
		{"turned", a, x, one, one, [][]float64{{0.1}}, nil, "above its upper"},
		{"all NaN", a, x, [][]float64{{math.NaN()}}, nil, nil, nil, "nothing to draw"},
		{"groups", a, x, one, nil, nil, []Option{WithGroups([]string{"g", "h"})}, "2 groups for 1"},
	} {
		_, err := CorrelationBars(c.proxies, c.tasks, c.rho, c.lo, c.hi, c.opts...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}
