package stats

import (
	"errors"
	"fmt"
	"math"
)

// exactWilcoxon is the largest number of pairs for which the exact distribution is used.
const exactWilcoxon = 50

// WilcoxonSignedRank returns the two-sided p-value of Wilcoxon's signed-rank test (Wilcoxon 1945) that
// x[i]−y[i] is symmetric about 0, and the number of pairs used. Pairs with a NaN and pairs without
// difference are left out. The p-value is exact for at most 50 pairs whose differences are not tied,
// and from the normal approximation with the correction for ties otherwise. Errors: x and y of
// different lengths, an infinite difference, no pair with a difference.
func WilcoxonSignedRank(x, y []float64) (p float64, n int, err error) {
	px, py, _, err := pairs(x, y)
	if err != nil {
		return 0, 0, err
	}
	var difference, magnitude []float64
	for i := range px {
		d := px[i] - py[i]
		if math.IsInf(d, 0) || math.IsNaN(d) {
			return 0, 0, fmt.Errorf("stats: Wilcoxon test: difference of %g and %g is not finite", px[i], py[i])
		}
		if d != 0 {
			difference = append(difference, d)
			magnitude = append(magnitude, math.Abs(d))
		}
	}
	n = len(difference)
	if n == 0 {
		return 0, 0, errors.New("stats: Wilcoxon test: no pair with a difference")
	}
	var plus float64
	for i, r := range Ranks(magnitude) {
		if difference[i] > 0 {
			plus += r
		}
	}
	_, sizes := denseRanks(magnitude)
	total := float64(n) * float64(n+1) / 2
	if n <= exactWilcoxon && len(sizes) == n {
		return min(1, 2*signedRankCDF(n, int(min(plus, total-plus)))), n, nil
	}
	variance := float64(n) * float64(n+1) * float64(2*n+1) / 24
	for _, s := range sizes {
		t := float64(s)
		variance -= (t*t*t - t) / 48
	}
	return 2 * normalCDF(-math.Abs(plus-total/2)/math.Sqrt(variance)), n, nil
}

// signedRankCDF is the probability that a random subset of 1…n sums to at most s.
func signedRankCDF(n, s int) float64 {
	count := make([]float64, s+1) // subsets of 1…r by their sum, divided by 2^r
	count[0] = 1
	for r := 1; r <= n; r++ {
		for sum := s; sum >= 0; sum-- {
			count[sum] /= 2
			if sum >= r {
				count[sum] += count[sum-r] / 2
			}
		}
	}
	var out float64
	for _, c := range count {
		out += c
	}
	return out
}
