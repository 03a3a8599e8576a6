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
	n, err := Load(d, p, Host(params), 1, Mode{Double: true, Abs: true, Norm: NormSkip, Tangent: true})
	if err != nil {
		return 0, err
	}
	t, err := n.Forward(Feed{Inputs: ones(p.Graph.Input().Size()), Only: []int{}})
	if err != nil {
		return 0, err
	}
	o := t.output()
	var sum float64
	add := func(x Tensor) error {
		s, err := n.Reduce(Map{}, Operand{Y: x, Shape: o.Shape, Bias: -1})
		if err != nil {
			return err
		}
		numbers, err := n.Fetch(s)
		if err != nil {
			return err
		}
		for _, v := range numbers[0] {
			sum += v
		}
		return nil
	}
	if o.T != nil {
		if err := add(o.T); err != nil {
			return 0, err
		}
	}
	if o.Scaled {
		if err := add(o.Y); err != nil {
			return 0, err
		}
		if o.Bias >= 0 {
			for _, v := range params[o.Bias] {
				sum -= math.Abs(float64(v)) * float64(o.Shape.H*o.Shape.W)
			}
		}
	}
	return sum, nil
}

// SynflowBN is [Synflow] with batch norms that normalise the single input in training mode. Gradients may then
// be negative, so it takes a backward pass.
func SynflowBN(d Device, p *Plan, params [][]float32) (float64, error) {
	n, err := Load(d, p, Host(params), 1, Mode{Double: true, Abs: true})
	if err != nil {
		return 0, err
	}
	t, err := n.Forward(Feed{Inputs: ones(p.Graph.Input().Size())})
	if err != nil {
		return 0, err
	}
	r, err := t.Finish(Pass{Seeds: []Seed{{Loss: &Loss{Kind: SumOutputs}}}, Sinks: p.EachScored(Sums{})})
	if err != nil {
		return 0, err
	}
	var handles []Scalars
	for _, w := range r[0].Params {
		handles = append(handles, w.Numbers...)
	}
	numbers, err := n.Fetch(handles...)
	var sum float64
	for _, v := range numbers {
		sum += v[1]
	}
	return sum, err
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
	pool, err := p.GlobalPool()
	if err != nil {
		return 0, nil, err
	}
	if err := p.checkMaps(batch, Mode{}, false); err != nil {
		return 0, nil, err
	}
	n, err := Load(d, p, Host(params), batch, Mode{})
	if err != nil {
		return 0, nil, err
	}
	var feat [2]Operand
	var handles []Scalars // |f(x1) − f(x2)|, then the batch variances of the norms in the first pass, then in the second
	for k, x := range [][]float32{x1, x2} {
		t, err := n.Forward(Feed{Inputs: x, Dead: true, Only: []int{pool}})
		if err != nil {
			return 0, nil, err
		}
		feat[k] = t.Operand(pool)
		v, err := t.NormVariances()
		if err != nil {
			return 0, nil, err
		}
		handles = append(handles, v...)
	}
	between, err := n.Reduce(AbsDiff{}, feat[0], feat[1])
	if err != nil {
		return 0, nil, err
	}
	numbers, err := n.Fetch(append([]Scalars{between}, handles...)...)
	if err != nil {
		return 0, nil, err
	}
	for _, v := range numbers[0] {
		diff += v / float64(batch)
	}
	// A running variance is linear in the batches' variances, so the means over channels move as the channels do.
	variances = make([]float64, len(p.Running))
	for i := range variances {
		variances[i] = 1
	}
	for k, v := range numbers[1:] {
		norm := &p.Norms[k%len(p.Norms)]
		s := norm.Layer.Out
		count := float64(batch * s.H * s.W)
		running := &variances[norm.Running]
		*running = 0.9**running + 0.1*v[0]*count/(count-1)
	}
	return diff, variances, nil
}
