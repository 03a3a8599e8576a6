package stats

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// Pearson returns Pearson's correlation coefficient of the pairs (x[i], y[i]). Pairs with a NaN are
// left out and counted. It is NaN with a reason where a value is infinite, as well as in the
// undefined cases of [Spearman]. The error is about x and y of different lengths.
func Pearson(x, y []float64) (Correlation, error) {
	px, py, dropped, err := pairs(x, y)
	if err != nil {
		return Correlation{}, err
	}
	n := len(px)
	for _, v := range [][]float64{px, py} {
		for _, w := range v {
			if math.IsInf(w, 0) {
				return undefined(n, dropped, "a value is infinite; use Spearman or Kendall"), nil
			}
		}
	}
	if c, ok := checkPairs(px, py, dropped); ok {
		return c, nil
	}
	// The coefficient does not depend on the scale, but squares of values such as synflow's 6e68
	// times hundreds would overflow.
	normalise(px)
	normalise(py)
	rho := stat.Correlation(px, py, nil)
	if math.IsNaN(rho) || math.IsInf(rho, 0) {
		return undefined(n, dropped, "the values differ by less than rounding error"), nil
	}
	return Correlation{Rho: clamp(rho), N: n, Dropped: dropped}, nil
}

// normalise divides the values by the largest magnitude among them, which is not 0.
func normalise(x []float64) {
	var largest float64
	for _, v := range x {
		largest = max(largest, math.Abs(v))
	}
	for i := range x {
		x[i] /= largest
	}
}
