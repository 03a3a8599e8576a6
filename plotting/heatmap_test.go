package plotting

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
)

// Spearman between four proxies and the accuracy on DARTS, CIFAR-100 (published).
var (
	heatNames = []string{"grad_norm", "grasp", "synflow", "params", "gt"}
	heatRho   = [][]float64{
		{1, -0.44, 0.55, 0.40, 0.27},
		{-0.44, 1, 0.14, 0.37, 0.23},
		{0.55, 0.14, 1, 0.996, 0.39},
		{0.40, 0.37, 0.996, 1, math.NaN()},
		{0.27, 0.23, 0.39, math.NaN(), 1},
	}
)

func TestHeatMapsGolden(t *testing.T) {
	f, err := HeatMap(heatNames, heatRho, WithTheme(Dark()), WithColorMap(BlueOrange()), WithLowerTriangle())
	checkGolden(t, "heatmap_dark", f, err)
	p := Panel{"First", heatNames, heatRho}
	q := Panel{"Second", heatNames, heatRho}
	f, err = HeatMapGrid([]Panel{p, q, {"Third", heatNames, heatRho}}, WithColumns(2), WithWidth(OneColumn))
	checkGolden(t, "heatmap_grid", f, err)
}

func TestHeatMapBadInput(t *testing.T) {
	for _, c := range []struct {
		name  string
		names []string
		m     [][]float64
		opts  []Option
		want  string
	}{
		{"empty", nil, nil, nil, "no name"},
		{"rows", []string{"a", "b"}, [][]float64{{1, 0}}, nil, "1 rows for 2 names"},
		{"columns", []string{"a", "b"}, [][]float64{{1, 0}, {1}}, nil, "row 2 (b)"},
		{"infinite", []string{"a"}, [][]float64{{math.Inf(1)}}, nil, "use NaN"},
		{"range", []string{"a"}, [][]float64{{1.5}}, nil, "−1…1"},
		{"repeated", []string{"a", "a"}, [][]float64{{1, 0}, {0, 1}}, nil, "given twice"},
		{"blank", []string{" "}, [][]float64{{1}}, nil, "empty name"},
		{"utf8", []string{"\xff"}, [][]float64{{1}}, nil, "UTF-8"},
		{"width", []string{"a"}, [][]float64{{1}}, []Option{WithWidth(-3)}, "width"},
		{"dpi", []string{"a"}, [][]float64{{1}}, []Option{WithDPI(0)}, "dots per inch"},
		{"theme", []string{"a"}, [][]float64{{1}}, []Option{WithTheme(Theme{})}, "theme"},
		{"map", []string{"a"}, [][]float64{{1}}, []Option{WithColorMap(nil)}, "colour map"},
	} {
		_, err := HeatMap(c.names, c.m, c.opts...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
	if _, err := HeatMapGrid(nil); err == nil {
		t.Error("a grid of no panels is accepted")
	}
	if _, err := HeatMapGrid([]Panel{{"ok", heatNames, heatRho}, {"bad", heatNames, heatRho[:2]}}); err == nil || !strings.Contains(err.Error(), "panel 2 (bad)") {
		t.Errorf("error %v does not name the panel", err)
	}
}

// A heat map of one name, or of a hundred, must still be drawn.
func TestHeatMapSizes(t *testing.T) {
	for _, n := range []int{1, 2, 30, 100} {
		names, m := make([]string, n), make([][]float64, n)
		for i := range n {
			names[i] = strings.Repeat("x", i%7+1) + canvas.Decimal(float64(i), 0)
			m[i] = make([]float64, n)
			m[i][i] = 1
		}
		f, err := HeatMap(names, m)
		if err != nil {
			t.Fatal(err)
		}
		w, h := f.Size()
		if !(w > 0 && h > 0 && h < 2*w) {
			t.Errorf("%d names: size %v × %v", n, w, h)
		}
		if _, err := f.Bundle(); err != nil {
			t.Error(err)
		}
	}
}

// A grid has as many columns as leave the numbers legible.
func TestHeatMapGridColumns(t *testing.T) {
	for _, c := range []struct{ names, panels, want int }{{4, 6, 3}, {9, 3, 3}, {13, 3, 2}, {20, 3, 1}, {60, 3, 1}} {
		names, m := make([]string, c.names), make([][]float64, c.names)
		for i := range names {
			names[i], m[i] = fmt.Sprintf("proxy %d", i), make([]float64, c.names)
		}
		panels := make([]Panel, c.panels)
		for i := range panels {
			panels[i] = Panel{"title", names, m}
		}
		cfg := defaultConfig()
		h, err := newHeat(cfg, panels, 3)
		if err != nil {
			t.Fatal(err)
		}
		p := &canvas.Pen{Theme: cfg.theme}
		h.cols = h.legibleColumns(p, TwoColumn)
		if h.cols != c.want {
			t.Errorf("%d panels of %d names stand in %d columns, want %d", c.panels, c.names, h.cols, c.want)
		}
		if size := h.numberSize(p, h.geometry(p, TwoColumn).cell[0]); c.names <= 20 && size < canvas.MinText {
			t.Errorf("%d names: numbers of %v points", c.names, size)
		}
	}
}

func TestHeatMapNumbers(t *testing.T) {
	var h heat
	for _, c := range []struct {
		v    float64
		want string
	}{{0.881, ".88"}, {-0.881, "−.88"}, {1, "1"}, {-1, "−1"}, {0.996, "1.0"}, {-0.001, ".00"}} {
		if got := h.number(c.v, 2, 10, 5); got != c.want {
			t.Errorf("%v prints as %q, want %q", c.v, got, c.want)
		}
	}
}
