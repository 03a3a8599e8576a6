package stats

// KendallTauB returns Kendall's rank correlation tau-b of the pairs (x[i], y[i]), which allows for
// ties in both columns, in O(n log n) (Knight, "A Computer Method for Calculating Kendall's Tau with
// Ungrouped Data", JASA 1966). NaN, infinite values, undefined cases and the error are as in [Spearman].
func KendallTauB(x, y []float64) (Correlation, error) {
	px, py, dropped, err := pairs(x, y)
	if err != nil {
		return Correlation{}, err
	}
	if c, ok := checkPairs(px, py, dropped); ok {
		return c, nil
	}
	s := newKendallSample(px, py)
	tau := s.statistic(ones(len(px)))
	return Correlation{Rho: tau, N: len(px), Dropped: dropped}, nil
}
