package zc

import "math"

func init() {
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
