package engine

import (
	"fmt"
	"time"
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
	Times   Times
}

// Times are the host's times of the sweeps over a plan. The devices there are wait for each operation (GoMLX's too,
// as of go-xla v0.3.0), so they are the times of the sweeps themselves.
type Times struct {
	Forward  time.Duration // with tangents, where they are wanted
	Codes    time.Duration // the kernel of the ReLU codes
	Backward time.Duration // the loss and all wanted cotangents
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
	if err := p.checkMaps(b.N, r.mode, true); err != nil {
		return nil, err
	}
	last := time.Now()
	if err := d.Begin(p, params, b.N, r.mode); err != nil {
		return nil, err
	}
	lap := func(t *time.Duration) {
		now := time.Now()
		*t, last = now.Sub(last), now
	}
	r.forward(b.Inputs, want.Codes, true)
	lap(&sig.Times.Forward)
	if want.Codes {
		r.codes()
		sig.Codes = d.CodeKernel()
		lap(&sig.Times.Codes)
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
	lap(&sig.Times.Backward)
	return sig, d.Err()
}
