package native

import (
	"fmt"
	"slices"

	"github.com/zcnas/zcnas/zc/engine"
)

// state is weights that stay from pass to pass: in host memory, in PyTorch's layout, packed anew by every Load.
type state struct {
	plan    *engine.Plan
	weights engine.Weights
}

// host keeps weights, which do not depend on the arithmetic.
type host struct{}

// Capabilities implements [engine.Device].
func (host) Capabilities() engine.Capabilities {
	return engine.Capabilities{Name: "native", Double: true, Tangents: true, Training: true, PerSample: true, HostMemory: true}
}

// Store implements [engine.Device].
func (host) Store(p *engine.Plan, w *engine.Weights) (engine.State, error) {
	s := &state{plan: p, weights: *clone(w)}
	if s.weights.Running == nil {
		for _, n := range p.Running {
			c := p.Norms[n].Layer.Out.C
			s.weights.Running = append(s.weights.Running, engine.Running{Mean: make([]float32, c), Var: fill(c, float32(1))})
		}
	}
	if s.weights.Momentum == nil {
		s.weights.Momentum = make([][]float32, len(w.Params))
	}
	return s, nil
}

// Snapshot implements [engine.Device].
func (host) Snapshot(s engine.State) (*engine.Weights, error) {
	st, ok := s.(*state)
	if !ok {
		return nil, fmt.Errorf("native: a %T is no weights of this device", s)
	}
	return clone(&st.weights), nil
}

func clone(w *engine.Weights) *engine.Weights {
	lists := func(from [][]float32) (to [][]float32) {
		for _, v := range from {
			to = append(to, slices.Clone(v))
		}
		return to
	}
	c := &engine.Weights{Params: lists(w.Params), Momentum: lists(w.Momentum)}
	for _, r := range w.Running {
		c.Running = append(c.Running, engine.Running{Mean: slices.Clone(r.Mean), Var: slices.Clone(r.Var)})
	}
	return c
}
