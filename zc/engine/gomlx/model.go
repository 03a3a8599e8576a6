package gomlx

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	gx "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/zcnas/zcnas/spaces"
)

// ModelFn is a GoMLX model: it builds the graph from inputs to predictions. GoMLX's train.ModelFn is the same.
type ModelFn = func(scope *model.Scope, spec any, inputs []*gx.Node) (predictions []*gx.Node)

// LossFn builds the graph of a loss. GoMLX's train.LossFn is the same.
type LossFn = func(labels, predictions []*gx.Node) *gx.Node

// bnMomentum is the share of a new batch in the running statistics of batch norms, PyTorch's default.
const bnMomentum = 0.1

// Model lowers a layer graph to one GoMLX model, for GoMLX's trainers and optimizers. It takes one input
// [N, C, H, W] and makes one prediction, [N, outputs] or, for dense outputs, [N, C, H, W].
//
// Its variables are named as the graph's parameters, in PyTorch's layout, and start at params, in the order
// of g.Params(). Batch norms use the batch in training, and running statistics (variables NAME.running_mean
// and NAME.running_var that are not trained) elsewhere. Convolutions are matrix products over k² shifted views of
// the map, which keep full precision on CUDA but take k² times the map's memory. It fails where params do not fit
// the graph.
func Model(g *spaces.Graph, params [][]float32) (ModelFn, error) {
	want := g.Params()
	if len(params) != len(want) {
		return nil, fmt.Errorf("gomlx: the network has %d parameters, got %d", len(want), len(params))
	}
	for i := range want {
		if len(params[i]) != want[i].Size() {
			return nil, fmt.Errorf("gomlx: parameter %s has %d values, got %d", want[i].Name, want[i].Size(), len(params[i]))
		}
	}
	return func(scope *model.Scope, _ any, inputs []*gx.Node) []*gx.Node {
		inputs[0].Graph().AttachState(differentiated{}, true)
		l := lowering{g: g, scope: scope, vars: map[string]*gx.Node{}}
		for i := range want {
			v := scope.VariableWithValue(want[i].Name, tensors.FromFlatDataAndDimensions(params[i], want[i].Shape...))
			l.vars[want[i].Name] = v.NodeValue(inputs[0])
		}
		return []*gx.Node{l.output(inputs[0])}
	}, nil
}

// lowering builds the GoMLX graph of a layer graph.
type lowering struct {
	g     *spaces.Graph
	scope *model.Scope
	vars  map[string]*gx.Node
	maps  []*gx.Node
}

func (l *lowering) output(x *gx.Node) *gx.Node {
	live := l.g.Live()
	l.maps = make([]*gx.Node, len(l.g.Layers))
	for i := range l.g.Layers {
		if live[i] {
			l.maps[i] = l.layer(i, x)
		}
	}
	y := l.maps[l.g.Output]
	if s := l.g.Layers[l.g.Output].Out; s.H*s.W == 1 {
		return flatten(y)
	}
	return gx.TransposeAllAxes(y, 0, 3, 1, 2)
}

