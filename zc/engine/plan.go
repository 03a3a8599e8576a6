package engine

import (
	"errors"
	"fmt"

	"github.com/zcnas/zcnas/spaces"
)

// A Plan is a layer graph lowered to the steps that a [Device] executes. Batch norms and activations are not
// steps that write maps: they are attributes of the [View] through which a later step reads a stored value, so
// that normalising and rectifying cost no pass over memory of their own.
type Plan struct {
	Graph  *spaces.Graph
	Steps  []Step
	Values []Value
	Norms  []Norm
	Views  []View // by layer of the graph: how its output is read
	Output int    // index of the value that holds the network's output

	// Running are the batch norms that own running statistics, as indices of Norms. Layers that share a name are one
	// module with one set of statistics, which every call moves.
	Running []int
	Factors int // how many factors the gates read

	pooled []int  // the layers that the live global average poolings read
	codes  []code // the ReLUs, each map that they rectify once
	// normed and bare say who reads what, with batch norms and where they are skipped.
	normed, bare reads
}

// code is a rectified map and the number of ReLU layers that rectify it.
type code struct {
	view  View
	times int
}

// View is a stored value as a step reads it: normalised by a batch norm, then rectified.
type View struct {
	Value int
	Norm  int // index into Plan.Norms, -1 for none
	ReLU  bool
	Slope float64 // of the ReLU below zero
}

// Value is a stored activation.
type Value struct {
	Shape spaces.Shape
	Live  bool // an output depends on it
	// Scaled values are outputs of convolutions whose weights are scored. Their tangent in the direction of the weights is
	// value − bias + stored tangent, see [Operand].
	Scaled bool
	Bias   int // index of the bias parameter of a scaled value, -1 for none
	step   int // the step that stores it
}

// Norm is a batch norm over a stored value.
type Norm struct {
	Value       int
	Layer       *spaces.Layer
	Gamma, Beta int // parameter indices, -1 without affine parameters
	Running     int // its running statistics, an index of Plan.Running
	Live        bool
	// Untracked batch norms use the statistics of the batch also under [NormRunning], and move none.
	Untracked bool
}

// StepKind is what a step computes.
type StepKind uint8

// The kinds of step.
const (
	StepInput StepKind = iota
	StepZero
	StepConv // Conv and ConvTranspose layers
	StepNorm // statistics of a batch norm; stores no map
	StepSum
	StepPool // average and max pooling
	StepGlobalPool
	StepLinear
	StepConcat
	StepSlice
	StepTanh
	StepGate
)

// Step is one operation of a plan.
type Step struct {
	Kind         StepKind
	Layer        *spaces.Layer // attributes
	In           []View
	Out          int  // value index; norm index for StepNorm
	Weight, Bias int  // parameter indices, -1 for none
	Scored       bool // the weight is one that proxies score
	Live         bool
}

// PlanOption changes how a graph is lowered.
type PlanOption func(*lowering)

// Unscored leaves layers of these kinds out of the scored ones; public code for TransNAS-Bench-101 leaves out
// [spaces.ConvTranspose].
func Unscored(kinds ...spaces.Kind) PlanOption {
	return func(l *lowering) { l.unscored = kinds }
}

// Outputs names layers beside the network's output that are of interest: auxiliary heads, for example. What they
// depend on is live, and they can be seeded whatever reads them.
func Outputs(layers ...int) PlanOption {
	return func(l *lowering) { l.outputs = layers }
}

// NewPlan lowers a graph. It fails on layers of kinds that no device knows, and on outputs that are no layers.
func NewPlan(g *spaces.Graph, opts ...PlanOption) (*Plan, error) {
	l := &lowering{Plan: &Plan{Graph: g}}
	for _, o := range opts {
		o(l)
	}
	if err := l.lower(); err != nil {
		return nil, err
	}
	p := l.Plan
	p.normed, p.bare = p.analyse(false, l.ends), p.analyse(true, l.ends)
	return p, nil
}

// checkWeights reports weights that are not those of the plan's network.
func (p *Plan) checkWeights(w *Weights) error {
	params := p.Graph.Params()
	check := func(what string, values [][]float32, some bool) error {
		if some && values == nil {
			return nil
		}
		if len(values) != len(params) {
			return fmt.Errorf("engine: the network has %d parameters, %d %s were given", len(params), len(values), what)
		}
		for i := range params {
			if q := &params[i]; len(values[i]) != q.Size() && !(some && values[i] == nil) {
				return fmt.Errorf("engine: parameter %s has shape %v, %d %s were given", q.Name, q.Shape, len(values[i]), what)
			}
		}
		return nil
	}
	if err := check("values", w.Params, false); err != nil {
		return err
	}
	if err := check("momentum values", w.Momentum, true); err != nil {
		return err
	}
	if w.Running == nil {
		return nil
	}
	if len(w.Running) != len(p.Running) {
		return fmt.Errorf("engine: the network has %d batch norms with running statistics, %d were given", len(p.Running), len(w.Running))
	}
	for i, n := range p.Running {
		if c, r := p.Norms[n].Layer.Out.C, w.Running[i]; len(r.Mean) != c || len(r.Var) != c {
			return fmt.Errorf("engine: batch norm %q has %d channels, running statistics of %d and %d were given", p.Norms[n].Layer.Name, c, len(r.Mean), len(r.Var))
		}
	}
	return nil
}

// ErrNoGlobalPool reports a network without exactly one global average pooling.
var ErrNoGlobalPool = errors.New("engine: the network has no single global average pooling")

// GlobalPool is the layer that the network's one global average pooling reads. It fails with [ErrNoGlobalPool] where there are
// none or several.
func (p *Plan) GlobalPool() (layer int, err error) {
	if len(p.pooled) != 1 {
		return 0, ErrNoGlobalPool
	}
	return p.pooled[0], nil
}

// ConstantSum reports whether the sum of the outputs over a batch cannot depend on the input because, in
// training mode, all that is averaged comes out of batch norms: a batch-normalised map summed over batch and
// positions is a constant. The gradient of the summed outputs is then exactly 0, and whatever arithmetic
// leaves of it is rounding noise.
func (p *Plan) ConstantSum() bool {
	g := p.Graph
	constant := make([]bool, len(g.Layers)) // the map's sum over batch and positions is constant, per channel
	for i := range g.Layers {
		l := &g.Layers[i]
		switch l.Kind {
		case spaces.BatchNorm, spaces.Zero:
			constant[i] = true
		case spaces.Add, spaces.Concat, spaces.GlobalAvgPool, spaces.Slice:
			constant[i] = len(l.In) > 0
			for _, j := range l.In {
				constant[i] = constant[i] && constant[j]
			}
		case spaces.Linear:
			// Linear in each sample, so constant sums stay constant where every position has the same weight.
			constant[i] = constant[l.In[0]] && g.Layers[l.In[0]].Out.H*g.Layers[l.In[0]].Out.W == 1
		case spaces.Conv:
			constant[i] = constant[l.In[0]] && l.Kernel == 1 && l.Stride == 1 && l.Pad == 0
		}
	}
	return constant[g.Output]
}
