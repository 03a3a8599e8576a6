package plotting

import (
	"math"
	"strings"
	"testing"
)

func TestCurvesGolden(t *testing.T) {
	long := Curve{Name: "random"}
	for i := range 100 {
		x := float64(i + 1)
		long.X, long.Y = append(long.X, x), append(long.Y, 0.9-0.6/x)
		long.Low, long.High = append(long.Low, 0.85-0.6/x), append(long.High, 0.95-0.6/x)
	}
	f, err := Curves([]Curve{
		{Name: "ridge", X: []float64{5, 10, 20, 50, 100}, Y: []float64{0.55, 0.64, 0.68, 0.7, 0.72}, Low: []float64{0.45, 0.6, 0.66, 0.69, 0.71}, High: []float64{0.65, 0.68, 0.7, 0.71, 0.73}},
		{Name: "trees", X: []float64{5, 10, 20, 50, 100}, Y: []float64{0.34, 0.5, 0.6, 0.68, 0.73}},
		long,
	}, WithLogX(), WithXLabel("architectures"), WithYLabel("Kendall’s τ"))
	checkGolden(t, "curves", f, err)
}

func TestCurvesBadInput(t *testing.T) {
	for _, c := range []struct {
		name   string
		curves []Curve
		opts   []Option
		want   string
	}{
		{"none", nil, nil, "no curve"},
		{"empty", []Curve{{Name: "a"}}, nil, "at least one"},
		{"lengths", []Curve{{Name: "a", X: []float64{1, 2}, Y: []float64{1}}}, nil, "equally many"},
		{"half an interval", []Curve{{Name: "a", X: []float64{1}, Y: []float64{1}, Low: []float64{0}}}, nil, "ends"},
		{"order", []Curve{{Name: "a", X: []float64{2, 1}, Y: []float64{1, 1}}}, nil, "rises"},
		{"NaN", []Curve{{Name: "a", X: []float64{1}, Y: []float64{math.NaN()}}}, nil, "leave the point out"},
		{"log", []Curve{{Name: "a", X: []float64{0}, Y: []float64{1}}}, []Option{WithLogX()}, "above zero"},
		{"twice", []Curve{{Name: "a", X: []float64{1}, Y: []float64{1}}, {Name: "a", X: []float64{1}, Y: []float64{1}}}, nil, "twice"},
	} {
		if _, err := Curves(c.curves, c.opts...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}