func (l *lowering) layer(i int, input *gx.Node) *gx.Node {
	layer := &l.g.Layers[i]
	in := make([]*gx.Node, len(layer.In))
	for k, j := range layer.In {
		in[k] = l.maps[j]
	}
	var from spaces.Shape
	if len(in) > 0 {
		from = l.g.Layers[layer.In[0]].Out
	}
	n := input.Shape().Dimensions[0]
	switch layer.Kind {
	case spaces.Input:
		return gx.TransposeAllAxes(input, 0, 2, 3, 1)
	case spaces.Zero:
		s := layer.Out
		return gx.Zeros(input.Graph(), shapes.Make(input.DType(), n, s.H, s.W, s.C))
	case spaces.Conv, spaces.ConvTranspose:
		return l.bias(layer, newConvolution(layer, from).forward(in[0], l.vars[layer.Name+".weight"]))
	case spaces.Linear:
		w := linearWeight(l.vars[layer.Name+".weight"], from)
		y := gx.Dot(flatten(in[0]), w).General([]int{1}, nil, []int{1}, nil)
		return l.bias(layer, gx.Reshape(y, n, 1, 1, layer.Out.C))
	case spaces.BatchNorm:
		return l.norm(i, layer, in[0])
	case spaces.ReLU:
		return view{y: 0, relu: true, slope: layer.Slope}.value(in)
	case spaces.Tanh:
		return gx.Tanh(in[0])
	case spaces.AvgPool:
		p := newWindow(layer, from)
		return gx.Mul(p.sum(in[0]), p.share(in[0]))
	case spaces.MaxPool:
		// The lowest finite number, not −Inf: a gradient multiplies what it passes over by 0.
		p := newWindow(layer, from)
		t := p.taps(in[0], gx.Const(in[0].Graph(), in[0].DType().LowestValue()))
		y := t[0]
		for _, v := range t[1:] {
			y = gx.Max(y, v)
		}
		return y
	case spaces.GlobalAvgPool:
		return gx.Reshape(gx.DivScalar(gx.ReduceSum(in[0], 1, 2), float64(from.H*from.W)), n, 1, 1, from.C)
	case spaces.Add:
		y := in[0]
		for _, v := range in[1:] {
			y = gx.Add(y, v)
		}
		return y
	case spaces.Gate: // its factor is 1
		return in[0]
	case spaces.Concat:
		return gx.Concatenate(in, 3)
	case spaces.Slice:
		return channels(in[0], layer.Offset, layer.Out.C)
	}
	panic(fmt.Errorf("gomlx: layer %d: unknown kind %v", i, layer.Kind)) // graph builders panic, GoMLX recovers
}

func (l *lowering) bias(layer *spaces.Layer, y *gx.Node) *gx.Node {
	if !layer.Bias {
		return y
	}
	return gx.Add(y, perChannel(l.vars[layer.Name+".bias"], y))
}

func (l *lowering) norm(i int, layer *spaces.Layer, x *gx.Node) *gx.Node {
	name := layer.Name
	if name == "" {
		name = fmt.Sprintf("norm%d", i)
	}
	g, c := x.Graph(), layer.Out.C
	running := func(suffix string, start float64) *model.Variable {
		v := make([]float32, c)
		for k := range v {
			v[k] = float32(start)
		}
		return l.scope.VariableWithValue(name+suffix, tensors.FromFlatDataAndDimensions(v, c)).SetTrainable(false)
	}
	runningMean, runningVar := running(".running_mean", 0), running(".running_var", 1)
	mean, variance := runningMean.NodeValue(g), runningVar.NodeValue(g)
	centred := gx.Sub(x, perChannel(mean, x))
	if l.scope.IsTraining(g) {
		mean = gx.ReduceMean(x, 0, 1, 2)
		centred = gx.Sub(x, perChannel(mean, x))
		variance = gx.ReduceMean(gx.Mul(centred, centred), 0, 1, 2)
		update := func(v *model.Variable, batch *gx.Node) {
			old := gx.MulScalar(v.NodeValue(g), 1-bnMomentum)
			v.SetNodeValue(gx.Add(old, gx.MulScalar(gx.StopGradient(batch), bnMomentum)))
		}
		s := x.Shape().Dimensions
		n := float64(s[0] * s[1] * s[2])
		update(runningMean, mean)
		update(runningVar, gx.MulScalar(variance, n/max(n-1, 1)))
	}
	y := gx.Div(centred, gx.Sqrt(gx.AddScalar(perChannel(variance, x), layer.Eps)))
	if layer.Affine {
		y = gx.Add(gx.Mul(y, perChannel(l.vars[layer.Name+".weight"], y)), perChannel(l.vars[layer.Name+".bias"], y))
	}
	return y
}

// ModelScores are the proxies of the loss gradient of a GoMLX model. Fisher is not among them: it needs the outputs
// of layers, which a model function does not name.
type ModelScores struct {
	Loss     float64
	GradNorm float64 // Σ over variables of ‖g‖₂
	Snip     float64 // Σ|w·g|
	Plain    float64 // Σ w·g
	L2Norm   float64 // Σ over variables of ‖w‖₂
	// Variables are the paths of the variables that were scored.
	Variables []string
}

var errNothingScored = errors.New("the model has no variable to score")

