package native_test

import (
	"math"
	"slices"
	"testing"

	"github.com/zcnas/zcnas/datasets/stream"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/native"
	"github.com/zcnas/zcnas/zc/weights"
)

// trainable are a network's initial parameters and a minibatch of ten classes.
func trainable(g *spaces.Graph, batch int) ([][]float32, *engine.Batch, error) {
	set, err := weights.Init(g, weights.Reference, 7)
	if err != nil {
		return nil, nil, err
	}
	b := &engine.Batch{N: batch, Inputs: make([]float32, batch*g.Input().Size()), Loss: engine.Loss{Kind: engine.CrossEntropy}}
	stream.New("input", 7).FillUniform(b.Inputs, stream.UnitScale)
	for i := range batch {
		b.Loss.Labels = append(b.Loss.Labels, i%g.Layers[g.Output].Out.C)
	}
	return set.Values, b, nil
}

// trainStep loads the weights, goes forward and backward, and updates them.
func trainStep(d engine.Device, p *engine.Plan, state engine.State, b *engine.Batch, u engine.Update) error {
	n, err := engine.Load(d, p, engine.Source{State: state}, b.N, engine.Mode{Momentum: 0.1})
	if err != nil {
		return err
	}
	t, err := n.Forward(engine.Feed{Inputs: b.Inputs, Dead: true})
	if err != nil {
		return err
	}
	_, err = t.Finish(engine.Pass{Seeds: []engine.Seed{{Loss: &b.Loss}}, Sinks: p.EachParam(u)})
	return err
}

// Trained weights have the same bits with any number of threads, and whether a network is loaded for each step or once
// for all.
func TestTrainSameBits(t *testing.T) {
	g := every(t, false, true)
	p := plan(t, g)
	params, b := inputs(t, g, engine.CrossEntropy)
	u := engine.Update{Rate: 0.05, Momentum: 0.9, Decay: 5e-4, Nesterov: true, Clip: 1}
	const steps = 4
	train := func(d *native.Device, once bool) *engine.Weights {
		state, err := engine.Store(d, p, &engine.Weights{Params: params})
		if err != nil {
			t.Fatal(err)
		}
		n, err := engine.Load(d, p, engine.Source{State: state}, b.N, engine.Mode{Momentum: 0.1})
		if err != nil {
			t.Fatal(err)
		}
		for range steps {
			if !once {
				if err := trainStep(d, p, state, b, u); err != nil {
					t.Fatal(err)
				}
				continue
			}
			tape, err := n.Forward(engine.Feed{Inputs: b.Inputs, Dead: true})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tape.Finish(engine.Pass{Seeds: []engine.Seed{{Loss: &b.Loss}}, Sinks: p.EachParam(u)}); err != nil {
				t.Fatal(err)
			}
		}
		w, err := d.Snapshot(state)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	want := train(native.New(native.WithThreads(1)), false)
	if slices.Equal(want.Params[0], params[0]) {
		t.Fatal("training does not change the weights")
	}
	for _, threads := range []int{1, 3} {
		for _, once := range []bool{false, true} {
			got := train(native.New(native.WithThreads(threads)), once)
			for i, q := range g.Params() {
				if !slices.Equal(want.Params[i], got.Params[i]) || !slices.Equal(want.Momentum[i], got.Momentum[i]) {
					t.Errorf("%d threads, loaded once %v: %s differs", threads, once, q.Name)
				}
			}
			for i := range want.Running {
				if !slices.Equal(want.Running[i].Mean, got.Running[i].Mean) || !slices.Equal(want.Running[i].Var, got.Running[i].Var) {
					t.Errorf("%d threads, loaded once %v: running statistics %d differ", threads, once, i)
				}
			}
		}
	}
}

// Steps down the gradient of one minibatch lower its loss, also through a gate that drops some samples' paths.
func TestTrainLearns(t *testing.T) {
	b := spaces.NewBuilder(spaces.Shape{C: 3, H: 8, W: 8})
	x := b.BatchNorm(b.Conv(0, "stem", spaces.ConvOpts{Out: 20, Kernel: 3, Pad: 1}), "stem.bn")
	path := b.BatchNorm(b.Conv(b.ReLU(x), "path", spaces.ConvOpts{Out: 20, Kernel: 3, Pad: 1}), "path.bn")
	x = b.Add(x, b.Gate(path, 0))
	aux := b.Linear(b.GlobalAvgPool(x), "aux", 5)
	g, err := b.Build(b.Linear(b.GlobalAvgPool(b.ReLU(x)), "classifier", 5))
	if err != nil {
		t.Fatal(err)
	}
	p, err := engine.NewPlan(g, engine.Outputs(aux))
	if err != nil {
		t.Fatal(err)
	}
	params, in, err := trainable(g, 16)
	if err != nil {
		t.Fatal(err)
	}
	d := native.New()
	state, err := engine.Store(d, p, &engine.Weights{Params: params})
	if err != nil {
		t.Fatal(err)
	}
	auxiliary := in.Loss
	auxiliary.Scale = 0.4
	kept := make([]float32, in.N)
	for i := range kept {
		kept[i] = float32(i%4) / 1.5 // a quarter of the samples without the path
	}
	var losses []float64
	for range 30 {
		n, err := engine.Load(d, p, engine.Source{State: state}, in.N, engine.Mode{Momentum: 0.1})
		if err != nil {
			t.Fatal(err)
		}
		tape, err := n.Forward(engine.Feed{Inputs: in.Inputs, Gates: [][]float32{kept}, Dead: true})
		if err != nil {
			t.Fatal(err)
		}
		r, err := tape.Finish(engine.Pass{Seeds: []engine.Seed{{Loss: &in.Loss}, {Layer: aux, Loss: &auxiliary}},
			Sinks: p.EachParam(engine.Update{Rate: 0.05, Momentum: 0.9, Nesterov: true, Clip: 5})})
		if err != nil {
			t.Fatal(err)
		}
		numbers, err := n.Fetch(r[0].Losses...)
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, numbers[0][0])
	}
	if last := losses[len(losses)-1]; !(last < losses[0]/2) || math.IsNaN(last) {
		t.Errorf("the loss went from %v to %v in %d steps", losses[0], last, len(losses))
	}
	n, err := engine.Load(d, p, engine.Source{State: state}, in.N, engine.Mode{Norm: engine.NormRunning})
	if err != nil {
		t.Fatal(err)
	}
	tape, err := n.Forward(engine.Feed{Inputs: in.Inputs, Only: []int{}})
	if err != nil {
		t.Fatal(err)
	}
	right, err := tape.Reduce(engine.Correct{Labels: in.Loss.Labels, K: 1}, tape.Operand(g.Output))
	if err != nil {
		t.Fatal(err)
	}
	numbers, err := n.Fetch(right)
	if err != nil {
		t.Fatal(err)
	}
	if got := numbers[0][0]; got < 12 {
		t.Errorf("%v of 16 images are classified right by the running statistics after training on them", got)
	}
}
