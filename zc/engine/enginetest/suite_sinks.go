package enginetest

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

// rows are the gradients of each sample's share of the loss.
func (p *problem) rows(pass *Pass) []*Gradients {
	_, seed := Loss(&p.loss, pass.Output(), p.Batch.N, p.Graph.Layers[p.Graph.Output].Out)
	size := len(seed) / p.Batch.N
	var rows []*Gradients
	for n := range p.Batch.N {
		row := make(Map, len(seed))
		copy(row[n*size:(n+1)*size], seed[n*size:])
		rows = append(rows, pass.Backward(row))
	}
	return rows
}

// Gradients of each sample by itself: their signs, and N passes over one tape.
func (s *suite) samples() {
	for _, m := range normModes {
		s.Run(string(m.ours)+" norm", func(s *suite) {
			p := s.load(Network(false), engine.CrossEntropy, engine.Mode{Double: true, Norm: m.theirs})
			tape, pass := p.forward()
			rows := p.rows(pass)
			if m.theirs != engine.NormBatch { // there samples are not independent
				r := must[[]*engine.Result](s)(tape.Backward(engine.Pass{Seeds: []engine.Seed{{Loss: &p.loss}}, Sinks: p.plan.EachScored(engine.Signs{})}))[0]
				for _, q := range r.Params {
					var want float64
					for k := range rows[0].Params[q.Param] {
						var sum float64
						for _, row := range rows {
							if v := real(row.Params[q.Param][k]); v != 0 {
								sum += math.Copysign(1, v)
							}
						}
						want += math.Abs(sum)
					}
					s.near("signs of "+p.Graph.Params()[q.Param].Name, p.fetch(q.Numbers...)[0], []float64{want}, double)
				}
			}
			// One pass for each sample, all together.
			_, seed := Loss(&p.loss, pass.Output(), p.Batch.N, p.Graph.Layers[p.Graph.Output].Out)
			size := len(seed) / p.Batch.N
			var passes []engine.Pass
			var seeded []*Gradients
			for n := range p.Batch.N {
				given := make([]float32, len(seed))
				for k := n * size; k < (n+1)*size; k++ {
					given[k] = float32(real(seed[k]))
				}
				passes = append(passes, engine.Pass{Seeds: []engine.Seed{{Cotangent: given}}, Sinks: p.plan.EachParam(engine.Values{}, engine.Gram{})})
				seeded = append(seeded, pass.Backward(Values32(given)))
			}
			results := must[[]*engine.Result](s)(tape.Backward(passes...))
			for n, r := range results {
				for _, q := range r.Params {
					name := p.Graph.Params()[q.Param].Name
					if q.Numbers[0] != nil {
						s.near(fmt.Sprintf("gradient of %s by sample %d", name, n), p.fetch(q.Numbers[0])[0], seeded[n].Params[q.Param].Values(), double)
					}
					if q.Numbers[1] == nil {
						continue
					}
					var gram []float64
					for _, a := range seeded {
						for _, b := range seeded {
							var dot float64
							for k, v := range a.Params[q.Param] {
								dot += real(v) * real(b.Params[q.Param][k])
							}
							gram = append(gram, dot)
						}
					}
					s.near("gram of "+name, p.fetch(q.Numbers[1])[0], gram, double)
				}
			}
		})
	}
}

