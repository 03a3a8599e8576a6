package engine

import (
	"fmt"
	"slices"

	"github.com/zcnas/zcnas/spaces"
)

// lowering turns a graph into a plan.
type lowering struct {
	*Plan
	unscored []spaces.Kind
	outputs  []int // beside the graph's own

	live    []bool
	params  map[string]int
	modules map[string]int // batch norms' running statistics by name
	codes   map[View]int
	ends    []int // the values of all outputs
}

func (l *lowering) lower() error {
	g := l.Graph
	l.params, l.modules, l.codes = make(map[string]int, len(g.Params())), map[string]int{}, map[View]int{}
	for i, q := range g.Params() {
		l.params[q.Name] = i
	}
	for _, o := range l.outputs {
		if o < 0 || o >= len(g.Layers) {
			return fmt.Errorf("engine: output %d is not one of the graph's %d layers", o, len(g.Layers))
		}
	}
	l.live = liveFrom(g, append([]int{g.Output}, l.outputs...))
	l.Views = make([]View, len(g.Layers))
	for i := range g.Layers {
		if err := l.layer(i); err != nil {
			return err
		}
	}
	for _, o := range append([]int{g.Output}, l.outputs...) {
		l.Views[o] = l.plain(o, true)
		l.ends = append(l.ends, l.Views[o].Value)
	}
	l.Output = l.ends[0]
	return nil
}

// liveFrom is which layers any of the outputs depends on.
func liveFrom(g *spaces.Graph, outputs []int) []bool {
	live := make([]bool, len(g.Layers))
	for _, o := range outputs {
		live[o] = true
	}
	for i := len(g.Layers) - 1; i >= 0; i-- {
		if live[i] {
			for _, j := range g.Layers[i].In {
				live[j] = true
			}
		}
	}
	return live
}

// layer lowers one layer.
func (l *lowering) layer(i int) error {
	layer := &l.Graph.Layers[i]
	in := make([]View, len(layer.In))
	for k, j := range layer.In {
		in[k] = l.Views[j]
	}
	kind, stored := stepKinds[layer.Kind]
	switch {
	case layer.Kind == spaces.BatchNorm:
		l.Views[i] = l.norm(i)
		return nil
	case layer.Kind == spaces.ReLU:
		l.Views[i] = l.relu(i)
		return nil
	case !stored:
		return fmt.Errorf("engine: layer %d: unknown kind %v", i, layer.Kind)
	}
	switch kind {
	case StepLinear, StepSlice, StepGate:
		in[0] = l.plain(layer.In[0], l.live[i])
	case StepGlobalPool:
		if l.live[i] {
			l.pooled = append(l.pooled, layer.In[0])
		}
	}
	if kind == StepGate {
		l.Factors = max(l.Factors, layer.Factor+1)
	}
	l.Views[i] = l.store(kind, layer, l.live[i] || kind == StepInput, in...)
	return nil
}

// stepKinds are the kinds of step of the layers that store a map.
var stepKinds = map[spaces.Kind]StepKind{
	spaces.Input: StepInput, spaces.Zero: StepZero, spaces.Conv: StepConv, spaces.ConvTranspose: StepConv,
	spaces.Add: StepSum, spaces.AvgPool: StepPool, spaces.MaxPool: StepPool, spaces.GlobalAvgPool: StepGlobalPool,
	spaces.Linear: StepLinear, spaces.Concat: StepConcat, spaces.Slice: StepSlice, spaces.Tanh: StepTanh, spaces.Gate: StepGate,
}

// param is the index of a layer's parameter, -1 if it does not have it.
func (l *lowering) param(layer *spaces.Layer, suffix string, has bool) int {
	if !has {
		return -1
	}
	return l.params[layer.Name+suffix]
}

// store adds a step with its value.
func (l *lowering) store(kind StepKind, layer *spaces.Layer, live bool, in ...View) View {
	weighted := layer.Scored()
	s := Step{Kind: kind, Layer: layer, In: in, Out: len(l.Values), Live: live, Scored: weighted && !slices.Contains(l.unscored, layer.Kind),
		Weight: l.param(layer, ".weight", weighted), Bias: l.param(layer, ".bias", weighted && layer.Bias)}
	v := Value{Shape: layer.Out, Live: live, Bias: -1, step: len(l.Steps)}
	if kind == StepConv {
		v.Scaled, v.Bias = s.Scored, s.Bias
	}
	l.Steps = append(l.Steps, s)
	l.Values = append(l.Values, v)
	return View{Value: s.Out, Norm: -1}
}

// plain is a view of a layer's output without norm or activation, for which it is stored where it has either.
func (l *lowering) plain(i int, live bool) View {
	v := l.Views[i]
	if v.Norm < 0 && !v.ReLU {
		return v
	}
	return l.store(StepSum, &spaces.Layer{Kind: spaces.Add, Out: l.Graph.Layers[i].Out}, live, v)
}

// norm adds a batch norm's step.
func (l *lowering) norm(i int) View {
	layer := &l.Graph.Layers[i]
	v := l.plain(layer.In[0], l.live[i])
	n := Norm{Value: v.Value, Layer: layer, Live: l.live[i],
		Gamma: l.param(layer, ".weight", layer.Affine), Beta: l.param(layer, ".bias", layer.Affine)}
	module, known := l.modules[layer.Name]
	if !known || layer.Name == "" {
		module = len(l.Running)
		l.modules[layer.Name] = module
		l.Running = append(l.Running, len(l.Norms))
	}
	n.Running = module
	l.Steps = append(l.Steps, Step{Kind: StepNorm, Layer: layer, In: []View{v}, Out: len(l.Norms), Weight: -1, Bias: -1, Live: n.Live})
	l.Norms = append(l.Norms, n)
	return View{Value: v.Value, Norm: len(l.Norms) - 1}
}

// relu notes that a map is rectified.
func (l *lowering) relu(i int) View {
	layer := &l.Graph.Layers[i]
	v := l.Views[layer.In[0]]
	if v.ReLU {
		v = l.plain(layer.In[0], l.live[i])
	}
	v.ReLU, v.Slope = true, layer.Slope
	rectified := View{Value: v.Value, Norm: v.Norm, ReLU: true}
	if k, ok := l.codes[rectified]; ok {
		l.Plan.codes[k].times++
	} else {
		l.codes[rectified] = len(l.Plan.codes)
		l.Plan.codes = append(l.Plan.codes, code{rectified, 1})
	}
	return v
}
