package stats

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// FriedmanResult tells whether the proxies' ranks differ by more than chance.
type FriedmanResult struct {
	AverageRanks []float64 // of each proxy; 1 is best
	K            int       // proxies
	N            int       // tasks used
	Dropped      int       // tasks left out because a proxy is undefined there

	ChiSquare float64 // Friedman's statistic, corrected for ties
	DF        int     // its degrees of freedom, k−1
	P         float64 // its p-value, from the chi-square distribution

	F      float64 // Iman and Davenport's statistic, less conservative than ChiSquare; +Inf if all tasks agree
	FDF1   int     // k−1
	FDF2   int     // (k−1)(N−1)
	FP     float64 // its p-value, from the F distribution
	Reason string  // why the statistics are NaN; "" otherwise
}

// Friedman tests whether proxies perform alike over tasks (Friedman 1937; Iman and Davenport 1980; for
// comparing learners Demšar, "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR
// 2006). values[i][j] is the result of proxy j on task i, higher is better. Tasks with a NaN are left
// out and counted. Where all proxies tie on all tasks the statistics are NaN with a reason. Errors:
// rows of different lengths, fewer than three proxies, fewer than two complete tasks.
func Friedman(values [][]float64) (*FriedmanResult, error) {
	if len(values) == 0 {
		return nil, errors.New("stats: Friedman test: no tasks")
	}
	k := len(values[0])
	if k < 3 {
		return nil, fmt.Errorf("stats: Friedman test: %d proxies; want at least 3 (compare two with WilcoxonSignedRank)", k)
	}
	r := &FriedmanResult{K: k, AverageRanks: make([]float64, k), DF: k - 1, FDF1: k - 1}
	var ties float64 // Σ t³−t over groups of tied values
	for i, row := range values {
		if len(row) != k {
			return nil, fmt.Errorf("stats: Friedman test: task %d has %d values; want %d", i, len(row), k)
		}
		if !complete(row) {
			r.Dropped++
			continue
		}
		r.N++
		for j, v := range DescendingRanks(row) {
			r.AverageRanks[j] += v
		}
		_, sizes := denseRanks(row)
		for _, s := range sizes {
			t := float64(s)
			ties += t*t*t - t
		}
	}
	if r.N < 2 {
		return nil, fmt.Errorf("stats: Friedman test: %d tasks on which all proxies are defined; want at least 2", r.N)
	}
	n, kf := float64(r.N), float64(k)
	var square float64
	for j := range r.AverageRanks {
		r.AverageRanks[j] /= n
		d := r.AverageRanks[j] - (kf+1)/2
		square += d * d
	}
	r.FDF2 = r.DF * (r.N - 1)
	correction := 1 - ties/(n*kf*(kf*kf-1))
	if correction <= 0 {
		r.ChiSquare, r.P, r.F, r.FP = math.NaN(), math.NaN(), math.NaN(), math.NaN()
		r.Reason = "all proxies tie on all tasks"
		return r, nil
	}
	r.ChiSquare = 12 * n / (kf * (kf + 1)) * square / correction
	r.P = distuv.ChiSquared{K: float64(r.DF)}.Survival(r.ChiSquare)
	largest := n * (kf - 1) // of ChiSquare, when all tasks rank alike
	if r.ChiSquare >= largest*(1-1e-12) {
		r.F, r.FP = math.Inf(1), 0
		return r, nil
	}
	r.F = (n - 1) * r.ChiSquare / (largest - r.ChiSquare)
	r.FP = distuv.F{D1: float64(r.FDF1), D2: float64(r.FDF2)}.Survival(r.F)
	return r, nil
}

// complete tells whether no value is NaN.
func complete(x []float64) bool {
	for _, v := range x {
		if math.IsNaN(v) {
			return false
		}
	}
	return true
}
