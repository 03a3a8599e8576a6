package engine

import (
	"errors"
	"fmt"
)

// Pass is one way back over a tape: where gradients start, what becomes of those of the parameters, and which maps'
// gradients are wanted.
type Pass struct {
	Seeds []Seed
	// Sinks are what becomes of each parameter's gradient; nil, also as a result, for gradients that are not wanted. See
	// [Plan.EachScored] and [Plan.EachParam].
	Sinks func(param int) []Sink
	// Taps are layers whose maps' gradients are kept for the caller: not of rectified maps.
	Taps []int
	// Stops are layers that gradients do not pass: what the seeds depend on through them does not count.
	Stops []int
	// OutputGrad carries the gradient of the summed outputs along to the input, by itself.
	OutputGrad bool
	Fisher     bool // deliver fisher's terms
	Gates      bool // deliver the derivatives of the gates' factors
}

// Seed is where gradients start: at the output of a layer, with the gradient of a loss or with a given one.
type Seed struct {
	Layer     int       // of the graph; 0 is the network's output. It must not be rectified
	Loss      *Loss     // or
	Cotangent []float32 // [N, C, H, W]
}

// Result is what a pass has delivered. Numbers are still on the device: [Network.Fetch] delivers them. Taps, Input and what Keep
// has taken are the caller's: Device.Free gives their memory back, of the former two so does the next Load.
type Result struct {
	Losses []Scalars // of each seed, one number
	// Params are the parameters that a gradient has reached, or that were updated, in the order in which their gradients
	// were complete.
	Params []ParamResult
	Fisher []Scalars    // the terms, one number each, from the output to the input
	Gates  []GateResult // the derivatives of factors, one for each gate
	// Taps are the gradients of the tapped layers' maps, for [Network.Reduce]; Y is nil where none arrived.
	Taps []Operand
	// Input is the gradient of the summed outputs with respect to the input; Y is nil where it does not depend on it.
	Input Operand
}

// ParamResult is what the sinks of one parameter have delivered, in their order.
type ParamResult struct {
	Param   int
	Numbers []Scalars
	Kept    Gradient // what [Keep] has taken
}

// GateResult is the derivative of a factor through one gate, a number for each sample. Those of gates that share a factor
// add up.
type GateResult struct {
	Factor  int
	Numbers Scalars
}

// EachScored is for [Pass.Sinks]: these sinks for the scored weights.
func (p *Plan) EachScored(sinks ...Sink) func(param int) []Sink {
	scored := make([]bool, len(p.Graph.Params()))
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Weight >= 0 {
			scored[s.Weight] = s.Scored
		}
	}
	return func(param int) []Sink {
		if scored[param] {
			return sinks
		}
		return nil
	}
}

// EachParam is for [Pass.Sinks]: these sinks for all parameters.
func (p *Plan) EachParam(sinks ...Sink) func(param int) []Sink {
	return func(int) []Sink { return sinks }
}

// seedView is the view that a seed starts at.
func (p *Plan) seedView(s *Seed) View {
	if s.Layer == 0 {
		return View{Value: p.Output, Norm: -1}
	}
	return p.Views[s.Layer]
}

// check reports a pass that cannot be made.
func (t *Tape) check(ps *Pass) error {
	p := t.Plan
	if t.uses != nil {
		return errors.New("engine: a backward pass over a tape that kept only some maps (Feed.Only)")
	}
	layer := func(what string, i int) error {
		if i < 0 || i >= len(p.Views) {
			return fmt.Errorf("engine: %s at layer %d: the graph has %d", what, i, len(p.Views))
		}
		if l := &p.Graph.Layers[i]; p.Views[i].ReLU && what != "a stop" {
			return fmt.Errorf("engine: %s at layer %d, %s %v: it is rectified where it is read; take the layer before, or name it an output of the plan", what, i, l.Part, l.Kind)
		}
		return nil
	}
	for i := range ps.Seeds {
		s := &ps.Seeds[i]
		if s.Layer != 0 {
			if err := layer("a seed", s.Layer); err != nil {
				return err
			}
		}
		o := t.view(p.seedView(s))
		switch {
		case o.Y == nil:
			return fmt.Errorf("engine: a seed at layer %d, whose map was not computed or not kept", s.Layer)
		case (s.Loss == nil) == (s.Cotangent == nil):
			return fmt.Errorf("engine: a seed needs a loss or a cotangent, and not both")
		case s.Loss != nil:
			if err := s.Loss.Check(t.Batch, o.Shape); err != nil {
				return err
			}
		case len(s.Cotangent) != t.Batch*o.Shape.Size():
			return fmt.Errorf("engine: a cotangent of %d samples of %v needs %d values, got %d", t.Batch, o.Shape, t.Batch*o.Shape.Size(), len(s.Cotangent))
		}
	}
	for _, i := range ps.Taps {
		if err := layer("a tap", i); err != nil {
			return err
		}
	}
	for _, i := range ps.Stops {
		if err := layer("a stop", i); err != nil {
			return err
		}
	}
	return t.checkSinks(ps)
}

// checkSinks reports sinks that the network cannot serve.
func (t *Tape) checkSinks(ps *Pass) error {
	if ps.Sinks == nil {
		return nil
	}
	c := t.Device.Capabilities()
	for q := range t.Plan.Graph.Params() {
		param := &t.Plan.Graph.Params()[q]
		for _, s := range ps.Sinks(q) {
			var needs bool // something that not every device can do
			switch s.(type) {
			case Update:
				needs = c.Training
				if !t.onDevice {
					return fmt.Errorf("engine: %T takes weights on the device, see Store", s)
				}
			case Signs:
				needs = c.PerSample
				switch {
				case t.Mode.Norm == NormBatch:
					return fmt.Errorf("engine: %T: the samples depend on each other through the batch norms; load the network with NormSample or NormRunning", s)
				case len(param.Shape) == 1:
					return fmt.Errorf("engine: %T: %s is not the weight of a convolution or linear layer", s, param.Name)
				}
			case Squares, Keep, Values, Ratio, Gram:
				needs = c.Training
			default:
				needs = true
			}
			if !needs {
				return fmt.Errorf("engine: %s: the sink %T: %w", c.Name, s, ErrNotImplemented)
			}
		}
	}
	return nil
}
