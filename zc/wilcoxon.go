package zc

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
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
			return 0, 0, fmt.Errorf("zc: Wilcoxon test: difference of %g and %g is not finite", px[i], py[i])
		}
		if d != 0 {
			difference = append(difference, d)
			magnitude = append(magnitude, math.Abs(d))
		}
	}
	n = len(difference)
	if n == 0 {
		return 0, 0, errors.New("zc: Wilcoxon test: no pair with a difference")
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

// PairTest is the comparison of two proxies.
type PairTest struct {
	A, B string
	N    int     // tasks on which they differ
	P    float64 // Wilcoxon's p-value
	// Adjusted is Holm's p-value: with alpha as its bound, the chance that any pair at all is called
	// different by mistake is at most alpha.
	Adjusted float64
}

// WilcoxonHolm compares all pairs of proxies over the tasks of the results by [WilcoxonSignedRank], with
// Holm's correction for the number of pairs (Holm 1979). Unlike Nemenyi's test it uses how far apart
// the results are, and a pair's outcome does not depend on the other proxies (Benavoli, Corani and
// Mangili, JMLR 2016). Smallest p-value first; P is 1 for a pair that never differs. Nil proxies means
// all that have results. Errors are those of [Results.Grid].
func WilcoxonHolm(results Results, proxies []string) ([]PairTest, error) {
	_, names, rho, err := results.Grid(proxies)
	if err != nil {
		return nil, err
	}
	var out []PairTest
	for b := range names {
		for a := range b {
			x, y := column(rho, a), column(rho, b)
			test := PairTest{A: names[a], B: names[b], P: 1}
			if !equalPairs(x, y) {
				if test.P, test.N, err = WilcoxonSignedRank(x, y); err != nil {
					return nil, err
				}
			}
			out = append(out, test)
		}
	}
	slices.SortStableFunc(out, func(s, t PairTest) int { return cmp.Compare(s.P, t.P) })
	var largest float64
	for i := range out {
		largest = max(largest, min(1, float64(len(out)-i)*out[i].P))
		out[i].Adjusted = largest
	}
	return out, nil
}

func column(rows [][]float64, j int) []float64 {
	out := make([]float64, len(rows))
	for i, row := range rows {
		out[i] = row[j]
	}
	return out
}

// equalPairs tells whether no pair of numbers differs.
func equalPairs(x, y []float64) bool {
	for i := range x {
		if x[i] < y[i] || x[i] > y[i] {
			return false
		}
	}
	return true
}
