package proxies

func init() {
	MustRegister(Proxy{
		Name: "grasp", Title: "Gradient signal preservation", Family: DataDependent, Needs: LossGrad | Hessian,
		Paper:     "Wang et al. 2020, “Picking winning tickets before training by preserving gradient flow”, eq. 8; sign as in foresight",
		Tolerance: Tolerance{Relative: 1e-2, Absolute: 1e-4, OfSnip: 3e-5, Narrow: 1e-4},
		Run:       grasp,
	})
}

// grasp is −Σ w·(H g), g the loss gradient.
func grasp(s *Session) (float64, error) {
	var sum float64
	for _, w := range s.Weights {
		sum -= w.GHW
	}
	return sum, nil
}
