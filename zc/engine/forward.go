package engine

func (r *run) operand(v View) Operand {
	val := &r.p.Values[v.Value]
	o := Operand{Y: r.y[v.Value], T: r.t[v.Value], Scaled: val.Scaled, Bias: val.Bias, ReLU: v.ReLU, Slope: v.Slope, Shape: val.Shape}
	if v.Norm >= 0 && !r.mode.SkipNorm {
		o.Norm = r.norm[v.Norm]
	}
	return o
}

// forward runs the live steps, all steps with dead. Values stay stored with keep, else they go with their last
// reader, all but the network's output and the values in also.
func (r *run) forward(x []float32, dead, keep bool, also ...int) {
	p, d := r.p, r.d
	r.y, r.t = make([]Tensor, len(p.Values)), make([]Tensor, len(p.Values))
	r.norm = make([]NormState, len(p.Norms))
	r.uses = make([]int, len(p.Values))
	for _, v := range append(also, p.Output) {
		r.uses[v]++
	}
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Live || dead {
			for _, v := range s.In {
				r.uses[v.Value]++
			}
		}
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		if !s.Live && !dead {
			continue
		}
		in := make([]Operand, len(s.In))
		for k, v := range s.In {
			in[k] = r.operand(v)
		}
		switch s.Kind {
		case StepInput:
			r.y[s.Out] = d.Input(x, s.Layer.Out)
		case StepZero:
			r.y[s.Out] = d.Zero(s.Layer.Out)
		case StepConv:
			r.y[s.Out], r.t[s.Out] = d.Conv(s, in[0])
		case StepNorm:
			if !r.mode.SkipNorm {
				r.norm[s.Out] = d.Norm(&p.Norms[s.Out], in[0])
			}
		case StepSum:
			r.y[s.Out], r.t[s.Out] = d.Sum(s, in)
		case StepPool:
			r.y[s.Out], r.t[s.Out] = d.Pool(s, in[0])
		case StepGlobalPool:
			r.y[s.Out], r.t[s.Out] = d.GlobalPool(s, in[0])
		case StepLinear:
			r.y[s.Out], r.t[s.Out] = d.Linear(s, in[0])
		case StepConcat:
			r.y[s.Out], r.t[s.Out] = d.Concat(s, in)
		case StepSlice:
			r.y[s.Out], r.t[s.Out] = d.Slice(s, in[0])
		case StepTanh:
			r.y[s.Out], r.t[s.Out] = d.Tanh(s, in[0])
		}
		if !keep {
			for _, v := range s.In {
				if r.uses[v.Value]--; r.uses[v.Value] == 0 {
					r.freeValue(v.Value)
				}
			}
			if s.Kind != StepNorm && r.uses[s.Out] == 0 {
				r.freeValue(s.Out)
			}
		}
	}
}

func (r *run) freeValue(v int) {
	if r.y[v] != nil {
		r.d.Free(r.y[v])
		r.y[v] = nil
	}
	if r.t[v] != nil {
		r.d.Free(r.t[v])
		r.t[v] = nil
	}
}

// codes adds up the kernel of the ReLU codes.
func (r *run) codes() {
	for _, c := range r.p.codes {
		r.d.Codes(r.operand(c.view), c.times)
	}
}
