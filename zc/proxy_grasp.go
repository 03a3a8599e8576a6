package zc

func init() {
	MustRegister(Proxy{
		Name: "grasp", Title: "Gradient signal preservation", Family: DataDependent, Need: NeedLossGrad | NeedHessian,
		Paper: "Wang et al. 2020, “Picking winning tickets before training by preserving gradient flow”, eq. 8; sign as in foresight",
		Score: grasp,
	})
}

// grasp is −Σ w·(H g), g the loss gradient.
func grasp(s *Signals) (float64, error) {
	var sum float64
	for _, w := range s.Weights {
		sum -= w.GHW
	}
	return sum, nil
}
