package engine

// Backward goes back over the tape, once for each pass; the passes go together, layer by layer, which is what [Gram]
// needs, and otherwise do not know of each other. The tape stays as it is and can be gone over again, unless the weights have
// changed: [Update] belongs into the last backward of a tape.
func (t *Tape) Backward(passes ...Pass) ([]*Result, error) { return t.backward(passes, false) }

// Finish is the last [Tape.Backward] of a tape: it frees the maps on its way.
func (t *Tape) Finish(passes ...Pass) ([]*Result, error) { return t.backward(passes, true) }

func (t *Tape) backward(passes []Pass, last bool) (results []*Result, err error) {
	defer guard(&err, "the backward pass")
	sweeps := make([]*sweep, len(passes))
	for i := range passes {
		if err := t.check(&passes[i]); err != nil {
			return nil, err
		}
		sweeps[i] = newSweep(t, &passes[i])
	}
	for _, s := range sweeps {
		s.seed()
	}
	pending := append([]int(nil), t.reads.uses...)
	for i := len(t.Plan.Steps) - 1; i >= 0; i-- {
		step := &t.Plan.Steps[i]
		if !step.Live {
			continue
		}
		params := t.params(step)
		for _, q := range params {
			pending[q]--
		}
		for k, s := range sweeps {
			s.last = last && k == len(sweeps)-1
			s.step(step, pending)
		}
		for _, q := range params {
			if pending[q] == 0 {
				drain(sweeps, q)
			}
		}
		if last && step.Kind != StepNorm {
			t.free(step.Out)
		}
	}
	for _, s := range sweeps {
		s.update()
		results = append(results, s.result)
	}
	return results, t.Device.Err()
}

// params are the parameters that a step reads.
func (t *Tape) params(s *Step) []int {
	both := [2]int{s.Weight, s.Bias}
	if s.Kind == StepNorm {
		if t.reads.skip {
			return nil
		}
		both = [2]int{t.Plan.Norms[s.Out].Gamma, t.Plan.Norms[s.Out].Beta}
	}
	var list []int
	for _, q := range both {
		if q >= 0 {
			list = append(list, q)
		}
	}
	return list
}

// sweep is a pass under way.
type sweep struct {
	*Tape
	pass   *Pass
	result *Result
	d      []Cotangents   // by slot
	back   []NormGrad     // by norm, of gradients that are read through it
	shared map[Tensor]int // readers of a cotangent that several slots share
	last   bool           // of all backward passes over the tape

	sinks   [][]Sink // by parameter
	grads   []Gradient
	place   []int // in result.Params, -1 for none yet
	updated []bool

	tap       [][]int // by slot: which of the pass's taps it is
	stop      []bool
	seeded    []bool
	needs     []bool // by slot: the gradient there is needed for a parameter or a tap
	needsData []bool // by slot: the value depends on the input, and the gradient of the summed outputs is wanted there
}

func newSweep(t *Tape, ps *Pass) *sweep {
	p := t.Plan
	slots, params := p.slots(), len(p.Graph.Params())
	s := &sweep{Tape: t, pass: ps, result: &Result{Taps: make([]Operand, len(ps.Taps))}, d: make([]Cotangents, slots), back: make([]NormGrad, len(p.Norms)), shared: map[Tensor]int{},
		sinks: make([][]Sink, params), grads: make([]Gradient, params), place: make([]int, params), updated: make([]bool, params),
		tap: make([][]int, slots), stop: make([]bool, slots), seeded: make([]bool, slots), needs: make([]bool, slots), needsData: make([]bool, slots)}
	for q := range s.sinks {
		s.place[q] = -1
		if ps.Sinks != nil {
			s.sinks[q] = ps.Sinks(q)
		}
	}
	for k, l := range ps.Taps {
		v := p.Views[l]
		at := t.reads.slot(p, v)
		s.tap[at] = append(s.tap[at], k)
		s.result.Taps[k] = Operand{Shape: p.Values[v.Value].Shape, Bias: -1}
	}
	for _, l := range ps.Stops {
		s.stop[t.reads.slot(p, p.Views[l])] = true
	}
	for i := range ps.Seeds {
		s.seeded[t.reads.slot(p, p.seedView(&ps.Seeds[i]))] = true
	}
	s.findNeeds()
	return s
}

// findNeeds marks the slots whose gradients are needed, from the input to the output.
func (s *sweep) findNeeds() {
	p := s.Plan
	for i := range p.Steps {
		step := &p.Steps[i]
		if !step.Live {
			continue
		}
		at := p.valueSlot(step.Out)
		if step.Kind == StepNorm {
			at = p.normSlot(step.Out)
		}
		if s.stop[at] {
			s.needs[at] = len(s.tap[at]) > 0
			continue
		}
		need := len(s.tap[at]) > 0 || step.Kind == StepGate && s.pass.Gates
		for _, q := range s.params(step) {
			need = need || s.sinks[q] != nil
		}
		data := step.Kind == StepInput && s.pass.OutputGrad
		for _, v := range step.In {
			from := s.reads.slot(p, v)
			need, data = need || s.needs[from], data || s.needsData[from]
		}
		s.needs[at], s.needsData[at] = need, data
	}
}

// want is which cotangents a slot needs.
func (s *sweep) want(at slot) [numCotangents]bool {
	return [numCotangents]bool{LossGrad: s.needs[at], TangentGrad: s.needs[at] && s.Mode.Tangent, OutputGrad: s.needsData[at]}
}

