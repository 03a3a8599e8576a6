package proxies

import (
	"math"

	"github.com/zcnas/zcnas/zc/engine"
)

func init() {
	MustRegister(Proxy{
		Name: "gradsign", Title: "Agreement of the samples' gradients in sign", Family: DataDependent, Needs: Weights,
		Paper:     "Zhang and Jia 2022, “GradSign: model performance inference with theoretical insights”, algorithm 1",
		Tolerance: Tolerance{Relative: 1e-3, Narrow: 1e-5},
		Run:       gradSign,
	})
}

// gradSign is Σ over weights of |Σ over samples of sign(∂L_i/∂w)|, every sample a batch of its own: batch norms take the
// statistics of its positions alone.
func gradSign(s *Session) (float64, error) {
	plan, err := s.Plan()
	if err != nil {
		return 0, err
	}
	t, err := s.Forward(engine.Mode{Norm: engine.NormSample})
	if err != nil {
		return 0, err
	}
	centred, err := centredFeatures(plan, t)
	if err != nil {
		return 0, err
	}
	if centred {
		return 0, Undefined("batch norm on one sample is the last thing before the pooling, so pooled features are constants and the signs of gradients behind them rounding noise")
	}
	loss := s.Objective()
	loss.Scale = float64(s.Batch) // the sum of the samples' own losses
	layers, err := s.Gradients(t, engine.Pass{Seeds: []engine.Seed{{Loss: &loss}}, Sinks: plan.EachScored(engine.Signs{})})
	if err != nil {
		return 0, err
	}
	var sum float64
	for _, l := range layers {
		sum += l.Numbers[0][0]
	}
	return sum, nil
}

// centredFeatures reports whether some channel of the pooled map, where it is not all 0, has mean 0 over the positions of
// every sample alone.
func centredFeatures(p *engine.Plan, t *engine.Tape) (bool, error) {
	layer, err := p.GlobalPool()
	if err != nil {
		return false, nil // nothing is pooled
	}
	o := t.Operand(layer)
	if o.Y == nil {
		return false, nil
	}
	values, err := t.Reduce(engine.Map{}, o)
	if err != nil {
		return false, err
	}
	numbers, err := t.Fetch(values)
	if err != nil {
		return false, err
	}
	x, hw := numbers[0], o.Shape.H*o.Shape.W
	for c := range o.Shape.C {
		centred := true
		for n := range t.Batch {
			var mean, sq float64
			for _, v := range x[(n*o.Shape.C+c)*hw:][:hw] {
				mean += v / float64(hw)
				sq += v * v / float64(hw)
			}
			if !(sq > 0) || math.Abs(mean) >= 1e-5*math.Sqrt(sq) {
				centred = false
				break
			}
		}
		if centred {
			return true, nil
		}
	}
	return false, nil
}
