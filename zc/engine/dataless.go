package engine

import (
	"errors"
	"math"
)

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
	if err := p.checkMaps(batch, mode, false); err != nil {
		return 0, nil, err
	}
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
	var batchVariances []Scalars // of the norms in the first pass, then in the second
	var feat [2]Operand
	for k, x := range [][]float32{x1, x2} {
		r := &run{d: d, p: p, mode: mode}
		r.forward(x, true, false, p.pooled[0].Value)
		feat[k] = r.operand(p.pooled[0])
		for _, st := range r.norm {
			batchVariances = append(batchVariances, d.MeanVariance(st))
		}
	}
	for _, v := range d.AbsDiff(feat[0], feat[1]) {
		diff += v / float64(batch)
	}
	// A running variance is linear in the batches' variances, so the means over channels move as the channels do.
	running := make([]float64, len(p.Norms))
	for k, v := range d.Fetch(batchVariances) {
		i := k % len(p.Norms)
		s := p.Norms[i].Layer.Out
		n := float64(batch * s.H * s.W)
		run := &running[index[i]]
		if k == index[i] {
			*run = 1
		}
		*run = 0.9**run + 0.1*v[0]*n/(n-1)
	}
	for i, v := range running {
		if index[i] == i {
			variances = append(variances, v)
		}
	}
	return diff, variances, d.Err()
}
