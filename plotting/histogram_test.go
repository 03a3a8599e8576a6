package plotting

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every value is in one bin: the largest belongs to the last.
func TestHistogramCounts(t *testing.T) {
	for _, c := range []struct {
		name   string
		scale  scale
		values []float64
		want   []int
	}{
		{"linear", scale{min: 0, max: 4}, []float64{0, 1, 2, 2.5, 4, math.NaN()}, []int{1, 1, 2, 1}},
		{"logarithmic", scale{min: 1, max: 1e4, log: true}, []float64{1, 9, 11, 99, 101, 1e4}, []int{2, 2, 1, 1}},
	} {
		if diff := cmp.Diff(c.want, count(c.scale, c.values, 4)); diff != "" {
			t.Errorf("%s: counts mismatch (-want +got):\n%s", c.name, diff)
		}
	}
	if _, err := Histogram("params", []float64{3, 3}, 4); err != nil {
		t.Errorf("equal values: %v", err)
	}
}

func TestHistogramBadInput(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []float64
		bins   int
		opts   []Option
		want   string
	}{
		{"empty", nil, 3, nil, "none of 0 values"},
		{"all NaN", []float64{math.NaN()}, 3, nil, "none of 1 values"},
		{"infinite", []float64{1, math.Inf(1)}, 3, nil, "value 1"},
		{"log of zero", []float64{0, 1}, 3, []Option{WithLogX()}, "above zero"},
		{"no bins", []float64{1}, 0, nil, "0 bins"},
	} {
		_, err := Histogram("params", c.values, c.bins, c.opts...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}
