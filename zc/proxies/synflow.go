package proxies

func init() {
	MustRegister(Proxy{
		Name: "synflow", Title: "Synaptic flow", Family: DataIndependent, Needs: SynflowPass,
		Paper:     "Tanaka et al. 2020, “Pruning neural networks without any data by iteratively conserving synaptic flow”, eq. 3",
		Tolerance: Tolerance{Relative: 1e-9},
		Run:       synflow,
	})
}

// synflow is Σ w·dR/dw over the scored weights, R the sum of the outputs for an input of ones, with all parameters
// replaced by their absolute values and batch norms bypassed, in float64.
func synflow(s *Session) (float64, error) { return s.Synflow, nil }
