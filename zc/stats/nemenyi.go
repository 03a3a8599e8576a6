package stats

import (
	"fmt"
	"math"
)

// minAlpha is the least significance level whose quantile is right to several digits: one minus it loses the others.
const minAlpha = 1e-9

// NemenyiDistance returns the critical difference of average ranks: two of k proxies differ
// significantly over n tasks if their average ranks are at least this far apart (Nemenyi 1963; Demšar,
// JMLR 2006, section 3.2.2): q·√(k(k+1)/(6n)), q the quantile of the studentized range over √2.
func NemenyiDistance(k, n int, alpha float64) (float64, error) {
	if k < 2 || n < 1 {
		return 0, fmt.Errorf("stats: Nemenyi test of %d proxies on %d tasks; want at least 2 and 1", k, n)
	}
	if !(alpha >= minAlpha && alpha < 1) {
		return 0, fmt.Errorf("stats: Nemenyi test: significance level %g; want it from %g to 1, for example 0.05", alpha, minAlpha)
	}
	return StudentizedRangeQuantile(1-alpha, k) / math.Sqrt2 * rankError(k, n), nil
}

// NemenyiP returns the p-value of the Nemenyi test for two of k proxies whose average ranks over n tasks differ by d.
func NemenyiP(d float64, k, n int) float64 {
	q := math.Abs(d) / rankError(k, n) * math.Sqrt2
	return 1 - StudentizedRangeCDF(q, k)
}

// rankError is the standard deviation of the difference of two average ranks under the null hypothesis.
func rankError(k, n int) float64 {
	return math.Sqrt(float64(k) * float64(k+1) / (6 * float64(n)))
}
