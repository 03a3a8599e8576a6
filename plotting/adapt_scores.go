package plotting

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/datasets/truth"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/stats"
	"github.com/zcnas/zcnas/zc/table"
)

// ScatterOf plots the scores of one proxy in a table, one run, against the architectures' true values, with
// Spearman's ρ and its bootstrap interval. Architectures without a true value are left out. values go by the
// architecture's notation, as in [compare.Correlate]. The y axis is labelled with [truth.Label] of the run's data set
// unless [WithYLabel] says what the true values are.
func ScatterOf(scores *table.Table, proxy string, values map[string]float64, opts ...Option) (*Figure, error) {
	if scores == nil {
		return nil, fmt.Errorf("plotting: ScatterOf: the table is nil")
	}
	if runs := scores.Runs(); len(runs) > 1 {
		return nil, fmt.Errorf("plotting: ScatterOf: the table holds %d runs; take one with Table.Run", len(runs))
	}
	if known := scores.Proxies(); !slices.Contains(known, proxy) {
		hint := ""
		if near := spaces.Nearest(proxy, known); near != "" {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
		return nil, fmt.Errorf("plotting: ScatterOf: the table has no scores of %q%s (it has %s)", proxy, hint, strings.Join(known, ", "))
	}
	x, y := compare.JoinColumn(scores, proxy, values)
	if len(x) < 2 {
		return nil, fmt.Errorf("plotting: ScatterOf: %d of %d architectures have a true value; a scatter needs at least two", len(x), len(scores.Archs()))
	}
	c, interval, err := stats.Bootstrap(stats.StatisticSpearman, x, y)
	if err != nil {
		return nil, fmt.Errorf("plotting: ScatterOf %s: %w", proxy, err)
	}
	base := []Option{WithYLabel(truth.Label(scores.Runs()[0].Data))}
	if !math.IsNaN(c.Rho) {
		base = append(base, WithSpearman(c.Rho, interval.Low, interval.High))
	}
	return Scatter(proxy, x, y, append(base, opts...)...)
}

// ScattersOf is a [Grid] of [ScatterOf], one for each of the proxies; nil means all of the table's. The options
// are for the grid and for each scatter; a title stands over the whole.
func ScattersOf(scores *table.Table, proxies []string, values map[string]float64, opts ...Option) (*Figure, error) {
	if scores == nil {
		return nil, fmt.Errorf("plotting: ScattersOf: the table is nil")
	}
	if proxies == nil {
		proxies = scores.Proxies()
	}
	for i, o := range opts {
		if one := []Option{o}; len(applicable("Scatter", one)) == 0 && len(applicable("Grid", one)) == 0 {
			return nil, fmt.Errorf("plotting: ScattersOf: option %d is neither for a scatter nor for a grid", i+1)
		}
	}
	var figs []*Figure
	for _, p := range proxies {
		// What belongs to the whole is not repeated in each scatter.
		f, err := ScatterOf(scores, p, values, append(applicable("Scatter", opts), WithTitle(""), WithNote(""), WithHeight(0))...)
		if err != nil {
			return nil, err
		}
		figs = append(figs, f)
	}
	return Grid(figs, applicable("Grid", opts)...)
}
