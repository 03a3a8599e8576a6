package stats

// Spearman returns Spearman's rank correlation of the pairs (x[i], y[i]): Pearson's correlation of
// their average ranks, so that ties are exact. Pairs with a NaN are left out and counted; infinite
// values rank as largest and smallest. With fewer than three pairs, or a constant column, it is NaN
// with a reason. The error is about x and y of different lengths.
//
// The sign is that of the data: a proxy whose high scores go with low accuracy has a negative value.
func Spearman(x, y []float64) (Correlation, error) {
	px, py, dropped, err := pairs(x, y)
	if err != nil {
		return Correlation{}, err
	}
	if c, ok := checkPairs(px, py, dropped); ok {
		return c, nil
	}
	s := newSpearmanSample(px, py)
	rho := s.statistic(ones(len(px)))
	return Correlation{Rho: rho, N: len(px), Dropped: dropped}, nil
}

func ones(n int) []int {
	w := make([]int, n)
	for i := range w {
		w[i] = 1
	}
	return w
}
