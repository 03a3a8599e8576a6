package proxies

import "github.com/zcnas/zcnas/zc/engine"

func init() {
	const paper = "Shu et al. 2022, “NASI: label- and data-agnostic neural architecture search at initialization”, "
	MustRegister(Proxy{
		Name: "nasi", Title: "Squared norm of the gradient of all parameters", Family: DataDependent, Needs: Weights,
		Paper:     paper + "eq. 12 without its constants",
		Tolerance: Tolerance{Relative: 5e-3, Narrow: 1e-5},
		Run:       nasi,
	})
	MustRegister(Proxy{
		Name: "nasi_reward", Title: "NASI, penalised beyond a bound", Family: DataDependent, Needs: Weights,
		Paper:     paper + "eq. 13 (NASI-FIX)",
		Tolerance: Tolerance{Relative: 5e-3, Absolute: 5e-1, Narrow: 1e-5},
		Settings: []Setting{
			{Name: "nasi.mu", About: "weight of the penalty", Default: 2, Min: 0, Max: 1e6},
			{Name: "nasi.nu", About: "bound beyond which the norm is penalised", Default: 100, Min: 0, Max: 1e12},
		},
		Run: func(s *Session) (float64, error) {
			v, err := nasi(s)
			return v - s.Setting("nasi.mu")*max(0, v-s.Setting("nasi.nu")), err
		},
	})
}

// nasi is ‖∇L‖² of the minibatch's loss over all trainable parameters, biases and batch norms too.
func nasi(s *Session) (float64, error) {
	return s.Shared("nasi", func() (float64, error) {
		plan, err := s.Plan()
		if err != nil {
			return 0, err
		}
		t, err := s.Forward(engine.Mode{})
		if err != nil {
			return 0, err
		}
		loss := s.Objective()
		params, err := s.Gradients(t, engine.Pass{Seeds: []engine.Seed{{Loss: &loss}}, Sinks: plan.EachParam(engine.Squares{})})
		if err != nil {
			return 0, err
		}
		var sum float64
		for _, p := range params {
			sum += p.Numbers[0][0]
		}
		return sum, nil
	})
}
