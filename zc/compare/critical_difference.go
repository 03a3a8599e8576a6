package compare

import (
	"cmp"
	"slices"

	"github.com/zcnas/zcnas/zc/stats"
)

// CriticalDifference holds what a critical-difference diagram shows.
type CriticalDifference struct {
	Friedman *stats.FriedmanResult
	Alpha    float64
	CD       float64     // Nemenyi's critical difference
	Proxies  []string    // best average rank first
	Ranks    []float64   // their average ranks
	P        [][]float64 // Nemenyi's p-value for each pair of proxies
	// Groups are the longest runs of proxies, as first and last index into Proxies, within which no
	// two differ significantly: the diagram's bars. Runs of one are left out.
	Groups [][2]int
}

// CriticalDifferences tests which proxies differ over the tasks of the results: [stats.Friedman], then
// Nemenyi at the significance level alpha. Nil proxies means all that have results; tasks on which one
// of them is undefined are left out. Errors are those of [Results.Grid] and [stats.Friedman].
func CriticalDifferences(results Results, proxies []string, alpha float64) (*CriticalDifference, error) {
	_, names, rho, err := results.Grid(proxies)
	if err != nil {
		return nil, err
	}
	f, err := stats.Friedman(rho)
	if err != nil {
		return nil, err
	}
	cd, err := stats.NemenyiDistance(f.K, f.N, alpha)
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
			out.P[i][j] = stats.NemenyiP(out.Ranks[i]-out.Ranks[j], f.K, f.N)
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
