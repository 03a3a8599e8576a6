package engine

import (
	"fmt"
	"slices"

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
	Output int // index of the value that holds the network's output

	pooled []View // inputs of the global average poolings, live ones
	codes  []code // the ReLUs, each map that they rectify once
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
	Live  bool // the output depends on it
	// Scaled values are outputs of convolutions whose weights are scored. Their tangent in the direction of the weights is
	// value − bias + stored tangent, see [Device].
	Scaled bool
	Bias   int // index of the bias parameter of a scaled value, -1 for none
	step   int // the step that stores it
}

// Norm is a batch norm over a stored value.
type Norm struct {
	Value       int
	Layer       *spaces.Layer
	Gamma, Beta int // parameter indices, -1 without affine parameters
	Live        bool
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

// NewPlan lowers a graph. Layers of the kinds given are left out of the scored ones; public code for
// TransNAS-Bench-101 leaves out [spaces.ConvTranspose].
func NewPlan(g *spaces.Graph, unscored ...spaces.Kind) (*Plan, error) {
	p := &Plan{Graph: g}
	live := g.Live()
	params := make(map[string]int, len(g.Params()))
	for i, q := range g.Params() {
		params[q.Name] = i
	}
	index := func(l *spaces.Layer, suffix string, want bool) int {
		if !want {
			return -1
		}
		return params[l.Name+suffix]
	}
	views := make([]View, len(g.Layers))
	codes := map[View]int{}
	store := func(kind StepKind, l *spaces.Layer, live bool, in ...View) View {
		weighted := l.Scored()
		s := Step{Kind: kind, Layer: l, In: in, Out: len(p.Values), Live: live, Scored: weighted && !slices.Contains(unscored, l.Kind),
			Weight: index(l, ".weight", weighted), Bias: index(l, ".bias", weighted && l.Bias)}
		v := Value{Shape: l.Out, Live: live, Bias: -1, step: len(p.Steps)}
		if kind == StepConv {
			v.Scaled, v.Bias = s.Scored, s.Bias
		}
		p.Steps = append(p.Steps, s)
		p.Values = append(p.Values, v)
		return View{Value: s.Out, Norm: -1}
	}
	// plain makes a view without norm or activation, by storing it where it has either.
	plain := func(v View, shape spaces.Shape, live bool) View {
		if v.Norm < 0 && !v.ReLU {
			return v
		}
		return store(StepSum, &spaces.Layer{Kind: spaces.Add, Out: shape}, live, v)
	}
	for i := range g.Layers {
		l := &g.Layers[i]
		in := make([]View, len(l.In))
		for k, j := range l.In {
			in[k] = views[j]
		}
		switch l.Kind {
		case spaces.Input:
			views[i] = store(StepInput, l, true)
		case spaces.Zero:
			views[i] = store(StepZero, l, live[i])
		case spaces.Conv, spaces.ConvTranspose:
			views[i] = store(StepConv, l, live[i], in...)
		case spaces.BatchNorm:
			v := plain(in[0], l.Out, live[i])
			n := Norm{Value: v.Value, Layer: l, Live: live[i],
				Gamma: index(l, ".weight", l.Affine), Beta: index(l, ".bias", l.Affine)}
			p.Steps = append(p.Steps, Step{Kind: StepNorm, Layer: l, In: []View{v}, Out: len(p.Norms), Weight: -1, Bias: -1, Live: live[i]})
			views[i] = View{Value: v.Value, Norm: len(p.Norms)}
			p.Norms = append(p.Norms, n)
		case spaces.ReLU:
			v := in[0]
			if v.ReLU {
				v = plain(v, l.Out, live[i])
			}
			v.ReLU, v.Slope = true, l.Slope
			views[i] = v
			rectified := View{Value: v.Value, Norm: v.Norm, ReLU: true}
			if k, ok := codes[rectified]; ok {
				p.codes[k].times++
			} else {
				codes[rectified] = len(p.codes)
				p.codes = append(p.codes, code{rectified, 1})
			}
		case spaces.Add:
			views[i] = store(StepSum, l, live[i], in...)
		case spaces.AvgPool, spaces.MaxPool:
			views[i] = store(StepPool, l, live[i], in...)
		case spaces.GlobalAvgPool:
			if live[i] {
				p.pooled = append(p.pooled, in[0])
			}
			views[i] = store(StepGlobalPool, l, live[i], in...)
		case spaces.Linear:
			views[i] = store(StepLinear, l, live[i], plain(in[0], g.Layers[l.In[0]].Out, live[i]))
		case spaces.Concat:
			views[i] = store(StepConcat, l, live[i], in...)
		case spaces.Slice:
			views[i] = store(StepSlice, l, live[i], plain(in[0], g.Layers[l.In[0]].Out, live[i]))
		case spaces.Tanh:
			views[i] = store(StepTanh, l, live[i], in...)
		default:
			return nil, fmt.Errorf("engine: layer %d: unknown kind %v", i, l.Kind)
		}
	}
	p.Output = plain(views[g.Output], g.Layers[g.Output].Out, true).Value
	return p, nil
}

// maxMapBytes bounds the maps of a run, so that a mistyped size is an error and not a dead machine. It is more than
// the memory of any one device.
const maxMapBytes = 256 << 30

// checkMaps reports maps of n samples that no device can store: all live ones where they are kept, else the largest.
func (p *Plan) checkMaps(n int, mode Mode, keep bool) error {
	var values float64
	for i := range p.Values {
		v := &p.Values[i]
		switch size := float64(v.Shape.Size()); {
		case keep && v.Live:
			values += size
		case !keep:
			values = max(values, size)
		}
	}
	bytes := 4 * values * float64(n)
	if mode.Tangent {
		bytes *= 2
	}
	if mode.Double {
		bytes *= 2
	}
	if bytes > maxMapBytes {
		return fmt.Errorf("engine: a batch of %d needs %.0f GiB of maps, more than %d GiB; give a smaller batch or network", n, bytes/(1<<30), maxMapBytes>>30)
	}
	return nil
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
