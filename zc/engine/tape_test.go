package engine_test

import (
	"strings"
	"testing"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/native"
)

// tiny is a network of one convolution with norm, ReLU and a gate, and a dead branch.
func tiny(t *testing.T) (g *spaces.Graph, relu, dead int) {
	t.Helper()
	b := spaces.NewBuilder(spaces.Shape{C: 2, H: 3, W: 3})
	relu = b.ReLU(b.BatchNorm(b.Conv(0, "conv", spaces.ConvOpts{Out: 4, Kernel: 3, Pad: 1, Bias: true}), "bn"))
	dead = b.Tanh(relu)
	g, err := b.Build(b.Linear(b.GlobalAvgPool(b.Gate(relu, 0)), "classifier", 3))
	if err != nil {
		t.Fatal(err)
	}
	return g, relu, dead
}

func zeros(g *spaces.Graph) [][]float32 {
	var params [][]float32
	for _, q := range g.Params() {
		params = append(params, make([]float32, q.Size()))
	}
	return params
}

// Whatever does not fit the network is an error that says what and where, not a panic.
func TestMisuse(t *testing.T) {
	g, relu, dead := tiny(t)
	p, err := engine.NewPlan(g)
	if err != nil {
		t.Fatal(err)
	}
	const samples = 2
	good := engine.Weights{Params: zeros(g)}
	pass := func(ps engine.Pass) func(*engine.Tape) error {
		return func(t *engine.Tape) error { _, err := t.Backward(ps); return err }
	}
	loss := engine.Loss{Kind: engine.CrossEntropy, Labels: []int{0, 1}}
	tests := []struct {
		name    string
		weights engine.Weights
		batch   int
		mode    engine.Mode
		feed    engine.Feed
		then    func(*engine.Tape) error
		want    string
	}{
		{name: "no samples", weights: good, want: "a batch of 0 samples"},
		{name: "too few parameters", weights: engine.Weights{Params: good.Params[1:]}, batch: samples, want: "the network has 6 parameters, 5 values were given"},
		{name: "wrong running statistics", weights: engine.Weights{Params: good.Params, Running: []engine.Running{{}}}, batch: samples, want: `batch norm "bn" has 4 channels`},
		{name: "momentum without state", weights: good, batch: samples, mode: engine.Mode{Momentum: 0.1}, want: "move only in a state"},
		{name: "unknown norm", weights: good, batch: samples, mode: engine.Mode{Norm: 9}, want: "unknown way 9"},
		{name: "short input", weights: good, batch: samples, feed: engine.Feed{Inputs: make([]float32, 5)}, want: "needs 36 input values, got 5"},
		{name: "too many factors", weights: good, batch: samples, feed: engine.Feed{Inputs: make([]float32, 36), Gates: make([][]float32, 2)}, want: "read 1 factors, 2 were given"},
		{name: "short factor", weights: good, batch: samples, feed: engine.Feed{Inputs: make([]float32, 36), Gates: [][]float32{{1}}}, want: "a value for each of 2 samples, got 1"},
		{name: "kept layer", weights: good, batch: samples, feed: engine.Feed{Inputs: make([]float32, 36), Only: []int{99}}, want: "layer 99 is not one"},
		{name: "seed without a source", then: pass(engine.Pass{Seeds: []engine.Seed{{}}}), want: "a loss or a cotangent"},
		{name: "seed at a ReLU", then: pass(engine.Pass{Seeds: []engine.Seed{{Layer: relu, Loss: &loss}}}), want: "it is rectified"},
		{name: "seed at a dead layer", then: pass(engine.Pass{Seeds: []engine.Seed{{Layer: dead, Cotangent: make([]float32, 72)}}}), want: "was not computed"},
		{name: "short cotangent", then: pass(engine.Pass{Seeds: []engine.Seed{{Cotangent: make([]float32, 5)}}}), want: "needs 6 values, got 5"},
		{name: "label", then: pass(engine.Pass{Seeds: []engine.Seed{{Loss: &engine.Loss{Kind: engine.CrossEntropy, Labels: []int{0, 3}}}}}), want: "label 3 of sample 1"},
		{name: "twice finished", then: func(t *engine.Tape) error {
			if _, err := t.Finish(engine.Pass{Seeds: []engine.Seed{{Loss: &loss}}}); err != nil {
				return err
			}
			_, err := t.Backward(engine.Pass{Seeds: []engine.Seed{{Loss: &loss}}})
			return err
		}, want: "was not computed or not kept"},
		{name: "forward only", then: func(t *engine.Tape) error {
			again, err := t.Forward(engine.Feed{Inputs: make([]float32, 36), Only: []int{}})
			if err != nil {
				return err
			}
			_, err = again.Backward(engine.Pass{Seeds: []engine.Seed{{Loss: &loss}}})
			return err
		}, want: "kept only some maps"},
		{name: "tap", then: pass(engine.Pass{Taps: []int{-1}}), want: "a tap at layer -1"},
		{name: "update of host weights", then: pass(engine.Pass{Seeds: []engine.Seed{{Loss: &loss}}, Sinks: p.EachParam(engine.Update{Rate: 1})}), want: "weights on the device"},
		{name: "signs in a batch", then: pass(engine.Pass{Seeds: []engine.Seed{{Loss: &loss}}, Sinks: p.EachScored(engine.Signs{})}), want: "depend on each other"},
		{name: "signs of a bias", mode: engine.Mode{Norm: engine.NormSample}, then: pass(engine.Pass{Seeds: []engine.Seed{{Loss: &loss}}, Sinks: p.EachParam(engine.Signs{})}), want: "conv.bias"},
		{name: "reducing nothing", then: func(t *engine.Tape) error { _, err := t.Reduce(engine.Map{}, t.Operand(dead)); return err }, want: "engine.Map of a map that was not computed"},
		{name: "channel", then: func(t *engine.Tape) error { _, err := t.Reduce(engine.Channel{C: 4}, t.Operand(relu)); return err }, want: "channel 4 of a map"},
		{name: "no ReLU", then: func(t *engine.Tape) error { _, err := t.Reduce(engine.CodeBits{}, t.Operand(1)); return err }, want: "rectified"},
		{name: "labels to count", then: func(t *engine.Tape) error {
			_, err := t.Reduce(engine.Correct{Labels: []int{1}, K: 1}, t.Operand(g.Output))
			return err
		}, want: "it needs 2 labels"},
		{name: "unequal maps", then: func(t *engine.Tape) error {
			_, err := t.Reduce(engine.AbsDiff{}, t.Operand(relu), t.Operand(g.Output))
			return err
		}, want: "two maps of one shape"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.then != nil {
				tt.weights, tt.batch, tt.feed = good, samples, engine.Feed{Inputs: make([]float32, 36)}
			}
			n, err := engine.Load(native.New(), p, engine.Source{Weights: &tt.weights}, tt.batch, tt.mode)
			var tape *engine.Tape
			if err == nil {
				tape, err = n.Forward(tt.feed)
			}
			if err == nil && tt.then != nil {
				err = tt.then(tape)
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "panicked") {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}
