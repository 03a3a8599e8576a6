package enginetest

import (
	"github.com/zcnas/zcnas/datasets/stream"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/weights"
)

// Network is a network with every kind of layer and the geometries that break careless code. It ends in class scores,
// with dense in a map of three channels.
func Network(dense bool) *spaces.Graph {
	b := spaces.NewBuilder(spaces.Shape{C: 3, H: 9, W: 8})
	x := b.BatchNorm(b.Conv(0, "stem", spaces.ConvOpts{Out: 8, Kernel: 3, Pad: 1, Bias: true}), "stem.bn")
	depthwise := b.Conv(b.ReLU(x), "depthwise", spaces.ConvOpts{Out: 8, Kernel: 3, Pad: 2, Dilation: 2, Groups: 8})
	grouped := b.Conv(depthwise, "grouped", spaces.ConvOpts{Out: 6, Kernel: 3, Pad: 1, Groups: 2})
	pointwise := b.BatchNormOpts(b.Conv(grouped, "pointwise", spaces.ConvOpts{Out: 8, Kernel: 1}), "", false, 1)
	biased := b.Conv(b.LeakyReLU(x, 0.2), "biased", spaces.ConvOpts{Out: 8, Kernel: 3, Pad: 1, Bias: true})
	both := b.Add(b.ReLU(biased), b.BatchNorm(biased, "both.bn")) // a value read with and without its norm
	x = b.Add(pointwise, both, b.AvgPool(x, 3, 1, 1), b.Zero(b.Out(x)))
	x = b.Concat(b.ReLU(x), b.Gate(b.MaxPool(x, 3, 1, 1), 0), b.Tanh(x))
	s2 := b.BatchNorm(b.Conv(b.ReLU(x), "reduce", spaces.ConvOpts{Out: 6, Kernel: 3, Stride: 2, Pad: 1}), "reduce.bn")
	skip := b.Conv(b.AvgPool(b.Slice(x, 5, 12), 3, 2, 1), "skip", spaces.ConvOpts{Out: 6, Kernel: 1, Bias: true})
	crop := b.Conv(x, "crop", spaces.ConvOpts{Out: 6, Kernel: 1, Stride: 2, Pad: -1, PadEnd: 1})
	b.ReLU(b.Conv(x, "dead", spaces.ConvOpts{Out: 2, Kernel: 1})) // the output does not depend on it
	x = b.BatchNorm(b.Add(s2, skip, crop), "sum.bn")
	x = b.Add(b.MaxPool(x, 2, 1, 0), b.Gate(b.Conv(b.ReLU(x), "even", spaces.ConvOpts{Out: 6, Kernel: 2}), 1))
	for _, slope := range []float64{0, 0.1} { // layers of one name share parameters and running statistics
		x = b.Conv(b.LeakyReLU(x, slope), "shared", spaces.ConvOpts{Out: 6, Kernel: 3, Pad: 1, Bias: true})
		x = b.BatchNorm(x, "shared.bn")
	}
	x = b.BatchNorm(b.ConvTranspose(b.Tanh(x), "up", 4, 3, 2), "up.bn")
	if dense {
		x = b.Conv(b.ReLU(x), "map", spaces.ConvOpts{Out: 3, Kernel: 1, Bias: true})
	} else {
		wide := b.Linear(b.MaxPool(x, 4, 4, 0), "wide", 4) // reads positions
		x = b.Linear(b.Concat(b.GlobalAvgPool(b.ReLU(x)), wide), "head", 5)
	}
	g, err := b.Build(x)
	if err != nil {
		panic(err)
	}
	return g
}

// Problem is a network with parameters and a minibatch that has labels and targets.
type Problem struct {
	Graph  *spaces.Graph
	Params [][]float32
	Batch  *engine.Batch
}

// NewProblem draws parameters and a minibatch for a network. No gamma, beta or bias is 1 or 0.
func NewProblem(g *spaces.Graph, samples int, loss engine.LossKind) (*Problem, error) {
	set, err := weights.Init(g, weights.Reference, 3)
	if err != nil {
		return nil, err
	}
	for i := range g.Params() {
		if q := &g.Params()[i]; len(q.Shape) == 1 {
			stream.New(q.Name, 4).FillUniform(set.Values[i], 1)
		}
	}
	return &Problem{g, set.Values, RandomBatch(g.Input(), g.Layers[g.Output].Out, samples, loss)}, nil
}

// RandomBatch draws a minibatch for a network of these shapes, with what any loss compares with.
func RandomBatch(in, out spaces.Shape, samples int, loss engine.LossKind) *engine.Batch {
	b := &engine.Batch{N: samples, Inputs: make([]float32, samples*in.Size()), Loss: engine.Loss{Kind: loss}}
	stream.New("input", 1).FillUniform(b.Inputs, stream.UnitScale)
	switch loss {
	case engine.SumOutputs:
	case engine.CrossEntropy:
		b.Loss.Labels = make([]int, samples*out.H*out.W)
		for i := range b.Loss.Labels {
			b.Loss.Labels[i] = i % out.C
		}
	default:
		b.Loss.Targets = make([]float32, samples*out.Size())
		stream.New("target", 1).FillUniform(b.Loss.Targets, 1)
	}
	return b
}
