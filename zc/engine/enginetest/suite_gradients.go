package enginetest

import (
	"fmt"
	"math"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

// The maps of all layers, in every way to normalise.
func (s *suite) layers() {
	for _, m := range normModes {
		for _, dense := range []bool{false, true} {
			s.Run(fmt.Sprintf("%s norm/dense=%v", m.ours, dense), func(s *suite) {
				p := s.load(Network(dense), engine.SumOutputs, engine.Mode{Double: true, Norm: m.theirs})
				tape, pass := p.forward()
				for i := range p.Graph.Layers {
					if o := tape.Operand(i); o.Y == nil {
						s.Errorf("%s: no map", p.layerName(i))
					} else {
						s.near(p.layerName(i), p.read(o), pass.Values[i].Values(), double)
					}
				}
			})
		}
	}
}

// All that one backward pass delivers, in every way to normalise, with and without tangents.
func (s *suite) gradients() {
	for _, m := range normModes {
		for _, tangent := range []bool{false, true} {
			s.Run(fmt.Sprintf("%s norm/tangent=%v", m.ours, tangent), func(s *suite) {
				p := s.load(Network(false), engine.CrossEntropy, engine.Mode{Double: true, Norm: m.theirs, Tangent: tangent})
				if tangent {
					p.along()
				}
				tape, pass := p.forward()
				p.whole(tape, pass, double)
			})
		}
	}
	s.Run("unscored", func(s *suite) {
		p := s.load(Network(false), engine.CrossEntropy, engine.Mode{Double: true, Tangent: true}, engine.Unscored(spaces.ConvTranspose, spaces.Linear))
		p.along()
		tape, pass := p.forward()
		p.whole(tape, pass, double)
	})
	s.Run("each signal alone", func(s *suite) {
		p := s.load(Network(false), engine.CrossEntropy, engine.Mode{Double: true})
		tape, pass := p.forward()
		p.sums(tape, pass, engine.Pass{Seeds: []engine.Seed{{Loss: &p.loss}}, Sinks: p.plan.EachScored(engine.Sums{})}, double)
		p.sums(tape, pass, engine.Pass{OutputGrad: true}, double)
		p.sums(tape, pass, engine.Pass{Seeds: []engine.Seed{{Loss: &p.loss}}, Gates: true}, double)
		p.sums(tape, pass, engine.Pass{Seeds: []engine.Seed{{Loss: &p.loss}}, Sinks: p.plan.EachParam(engine.Values{})}, double)
	})
}

// whole asks for everything at once.
func (p *problem) whole(tape *engine.Tape, pass *Pass, share float64) {
	p.Helper()
	p.sums(tape, pass, engine.Pass{
		Seeds: []engine.Seed{{Loss: &p.loss}}, OutputGrad: true, Fisher: true, Gates: true,
		Sinks: func(param int) []engine.Sink {
			if sinks := p.plan.EachScored(engine.Sums{})(param); sinks != nil && param%2 == 0 {
				return sinks // by itself a device may serve it at once
			}
			return []engine.Sink{engine.Sums{}, engine.Squares{}, engine.Values{}}
		},
	}, share)
}

// sums goes back over a tape and compares all that it is asked for.
func (p *problem) sums(tape *engine.Tape, pass *Pass, ask engine.Pass, share float64) {
	p.Helper()
	results := must[[]*engine.Result](p.suite)(tape.Backward(ask))
	r := results[0]
	out := p.Graph.Layers[p.Graph.Output].Out
	loss, seed := Loss(&p.loss, pass.Output(), p.Batch.N, out)
	want := pass.Backward(seed)
	if len(ask.Seeds) > 0 {
		p.near("loss", p.fetch(r.Losses...)[0], []float64{real(loss)}, share)
	}
	if ask.Sinks != nil {
		reached := map[int]bool{}
		for _, got := range r.Params {
			reached[got.Param] = true
			p.sinks(got, ask.Sinks(got.Param), want.Params[got.Param], share)
		}
		for q := range p.Params {
			if ask.Sinks(q) != nil && !reached[q] && norm(want.Params[q].Values()) > 0 {
				p.Errorf("no gradient of %s", p.Graph.Params()[q].Name)
			}
		}
	}
	if ask.Fisher {
		p.fisher(r, pass, want, share)
	}
	if ask.Gates {
		p.gateFactors(r, want, share)
	}
	if ask.OutputGrad {
		ones := make(Map, len(pass.Output()))
		for k := range ones {
			ones[k] = 1
		}
		p.near("gradient of the summed outputs", p.read(r.Input), pass.Backward(ones).Values[0].Values(), share)
	}
}

func norm(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum)
}

