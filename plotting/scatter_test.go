package plotting

import (
	"math"
	"strings"
	"testing"
)

func TestScatterGolden(t *testing.T) {
	x := []float64{1e5, 2e5, 3.3e5, 5e5, 7.1e5, 9e5, 1.2e6, 1.5e6, math.NaN()}
	y := []float64{61, 70.5, 68, 77, 83.5, 82, 90, 89, 50}
	a, err := Scatter("params", x, y, WithLogX(), WithSpearman(0.93, 0.66, 0.99), WithYLabel("validation accuracy (%)"))
	checkGolden(t, "scatter", a, err)
	b, err := Scatter("synflow", y, x, WithSpearman(0.93, math.NaN(), math.NaN()))
	if err != nil {
		t.Fatal(err)
	}
	f, err := Grid([]*Figure{a, b}, WithTitle("Two scores"), WithNote("Eight architectures."))
	checkGolden(t, "grid", f, err)
}

func TestScatterBadInput(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name string
		x, y []float64
		opts []Option
		want string
	}{
		{"lengths", []float64{1, 2}, []float64{1}, nil, "2 scores but 1 accuracies"},
		{"empty", nil, nil, nil, "at least two"},
		{"one point", []float64{1}, []float64{1}, nil, "at least two"},
		{"all NaN", []float64{nan, nan, 1}, []float64{1, 2, nan}, nil, "0 of 3 points"},
		{"infinite", []float64{1, math.Inf(-1)}, []float64{1, 2}, nil, "point 1"},
		{"log x", []float64{0, 1}, []float64{1, 2}, []Option{WithLogX()}, "above zero"},
		{"log y", []float64{1, 2}, []float64{-1, 2}, []Option{WithLogY()}, "above zero"},
	} {
		_, err := Scatter("synflow", c.x, c.y, c.opts...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
	if _, err := Grid(nil); err == nil {
		t.Error("a grid of nothing is accepted")
	}
	if _, err := Grid([]*Figure{nil}); err == nil {
		t.Error("a grid of nil is accepted")
	}
}

// Equal values, tiny and huge ones must still give axes.
func TestScatterExtremeValues(t *testing.T) {
	for _, x := range [][]float64{{1, 1, 1}, {0, 0, 0}, {1e-300, 1e300, 5}, {6e68, 7e68, 8e68}, {-1e-9, 1e-9, 0}, {-1e308, 1e307, 1}} {
		f, err := Scatter("synflow", x, []float64{1, 2, 3})
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range Formats() {
			if _, err := WriterTo(f, format); err != nil {
				t.Errorf("%v as %s: %v", x, format, err)
			}
		}
	}
	f, err := Scatter("synflow", []float64{1e-30, 1e60}, []float64{1, 2}, WithLogX())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := WriterTo(f, "svg"); err != nil {
		t.Error(err)
	}
}
