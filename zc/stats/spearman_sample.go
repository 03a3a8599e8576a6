package stats

import "math"

// spearmanSample computes Spearman's coefficient of weighted pairs without sorting again: the
// values' order is found once, and a resample only changes how often each pair occurs.
type spearmanSample struct {
	x, y           []int // dense rank of each value
	rankX, rankY   []float64
	countX, countY []int
}

func newSpearmanSample(x, y []float64) *spearmanSample {
	s := &spearmanSample{}
	var sizeX, sizeY []int
	s.x, sizeX = denseRanks(x)
	s.y, sizeY = denseRanks(y)
	s.countX, s.countY = sizeX, sizeY
	s.rankX = make([]float64, len(sizeX))
	s.rankY = make([]float64, len(sizeY))
	return s
}

// statistic returns the coefficient where pair i occurs weight[i] times; NaN if one column is constant.
func (s *spearmanSample) statistic(weight []int) float64 {
	clear(s.countX)
	clear(s.countY)
	n := 0
	for i, w := range weight {
		s.countX[s.x[i]] += w
		s.countY[s.y[i]] += w
		n += w
	}
	sxx := centredRanks(s.rankX, s.countX, n)
	syy := centredRanks(s.rankY, s.countY, n)
	if sxx == 0 || syy == 0 {
		return math.NaN()
	}
	// Ranks are multiples of 1/2, so the sums are exact in float64 as long as n < 2^17 or so, and
	// nearly exact beyond.
	var sxy float64
	for i, w := range weight {
		sxy += float64(w) * s.rankX[s.x[i]] * s.rankY[s.y[i]]
	}
	return clamp(sxy / math.Sqrt(sxx*syy))
}

// centredRanks sets rank to the average rank of each group of tied values minus the mean rank, and
// returns the sum of the squares over all n values.
func centredRanks(rank []float64, count []int, n int) float64 {
	before := 0
	var ss float64
	for g, c := range count {
		// average rank (before + (c+1)/2) minus mean rank (n+1)/2
		r := float64(2*before+c-n) / 2
		rank[g] = r
		ss += float64(c) * r * r
		before += c
	}
	return ss
}
