package engine

// slot is where the gradient of a view's stored value (or its norm's output) is collected.
func (r *run) slot(v View) *Cotangents {
	if v.Norm >= 0 && !r.mode.SkipNorm {
		return &r.dn[v.Norm]
	}
	return &r.dv[v.Value]
}

func (c *Cotangents) empty() bool {
	for _, t := range c {
		if t != nil {
			return false
		}
	}
	return true
}

// backward carries the cotangents of the output back to the input and returns the weights' sums, fisher's
// terms and the gradient of the summed outputs with respect to the input, nil where nothing reaches it.
func (r *run) backward(cot Cotangents) (sums, fisher []Scalars, jac Tensor) {
	p, d := r.p, r.d
	r.dv, r.dn = make([]Cotangents, len(p.Values)), make([]Cotangents, len(p.Norms))
	r.shared = map[Tensor]int{}
	r.dv[p.Output] = cot

	// readers of each slot, and whether a value is read through one norm only
	readers := map[*Cotangents]int{}
	direct := make([]int, len(p.Values)) // readers of the value itself
	through := make([]int, len(p.Values))
	onlyNorm := make([]int, len(p.Values))
	needs := make([]bool, len(p.Values)) // the value depends on the input or on a weight
	pending := map[int]int{}             // live layers that have still to add to a weight's gradient
	direct[p.Output]++
	for i := range p.Steps {
		s := &p.Steps[i]
		if !s.Live {
			continue
		}
		if s.Weight >= 0 {
			pending[s.Weight]++
		}
		if s.Kind == StepNorm {
			through[s.In[0].Value]++
			readers[&r.dv[s.In[0].Value]]++ // it adds to the value's gradient, unless the convolution reads it lazily
			onlyNorm[s.In[0].Value] = s.Out
			continue
		}
		needs[s.Out] = s.Kind == StepInput && r.want[OutputGrad] || s.Weight >= 0
		for _, v := range s.In {
			readers[r.slot(v)]++
			if v.Norm < 0 {
				direct[v.Value]++
			}
			needs[s.Out] = needs[s.Out] || needs[v.Value]
		}
	}
	touched := map[int]bool{}

	for i := len(p.Steps) - 1; i >= 0; i-- {
		s := &p.Steps[i]
		if !s.Live {
			continue
		}
		if s.Kind == StepNorm {
			c := &r.dn[s.Out]
			if r.mode.SkipNorm || c.empty() {
				continue
			}
			v := r.operand(s.In[0])
			d.NormGrad(&p.Norms[s.Out], r.norm[s.Out], v, *c)
			if r.lazy(s.In[0].Value, direct, through) {
				continue // the convolution below reads the gradient through the norm
			}
			to := &r.dv[s.In[0].Value]
			d.NormBackward(r.norm[s.Out], v, *c, Target{to, r.targetWant(s.In[0].Value)})
			r.release(c)
			continue
		}
		out := View{Value: s.Out, Norm: -1}
		g := Grad{D: r.dv[s.Out]}
		owner := &r.dv[s.Out]
		if s.Kind == StepConv && !r.mode.SkipNorm && r.lazy(s.Out, direct, through) {
			n := onlyNorm[s.Out]
			g = Grad{D: r.dn[n], Norm: r.norm[n]}
			owner = &r.dn[n]
		}
		if s.Kind == StepInput {
			if jac = g.D[OutputGrad]; jac != nil {
				continue
			}
		}
		if s.Weight >= 0 {
			pending[s.Weight]--
		}
		if !owner.empty() {
			to := func(k int) Target {
				v := s.In[k]
				t := Target{D: r.slot(v)}
				if needs[v.Value] {
					t.Want = r.targetWant(v.Value)
				}
				return t
			}
			wanted := func(t Target) bool { return t.Want != [numCotangents]bool{} }
			switch s.Kind {
			case StepConv, StepLinear:
				step := d.ConvGrad
				if s.Kind == StepLinear {
					step = d.LinearGrad
				}
				if f := step(s, r.operand(s.In[0]), r.operand(out), g, to(0)); f != nil && s.Scored {
					fisher = append(fisher, f)
				}
				touched[s.Weight] = true
			case StepSum:
				for k, v := range s.In {
					t := to(k)
					if !wanted(t) {
						continue
					}
					if !v.ReLU && readers[t.D] == 1 && t.D.empty() {
						r.share(owner, t.D)
						continue
					}
					d.SumGrad(s, r.operand(v), g.D, t)
				}
			case StepPool, StepGlobalPool, StepSlice, StepTanh:
				if t := to(0); wanted(t) {
					in := r.operand(s.In[0])
					switch s.Kind {
					case StepPool:
						d.PoolGrad(s, in, r.operand(out), g.D, t)
					case StepGlobalPool:
						d.GlobalPoolGrad(s, in, g.D, t)
					case StepSlice:
						d.SliceGrad(s, in, g.D, t)
					case StepTanh:
						d.TanhGrad(s, in, r.operand(out), g.D, t)
					}
				}
			case StepConcat:
				for k, v := range s.In {
					if t := to(k); wanted(t) {
						d.ConcatGrad(s, k, r.operand(v), g.D, t)
					}
				}
			}
			r.release(owner)
		}
		if s.Weight >= 0 && pending[s.Weight] == 0 && touched[s.Weight] && s.Scored && r.want[LossGrad] {
			sums = append(sums, d.WeightSums(s.Weight))
		}
		r.freeValue(s.Out)
	}
	return sums, fisher, jac
}

// lazy reports whether a convolution's gradient can be read through its norm: nothing else reads its value.
func (r *run) lazy(value int, direct, through []int) bool {
	return direct[value] == 0 && through[value] == 1 && r.p.Steps[r.p.Values[value].step].Kind == StepConv
}

// targetWant is which cotangents a value needs: before the first weight only that of the summed outputs.
func (r *run) targetWant(value int) [numCotangents]bool {
	w := r.want
	if r.p.Steps[r.p.Values[value].step].Kind == StepInput {
		return [numCotangents]bool{OutputGrad: w[OutputGrad]}
	}
	return w
}

// share lets a sum's operand use the sum's own gradient, of which it is the only reader.
func (r *run) share(from, to *Cotangents) {
	*to = *from
	for _, t := range from {
		if t != nil {
			if r.shared[t] == 0 {
				r.shared[t] = 1
			}
			r.shared[t]++
		}
	}
}

func (r *run) release(c *Cotangents) {
	for i, t := range c {
		if t == nil {
			continue
		}
		if n := r.shared[t]; n > 1 {
			r.shared[t] = n - 1
		} else {
			delete(r.shared, t)
			r.d.Free(t)
		}
		c[i] = nil
	}
}
