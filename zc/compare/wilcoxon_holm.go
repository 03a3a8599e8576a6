package compare

import (
	"cmp"
	"slices"

	"github.com/zcnas/zcnas/zc/stats"
)

// PairTest is the comparison of two proxies.
type PairTest struct {
	A, B string
	N    int     // tasks on which they differ
	P    float64 // Wilcoxon's p-value
	// Adjusted is Holm's p-value: with alpha as its bound, the chance that any pair at all is called
	// different by mistake is at most alpha.
	Adjusted float64
}

// WilcoxonHolm compares all pairs of proxies over the tasks of the results by [stats.WilcoxonSignedRank], with
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
				if test.P, test.N, err = stats.WilcoxonSignedRank(x, y); err != nil {
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
