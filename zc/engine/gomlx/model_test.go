package gomlx_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	gx "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/enginetest"
	"github.com/zcnas/zcnas/zc/engine/gomlx"
)

func batchTensors(p problem) (inputs, labels []*tensors.Tensor) {
	in := p.plan.Graph.Input()
	y := make([]int32, len(p.batch.Loss.Labels))
	for i, c := range p.batch.Loss.Labels {
		y[i] = int32(c)
	}
	return []*tensors.Tensor{tensors.FromFlatDataAndDimensions(p.batch.Inputs, p.batch.N, in.C, in.H, in.W)},
		[]*tensors.Tensor{tensors.FromFlatDataAndDimensions(y, p.batch.N, 1)}
}

// GoMLX's own differentiation of the lowered network must agree with the engine's passes.
func TestModelAgainstEngine(t *testing.T) {
	p := newProblem(t, enginetest.Network(false), 4, engine.CrossEntropy)
	d := open(t)
	exp, err := engine.Run(d, p.plan, p.params, p.batch, engine.Want{LossGrad: true})
	if err != nil {
		t.Fatal(err)
	}
	fn, err := gomlx.Model(p.plan.Graph, p.params)
	if err != nil {
		t.Fatal(err)
	}
	inputs, labels := batchTensors(p)
	got, err := gomlx.ScoreModel(d.Backend(), model.NewStore(), fn, loss.SparseCategoricalCrossEntropyLogits, inputs, labels, nil)
	if err != nil {
		t.Fatal(err)
	}
	var gradNorm, snip, plain float64
	for _, w := range exp.Weights {
		gradNorm += math.Sqrt(w.GradSq)
		snip += w.AbsWG
		plain += w.WG
	}
	close := func(name string, got, want, scale float64) {
		if math.Abs(got-want) > 2e-5*scale {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	close("loss", got.Loss, exp.Loss, exp.Loss)
	close("grad_norm", got.GradNorm, gradNorm, gradNorm)
	close("snip", got.Snip, snip, snip)
	close("plain", got.Plain, plain, snip)
}

func TestModelTrains(t *testing.T) {
	b := spaces.NewBuilder(spaces.Shape{C: 1, H: 4, W: 4})
	x := b.ReLU(b.BatchNorm(b.Conv(0, "conv", spaces.ConvOpts{Out: 4, Kernel: 3, Pad: 1}), "bn"))
	g, err := b.Build(b.Linear(b.GlobalAvgPool(x), "head", 2))
	if err != nil {
		t.Fatal(err)
	}
	p := newProblem(t, g, 6, engine.CrossEntropy)
	fn, err := gomlx.Model(g, p.params)
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	trainer := train.NewTrainer(open(t).Backend(), store, train.ModelFn(fn), loss.SparseCategoricalCrossEntropyLogits,
		optimizer.Adam().LearningRate(0.05).Done(), nil, nil)
	var first, last float64
	for step := range 30 {
		inputs, labels := batchTensors(p)
		metrics, err := trainer.TrainStep(train.Batch{Inputs: inputs, Labels: labels})
		if err != nil {
			t.Fatal(err)
		}
		last = float64(tensors.ToScalar[float32](metrics[0]))
		if step == 0 {
			first = last
		}
	}
	if !(last < first/2) {
		t.Errorf("the loss went from %v to %v in 30 steps, want less than half", first, last)
	}
	mean := store.RootScope().GetVariable("bn.running_mean")
	if mean == nil {
		t.Fatal("no running mean among the variables")
	}
	if v := tensors.MustCopyFlatData[float32](mean.MustValue()); v[0] == 0 {
		t.Error("the running mean did not move")
	}
}

func TestModelFails(t *testing.T) {
	g := enginetest.Network(false)
	if _, err := gomlx.Model(g, nil); err == nil {
		t.Error("no parameters: no error")
	}
	fn := func(scope *model.Scope, _ any, in []*gx.Node) []*gx.Node { return in }
	l := func(_, predictions []*gx.Node) *gx.Node { return gx.ReduceAllSum(predictions[0]) }
	in := []*tensors.Tensor{tensors.FromFlatDataAndDimensions([]float32{1, 2}, 1, 2)}
	_, err := gomlx.ScoreModel(open(t).Backend(), model.NewStore(), fn, l, in, nil, nil)
	if err == nil || !strings.Contains(err.Error(), "no variable") {
		t.Errorf("a model without variables: error %v", err)
	}
	b, store := open(t).Backend(), model.NewStore()
	dense := func(scope *model.Scope, _ any, in []*gx.Node) []*gx.Node {
		w := scope.VariableWithValue("w", [][]float32{{1}, {2}}).NodeValue(in[0])
		return []*gx.Node{gx.Dot(in[0], w).Product()}
	}
	for want, call := range map[string]func() (*gomlx.ModelScores, error){
		"the model panicked: boom": func() (*gomlx.ModelScores, error) {
			bad := func(*model.Scope, any, []*gx.Node) []*gx.Node { panic("boom") }
			return gomlx.ScoreModel(b, store, bad, l, in, nil, nil)
		},
		"the loss panicked: boom": func() (*gomlx.ModelScores, error) {
			bad := func(_, _ []*gx.Node) *gx.Node { panic("boom") }
			return gomlx.ScoreModel(b, store, dense, bad, in, nil, nil)
		},
		"the loss panicked: it returned nil": func() (*gomlx.ModelScores, error) {
			return gomlx.ScoreModel(b, store, dense, func(_, _ []*gx.Node) *gx.Node { return nil }, in, nil, nil)
		},
		"the choice of variables panicked: boom": func() (*gomlx.ModelScores, error) {
			return gomlx.ScoreModel(b, store, dense, l, in, nil, func(*model.Variable) bool { panic("boom") })
		},
		"needs a backend": func() (*gomlx.ModelScores, error) { return gomlx.ScoreModel(nil, store, dense, l, in, nil, nil) },
		"needs a store":   func() (*gomlx.ModelScores, error) { return gomlx.ScoreModel(b, nil, dense, l, in, nil, nil) },
		"needs a model":   func() (*gomlx.ModelScores, error) { return gomlx.ScoreModel(b, store, nil, l, in, nil, nil) },
		"needs a loss":    func() (*gomlx.ModelScores, error) { return gomlx.ScoreModel(b, store, dense, nil, in, nil, nil) },
		"needs an input":  func() (*gomlx.ModelScores, error) { return gomlx.ScoreModel(b, store, dense, l, nil, nil, nil) },
		"is nil": func() (*gomlx.ModelScores, error) {
			return gomlx.ScoreModel(b, store, dense, l, in, []*tensors.Tensor{nil}, nil)
		},
	} {
		if _, err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// What the store does not hold is drawn by each call, from the store's seed where it has one.
func TestModelSeed(t *testing.T) {
	random := func(scope *model.Scope, _ any, in []*gx.Node) []*gx.Node {
		w := scope.VariableWithShape("w", shapes.Make(dtypes.Float32, 2, 1)).NodeValue(in[0])
		return []*gx.Node{gx.Dot(in[0], w).Product()}
	}
	sum := func(_, predictions []*gx.Node) *gx.Node { return gx.ReduceAllSum(predictions[0]) }
	in := []*tensors.Tensor{tensors.FromFlatDataAndDimensions([]float32{1, 2}, 1, 2)}
	norm := func(seeded bool) float64 {
		store := model.NewStore()
		if seeded {
			store.SetParam(model.ParamInitialSeed, int64(1))
		}
		s, err := gomlx.ScoreModel(open(t).Backend(), store, random, sum, in, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s.L2Norm
	}
	if a, b := norm(true), norm(true); a != b || a == 0 {
		t.Errorf("with one seed the weights' norms are %v and %v", a, b)
	}
	if a, b := norm(false), norm(false); a == b {
		t.Errorf("without a seed the weights' norm is %v twice", a)
	}
}

func ExampleScoreModel() {
	// Any GoMLX model will do: here one dense layer.
	dense := func(scope *model.Scope, _ any, in []*gx.Node) []*gx.Node {
		w := scope.VariableWithValue("w", [][]float32{{1, -1}, {2, 0.5}}).NodeValue(in[0])
		return []*gx.Node{gx.Dot(in[0], w).Product()}
	}
	sum := func(_, predictions []*gx.Node) *gx.Node { return gx.ReduceAllSum(predictions[0]) }
	d, err := gomlx.New("go")
	if err != nil {
		fmt.Println(err)
		return
	}
	x := tensors.FromFlatDataAndDimensions([]float32{3, 4}, 1, 2)
	s, err := gomlx.ScoreModel(d.Backend(), model.NewStore(), dense, sum, []*tensors.Tensor{x}, nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("snip %g, plain %g, grad_norm %.4f\n", s.Snip, s.Plain, s.GradNorm)
	// Output: snip 16, plain 10, grad_norm 7.0711
}
