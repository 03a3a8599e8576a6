package zc

import "math"

func init() {
	MustRegister(Proxy{
		Name: "synflow", Title: "Synaptic flow", Family: DataIndependent, Need: NeedSynflow,
		Paper: "Tanaka et al. 2020, “Pruning neural networks without any data by iteratively conserving synaptic flow”, eq. 3",
		Score: func(s *Signals) (float64, error) { return s.Synflow, nil },
	})
	MustRegister(Proxy{
		Name: "synflow_bn", Title: "Synaptic flow with batch norm", Family: DataIndependent, Need: NeedSynflowBN,
		Paper: "White et al. 2022, “A deeper look at zero-cost proxies for lightweight NAS”",
		Score: synflowBN,
	})
	MustRegister(Proxy{
		Name: "log_synflow", Title: "Logarithm of synflow", Family: DataIndependent, Need: NeedSynflow,
		Paper: "Tanaka et al. 2020; NAS-Bench-Suite-Zero publishes this form",
		Score: logSynflow,
	})
}

// logSynflow is the natural logarithm of synflow, which itself overflows float32 on deep networks.
func logSynflow(s *Signals) (float64, error) {
	if s.Synflow <= 0 {
		return 0, Undefined("synflow is 0, which has no logarithm")
	}
	return math.Log(s.Synflow), nil
}

// synflowBN is undefined where it is rounding noise.
func synflowBN(s *Signals) (float64, error) {
	if s.JacobianConstant {
		return 0, Undefined("all that is averaged comes out of batch norms, so the summed outputs are constant and this is rounding noise")
	}
	return s.SynflowBN, nil
}