// ScoreModel computes the proxies of the loss gradient for any GoMLX model on one minibatch, in training mode.
// The model's variables are those of the store, which is left as it is. Those it does not hold start as the model
// says: where that is at random they are drawn anew by each call, unless the store has a seed
// (store.SetParam(model.ParamInitialSeed, int64(1))). scored chooses the variables that count, from the
// trainable ones; nil takes those with two axes or more, which leaves out biases and the parameters of norms as the
// published proxies do. A panic of fn, loss or scored comes back as an error.
//
// The whole model is compiled for the call. For many networks of a search space, a [Device] is faster. A model that
// calls GoMLX's Convolve gets TF32 on CUDA, whatever the backend's options say: go-xla v0.3.0 leaves convolutions at
// the default precision.
func ScoreModel(backend compute.Backend, store *model.Store, fn ModelFn, loss LossFn, inputs, labels []*tensors.Tensor,
	scored func(*model.Variable) bool) (*ModelScores, error) {
	switch {
	case backend == nil:
		return nil, errors.New("gomlx: ScoreModel needs a backend, got nil")
	case store == nil:
		return nil, errors.New("gomlx: ScoreModel needs a store, got nil; model.NewStore makes an empty one")
	case fn == nil:
		return nil, errors.New("gomlx: ScoreModel needs a model, got nil")
	case loss == nil:
		return nil, errors.New("gomlx: ScoreModel needs a loss, got nil")
	case len(inputs) == 0:
		return nil, errors.New("gomlx: ScoreModel needs an input, got none")
	case slices.Contains(inputs, nil) || slices.Contains(labels, nil):
		return nil, errors.New("gomlx: an input or label of ScoreModel is nil")
	}
	if scored == nil {
		scored = func(v *model.Variable) bool { return v.Shape().Rank() >= 2 }
	}
	own, err := store.Clone()
	if err != nil {
		return nil, fmt.Errorf("gomlx: copying the model's variables: %w", err)
	}
	defer own.Finalize()
	s := &ModelScores{}
	exec, err := model.NewExec(backend, own, func(scope *model.Scope, args []*gx.Node) []*gx.Node {
		running := "the model"
		defer func() {
			// GoMLX takes panics with errors only; any other would leave it waiting for this graph for ever.
			if r := recover(); r != nil {
				if r != any(errNothingScored) {
					r = fmt.Errorf("%s panicked: %v", running, r)
				}
				panic(r)
			}
		}()
		g := args[0].Graph()
		own.SetTraining(g, true)
		predictions := fn(scope, nil, args[:len(inputs)])
		running = "the loss"
		value := loss(args[len(inputs):], predictions)
		if value == nil {
			panic(errors.New("it returned nil"))
		}
		running = "the choice of variables"
		if !value.Shape().IsScalar() {
			value = gx.ReduceAllMean(value)
		}
		var nodes []*gx.Node
		s.Variables = nil
		for v := range own.IterVariables() {
			if v.Trainable && v.InUseByGraph(g) && scored(v) {
				nodes = append(nodes, v.NodeValue(g))
				s.Variables = append(s.Variables, v.Path())
			}
		}
		running = "the gradient"
		if len(nodes) == 0 {
			panic(errNothingScored)
		}
		var rows []*gx.Node
		for i, d := range gx.Gradient(value, nodes...) {
			w, d := double(nodes[i]), double(d)
			wd := gx.Mul(w, d)
			rows = append(rows, gx.Stack([]*gx.Node{total(gx.Mul(d, d)), total(gx.Abs(wd)), total(wd), total(gx.Mul(w, w))}, 0))
		}
		return []*gx.Node{double(value), gx.Stack(rows, 0)}
	})
	if err != nil {
		return nil, fmt.Errorf("gomlx: %w", err)
	}
	defer exec.Finalize()
	args := make([]any, 0, len(inputs)+len(labels))
	for _, t := range append(append([]*tensors.Tensor(nil), inputs...), labels...) {
		args = append(args, t)
	}
	out, err := exec.Call(args...)
	if err != nil {
		return nil, fmt.Errorf("gomlx: scoring the model: %w", err)
	}
	s.Loss = tensors.ToScalar[float64](out[0])
	rows, err := tensors.CopyFlatData[float64](out[1])
	if err != nil {
		return nil, fmt.Errorf("gomlx: reading the scores: %w", err)
	}
	for i := range s.Variables {
		r := rows[4*i : 4*i+4]
		s.GradNorm += math.Sqrt(r[0])
		s.Snip += r[1]
		s.Plain += r[2]
		s.L2Norm += math.Sqrt(r[3])
	}
	return s, nil
}
