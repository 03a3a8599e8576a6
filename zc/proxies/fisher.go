package proxies

func init() {
	MustRegister(Proxy{
		Name: "fisher", Title: "Fisher information of the activations", Family: DataDependent, Needs: LossGrad,
		Paper:     "Theis et al. 2018, “Faster gaze prediction with dense networks and Fisher pruning”; as a proxy: Abdelfattah et al. 2021",
		Tolerance: Tolerance{Relative: 4e-3, Narrow: 1e-5},
		Run:       fisher,
	})
}

// fisher is Σ over scored layers and channels of ½·mean over samples of (Σ over positions of output·gradient)²,
// counted once for each weight of the channel, as foresight does.
func fisher(s *Session) (float64, error) {
	var sum float64
	for _, f := range s.Fisher {
		sum += f
	}
	return sum, nil
}