// sinks compares what sinks deliver of a gradient.
func (p *problem) sinks(got engine.ParamResult, sinks []engine.Sink, g Map, share float64) {
	p.Helper()
	name := p.Graph.Params()[got.Param].Name
	w := p.net.Params[got.Param].Values()
	numbers := p.fetch(got.Numbers...)
	for i, sink := range sinks {
		what := fmt.Sprintf("%T of %s", sink, name)
		switch sink.(type) {
		case engine.Sums:
			// Each against the sum of its addends' sizes: they may cancel.
			want, size := p.fourSums(w, g)
			count := 4
			if !p.isWeight(got.Param) {
				count = 3 // the second derivative is for weights
			}
			for k := range count {
				p.near(fmt.Sprintf("%s, sum %d", what, k), []float64{numbers[i][k], size[k]}, []float64{want[k], size[k]}, share)
			}
		case engine.Squares:
			p.near(what, numbers[i], []float64{norm(g.Values()) * norm(g.Values())}, share)
		case engine.Values:
			p.near(what, numbers[i], g.Values(), share)
		}
	}
}

// isWeight tells weights of convolutions and linear layers from biases and the parameters of batch norms.
func (p *problem) isWeight(param int) bool { return len(p.Graph.Params()[param].Shape) > 1 }

// fourSums are the sums of [engine.WeightSums] and those of their addends' sizes.
func (p *problem) fourSums(w []float64, g Map) (sums, sizes [4]float64) {
	h := g.Tangents()
	for k, v := range g.Values() {
		for i, x := range []float64{v * v, math.Abs(w[k] * v), w[k] * v, v * h[k]} {
			sums[i] += x
			sizes[i] += math.Abs(x)
		}
	}
	// A sum over a gradient that batch norm makes 0 is rounding of what it is a difference of.
	for i := range sizes {
		sizes[i] += 1e-6
	}
	return sums, sizes
}

// fisher compares fisher's terms: of each call of a scored layer that the output depends on, from the output to the
// input.
func (p *problem) fisher(r *engine.Result, pass *Pass, want *Gradients, share float64) {
	p.Helper()
	var terms []float64
	for i := len(p.plan.Steps) - 1; i >= 0; i-- {
		st := &p.plan.Steps[i]
		if !st.Scored || !st.Live {
			continue
		}
		layer := layerOf(p.Graph, st.Layer)
		s := st.Layer.Out
		shape := p.Graph.Params()[st.Weight].Shape
		perOutput := p.Graph.Params()[st.Weight].Size() / shape[0]
		var term float64
		for plane := range p.Batch.N * s.C {
			var sum float64
			for k := plane * s.H * s.W; k < (plane+1)*s.H*s.W; k++ {
				sum += real(pass.Values[layer][k]) * real(want.Values[layer][k])
			}
			term += sum * sum * float64(perOutput) / float64(2*p.Batch.N)
		}
		terms = append(terms, term)
	}
	var got []float64
	for _, n := range p.fetch(r.Fisher...) {
		got = append(got, n...)
	}
	p.near("fisher", got, terms, share)
}

// gateFactors compares the derivatives of each gate's factors.
func (p *problem) gateFactors(r *engine.Result, want *Gradients, share float64) {
	p.Helper()
	got := make([][]float64, p.plan.Factors)
	for _, g := range r.Gates {
		if got[g.Factor] != nil {
			p.Errorf("two derivatives of factor %d", g.Factor)
		}
		got[g.Factor] = p.fetch(g.Numbers)[0]
	}
	for i, v := range want.Gates {
		f := p.Graph.Layers[i].Factor
		p.near(fmt.Sprintf("derivatives of factor %d", f), got[f], v.Values(), share)
	}
}

// Every loss, with its gradient and tangent, on outputs with and without positions.
func (s *suite) losses() {
	tests := []struct {
		name  string
		kind  engine.LossKind
		dense bool
		with  func(l *engine.Loss)
	}{
		{"cross-entropy", engine.CrossEntropy, true, nil},
		{"smoothed", engine.CrossEntropy, false, func(l *engine.Loss) { l.Smoothing = 0.125 }},
		{"mixed and scaled", engine.CrossEntropy, false, func(l *engine.Loss) { l.Mix, l.Partner, l.Scale = 0.75, []int{4, 1, 1}, 3 }},
		{"soft", engine.SoftCrossEntropy, false, func(l *engine.Loss) {
			for i, v := range l.Targets {
				l.Targets[i] = v * v
			}
		}},
		{"mse", engine.MSE, true, nil},
		{"l1", engine.L1, true, nil},
		{"l1 of classes", engine.L1, false, func(l *engine.Loss) { l.Scale = 0.5 }},
		{"relative l2", engine.RelativeL2, true, nil},
		{"sum", engine.SumOutputs, false, nil},
	}
	for _, test := range tests {
		s.Run(test.name, func(s *suite) {
			p := s.load(Network(test.dense), test.kind, engine.Mode{Double: true, Tangent: s.d.Capabilities().Tangents})
			if test.with != nil {
				test.with(&p.loss)
			}
			if s.d.Capabilities().Tangents {
				p.along()
			}
			tape, pass := p.forward()
			p.whole(tape, pass, double)
			alone := must[engine.Scalars](s)(tape.Loss(&p.loss))
			want, _ := Loss(&p.loss, pass.Output(), p.Batch.N, p.Graph.Layers[p.Graph.Output].Out)
			s.near("loss by itself", p.fetch(alone)[0], []float64{real(want)}, double)
		})
	}
}

