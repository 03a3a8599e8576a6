package zc

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// NemenyiDistance returns the critical difference of average ranks: two of k proxies differ
// significantly over n tasks if their average ranks are at least this far apart (Nemenyi 1963; Demšar,
// JMLR 2006, section 3.2.2): q·√(k(k+1)/(6n)), q the quantile of the studentized range over √2.
func NemenyiDistance(k, n int, alpha float64) (float64, error) {
	if k < 2 || n < 1 {
		return 0, fmt.Errorf("zc: Nemenyi test of %d proxies on %d tasks; want at least 2 and 1", k, n)
	}
	if !(alpha > 0 && alpha < 1) {
		return 0, fmt.Errorf("zc: Nemenyi test: significance level %g; want it between 0 and 1, for example 0.05", alpha)
	}
	return StudentizedRangeQuantile(1-alpha, k) / math.Sqrt2 * rankError(k, n), nil
}

// rankError is the standard deviation of the difference of two average ranks under the null hypothesis.
func rankError(k, n int) float64 {
	return math.Sqrt(float64(k) * float64(k+1) / (6 * float64(n)))
}

// CriticalDifference holds what a critical-difference diagram shows.
type CriticalDifference struct {
	Friedman *FriedmanResult
	Alpha    float64
	CD       float64     // Nemenyi's critical difference
	Proxies  []string    // best average rank first
	Ranks    []float64   // their average ranks
	P        [][]float64 // Nemenyi's p-value for each pair of proxies
	// Groups are the longest runs of proxies, as first and last index into Proxies, within which no
	// two differ significantly: the diagram's bars. Runs of one are left out.
	Groups [][2]int
}

// CriticalDifferences tests which proxies differ over the tasks of the results: [Friedman], then
// Nemenyi at the significance level alpha. Nil proxies means all that have results; tasks on which one
// of them is undefined are left out. Errors are those of [Results.Grid] and [Friedman].
func CriticalDifferences(results Results, proxies []string, alpha float64) (*CriticalDifference, error) {
	_, names, rho, err := results.Grid(proxies)
	if err != nil {
		return nil, err
	}
	f, err := Friedman(rho)
	if err != nil {
		return nil, err
	}
	cd, err := NemenyiDistance(f.K, f.N, alpha)
	if err != nil {
		return nil, err
	}
	order := make([]int, f.K)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(f.AverageRanks[a], f.AverageRanks[b]) })
	out := &CriticalDifference{Friedman: f, Alpha: alpha, CD: cd, P: make([][]float64, f.K)}
	for _, i := range order {
		out.Proxies = append(out.Proxies, names[i])
		out.Ranks = append(out.Ranks, f.AverageRanks[i])
	}
	for i := range out.P {
		out.P[i] = make([]float64, f.K)
		for j := range out.P[i] {
			q := math.Abs(out.Ranks[i]-out.Ranks[j]) / rankError(f.K, f.N) * math.Sqrt2
			out.P[i][j] = 1 - StudentizedRangeCDF(q, f.K)
		}
	}
	out.Groups = rankGroups(out.Ranks, cd)
	return out, nil
}

// rankGroups finds the longest runs of the sorted ranks that span less than the critical difference.
func rankGroups(ranks []float64, cd float64) [][2]int {
	var out [][2]int
	last := 0 // end of the previous run
	for first := range ranks {
		end := first
		for end+1 < len(ranks) && ranks[end+1]-ranks[first] < cd {
			end++
		}
		// A run that ends where the previous one did is part of it.
		if end > first && end > last {
			out = append(out, [2]int{first, end})
			last = end
		}
	}
	return out
}
