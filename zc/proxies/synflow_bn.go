package proxies

import "github.com/zcnas/zcnas/zc/engine"

func init() {
	MustRegister(Proxy{
		Name: "synflow_bn", Title: "Synaptic flow with batch norm", Family: DataIndependent, Needs: Weights,
		Paper:     "Abdelfattah et al. 2021, “Zero-cost proxies for lightweight NAS” (code); Tanaka et al. 2020 without batch norm",
		Tolerance: Tolerance{Relative: 1e-6},
		Run:       synflowBN,
	})
}

// synflowBN is Σ |w·dR/dw|, as [synflow] but with batch norms that normalise the one input; undefined where it is
// rounding noise. Gradients may be negative then, so it takes a backward pass.
func synflowBN(s *Session) (float64, error) {
	if s.JacobianConstant {
		return 0, Undefined("all that is averaged comes out of batch norms, so the summed outputs are constant and this is rounding noise")
	}
	n, err := s.Load(s.Params, 1, engine.Mode{Double: true, Abs: true})
	if err != nil {
		return 0, err
	}
	t, err := n.Forward(engine.Feed{Inputs: ones(s.Graph.Input().Size())})
	if err != nil {
		return 0, err
	}
	sum := engine.Loss{Kind: engine.SumOutputs}
	params, err := s.Gradients(t, engine.Pass{Seeds: []engine.Seed{{Loss: &sum}}, Sinks: n.Plan.EachScored(engine.Sums{})})
	var out float64
	for _, p := range params {
		out += p.Numbers[0][1] // Σ|w·g|
	}
	return out, err
}