// Gradients that outlive their minibatch.
func (s *suite) minibatches() {
	g := Network(false)
	const batches = 3
	kept := map[int][]engine.Gradient{}
	gradients := map[int][][]float64{}
	var ratios []engine.Scalars
	var params []int
	var last *problem
	for n := range batches {
		p := s.load(g, engine.CrossEntropy, engine.Mode{Double: true})
		last = p
		for k := range p.Batch.Inputs {
			p.Batch.Inputs[k] *= float32(n + 1)
			p.Batch.Inputs[k] += float32(math.Sin(float64(n * k)))
		}
		tape, pass := p.forward()
		_, seed := Loss(&p.loss, pass.Output(), p.Batch.N, g.Layers[g.Output].Out)
		want := pass.Backward(seed)
		sinks := func(q int) []engine.Sink {
			if n < batches-1 {
				return p.plan.EachScored(engine.Keep{})(q)
			}
			return p.plan.EachScored(engine.Ratio{Before: kept[q]})(q)
		}
		r := must[[]*engine.Result](s)(tape.Finish(engine.Pass{Seeds: []engine.Seed{{Loss: &p.loss}}, Sinks: sinks}))[0]
		for _, q := range r.Params {
			gradients[q.Param] = append(gradients[q.Param], want.Params[q.Param].Values())
			if n < batches-1 {
				kept[q.Param] = append(kept[q.Param], q.Kept)
			} else {
				ratios, params = append(ratios, q.Numbers[0]), append(params, q.Param)
			}
		}
	}
	for i, numbers := range last.fetch(ratios...) {
		var want float64
		all := gradients[params[i]]
		for k := range all[0] {
			var mean, size, variance float64
			for _, g := range all {
				mean += g[k] / batches
				size += math.Abs(g[k]) / batches
			}
			for _, g := range all {
				variance += (g[k] - mean) * (g[k] - mean) / batches
			}
			if variance > 0 {
				want += size / math.Sqrt(variance)
			}
		}
		s.near("ratio of "+g.Params()[params[i]].Name, numbers, []float64{want}, 1e-6) // a small deviation is a difference
	}
	for _, list := range kept {
		for _, k := range list {
			s.d.Free(k)
			s.d.Free(k)
		}
	}
}

// Steps of training on the device: weights, momentum, running statistics.
func (s *suite) training() {
	tests := []struct {
		name string
		step func(n int) engine.Update
	}{
		{"plain", func(int) engine.Update { return engine.Update{Rate: 0.1} }},
		{"momentum and decay", func(n int) engine.Update {
			return engine.Update{Rate: 0.05 / float64(n+1), Momentum: 0.9, Decay: 0.01}
		}},
		{"nesterov, clipped", func(n int) engine.Update {
			return engine.Update{Rate: 0.05, Momentum: 0.9, Decay: 0.01, Nesterov: true, Clip: 0.5, Reset: n == 2}
		}},
	}
	for _, test := range tests {
		s.Run(test.name, func(s *suite) { s.train(test.step) })
	}
}

func (s *suite) train(step func(n int) engine.Update) {
	const steps = 3
	g := Network(false)
	p := must[*Problem](s)(NewProblem(g, 4, engine.CrossEntropy))
	plan := must[*engine.Plan](s)(engine.NewPlan(g))
	state := must[engine.State](s)(engine.Store(s.d, plan, &engine.Weights{Params: p.Params}))
	defer s.d.Free(state)
	net := NewNet(g, p.Params)
	buffers := make([][]float64, len(p.Params))
	for n := range steps {
		u := step(n)
		network := must[*engine.Network](s)(engine.Load(s.d, plan, engine.Source{State: state}, p.Batch.N, engine.Mode{Momentum: momentum}))
		tape := must[*engine.Tape](s)(network.Forward(engine.Feed{Inputs: p.Batch.Inputs, Dead: true}))
		must[[]*engine.Result](s)(tape.Finish(engine.Pass{Seeds: []engine.Seed{{Loss: &p.Batch.Loss}}, Sinks: plan.EachParam(u)}))
		pass := net.Forward(Values32(p.Batch.Inputs), p.Batch.N)
		_, seed := Loss(&p.Batch.Loss, pass.Output(), p.Batch.N, g.Layers[g.Output].Out)
		descend(net.Params, buffers, pass.Backward(seed).Params, u)
	}
	got := must[*engine.Weights](s)(s.d.Snapshot(state))
	const single = 2e-4
	for i := range g.Params() {
		name := g.Params()[i].Name
		s.near(name, widened(got.Params[i]), net.Params[i].Values(), single)
		if step(steps-1).Momentum != 0 {
			s.near("momentum of "+name, widened(got.Momentum[i]), buffers[i], 10*single)
		}
	}
	for i, l := range plan.Running {
		r := net.Running[net.module(layerOf(g, plan.Norms[l].Layer))]
		s.near(fmt.Sprintf("running mean %d", i), widened(got.Running[i].Mean), r.Mean, single)
		s.near(fmt.Sprintf("running variance %d", i), widened(got.Running[i].Var), r.Var, single)
	}
	// What was stored is what comes back, and running statistics serve the next forward pass.
	again := must[engine.State](s)(engine.Store(s.d, plan, got))
	defer s.d.Free(again)
	copied := must[*engine.Weights](s)(s.d.Snapshot(again))
	for i := range got.Params {
		if !slices.Equal(got.Params[i], copied.Params[i]) {
			s.Errorf("%s is not what was stored", g.Params()[i].Name)
		}
	}
	if !slices.EqualFunc(got.Momentum, copied.Momentum, slices.Equal) {
		s.Error("the momentum is not what was stored")
	}
	network := must[*engine.Network](s)(engine.Load(s.d, plan, engine.Source{State: again}, p.Batch.N, engine.Mode{Norm: engine.NormRunning}))
	tape := must[*engine.Tape](s)(network.Forward(engine.Feed{Inputs: p.Batch.Inputs}))
	net.Norm = RunningNorm
	pass := net.Forward(Values32(p.Batch.Inputs), p.Batch.N)
	y := must[engine.Scalars](s)(network.Reduce(engine.Map{}, tape.Operand(g.Output)))
	numbers := must[[][]float64](s)(network.Fetch(y))
	s.near("outputs with running statistics", numbers[0], pass.Output().Values(), 1e-3)
}

