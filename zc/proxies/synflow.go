package proxies

import (
	"math"

	"github.com/zcnas/zcnas/zc/engine"
)

func init() {
	MustRegister(Proxy{
		Name: "synflow", Title: "Synaptic flow", Family: DataIndependent, Needs: Weights,
		Paper:     "Tanaka et al. 2020, “Pruning neural networks without any data by iteratively conserving synaptic flow”, eq. 3",
		Tolerance: Tolerance{Relative: 1e-9},
		Run:       synflow,
	})
}

// synflow is Σ w·dR/dw over the scored weights, R the sum of the outputs for an input of ones, with all parameters
// replaced by their absolute values and batch norms bypassed, in float64.
//
// Nothing is negative then, so the sum is the derivative of R along the weights themselves, and one forward pass with
// tangents gives it: no backward pass.
func synflow(s *Session) (float64, error) {
	return s.Shared("synflow", func() (float64, error) {
		n, err := s.Load(s.Params, 1, engine.Mode{Double: true, Abs: true, Norm: engine.NormSkip, Tangent: true})
		if err != nil {
			return 0, err
		}
		t, err := n.Forward(engine.Feed{Inputs: ones(s.Graph.Input().Size()), Only: []int{}})
		if err != nil {
			return 0, err
		}
		o := t.Output()
		parts := []engine.Tensor{o.T} // of the outputs' tangents: see [engine.Operand]
		if o.Scaled {
			parts = append(parts, o.Y)
		}
		var sum float64
		for _, x := range parts {
			if x == nil {
				continue
			}
			values, err := n.Reduce(engine.Map{}, engine.Operand{Y: x, Shape: o.Shape, Bias: -1})
			if err != nil {
				return 0, err
			}
			numbers, err := n.Fetch(values)
			if err != nil {
				return 0, err
			}
			for _, v := range numbers[0] {
				sum += v
			}
		}
		if o.Scaled && o.Bias >= 0 {
			for _, v := range s.Params[o.Bias] {
				sum -= math.Abs(float64(v)) * float64(o.Shape.H*o.Shape.W)
			}
		}
		return sum, nil
	})
}

func ones(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = 1
	}
	return x
}
