package engine

import (
	"errors"
	"fmt"
	"math"
)

// Batch is a minibatch with its loss.
type Batch struct {
	N       int
	Inputs  []float32 // [N, C, H, W]
	Labels  []int     // class labels: [N], or [N, H, W] for dense outputs; nil with Targets
	Targets []float32 // [N, outputs, H, W]
	Loss    Loss
}

// Want says which signals a run shall deliver.
type Want struct {
	LossGrad   bool // per-weight sums and fisher's terms: one loss backward
	Hessian    bool // Σ g·(Hw) as well: tangents through both passes
	OutputGrad bool // gradient of the summed outputs with respect to the input
	Codes      bool // kernel of the ReLU codes
	Double     bool // float64 arithmetic
}

// Signals are what proxies are computed from.
type Signals struct {
	Loss float64
	// Weights are the sums over each scored weight tensor that the loss depends on.
	Weights []WeightSums
	// Fisher are fisher's terms, one per call of a scored layer that the loss depends on: ½ · mean over samples
	// of (Σ over positions of output·gradient)², summed over channels, times the weights per output channel.
	Fisher []float64
	// Jacobian is the gradient of the summed outputs with respect to the input, rows [N][C·H·W]. It is nil where
	// the output does not depend on the input.
	Jacobian [][]float64
	// JacobianConstant reports that the summed outputs cannot depend on the input: see [Plan.ConstantSum].
	JacobianConstant bool
	// Codes is the kernel of the ReLU codes [N, N]: for each pair of samples the number of ReLU inputs, over
	// every ReLU of the network, that have the same sign in both.
	Codes []float64
	// Outputs is the number of outputs per sample (the last axis, as in PyTorch's shape[-1]).
	Outputs int
}

// run is the state of one pass pair over a plan.
type run struct {
	d    Device
	p    *Plan
	y, t []Tensor
	norm []NormState
	uses []int // live readers of each value that have not run, for freeing in forward-only runs
	// gradients with respect to each value, and to each norm's output
	dv, dn []Cotangents
	shared map[Tensor]int // readers of a cotangent that several slots share
	want   [numCotangents]bool
	mode   Mode
}

