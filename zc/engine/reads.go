package engine

// A slot is where the gradient with respect to a stored value, or to a norm's output, is collected. Values have the
// first numbers, norms those after them.
type slot = int

func (p *Plan) valueSlot(v int) slot { return v }
func (p *Plan) normSlot(n int) slot  { return len(p.Values) + n }
func (p *Plan) slots() int           { return len(p.Values) + len(p.Norms) }

// reads say who reads what of a plan's live steps.
type reads struct {
	skip    bool  // batch norms are skipped
	readers []int // by slot: steps that add to it
	// lazy is, by value, the norm that its gradient can be read through, -1 for none: a convolution's value that
	// nothing but one norm reads. The gradient with respect to the value is then never stored.
	lazy []int
	uses []int // by parameter: steps that add to its gradient
}

// analyse finds who reads what; ends are the values of the outputs, read from outside.
func (p *Plan) analyse(skip bool, ends []int) reads {
	r := reads{skip: skip, readers: make([]int, p.slots()), lazy: make([]int, len(p.Values)), uses: make([]int, len(p.Graph.Params()))}
	direct := make([]int, len(p.Values))  // readers of the value itself
	through := make([]int, len(p.Values)) // norms that read it
	for _, v := range ends {
		direct[v]++
	}
	for v := range r.lazy {
		r.lazy[v] = -1
	}
	use := func(params ...int) {
		for _, q := range params {
			if q >= 0 {
				r.uses[q]++
			}
		}
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		if !s.Live {
			continue
		}
		if s.Kind == StepNorm {
			if skip {
				continue
			}
			v := s.In[0].Value
			use(p.Norms[s.Out].Gamma, p.Norms[s.Out].Beta)
			r.readers[p.valueSlot(v)]++
			through[v]++
			if p.Steps[p.Values[v].step].Kind == StepConv {
				r.lazy[v] = s.Out
			}
			continue
		}
		use(s.Weight, s.Bias)
		for _, v := range s.In {
			r.readers[r.slot(p, v)]++
			if v.Norm < 0 || skip {
				direct[v.Value]++
			}
		}
	}
	for v := range r.lazy {
		if direct[v] > 0 || through[v] > 1 {
			r.lazy[v] = -1
		}
	}
	return r
}

// slot is where the gradient of what a view reads is collected.
func (r *reads) slot(p *Plan, v View) slot {
	if v.Norm >= 0 && !r.skip {
		return p.normSlot(v.Norm)
	}
	return p.valueSlot(v.Value)
}

// reads are those of a mode.
func (p *Plan) reads(mode Mode) *reads {
	if mode.Norm == NormSkip {
		return &p.bare
	}
	return &p.normed
}
