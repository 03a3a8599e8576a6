package plotting

import (
	"math"
	"strings"
	"testing"
)

func TestGridGolden(t *testing.T) {
	x := []float64{1e5, 2e5, 3.3e5, 5e5, 7.1e5, 9e5, 1.2e6, 1.5e6, math.NaN()}
	y := []float64{61, 70.5, 68, 77, 83.5, 82, 90, 89, 50}
	a, err := Scatter("params", x, y, WithLogX(), WithSpearman(0.93, 0.66, 0.99), WithYLabel("validation accuracy (%)"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := Scatter("synflow", y, x, WithSpearman(0.93, math.NaN(), math.NaN()))
	if err != nil {
		t.Fatal(err)
	}
	f, err := Grid([]*Figure{a, b}, WithTitle("Two scores"), WithNote("Eight architectures."))
	checkGolden(t, "grid", f, err)
}

// Infinite scores count in ρ but are not drawn; scores that crowd on a linear axis stand on a logarithmic one.
func TestScatterWideScores(t *testing.T) {
	x := []float64{0, 1, 1e2, 1e3, 1e5, 1e6, 3e7, 1e9, math.Inf(1), math.NaN()}
	y := []float64{10, 40, 52, 60, 71, 73, 75, 80, 50, 60}
	f, err := Scatter("synflow", x, y, WithSpearman(0.83, 0.4, 0.97), WithYLabel("accuracy"))
	checkGolden(t, "scatter_wide", f, err)
	for _, c := range []struct {
		name string
		x    []float64
		opts []Option
		want []string
	}{
		{"crowded", x, nil, []string{"(log scale)", "n = 9", "(1 undefined; 1 infinite, not drawn; 1 zero, not drawn)", "ground truth"}},
		{"linear", x, []Option{WithLinearX()}, []string{">synflow<", "n = 9", "1 infinite, not drawn)"}},
		{"small outlier", []float64{1e-9, 1, 2, 3, 4, 5, 6, 7, 8, math.Inf(-1)}, nil, []string{">synflow<", "n = 10 (1 infinite, not drawn)"}},
		{"negative", []float64{-1, 1, 2, 3, 4, 5, 6, 7, 8, 1e9}, nil, []string{">synflow<"}},
	} {
		svg := render(t, must(Scatter("synflow", c.x, y, append(c.opts, WithWidth(TwoColumn))...)), "svg")
		for _, want := range c.want {
			if !strings.Contains(svg, want) {
				t.Errorf("%s: no %q in the figure", c.name, want)
			}
		}
	}
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
		{"infinite accuracy", []float64{1, 2}, []float64{1, math.Inf(-1)}, nil, "point 1"},
		{"one finite", []float64{1, math.Inf(-1)}, []float64{1, 2}, nil, "1 of 2 points"},
		{"both scales", []float64{1, 2}, []float64{1, 2}, []Option{WithLogX(), WithLinearX()}, "both logarithmic and linear"},
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
	for _, x := range [][]float64{{1, 1, 1}, {0, 0, 0}, {1e-300, 1e300, 5}, {6e68, 7e68, 8e68}, {-1e-9, 1e-9, 0}, {-1e308, 1e307, 1},
		{5e-324, 1, math.MaxFloat64}} {
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
