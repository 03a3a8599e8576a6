package plotting

import (
	"math"
	"strings"
	"testing"
)

func TestEpochCurvesBadInput(t *testing.T) {
	two := []float64{1, 2}
	for _, c := range []struct {
		name   string
		names  []string
		epochs []float64
		rho    [][]float64
		opts   []Option
		want   string
	}{
		{"empty", nil, two, nil, nil, "no proxy"},
		{"one epoch", []string{"a"}, []float64{1}, [][]float64{{0.1}}, nil, "at least two"},
		{"order", []string{"a"}, []float64{2, 2}, [][]float64{{0.1, 0.2}}, nil, "rise"},
		{"length", []string{"a"}, two, [][]float64{{0.1}}, nil, "want 2"},
		{"range", []string{"a"}, two, [][]float64{{0.1, 7}}, nil, "−1…1"},
		{"all NaN", []string{"a"}, two, [][]float64{{math.NaN(), math.NaN()}}, nil, "nothing to draw"},
		{"log", []string{"a"}, []float64{0, 1}, [][]float64{{0.1, 0.2}}, []Option{WithLogX()}, "above zero"},
	} {
		_, err := EpochCurves(c.names, c.epochs, c.rho, c.opts...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}
