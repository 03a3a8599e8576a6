package stats

import (
	"cmp"
	"math"
	"slices"
)

// kendallSample computes tau-b of weighted pairs; like spearmanSample it sorts only once.
type kendallSample struct {
	x, y  []int // dense ranks
	order []int // pairs sorted by x, then y
	// work space: y of the resample in that order, a second buffer to merge into, and ties in y
	values, buffer []int
	countY         []int
}

func newKendallSample(x, y []float64) *kendallSample {
	s := &kendallSample{}
	var sizeY []int
	s.x, _ = denseRanks(x)
	s.y, sizeY = denseRanks(y)
	s.order = make([]int, len(x))
	for i := range s.order {
		s.order[i] = i
	}
	slices.SortFunc(s.order, func(a, b int) int {
		return cmp.Or(cmp.Compare(s.x[a], s.x[b]), cmp.Compare(s.y[a], s.y[b]))
	})
	s.countY = sizeY
	return s
}

// statistic returns tau-b where pair i occurs weight[i] times; NaN if one column is constant.
func (s *kendallSample) statistic(weight []int) float64 {
	clear(s.countY)
	s.values = s.values[:0]
	var tiesX, tiesXY int64 // numbers of pairs of observations that are tied in x, and in both
	runX, runXY := 0, 0
	previous := -1
	for _, i := range s.order {
		w := weight[i]
		if w == 0 {
			continue
		}
		sameX := previous >= 0 && s.x[previous] == s.x[i]
		if !sameX {
			tiesX += choose2(runX)
			runX = 0
		}
		if !sameX || s.y[previous] != s.y[i] {
			tiesXY += choose2(runXY)
			runXY = 0
		}
		runX += w
		runXY += w
		previous = i
		s.countY[s.y[i]] += w
		for range w {
			s.values = append(s.values, s.y[i])
		}
	}
	tiesX += choose2(runX)
	tiesXY += choose2(runXY)
	var tiesY int64
	for _, c := range s.countY {
		tiesY += choose2(c)
	}
	total := choose2(len(s.values))
	if total == tiesX || total == tiesY {
		return math.NaN()
	}
	s.buffer = slices.Grow(s.buffer[:0], len(s.values))[:len(s.values)]
	discordant := inversions(s.values, s.buffer)
	// Concordant pairs are those that are neither tied nor discordant.
	difference := total - tiesX - tiesY + tiesXY - 2*discordant
	return clamp(float64(difference) / math.Sqrt(float64(total-tiesX)*float64(total-tiesY)))
}

func choose2(n int) int64 { return int64(n) * int64(n-1) / 2 }

// inversions counts the pairs i < j with v[i] > v[j]. It overwrites v and the buffer, which is as long.
func inversions(v, buffer []int) int64 {
	var count int64
	for width := 1; width < len(v); width *= 2 {
		for lo := 0; lo < len(v); lo += 2 * width {
			mid, hi := min(lo+width, len(v)), min(lo+2*width, len(v))
			i, j := lo, mid
			for k := lo; k < hi; k++ {
				if i < mid && (j >= hi || v[i] <= v[j]) {
					buffer[k] = v[i]
					i++
					continue
				}
				count += int64(mid - i)
				buffer[k] = v[j]
				j++
			}
		}
		v, buffer = buffer, v
	}
	return count
}
