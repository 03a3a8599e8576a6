package stats

import "math"

// SpearmanInterval approximates the confidence interval of Spearman's coefficient rho of n pairs where
// the pairs themselves are not at hand, as for published numbers (Bonett and Wright, "Sample Size
// Requirements for Estimating Pearson, Kendall and Spearman Correlations", Psychometrika 2000): Fisher's
// transform with standard error √((1+ρ²/2)/(n−3)). The ends are NaN where rho is NaN or n is below 4.
func SpearmanInterval(rho float64, n int, level float64) Interval {
	out := Interval{Low: math.NaN(), High: math.NaN(), Level: level}
	if math.IsNaN(rho) || n < 4 || !(level > 0 && level < 1) || math.Abs(rho) > 1 {
		return out
	}
	half := normalQuantile((1+level)/2) * math.Sqrt((1+rho*rho/2)/float64(n-3))
	z := math.Atanh(rho)
	out.Low, out.High = math.Tanh(z-half), math.Tanh(z+half)
	return out
}