// descend is a step of [engine.Update].
func descend(w []Map, buffers [][]float64, g []Map, u engine.Update) {
	scale := 1.0
	if u.Clip > 0 {
		var squares float64
		for i := range g {
			squares += norm(g[i].Values()) * norm(g[i].Values())
		}
		scale = min(1, u.Clip/(math.Sqrt(squares)+1e-6))
	}
	for i := range w {
		if buffers[i] == nil || u.Reset {
			buffers[i] = nil
		}
		fresh := buffers[i] == nil
		if fresh {
			buffers[i] = make([]float64, len(w[i]))
		}
		for k := range w[i] {
			v := scale*real(g[i][k]) + u.Decay*real(w[i][k])
			if fresh {
				buffers[i][k] = v
			} else {
				buffers[i][k] = u.Momentum*buffers[i][k] + v
			}
			along := buffers[i][k]
			if u.Nesterov {
				along = v + u.Momentum*buffers[i][k]
			}
			w[i][k] -= complex(u.Rate*along, 0)
		}
	}
}

func widened(x []float32) []float64 {
	v := make([]float64, len(x))
	for i, f := range x {
		v[i] = float64(f)
	}
	return v
}

// What is taken from maps.
func (s *suite) reductions() {
	p := s.load(Network(true), engine.CrossEntropy, engine.Mode{Double: true})
	tape, pass := p.forward()
	one := func(what string, r engine.Reduction, want []float64, in ...engine.Operand) {
		s.Helper()
		s.near(what, p.fetch(must[engine.Scalars](s)(p.network.Reduce(r, in...)))[0], want, double)
	}
	for i := range p.Graph.Layers {
		l := &p.Graph.Layers[i]
		o, v := tape.Operand(i), pass.Values[i].Values()
		switch {
		case l.Kind == spaces.BatchNorm:
			one("variance of "+p.layerName(i), engine.NormVariance{}, []float64{meanVariance(pass.Values[l.In[0]], l.Out)}, o)
		case l.Kind == spaces.ReLU:
			one("map of "+p.layerName(i), engine.Map{}, v, o)
			one("covariance of "+p.layerName(i), engine.Covariance{}, covariance(v, l.Out), o)
			s.bits(p, i, o, pass)
		}
		if i == p.Graph.Output || l.Kind == spaces.ReLU || l.Name == "stem.bn" {
			for c := range l.Out.C {
				var want []float64
				for k, x := range v {
					if channel(l.Out, k) == c {
						want = append(want, x)
					}
				}
				one(fmt.Sprintf("channel %d of %s", c, p.layerName(i)), engine.Channel{C: c}, want, o)
			}
		}
		for j := range i {
			// Pairs of one shape: the layer before of it is enough.
			if k := i - 1 - j; p.Graph.Layers[k].Out == l.Out {
				want := make([]float64, p.Batch.N)
				for x, y := range v {
					want[x/l.Out.Size()] += math.Abs(y - real(pass.Values[k][x]))
				}
				one(fmt.Sprintf("difference of %s and %s", p.layerName(i), p.layerName(k)), engine.AbsDiff{}, want, o, tape.Operand(k))
				break
			}
		}
	}
	kernel := must[engine.Scalars](s)(tape.CodeKernel())
	s.near("kernel of the codes", p.fetch(kernel)[0], pass.Codes(), 0)
	out := p.Graph.Layers[p.Graph.Output].Out
	for _, k := range []int{1, 2} {
		var count float64
		eachPosition(p.Batch.N, out, func(i int, classes []int) {
			rank := 0
			own := real(pass.Output()[classes[p.loss.Labels[i]]])
			for _, c := range classes {
				if real(pass.Output()[c]) > own {
					rank++
				}
			}
			if rank < k {
				count++
			}
		})
		one(fmt.Sprintf("top %d", k), engine.Correct{Labels: p.loss.Labels, K: k}, []float64{count}, tape.Operand(p.Graph.Output))
	}
}

