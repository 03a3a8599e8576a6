package proxies

func init() {
	MustRegister(Proxy{
		Name: "snip", Title: "Connection sensitivity", Family: DataDependent, Needs: LossGrad,
		Paper:     "Lee et al. 2019, “SNIP: single-shot network pruning based on connection sensitivity”",
		Tolerance: Tolerance{Relative: 1e-3, Narrow: 1e-5},
		Run:       snip,
	})
}

// snip is Σ |w·dL/dw| over the scored weights.
func snip(s *Session) (float64, error) {
	var sum float64
	for _, w := range s.Weights {
		sum += w.AbsWG
	}
	return sum, nil
}