// seed starts the gradients.
func (s *sweep) seed() {
	for i := range s.pass.Seeds {
		seed := &s.pass.Seeds[i]
		v := s.Plan.seedView(seed)
		at := s.reads.slot(s.Plan, v)
		to := Target{D: &s.d[at], Want: s.want(at)}
		to.Want[OutputGrad] = false
		s.result.Losses = append(s.result.Losses, s.Device.Seed(seed, s.view(v), to))
	}
	if s.pass.OutputGrad {
		to := Target{D: &s.d[s.Plan.valueSlot(s.Plan.Output)]}
		if to.Want[OutputGrad] = s.needsData[s.Plan.Output]; to.Wanted() {
			s.Device.Seed(&Seed{Loss: &Loss{Kind: SumOutputs}}, s.Output(), to)
		}
	}
}

// step carries gradients back through one step; pending are the steps that have still to add to each parameter's.
func (s *sweep) step(step *Step, pending []int) {
	if step.Kind == StepNorm {
		if !s.reads.skip {
			s.throughNorm(step)
		}
		return
	}
	at := s.Plan.valueSlot(step.Out)
	g := Grad{}
	if n := s.lazy(step.Out); n >= 0 {
		at = s.Plan.normSlot(n)
		g.Norm, g.Back = s.norm[n], s.back[n]
	} else {
		s.tapped(at)
	}
	if s.d[at].empty() {
		return
	}
	g.D = s.d[at]
	switch {
	case step.Kind == StepInput:
		if t := g.D[OutputGrad]; t != nil {
			s.result.Input = Operand{Y: t, Shape: step.Layer.Out, Bias: -1}
			s.d[at][OutputGrad] = nil
		}
	case !s.stop[at]:
		for k := range step.In {
			s.toOperand(step, k, g, at, pending)
		}
	}
	s.release(&s.d[at])
}

// throughNorm carries gradients back through a batch norm, or leaves that to the convolution that made the value.
func (s *sweep) throughNorm(step *Step) {
	n := &s.Plan.Norms[step.Out]
	at, below := s.Plan.normSlot(step.Out), s.Plan.valueSlot(n.Value)
	s.tapped(at)
	c := &s.d[at]
	if c.empty() {
		return
	}
	if s.stop[at] {
		s.release(c)
		return
	}
	v, st := s.view(step.In[0]), s.norm[step.Out]
	back := s.Device.NormGrad(n, st, v, *c, s.wanted(n.Gamma), s.wanted(n.Beta))
	if s.lazy(n.Value) == step.Out {
		s.back[step.Out] = back
		return
	}
	if to := (Target{D: &s.d[below], Want: s.want(below)}); to.Wanted() {
		s.Device.NormBackward(n, st, back, v, *c, to)
	}
	s.release(c)
}

// lazy is the norm that a value's gradient is read through, -1 where it is stored: also for a tap, a seed or a stop.
func (s *sweep) lazy(value int) int {
	if at := s.Plan.valueSlot(value); len(s.tap[at]) > 0 || s.seeded[at] || s.stop[at] {
		return -1
	}
	return s.reads.lazy[value]
}

// toOperand carries a gradient, which is in slot at, to one of a step's operands.
func (s *sweep) toOperand(step *Step, k int, g Grad, at slot, pending []int) {
	v := step.In[k]
	from := s.reads.slot(s.Plan, v)
	b := &StepGrad{Step: step, K: k, Grad: g, To: Target{D: &s.d[from], Want: s.want(from)}}
	if step.Kind == StepSum && b.To.Wanted() && !v.ReLU && s.reads.readers[from] == 1 && b.To.D.empty() {
		s.share(&s.d[at], b.To.D)
		return
	}
	gate := step.Kind == StepGate && s.pass.Gates
	if step.Weight >= 0 {
		b.Weight, b.Bias = s.wanted(step.Weight), s.wanted(step.Bias)
		b.Sinks, b.Complete = s.sinks[step.Weight], pending[step.Weight] == 0
		b.Done = s.last && b.Complete
		b.Fisher = s.pass.Fisher && step.Scored
	}
	if !b.To.Wanted() && b.Weight == nil && b.Bias == nil && !b.Fisher && !gate {
		return
	}
	b.In, b.Out = s.view(v), s.view(View{Value: step.Out, Norm: -1})
	numbers := s.Device.Backward(b)
	switch {
	case b.Fisher:
		s.result.Fisher = append(s.result.Fisher, numbers)
	case gate:
		s.result.Gates = append(s.result.Gates, GateResult{step.Layer.Factor, numbers})
	}
}

// wanted is where a parameter's gradient is collected, nil where it has no sink.
func (s *sweep) wanted(param int) *Gradient {
	if param < 0 || s.sinks[param] == nil {
		return nil
	}
	return &s.grads[param]
}

// tapped keeps the gradient of a tapped slot.
func (s *sweep) tapped(at slot) {
	t := s.d[at][LossGrad]
	if t == nil || len(s.tap[at]) == 0 {
		return
	}
	for _, k := range s.tap[at] {
		s.result.Taps[k].Y = t
	}
	s.shared[t] = max(s.shared[t], 1) + 1
}

// share lets a sum's operand use the sum's own gradient, of which it is the only reader.
func (s *sweep) share(from, to *Cotangents) {
	*to = *from
	for _, t := range from {
		if t != nil {
			s.shared[t] = max(s.shared[t], 1) + 1
		}
	}
}

func (s *sweep) release(c *Cotangents) {
	for i, t := range c {
		if t == nil {
			continue
		}
		if n := s.shared[t]; n > 1 {
			s.shared[t] = n - 1
		} else {
			delete(s.shared, t)
			s.Device.Free(t)
		}
		c[i] = nil
	}
}

func (c *Cotangents) empty() bool {
	for _, t := range c {
		if t != nil {
			return false
		}
	}
	return true
}
