package zc

func init() {
	MustRegister(Proxy{
		Name: "snip", Title: "Connection sensitivity", Family: DataDependent, Need: NeedLossGrad,
		Paper: "Lee et al. 2019, “SNIP: single-shot network pruning based on connection sensitivity”",
		Score: snip,
	})
}

// snip is Σ |w·dL/dw| over the scored weights.
func snip(s *Signals) (float64, error) {
	var sum float64
	for _, w := range s.Weights {
		sum += w.AbsWG
	}
	return sum, nil
}
