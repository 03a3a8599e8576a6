package proxies

import "math"

func init() {
	MustRegister(Proxy{
		Name: "log_synflow", Title: "Logarithm of synflow", Family: DataIndependent, Needs: Weights,
		Paper:     "Tanaka et al. 2020; NAS-Bench-Suite-Zero publishes this form",
		Tolerance: Tolerance{Relative: 1e-9},
		Run:       logSynflow,
	})
}

// logSynflow is the natural logarithm of synflow, which itself overflows float32 on deep networks.
func logSynflow(s *Session) (float64, error) {
	v, err := synflow(s)
	if err != nil {
		return 0, err
	}
	if v <= 0 {
		return 0, Undefined("synflow is 0, which has no logarithm")
	}
	return math.Log(v), nil
}
