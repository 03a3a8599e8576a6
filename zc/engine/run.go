package engine

import "time"

// Batch is a minibatch with its loss.
type Batch struct {
	N      int
	Inputs []float32 // [N, C, H, W]
	Loss   Loss
}

// Want says which signals a run shall deliver.
type Want struct {
	LossGrad   bool // per-weight sums and fisher's terms: one loss backward
	Hessian    bool // Σ g·(Hw) as well: tangents through both passes
	OutputGrad bool // gradient of the summed outputs with respect to the input
	Codes      bool // kernel of the ReLU codes
	Double     bool // float64 arithmetic
	// Norm is what batch norms normalise with; [NormRunning], for trained networks in eval mode, takes running
	// statistics among the weights.
	Norm NormMode
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
	Times   Times
}

// Times are the host's times of the sweeps over a plan. The devices there are wait for each operation (GoMLX's too,
// as of go-xla v0.3.0), so they are the times of the sweeps themselves.
type Times struct {
	Forward  time.Duration // with tangents, where they are wanted
	Codes    time.Duration // the kernel of the ReLU codes
	Backward time.Duration // the loss and all wanted cotangents
}

// Run executes a plan on a minibatch and delivers the wanted signals, of all that are wanted in one sweep forward and one
// backward. Parameters are in the order of p.Graph.Params(), each in PyTorch's layout.
func Run(d Device, p *Plan, params [][]float32, b *Batch, want Want) (*Signals, error) {
	return RunFrom(d, p, Host(params), b, want)
}

// RunFrom is [Run] with weights from anywhere, with running statistics where they are wanted.
func RunFrom(d Device, p *Plan, from Source, b *Batch, want Want) (*Signals, error) {
	out := p.Values[p.Output].Shape
	sig := &Signals{Outputs: out.W, JacobianConstant: want.Norm == NormBatch && p.ConstantSum()}
	if out.H == 1 && out.W == 1 {
		sig.Outputs = out.C
	}
	backward := want.LossGrad || want.Hessian || want.OutputGrad
	mode := Mode{Double: want.Double, Tangent: want.Hessian, Norm: want.Norm}
	if err := p.checkMemory(d, b.N, mode, true); err != nil {
		return nil, err
	}
	last := time.Now()
	lap := func(t *time.Duration) {
		now := time.Now()
		*t, last = now.Sub(last), now
	}
	n, err := Load(d, p, from, b.N, mode)
	if err != nil {
		return nil, err
	}
	t, err := n.Forward(Feed{Inputs: b.Inputs, Dead: want.Codes}) // codes count every ReLU
	if err != nil {
		return nil, err
	}
	lap(&sig.Times.Forward)
	if want.Codes {
		if err := sig.codes(t); err != nil {
			return nil, err
		}
		lap(&sig.Times.Codes)
	}
	if !backward {
		return sig, nil
	}
	pass := Pass{OutputGrad: want.OutputGrad}
	if want.LossGrad || want.Hessian {
		pass.Seeds = []Seed{{Loss: &b.Loss}}
		pass.Sinks = p.EachScored(Sums{})
		pass.Fisher = want.LossGrad
	}
	r, err := t.Finish(pass)
	if err != nil {
		return nil, err
	}
	if err := sig.fetch(n, r[0]); err != nil {
		return nil, err
	}
	lap(&sig.Times.Backward)
	return sig, nil
}

// codes takes the kernel of the ReLU codes.
func (sig *Signals) codes(t *Tape) error {
	k, err := t.CodeKernel()
	if err != nil {
		return err
	}
	if k == nil {
		sig.Codes = make([]float64, t.Batch*t.Batch)
		return nil
	}
	numbers, err := t.Fetch(k)
	if err != nil {
		return err
	}
	sig.Codes = numbers[0]
	return nil
}

// fetch takes what the pass has delivered.
func (sig *Signals) fetch(n *Network, r *Result) error {
	handles := append([]Scalars(nil), r.Losses...)
	for _, w := range r.Params {
		handles = append(handles, w.Numbers...)
	}
	handles = append(handles, r.Fisher...)
	numbers, err := n.Fetch(handles...)
	if err != nil {
		return err
	}
	if len(r.Losses) > 0 {
		sig.Loss, numbers = numbers[0][0], numbers[1:]
	}
	for _, v := range numbers[:len(r.Params)] {
		sig.Weights = append(sig.Weights, WeightSums{v[0], v[1], v[2], v[3]})
	}
	for _, v := range numbers[len(r.Params):] {
		sig.Fisher = append(sig.Fisher, v[0])
	}
	if r.Input.Y == nil {
		return nil
	}
	j, err := n.Reduce(Map{}, r.Input)
	if err != nil {
		return err
	}
	rows, err := n.Fetch(j)
	if err != nil {
		return err
	}
	for size := r.Input.Shape.Size(); len(rows[0]) > 0; rows[0] = rows[0][size:] {
		sig.Jacobian = append(sig.Jacobian, rows[0][:size:size])
	}
	return nil
}