// Single precision, as loosely as rectifiers near zero ask for.
func (s *suite) float32() {
	for _, mode := range []engine.Mode{{}, {Tangent: true}, {Norm: engine.NormRunning}} {
		s.Run(fmt.Sprintf("%+v", mode), func(s *suite) {
			p := s.load(Network(false), engine.CrossEntropy, mode)
			if mode.Tangent {
				p.along()
			}
			tape, pass := p.forward()
			p.whole(tape, pass, 1e-3)
		})
	}
}

// A tape can be gone back over as often as wanted, and the same pass gives the same numbers to the bit.
func (s *suite) several() {
	p := s.load(Network(false), engine.CrossEntropy, engine.Mode{Double: true, Tangent: s.d.Capabilities().Tangents})
	if s.d.Capabilities().Tangents {
		p.along()
	}
	tape, pass := p.forward()
	numbers := func() (all []float64) {
		ask := engine.Pass{Seeds: []engine.Seed{{Loss: &p.loss}}, Sinks: p.plan.EachParam(engine.Sums{}, engine.Values{}), Fisher: true, OutputGrad: true}
		r := must[[]*engine.Result](s)(tape.Backward(ask))[0]
		for _, q := range r.Params {
			for _, n := range p.fetch(q.Numbers...) {
				all = append(all, n...)
			}
		}
		for _, n := range p.fetch(append(r.Losses, r.Fisher...)...) {
			all = append(all, n...)
		}
		return append(all, p.read(r.Input)...)
	}
	first := numbers()
	other := p.loss
	other.Scale = 2
	saved := p.loss
	p.loss = other
	p.whole(tape, pass, double)
	p.loss = saved
	again := numbers()
	for i, v := range first {
		if math.Float64bits(v) != math.Float64bits(again[i]) {
			s.Fatalf("number %d was %v and is %v", i, v, again[i])
		}
	}
	p.whole(tape, pass, double)
}

// Gradients start at any layer, several at a time, are read at any, and stop where they are told to.
func (s *suite) seeds() {
	g := Network(false)
	var taps []int
	var pool, stop int
	for i := range g.Layers {
		if g.Layers[i].Kind == spaces.ReLU {
			continue
		}
		taps = append(taps, i)
		switch g.Layers[i].Name {
		case "wide":
			pool = i
		case "both.bn":
			stop = i
		}
	}
	p := s.load(g, engine.CrossEntropy, engine.Mode{Double: true}, engine.Outputs(pool))
	tape, pass := p.forward()
	given := make([]float32, p.Batch.N*g.Layers[pool].Out.Size())
	for k := range given {
		given[k] = float32(k%3) - 0.5
	}
	live := g.Live()
	for _, stops := range [][]int{nil, {stop}} {
		r := must[[]*engine.Result](s)(tape.Backward(engine.Pass{
			Seeds: []engine.Seed{{Loss: &p.loss}, {Layer: pool, Cotangent: given}}, Taps: taps, Stops: stops,
			Sinks: p.plan.EachParam(engine.Values{}),
		}))[0]
		_, seed := Loss(&p.loss, pass.Output(), p.Batch.N, g.Layers[g.Output].Out)
		want := pass.BackwardFrom(map[int]Map{g.Output: seed, pool: Values32(given)}, stops...)
		for _, q := range r.Params {
			s.near(p.Graph.Params()[q.Param].Name, p.fetch(q.Numbers...)[0], want.Params[q.Param].Values(), double)
		}
		for k, i := range taps {
			switch expected := want.Values[i].Values(); {
			case r.Taps[k].Y != nil:
				s.near("gradient of "+p.layerName(i), p.read(r.Taps[k]), p.atView(i, want), double)
			case live[i] && norm(expected) > 0 && len(stops) == 0:
				s.Errorf("no gradient of %s", p.layerName(i))
			}
		}
	}
}

// atView is the gradient with respect to what layer i stores. Layers that read the same map as it is are one to a plan.
func (p *problem) atView(i int, want *Gradients) []float64 { return want.Values[i].Values() }

// All parameters positive, norms skipped: synflow's network.
func (s *suite) positive() {
	p := s.load(Network(false), engine.SumOutputs, engine.Mode{Double: true, Abs: true, Norm: engine.NormSkip, Tangent: s.d.Capabilities().Tangents})
	if s.d.Capabilities().Tangents {
		p.along()
	}
	tape, pass := p.forward()
	p.whole(tape, pass, double)
}
