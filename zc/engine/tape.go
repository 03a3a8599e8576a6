package engine

import "fmt"

// Tape is a forward pass whose maps are kept, so that it can be gone back over as often as wanted.
type Tape struct {
	*Network
	y, t []Tensor    // by value
	norm []NormState // by norm
	// uses are the readers of each value that have not run, where maps go with their last reader.
	uses []int
}

// Feed is what a forward pass reads, and what it leaves.
type Feed struct {
	Inputs []float32   // the minibatch [N, C, H, W]
	Gates  [][]float32 // factors of the gates, one for each sample; nil, and single nils, for 1
	// Dead has layers run that no output depends on: for their maps, or because training moves their running
	// statistics, too.
	Dead bool
	// Only are the layers whose maps stay, beside those of the network's output: for passes that go forward only.
	// Nil keeps all.
	Only []int
}

// Forward runs the network forward on a minibatch.
func (n *Network) Forward(f Feed) (t *Tape, err error) {
	defer guard(&err, "the forward pass")
	if err := n.check(&f); err != nil {
		return nil, err
	}
	p := n.Plan
	t = &Tape{Network: n, y: make([]Tensor, len(p.Values)), t: make([]Tensor, len(p.Values)), norm: make([]NormState, len(p.Norms))}
	if f.Only != nil {
		t.countUses(&f)
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		if !s.Live && !f.Dead {
			continue
		}
		in := make([]Operand, len(s.In))
		for k, v := range s.In {
			in[k] = t.view(v)
		}
		if s.Kind != StepNorm {
			t.y[s.Out], t.t[s.Out] = n.Device.Forward(s, in, f.of(s))
		} else if n.Mode.Norm != NormSkip {
			t.norm[s.Out] = n.Device.Norm(&p.Norms[s.Out], in[0])
		}
		if t.uses != nil {
			t.used(s)
		}
	}
	return t, n.Device.Err()
}

// check reports a feed that does not fit the network.
func (n *Network) check(f *Feed) error {
	in := n.Plan.Graph.Input()
	if len(f.Inputs) != n.Batch*in.Size() {
		return fmt.Errorf("engine: a batch of %d samples of %v needs %d input values, got %d", n.Batch, in, n.Batch*in.Size(), len(f.Inputs))
	}
	if f.Gates != nil && len(f.Gates) != n.Plan.Factors {
		return fmt.Errorf("engine: the network's gates read %d factors, %d were given", n.Plan.Factors, len(f.Gates))
	}
	for i, g := range f.Gates {
		if g != nil && len(g) != n.Batch {
			return fmt.Errorf("engine: factor %d needs a value for each of %d samples, got %d", i, n.Batch, len(g))
		}
	}
	for _, l := range f.Only {
		if l < 0 || l >= len(n.Plan.Views) {
			return fmt.Errorf("engine: layer %d is not one of the graph's %d", l, len(n.Plan.Views))
		}
	}
	return n.Plan.checkMemory(n.Device, n.Batch, n.Mode, f.Only == nil)
}

// of is what a step is fed.
func (f *Feed) of(s *Step) []float32 {
	switch {
	case s.Kind == StepInput:
		return f.Inputs
	case s.Kind == StepGate && f.Gates != nil:
		return f.Gates[s.Layer.Factor]
	}
	return nil
}

// countUses counts the readers of each value.
func (t *Tape) countUses(f *Feed) {
	p := t.Plan
	t.uses = make([]int, len(p.Values))
	t.uses[p.Output]++
	for _, l := range f.Only {
		t.uses[p.Views[l].Value]++
	}
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Live || f.Dead {
			for _, v := range s.In {
				t.uses[v.Value]++
			}
		}
	}
}

// used frees what a step was the last to read, and its own map if nothing reads that.
func (t *Tape) used(s *Step) {
	for _, v := range s.In {
		if t.uses[v.Value]--; t.uses[v.Value] == 0 {
			t.free(v.Value)
		}
	}
	if s.Kind != StepNorm && t.uses[s.Out] == 0 {
		t.free(s.Out)
	}
}

// free gives a value's maps back.
func (t *Tape) free(v int) {
	for _, x := range []*Tensor{&t.y[v], &t.t[v]} {
		if *x != nil {
			t.Device.Free(*x)
			*x = nil
		}
	}
}

// Close frees the maps. They go by themselves when the device loads the next network.
func (t *Tape) Close() {
	for v := range t.y {
		t.free(v)
	}
}

// view is a view's operand.
func (t *Tape) view(v View) Operand {
	val := &t.Plan.Values[v.Value]
	o := Operand{Y: t.y[v.Value], T: t.t[v.Value], Scaled: val.Scaled, Bias: val.Bias, ReLU: v.ReLU, Slope: v.Slope, Shape: val.Shape}
	if v.Norm >= 0 && t.Mode.Norm != NormSkip {
		o.Norm = t.norm[v.Norm]
	}
	return o
}

// Operand is a layer's output, for [Network.Reduce]: layer i of the graph, with norm and rectification where those are
// what the layer does. Of a map that was not kept or not computed Y is nil.
func (t *Tape) Operand(layer int) Operand { return t.view(t.Plan.Views[layer]) }

// Output is the network's output.
func (t *Tape) Output() Operand { return t.view(View{Value: t.Plan.Output, Norm: -1}) }

// Rectified are the operands of all ReLUs, each map that they rectify once, with the number of ReLU layers that do:
// for [CodeBits].
func (t *Tape) Rectified() (in []Operand, times []int) {
	for _, c := range t.Plan.codes {
		if o := t.view(c.view); o.Y != nil {
			in, times = append(in, o), append(times, c.times)
		}
	}
	return in, times
}

// CodeKernel is the reduction of that name over all ReLUs, nil where there are none.
func (t *Tape) CodeKernel() (Scalars, error) {
	in, times := t.Rectified()
	if in == nil {
		return nil, nil
	}
	return t.Reduce(CodeKernel{times}, in...)
}

// NormVariances are the means over channels of the biased batch variances, of every batch norm in the plan's order.
func (t *Tape) NormVariances() ([]Scalars, error) {
	var all []Scalars
	for i := range t.Plan.Norms {
		v := t.view(View{Value: t.Plan.Norms[i].Value, Norm: i})
		if v.Norm == nil {
			return nil, fmt.Errorf("engine: batch norm %q has no statistics: it did not run", t.Plan.Norms[i].Layer.Name)
		}
		all = append(all, t.Device.Reduce(NormVariance{}, []Operand{v}))
	}
	return all, t.Device.Err()
}

// Loss is the loss of the network's output, one number, without going backward.
func (t *Tape) Loss(l *Loss) (s Scalars, err error) {
	defer guard(&err, "the loss")
	o := t.Output()
	if err := l.Check(t.Batch, o.Shape); err != nil {
		return nil, err
	}
	var none Cotangents
	s = t.Device.Seed(&Seed{Loss: l}, o, Target{D: &none})
	return s, t.Device.Err()
}
