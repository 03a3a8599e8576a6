package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// PartialSpearman returns the partial rank correlation of the pairs (x[i], y[i]) with what all of given explain taken
// out: the correlation of what linear regressions of the ranks of x and of y on the ranks of given leave over. With
// nothing given it is [Spearman]. Rows with a NaN anywhere are left out and counted. It is NaN with a reason where there are
// fewer rows than three and one for each of given, or where given explains x or y in full. The error is about columns
// of different lengths.
func PartialSpearman(x, y []float64, given ...[]float64) (Correlation, error) {
	columns := append([][]float64{x, y}, given...)
	kept := make([][]float64, len(columns))
	dropped := 0
	for j, c := range columns {
		if len(c) != len(x) {
			return Correlation{}, fmt.Errorf("stats: partial correlation of columns with %d and %d values; want equally many (column %d)", len(x), len(c), j)
		}
	}
rows:
	for i := range x {
		for _, c := range columns {
			if math.IsNaN(c[i]) {
				dropped++
				continue rows
			}
		}
		for j, c := range columns {
			kept[j] = append(kept[j], c[i])
		}
	}
	n := len(kept[0])
	if n < minPairs+len(given) {
		return undefined(n, dropped, "%d rows are too few for a partial correlation given %d columns", n, len(given)), nil
	}
	if c, ok := checkPairs(kept[0], kept[1], dropped); ok {
		return c, nil
	}
	left := make([][]float64, 2)
	for j := range left {
		left[j] = Ranks(kept[j])
	}
	design := mat.NewDense(n, 1+len(given), nil)
	for i := range n {
		design.Set(i, 0, 1)
	}
	for j, c := range kept[2:] {
		design.SetCol(j+1, Ranks(c))
	}
	var basis mat.SVD
	if !basis.Factorize(design, mat.SVDThin) {
		return undefined(n, dropped, "the columns that are given have no singular values"), nil
	}
	var u mat.Dense
	basis.UTo(&u)
	rank := basis.Rank(1e-10)
	for _, r := range left {
		before := mat.Norm(mat.NewVecDense(n, r), 2)
		for k := range rank { // the basis is orthonormal
			dot := 0.0
			for i, v := range r {
				dot += u.At(i, k) * v
			}
			for i := range r {
				r[i] -= dot * u.At(i, k)
			}
		}
		if mat.Norm(mat.NewVecDense(n, r), 2) < 1e-10*before {
			return undefined(n, dropped, "the columns that are given explain one of the two in full"), nil
		}
	}
	c, err := Pearson(left[0], left[1])
	c.Dropped = dropped
	return c, err
}
