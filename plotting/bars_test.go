package plotting

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zcnas/zcnas/zc/stats"
)

// Beyond eight proxies colours repeat; then the filling of the bars differs.
func TestCorrelationBarsFills(t *testing.T) {
	names := []string{"snip", "zico", "synflow", "gradsign", "synflow_bn"}
	rho := [][]float64{{0.7}, {0.6}, {0.5}, {0.4}, {-0.3}}
	f, err := CorrelationBars(names, []string{"CIFAR-100"}, rho, nil, nil, WithStatistic(stats.StatisticKendall))
	checkGolden(t, "bars_fills", f, err)
	if diff := cmp.Diff([]int{0, 1, 0, 1, 2}, fills(styles(names))); diff != "" {
		t.Errorf("mismatch (-want +got)\n%s", diff)
	}
	if want := "rank correlations of 5 proxies on 1 task"; f.alt != want {
		t.Errorf("the figure says %q, want %q", f.alt, want)
	}
	if svg := render(t, f, "svg"); !strings.Contains(svg, "Kendall’s τ") || strings.Contains(svg, "undefined") {
		t.Error("the axis is not labelled with the statistic, or a note explains what is not there")
	}
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
