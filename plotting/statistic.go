package plotting

import (
	"fmt"
	"math"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/stats"
)

// WithStatistic says which coefficient a figure shows, for its labels; the default is Spearman's. The adapters of
// [compare.Results] take it from the results.
func WithStatistic(s stats.Statistic) Option {
	return special("WithStatistic", func(c *config) { c.statistic = s })
}

// statisticLabel names a coefficient on an axis.
func statisticLabel(s stats.Statistic) string {
	switch s {
	case stats.StatisticSpearman:
		return "Spearman’s " + statisticSymbol(s)
	case stats.StatisticKendall:
		return "Kendall’s " + statisticSymbol(s)
	case stats.StatisticPearson:
		return "Pearson’s " + statisticSymbol(s)
	}
	return statisticSymbol(s)
}

func statisticSymbol(s stats.Statistic) string {
	switch s {
	case stats.StatisticSpearman:
		return "ρ"
	case stats.StatisticKendall:
		return "τ"
	case stats.StatisticPearson:
		return "r"
	}
	return "correlation"
}

// statisticOf is the one statistic of the results.
func statisticOf(results compare.Results) (stats.Statistic, error) {
	if len(results) == 0 {
		return stats.StatisticSpearman, nil
	}
	s := results[0].Statistic
	for _, r := range results {
		if r.Statistic != s {
			return s, fmt.Errorf("the results mix %s and %s; select one", s, r.Statistic)
		}
	}
	return s, nil
}

// text is "ρ = 0.74 [0.70, 0.78]".
func (v interval) text(s stats.Statistic) string {
	out := statisticSymbol(s) + " = " + canvas.Decimal(v.value, 2)
	if !math.IsNaN(v.lo) && !math.IsNaN(v.hi) {
		out += " [" + canvas.Decimal(v.lo, 2) + ", " + canvas.Decimal(v.hi, 2) + "]"
	}
	return out
}

// errorSymbol is the coefficient c in a profile's error 1 − c. Kendall's is spelled out there, as the factor of a
// profile is called τ as well.
func errorSymbol(s stats.Statistic) string {
	if s == stats.StatisticKendall {
		return statisticLabel(s)
	}
	return statisticSymbol(s)
}
