package engine

import "github.com/zcnas/zcnas/spaces"

// MACs is the number of multiply-accumulates of convolutions and linear layers that [Run] needs per sample:
// layers that the output does not depend on do none, and the first layer neither has a tangent to convolve nor
// an input that the loss gradient is wanted for.
func (p *Plan) MACs(want Want) int {
	total := 0
	for i := range p.Steps {
		s := &p.Steps[i]
		if !s.Live || s.Weight < 0 {
			continue
		}
		first := p.Steps[p.Values[s.In[0].Value].step].Kind == StepInput
		passes := 1 // forward
		if want.LossGrad || want.Hessian {
			passes++ // weights
			if !first {
				passes++ // input
			}
		}
		if want.Hessian {
			passes++ // weights, of the tangent's gradient
			if !first {
				passes += 3 // forward of the tangent; weights and input once more
			}
		}
		if want.OutputGrad {
			passes++ // input
		}
		out := s.Layer.Out.Size()
		if s.Layer.Kind == spaces.ConvTranspose {
			out = p.Values[s.In[0].Value].Shape.Size()
		}
		weight := &p.Graph.Params()[s.Weight]
		total += passes * out * weight.Size() / weight.Shape[0]
	}
	return total
}
