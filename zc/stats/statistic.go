package stats

import "fmt"

// Statistic is a correlation coefficient that can be resampled.
type Statistic int

// The coefficients.
const (
	StatisticSpearman Statistic = iota
	StatisticKendall
	StatisticPearson
)

// String returns the coefficient's name as in "spearman".
func (s Statistic) String() string {
	switch s {
	case StatisticSpearman:
		return "spearman"
	case StatisticKendall:
		return "kendall"
	case StatisticPearson:
		return "pearson"
	}
	return fmt.Sprintf("Statistic(%d)", int(s))
}

// ParseStatistic is the inverse of [Statistic.String].
func ParseStatistic(name string) (Statistic, error) {
	for s := range StatisticPearson + 1 {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("%q is not spearman, kendall or pearson", name)
}

// Correlation computes the coefficient of the pairs (x[i], y[i]).
func (s Statistic) Correlation(x, y []float64) (Correlation, error) {
	switch s {
	case StatisticSpearman:
		return Spearman(x, y)
	case StatisticKendall:
		return KendallTauB(x, y)
	case StatisticPearson:
		return Pearson(x, y)
	}
	return Correlation{}, fmt.Errorf("stats: unknown statistic %v", s)
}
