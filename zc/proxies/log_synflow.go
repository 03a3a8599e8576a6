package proxies

import "math"

func init() {
	MustRegister(Proxy{
		Name: "log_synflow", Title: "Logarithm of synflow", Family: DataIndependent, Needs: SynflowPass,
		Paper:     "Tanaka et al. 2020; NAS-Bench-Suite-Zero publishes this form",
		Tolerance: Tolerance{Relative: 1e-9},
		Run:       logSynflow,
	})
}

// logSynflow is the natural logarithm of synflow, which itself overflows float32 on deep networks.
func logSynflow(s *Session) (float64, error) {
	if s.Synflow <= 0 {
		return 0, Undefined("synflow is 0, which has no logarithm")
	}
	return math.Log(s.Synflow), nil
}
