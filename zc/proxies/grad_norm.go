package proxies

import "math"

func init() {
	MustRegister(Proxy{
		Name: "grad_norm", Title: "Norm of the loss gradient", Family: DataDependent, Needs: LossGrad,
		Paper:     "Abdelfattah et al. 2021, “Zero-cost proxies for lightweight NAS”",
		Tolerance: Tolerance{Relative: 1e-3, Narrow: 1e-5},
		Run:       gradNorm,
	})
}

// gradNorm is Σ over scored layers of ‖dL/dw‖₂.
func gradNorm(s *Session) (float64, error) {
	var sum float64
	for _, w := range s.Weights {
		sum += math.Sqrt(w.GradSq)
	}
	return sum, nil
}
