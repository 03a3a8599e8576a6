package stats

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
)

// StudentizedRangeCDF is the probability that the range of k independent standard normal values is at
// most q: the studentized range distribution with infinite degrees of freedom, which the Nemenyi test
// uses. NaN for k below 2 or q not a number.
func StudentizedRangeCDF(q float64, k int) float64 {
	if k < 2 || math.IsNaN(q) {
		return math.NaN()
	}
	if q <= 0 {
		return 0
	}
	// k ∫ φ(z) [Φ(z) − Φ(z−q)]^(k−1) dz, z the largest value. The density beyond 9 is below 1e-18.
	density := func(z float64) float64 {
		return float64(k) * math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) * math.Pow(normalCDF(z)-normalCDF(z-q), float64(k-1))
	}
	return min(1, quad.Fixed(density, -9, 9, 300, quad.Legendre{}, 0))
}

// StudentizedRangeQuantile is the inverse of [StudentizedRangeCDF]. NaN for k below 2 or p outside
// (0, 1).
func StudentizedRangeQuantile(p float64, k int) float64 {
	if k < 2 || !(p > 0 && p < 1) {
		return math.NaN()
	}
	low, high := 0.0, 1.0
	for StudentizedRangeCDF(high, k) < p && high < 1e3 {
		high *= 2
	}
	for range 60 {
		middle := (low + high) / 2
		if StudentizedRangeCDF(middle, k) < p {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}
