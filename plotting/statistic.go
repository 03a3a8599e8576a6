package plotting

import (
	"fmt"
	"math"

	"github.com/zcnas/zcnas/zc"
)

// WithStatistic says which coefficient a figure shows, for its labels; the default is Spearman's. The adapters of
// [zc.Results] take it from the results.
func WithStatistic(s zc.Statistic) Option { return func(c *config) { c.statistic = s } }

// statisticLabel names a coefficient on an axis.
func statisticLabel(s zc.Statistic) string {
	switch s {
	case zc.StatisticSpearman:
		return "Spearman’s " + statisticSymbol(s)
	case zc.StatisticKendall:
		return "Kendall’s " + statisticSymbol(s)
	case zc.StatisticPearson:
		return "Pearson’s " + statisticSymbol(s)
	}
	return statisticSymbol(s)
}

func statisticSymbol(s zc.Statistic) string {
	switch s {
	case zc.StatisticSpearman:
		return "ρ"
	case zc.StatisticKendall:
		return "τ"
	case zc.StatisticPearson:
		return "r"
	}
	return "correlation"
}

// statisticOf is the one statistic of the results.
func statisticOf(results zc.Results) (zc.Statistic, error) {
	if len(results) == 0 {
		return zc.StatisticSpearman, nil
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
func (v interval) text(s zc.Statistic) string {
	out := statisticSymbol(s) + " = " + decimal(v.value, 2)
	if !math.IsNaN(v.lo) && !math.IsNaN(v.hi) {
		out += " [" + decimal(v.lo, 2) + ", " + decimal(v.hi, 2) + "]"
	}
	return out
}

// errorSymbol is the coefficient c in a profile's error 1 − c. Kendall's is spelled out there, as the factor of a
// profile is called τ as well.
func errorSymbol(s zc.Statistic) string {
	if s == zc.StatisticKendall {
		return statisticLabel(s)
	}
	return statisticSymbol(s)
}
