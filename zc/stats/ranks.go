package stats

import (
	"cmp"
	"math"
	"slices"
)

// Ranks returns the average ranks of the values: 1 for the smallest, and tied values share the mean
// of the ranks that they take up. -Inf and +Inf rank as the smallest and largest; the rank of NaN is
// NaN, and the other values are ranked as if it were not there.
func Ranks(x []float64) []float64 {
	group, size := denseRanks(x)
	before := make([]float64, len(size)) // values below each group
	for g := 1; g < len(size); g++ {
		before[g] = before[g-1] + float64(size[g-1])
	}
	out := make([]float64, len(x))
	for i, g := range group {
		if g < 0 {
			out[i] = math.NaN()
			continue
		}
		out[i] = before[g] + (float64(size[g])+1)/2
	}
	return out
}

// denseRanks numbers the distinct values from 0 in ascending order: the group of each value (-1 for
// NaN) and the size of each group.
func denseRanks(x []float64) (group, size []int) {
	order := make([]int, 0, len(x))
	group = make([]int, len(x))
	for i, v := range x {
		if math.IsNaN(v) {
			group[i] = -1
			continue
		}
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	for k, i := range order {
		if k == 0 || x[i] != x[order[k-1]] {
			size = append(size, 0)
		}
		group[i] = len(size) - 1
		size[len(size)-1]++
	}
	return group, size
}

// DescendingRanks gives rank 1 to the largest value; see [Ranks].
func DescendingRanks(x []float64) []float64 {
	negative := make([]float64, len(x))
	for i, v := range x {
		negative[i] = -v
	}
	return Ranks(negative)
}