// Run executes a plan on a minibatch and delivers the wanted signals. Parameters are in the order of
// p.Graph.Params(), each in PyTorch's layout.
func Run(d Device, p *Plan, params [][]float32, b *Batch, want Want) (*Signals, error) {
	in := p.Graph.Input()
	if b.N < 1 || len(b.Inputs) != b.N*in.Size() {
		return nil, fmt.Errorf("engine: a batch of %d samples of %v needs %d input values, got %d", b.N, in, b.N*in.Size(), len(b.Inputs))
	}
	out := p.Values[p.Output].Shape
	sig := &Signals{Outputs: out.W, JacobianConstant: p.ConstantSum()}
	if out.H == 1 && out.W == 1 {
		sig.Outputs = out.C
	}
	r := &run{d: d, p: p, mode: Mode{Double: want.Double, Tangent: want.Hessian, Fisher: want.LossGrad}}
	r.want = [numCotangents]bool{LossGrad: want.LossGrad || want.Hessian, TangentGrad: want.Hessian, OutputGrad: want.OutputGrad}
	if err := d.Begin(p, params, b.N, r.mode); err != nil {
		return nil, err
	}
	r.forward(b.Inputs, want.Codes, true)
	if want.Codes {
		r.codes()
		sig.Codes = d.CodeKernel()
	}
	if !r.want[LossGrad] && !r.want[OutputGrad] {
		return sig, d.Err()
	}
	if r.want[LossGrad] {
		if err := b.Loss.check(b, out); err != nil {
			return nil, err
		}
	}
	loss, cot := d.Loss(Loss{b.Loss.Kind, b}, r.operand(View{Value: p.Output, Norm: -1}), r.want)
	sums, fisher, jac := r.backward(cot)
	handles := append([]Scalars{loss}, sums...)
	numbers := d.Fetch(append(handles, fisher...))
	if err := d.Err(); err != nil {
		return nil, err
	}
	sig.Loss = numbers[0][0]
	for _, v := range numbers[1 : 1+len(sums)] {
		sig.Weights = append(sig.Weights, WeightSums{v[0], v[1], v[2], v[3]})
	}
	for _, v := range numbers[1+len(sums):] {
		sig.Fisher = append(sig.Fisher, v[0])
	}
	if jac != nil {
		j := d.Read(jac)
		n := in.Size()
		for i := range b.N {
			sig.Jacobian = append(sig.Jacobian, j[i*n:(i+1)*n])
		}
	}
	return sig, d.Err()
}

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
				if f := step(s, r.operand(s.In[0]), r.operand(out), g, to(0)); f != nil {
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
		if s.Weight >= 0 && pending[s.Weight] == 0 && touched[s.Weight] && r.want[LossGrad] {
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

// Synflow returns Σ |w · dR/dw| over the scored weights, R the sum of the outputs for one input of ones, with
// all parameters replaced by their absolute values and batch norms bypassed, in float64 (Tanaka et al. 2020).
//
// Nothing is negative then, so the sum is the derivative of R along the weights themselves, and one forward
// pass with tangents gives it: no backward pass.
func Synflow(d Device, p *Plan, params [][]float32) (float64, error) {
	r := &run{d: d, p: p, mode: Mode{Double: true, Abs: true, SkipNorm: true, Tangent: true}}
	if err := d.Begin(p, params, 1, r.mode); err != nil {
		return 0, err
	}
	r.forward(ones(p.Graph.Input().Size()), false, false)
	if err := d.Err(); err != nil {
		return 0, err
	}
	o := r.operand(View{Value: p.Output, Norm: -1})
	var sum float64
	if o.T != nil {
		for _, v := range d.Read(o.T) {
			sum += v
		}
	}
	if o.Scaled {
		for _, v := range d.Read(o.Y) {
			sum += v
		}
		if o.Bias >= 0 {
			b := params[o.Bias]
			for _, v := range b {
				sum -= math.Abs(float64(v)) * float64(o.Shape.H*o.Shape.W)
			}
		}
	}
	return sum, nil
}

// SynflowBN is [Synflow] with batch norms that normalise the single input in training mode. Gradients may then
// be negative, so it takes a backward pass.
func SynflowBN(d Device, p *Plan, params [][]float32) (float64, error) {
	r := &run{d: d, p: p, mode: Mode{Double: true, Abs: true}, want: [numCotangents]bool{LossGrad: true}}
	if err := d.Begin(p, params, 1, r.mode); err != nil {
		return 0, err
	}
	r.forward(ones(p.Graph.Input().Size()), false, true)
	_, cot := d.Loss(Loss{Kind: SumOutputs}, r.operand(View{Value: p.Output, Norm: -1}), r.want)
	handles, _, _ := r.backward(cot)
	var sum float64
	for _, v := range d.Fetch(handles) {
		sum += v[1]
	}
	return sum, d.Err()
}

func ones(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

// ErrNoGlobalPool reports a network without exactly one global average pooling.
var ErrNoGlobalPool = errors.New("engine: the network has no single global average pooling")

// Zen returns what the Zen-Score needs (Lin et al. 2021): the mean over samples of Σ|f(x1) − f(x2)|, f the input
// of the one global average pooling, and for every batch norm the mean over channels of the running variance
// (momentum 0.1, starting at 1, unbiased) after both forward passes.
func Zen(d Device, p *Plan, params [][]float32, x1, x2 []float32, batch int) (diff float64, variances []float64, err error) {
	if len(p.pooled) != 1 {
		return 0, nil, ErrNoGlobalPool
	}
	mode := Mode{}
	if err := d.Begin(p, params, batch, mode); err != nil {
		return 0, nil, err
	}
	// Layers that share a name are one module, whose running variance every call moves.
	module := map[string]int{}
	index := make([]int, len(p.Norms))
	for i := range p.Norms {
		index[i] = i
		if name := p.Norms[i].Layer.Name; name != "" {
			if first, ok := module[name]; ok {
				index[i] = first
			} else {
				module[name] = i
			}
		}
	}
	running := make([][]float64, len(p.Norms))
	var feat [2]Operand
	for k, x := range [][]float32{x1, x2} {
		r := &run{d: d, p: p, mode: mode}
		r.forward(x, true, false, p.pooled[0].Value)
		feat[k] = r.operand(p.pooled[0])
		for i, st := range r.norm {
			v := d.NormVariance(st)
			s := p.Norms[i].Layer.Out
			n := float64(batch * s.H * s.W)
			run := &running[index[i]]
			if *run == nil {
				*run = make([]float64, len(v))
				for c := range v {
					(*run)[c] = 1
				}
			}
			for c := range v {
				(*run)[c] = 0.9*(*run)[c] + 0.1*v[c]*n/(n-1)
			}
		}
	}
	for _, v := range d.AbsDiff(feat[0], feat[1]) {
		diff += v / float64(batch)
	}
	for _, v := range running {
		if v == nil {
			continue
		}
		var m float64
		for _, x := range v {
			m += x / float64(len(v))
		}
		variances = append(variances, m)
	}
	return diff, variances, d.Err()
}