// meanVariance is the mean over channels of the biased variances.
func meanVariance(m Map, s spaces.Shape) float64 {
	v := m.Values()
	c := covariance(v, s)
	var sum float64
	for i := range s.C {
		sum += c[i*s.C+i] / float64(s.C)
	}
	return sum
}

// covariance of channels over batch and positions.
func covariance(v []float64, s spaces.Shape) []float64 {
	n := float64(len(v) / s.C)
	mean := make([]float64, s.C)
	for k, x := range v {
		mean[channel(s, k)] += x / n
	}
	cov := make([]float64, s.C*s.C)
	hw := s.H * s.W
	for k, x := range v {
		a := channel(s, k)
		for b := range s.C {
			other := v[k+(b-a)*hw]
			cov[a*s.C+b] += (x - mean[a]) * (other - mean[b]) / n
		}
	}
	return cov
}

// bits compares which samples share a ReLU's signs: the order of bits is the device's own.
func (s *suite) bits(p *problem, layer int, o engine.Operand, pass *Pass) {
	s.Helper()
	got := p.fetch(must[engine.Scalars](s)(p.network.Reduce(engine.CodeBits{}, o)))[0]
	in := pass.Values[p.Graph.Layers[layer].In[0]].Values()
	size := len(in) / p.Batch.N
	words := (size + 31) / 32
	if len(got) != words*p.Batch.N {
		s.Fatalf("bits of %s: %d numbers, want %d", p.layerName(layer), len(got), words*p.Batch.N)
	}
	for a := range p.Batch.N {
		var positive, set int
		for k := range size {
			if in[a*size+k] > 0 {
				positive++
			}
		}
		for _, w := range got[a*words : (a+1)*words] {
			set += bits.OnesCount32(uint32(w))
		}
		if set != positive {
			s.Errorf("bits of %s: %d of sample %d, want %d", p.layerName(layer), set, a, positive)
		}
		for b := range a {
			var differ, want int
			for k := range size {
				if (in[a*size+k] > 0) != (in[b*size+k] > 0) {
					want++
				}
			}
			for w := range words {
				differ += bits.OnesCount32(uint32(got[a*words+w]) ^ uint32(got[b*words+w]))
			}
			if differ != want {
				s.Errorf("bits of %s: samples %d and %d differ in %d, want %d", p.layerName(layer), a, b, differ, want)
			}
		}
	}
}
