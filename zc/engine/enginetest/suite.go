package enginetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

// Test compares all that a device does with the implementation of this package, on small networks that have every kind
// of layer, as subtests of t. What a device says that it cannot do is skipped.
func Test(t *testing.T, d engine.Device) {
	for _, part := range []struct {
		name string
		run  func(s *suite)
		has  bool
	}{
		{"layers", (*suite).layers, true},
		{"gradients", (*suite).gradients, true},
		{"losses", (*suite).losses, true},
		{"float32", (*suite).float32, true},
		{"several backward passes", (*suite).several, true},
		{"seeds, taps and stops", (*suite).seeds, true},
		{"positive network", (*suite).positive, true},
		{"gradients of samples", (*suite).samples, d.Capabilities().PerSample},
		{"gradients of minibatches", (*suite).minibatches, d.Capabilities().Training},
		{"training", (*suite).training, d.Capabilities().Training},
		{"reductions", (*suite).reductions, true},
	} {
		t.Run(part.name, func(t *testing.T) {
			if !part.has {
				t.Skip(d.Capabilities().Name, "does not have it")
			}
			part.run(&suite{T: t, d: d})
		})
	}
}

// suite is a part of the suite at work on a device.
type suite struct {
	*testing.T
	d engine.Device
}

func (s *suite) Run(name string, f func(s *suite)) {
	s.T.Run(name, func(t *testing.T) { f(&suite{T: t, d: s.d}) })
}

// double is how far a device's float64 may be from ours, relative to the largest value beside it.
const double = 1e-9

// near reports values that are further from the wanted ones than a share of the largest of these.
func (s *suite) near(what string, got, want []float64, share float64) {
	s.Helper()
	if len(got) != len(want) {
		s.Errorf("%s: %d values, want %d", what, len(got), len(want))
		return
	}
	var largest float64
	for _, v := range want {
		largest = max(largest, math.Abs(v))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= share*largest+1e-3*share) {
			s.Errorf("%s: value %d of %d is %v, want %v (the largest is %.3g)", what, i, len(want), got[i], want[i], largest)
			return
		}
	}
}

func must[T any](s *suite) func(v T, err error) T {
	return func(v T, err error) T {
		s.Helper()
		if err != nil {
			s.Fatal(err)
		}
		return v
	}
}

// problem is a network to compare on: with the device and with us.
type problem struct {
	*suite
	*Problem
	plan    *engine.Plan
	net     *Net
	network *engine.Network
	loss    engine.Loss
	gates   [][]float32
}

var normModes = []struct {
	ours   NormMode
	theirs engine.NormMode
}{{BatchNorm, engine.NormBatch}, {RunningNorm, engine.NormRunning}, {SampleNorm, engine.NormSample}, {NoNorm, engine.NormSkip}}

// can skips a test of what the device does not have.
func (s *suite) can(mode engine.Mode) {
	c := s.d.Capabilities()
	for _, part := range []struct {
		want, has bool
		name      string
	}{
		{mode.Tangent, c.Tangents, "second order"}, {mode.Double, c.Double, "float64"},
		{mode.Norm == engine.NormRunning, c.Training, "running statistics"}, {mode.Norm == engine.NormSample, c.PerSample, "statistics of each sample"},
	} {
		if part.want && !part.has {
			s.Skip(c.Name, "has no", part.name)
		}
	}
}

// load starts a network in a mode, on the device and here.
func (s *suite) load(g *spaces.Graph, loss engine.LossKind, mode engine.Mode, opts ...engine.PlanOption) *problem {
	s.Helper()
	s.can(mode)
	const samples = 3
	p := &problem{suite: s, Problem: must[*Problem](s)(NewProblem(g, samples, loss))}
	p.plan = must[*engine.Plan](s)(engine.NewPlan(g, opts...))
	p.loss = p.Batch.Loss
	w := &engine.Weights{Params: p.Params}
	p.net = NewNet(g, p.Params)
	for i, l := range p.plan.Running {
		r := p.net.Running[p.net.module(layerOf(g, p.plan.Norms[l].Layer))]
		run := engine.Running{}
		for c := range r.Mean {
			run.Mean = append(run.Mean, 0.1*float32(c)-0.2)
			run.Var = append(run.Var, 0.5+0.25*float32(i+c))
			r.Mean[c], r.Var[c] = float64(run.Mean[c]), float64(run.Var[c])
		}
		w.Running = append(w.Running, run)
	}
	for _, m := range normModes {
		if m.theirs == mode.Norm {
			p.net.Norm = m.ours
		}
	}
	if mode.Abs {
		for _, q := range p.net.Params {
			for k, v := range q {
				q[k] = complex(math.Abs(real(v)), 0)
			}
		}
	}
	p.gates = make([][]float32, p.plan.Factors)
	p.net.Gates = make([]Map, p.plan.Factors)
	if len(p.gates) > 0 { // the last gets none
		p.gates[0] = []float32{0.5, 0, 1.5}
		p.net.Gates[0] = Values32(p.gates[0])
	}
	p.network = must[*engine.Network](s)(engine.Load(s.d, p.plan, engine.Source{Weights: w}, samples, mode))
	return p
}

// layerOf is the index of a layer of a graph.
func layerOf(g *spaces.Graph, l *spaces.Layer) int {
	for i := range g.Layers {
		if &g.Layers[i] == l {
			return i
		}
	}
	panic("enginetest: the layer is not the graph's")
}

// forward runs both forward.
func (p *problem) forward() (*engine.Tape, *Pass) {
	p.Helper()
	t := must[*engine.Tape](p.suite)(p.network.Forward(engine.Feed{Inputs: p.Batch.Inputs, Gates: p.gates, Dead: true}))
	return t, p.net.Forward(Values32(p.Batch.Inputs), p.Batch.N)
}

// fetch delivers numbers of the device.
func (p *problem) fetch(s ...engine.Scalars) [][]float64 {
	p.Helper()
	return must[[][]float64](p.suite)(p.network.Fetch(s...))
}

// read delivers a map of the device.
func (p *problem) read(o engine.Operand) []float64 {
	p.Helper()
	return p.fetch(must[engine.Scalars](p.suite)(p.network.Reduce(engine.Map{}, o)))[0]
}

// layerName is for messages.
func (p *problem) layerName(i int) string {
	l := &p.Graph.Layers[i]
	return fmt.Sprintf("layer %d, %v %s", i, l.Kind, l.Name)
}

// along turns tangents on: along the scored weights, as devices have them.
func (p *problem) along() {
	direction := make([][]float64, len(p.Params))
	for i := range p.plan.Steps {
		if st := &p.plan.Steps[i]; st.Scored {
			direction[st.Weight] = p.net.Params[st.Weight].Values()
		}
	}
	p.net.Along(direction)
}
