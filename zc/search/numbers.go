package search

import (
	"math"

	"gonum.org/v1/gonum/stat"

	"github.com/zcnas/zcnas/zc/stats"
)

// present copies a column with NaN where scores are [Missing], and counts those that are not.
func present(column []float64) (out []float64, n int) {
	out = make([]float64, len(column))
	for i, v := range column {
		if Missing(v) {
			out[i] = math.NaN()
			continue
		}
		out[i] = v
		n++
	}
	return out, n
}

// standardise makes the mean of the values 0 and their population deviation 1. Equal values become zeros.
func standardise(x []float64) {
	mean, deviation := stat.PopMeanStdDev(x, nil)
	for i := range x {
		x[i] -= mean
		if deviation > 0 {
			x[i] /= deviation
		}
	}
	if !(deviation > 1e-12*math.Abs(mean)) {
		clear(x)
	}
}

// rankScores are the standardised average ranks.
func rankScores(x []float64) []float64 {
	out := stats.Ranks(x)
	standardise(out)
	return out
}

// take returns the values at the rows.
func take(x []float64, rows []int) []float64 {
	out := make([]float64, len(rows))
	for i, r := range rows {
		out[i] = x[r]
	}
	return out
}

// rest lists the rows 0…n−1 that are not among rows.
func rest(n int, rows []int) []int {
	used := make([]bool, n)
	for _, r := range rows {
		used[r] = true
	}
	out := make([]int, 0, n-len(rows))
	for i := range n {
		if !used[i] {
			out = append(out, i)
		}
	}
	return out
}

// spearman is Spearman's coefficient of columns of equal length, NaN where it is undefined.
func spearman(x, y []float64) float64 {
	c, err := stats.Spearman(x, y)
	if err != nil {
		panic(err) // columns of one task are equally long
	}
	return c.Rho
}

func kendall(x, y []float64) float64 {
	c, err := stats.KendallTauB(x, y)
	if err != nil {
		panic(err)
	}
	return c.Rho
}
