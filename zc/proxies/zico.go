package proxies

import (
	"math"

	"github.com/zcnas/zcnas/zc/engine"
)

func init() {
	MustRegister(Proxy{
		Name: "zico", Title: "Inverse coefficient of variation of gradients", Family: DataDependent, Needs: Weights,
		Paper:     "Li et al. 2023, “ZiCo: zero-shot NAS via inverse coefficient of variation on gradients”, eq. 7",
		Tolerance: Tolerance{Relative: 5e-2, Narrow: 3e-4},
		Run:       zico,
	})
}

// zico is Σ over layers of ln Σ over weights of mean|g|/std(g), g the gradients of two minibatches' losses and std the
// population's, so that the ratio is (|g1|+|g2|)/|g1−g2|. Weights whose gradients are equal are left out, and layers where
// none is left.
func zico(s *Session) (float64, error) {
	plan, err := s.Plan()
	if err != nil {
		return 0, err
	}
	first, err := s.Forward(engine.Mode{})
	if err != nil {
		return 0, err
	}
	loss := s.Objective()
	r, err := first.Finish(engine.Pass{Seeds: []engine.Seed{{Loss: &loss}}, Sinks: plan.EachScored(engine.Keep{})})
	if err != nil {
		return 0, err
	}
	kept := map[int]engine.Gradient{}
	for _, p := range r[0].Params {
		kept[p.Param] = p.Kept
	}
	defer func() {
		for _, g := range kept {
			first.Device.Free(g)
		}
	}()
	b, err := s.Minibatch(1)
	if err != nil {
		return 0, err
	}
	n, err := s.Load(s.Params, b.N, engine.Mode{})
	if err != nil {
		return 0, err
	}
	second, err := n.Forward(engine.Feed{Inputs: b.Inputs})
	if err != nil {
		return 0, err
	}
	loss = s.ObjectiveOf(b)
	scored := plan.EachScored(engine.Ratio{})
	layers, err := s.Gradients(second, engine.Pass{Seeds: []engine.Seed{{Loss: &loss}}, Sinks: func(param int) []engine.Sink {
		g, ok := kept[param]
		if !ok || scored(param) == nil {
			return nil
		}
		return []engine.Sink{engine.Ratio{Before: []engine.Gradient{g}}}
	}})
	if err != nil {
		return 0, err
	}
	var sum float64
	for _, l := range layers {
		if v := l.Numbers[0][0]; v > 0 {
			sum += math.Log(v)
		}
	}
	return sum, nil
}
