package gomlx_test

import (
	"math"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/gomlx"
	"github.com/zcnas/zcnas/zc/engine/native"
	"github.com/zcnas/zcnas/zc/stream"
	"github.com/zcnas/zcnas/zc/weights"
)

// everyLayer is a network with every kind of layer and the geometries that break careless code.
func everyLayer(t *testing.T) *spaces.Graph {
	t.Helper()
	b := spaces.NewBuilder(spaces.Shape{C: 3, H: 9, W: 8})
	x := b.BatchNorm(b.Conv(0, "stem", spaces.ConvOpts{Out: 8, Kernel: 3, Pad: 1, Bias: true}), "stem.bn")
	depthwise := b.Conv(b.ReLU(x), "depthwise", spaces.ConvOpts{Out: 8, Kernel: 3, Pad: 2, Dilation: 2, Groups: 8})
	depthwise = b.BatchNormOpts(b.Conv(depthwise, "pointwise", spaces.ConvOpts{Out: 8, Kernel: 1}), "", false, 1)
	biased := b.Conv(b.LeakyReLU(x, 0.2), "biased", spaces.ConvOpts{Out: 8, Kernel: 3, Pad: 1, Bias: true})
	both := b.Add(b.ReLU(biased), b.BatchNorm(biased, "both.bn")) // a value read with and without its norm
	x = b.Add(depthwise, both, b.AvgPool(x, 3, 1, 1), b.Zero(b.Out(x)))
	x = b.Concat(b.ReLU(x), b.MaxPool(x, 3, 1, 1), b.Tanh(x))
	s2 := b.BatchNorm(b.Conv(b.ReLU(x), "reduce", spaces.ConvOpts{Out: 6, Kernel: 3, Stride: 2, Pad: 1}), "reduce.bn")
	skip := b.Conv(b.AvgPool(b.Slice(x, 5, 12), 3, 2, 1), "skip", spaces.ConvOpts{Out: 6, Kernel: 1, Bias: true})
	crop := b.Conv(x, "crop", spaces.ConvOpts{Out: 6, Kernel: 1, Stride: 2, Pad: -1, PadEnd: 1})
	dead := b.Conv(x, "dead", spaces.ConvOpts{Out: 2, Kernel: 1})
	b.ReLU(dead)
	x = b.BatchNorm(b.Add(s2, skip, crop), "sum.bn")
	x = b.Add(b.MaxPool(x, 2, 1, 0), b.Conv(b.ReLU(x), "even", spaces.ConvOpts{Out: 6, Kernel: 2}))
	x = b.Conv(b.ReLU(x), "shared", spaces.ConvOpts{Out: 6, Kernel: 3, Pad: 1})
	x = b.Conv(b.LeakyReLU(x, 0.1), "shared", spaces.ConvOpts{Out: 6, Kernel: 3, Pad: 1})
	x = b.BatchNorm(b.ConvTranspose(b.Tanh(x), "up", 4, 3, 2), "up.bn")
	x = b.Linear(b.GlobalAvgPool(b.ReLU(x)), "head", 5)
	g, err := b.Build(x)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

type problem struct {
	plan   *engine.Plan
	params [][]float32
	batch  *engine.Batch
}

func newProblem(t *testing.T, g *spaces.Graph, n int, loss engine.LossKind) problem {
	t.Helper()
	p, err := engine.NewPlan(g)
	if err != nil {
		t.Fatal(err)
	}
	set, err := weights.Init(g, weights.Reference, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i := range g.Params() { // gammas, betas and biases away from 1 and 0
		if q := &g.Params()[i]; len(q.Shape) == 1 {
			stream.New(q.Name, 4).FillUniform(set.Values[i], 1)
		}
	}
	b := &engine.Batch{N: n, Inputs: make([]float32, n*g.Input().Size()), Loss: engine.NewLoss(loss)}
	stream.New("input", 1).FillUniform(b.Inputs, stream.UnitScale)
	out := p.Values[p.Output].Shape
	b.Labels = make([]int, n*out.H*out.W)
	for i := range b.Labels {
		b.Labels[i] = i % out.C
	}
	b.Targets = make([]float32, n*out.Size())
	stream.New("target", 1).FillUniform(b.Targets, 1)
	return problem{p, set.Values, b}
}

// double makes a device compute in float64, where two right implementations agree to the last digits and no
// rectifier flips.
type double struct{ engine.Device }

func (d double) Begin(p *engine.Plan, params [][]float32, batch int, m engine.Mode) error {
	m.Double = true
	return d.Device.Begin(p, params, batch, m)
}

func TestAgainstNative(t *testing.T) {
	p := newProblem(t, everyLayer(t), 4, engine.CrossEntropy)
	ours := open(t)
	for _, want := range []engine.Want{
		{LossGrad: true, Hessian: true, OutputGrad: true, Codes: true},
		{LossGrad: true},
		{OutputGrad: true},
		{Codes: true},
	} {
		got, err := engine.Run(double{ours}, p.plan, p.params, p.batch, want)
		if err != nil {
			t.Fatal(err)
		}
		exp, err := engine.Run(double{native.New()}, p.plan, p.params, p.batch, want)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "loss", got.Loss, exp.Loss)
		if len(got.Weights) != len(exp.Weights) || len(got.Fisher) != len(exp.Fisher) || len(got.Jacobian) != len(exp.Jacobian) {
			t.Fatalf("%+v: %d weights, %d fisher terms, %d rows, want %d, %d, %d", want, len(got.Weights), len(got.Fisher),
				len(got.Jacobian), len(exp.Weights), len(exp.Fisher), len(exp.Jacobian))
		}
		for i, e := range exp.Weights {
			g := got.Weights[i]
			near(t, "‖g‖²", g.GradSq, e.GradSq)
			near(t, "Σ|wg|", g.AbsWG, e.AbsWG)
			near(t, "Σwg", g.WG, e.WG)
			near(t, "ΣgHw", g.GHW, e.GHW)
		}
		for i, e := range exp.Fisher {
			near(t, "fisher", got.Fisher[i], e)
		}
		for i, row := range exp.Jacobian {
			for k, e := range row {
				near(t, "jacobian", got.Jacobian[i][k], e)
			}
		}
		for i, e := range exp.Codes {
			near(t, "codes", got.Codes[i], e)
		}
	}
	for name, f := range map[string]func(engine.Device) (float64, error){
		"synflow":    func(d engine.Device) (float64, error) { return engine.Synflow(d, p.plan, p.params) },
		"synflow_bn": func(d engine.Device) (float64, error) { return engine.SynflowBN(d, p.plan, p.params) },
		"zen": func(d engine.Device) (float64, error) {
			x := make([]float32, len(p.batch.Inputs))
			stream.New("x2", 1).FillUniform(x, 1)
			diff, variances, err := engine.Zen(double{d}, p.plan, p.params, p.batch.Inputs, x, p.batch.N)
			for _, v := range variances {
				diff += v
			}
			return diff, err
		},
	} {
		got, err := f(ours)
		if err != nil {
			t.Fatal(name, err)
		}
		exp, err := f(native.New())
		if err != nil {
			t.Fatal(name, err)
		}
		near(t, name, got, exp)
	}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*math.Abs(want)+1e-12) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// Layers that the native device does not have are compared with networks that spell them out: a convolution in
// groups is one convolution for each group of channels, and a linear layer on maps is one whose kernel is the map.
func TestEquivalents(t *testing.T) {
	for name, build := range map[string]func(b *spaces.Builder, x int, spelt bool) int{
		"groups": func(b *spaces.Builder, x int, spelt bool) int {
			o := spaces.ConvOpts{Out: 2, Kernel: 3, Pad: 1, Stride: 2}
			if spelt {
				return b.Concat(b.Conv(b.Slice(x, 0, 3), "one", o), b.Conv(b.Slice(x, 3, 3), "two", o))
			}
			o.Out, o.Groups = 4, 2
			return b.Conv(x, "both", o)
		},
		"linear": func(b *spaces.Builder, x int, spelt bool) int {
			if spelt {
				return b.Conv(x, "full", spaces.ConvOpts{Out: 4, Kernel: 5, Bias: true})
			}
			return b.Linear(x, "full", 4)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var sig [2]*engine.Signals
			var params [][]float32
			for i := range sig {
				b := spaces.NewBuilder(spaces.Shape{C: 4, H: 5, W: 5})
				x := b.BatchNorm(b.Conv(0, "first", spaces.ConvOpts{Out: 6, Kernel: 1}), "bn")
				g, err := b.Build(b.Linear(b.GlobalAvgPool(b.Tanh(build(b, x, i == 1))), "head", 3))
				if err != nil {
					t.Fatal(err)
				}
				p := newProblem(t, g, 3, engine.CrossEntropy)
				if i == 0 {
					params = p.params
				} else if len(p.params) > len(params) { // split the weight of both
					w := params[3]
					params = append(append(params[:3:3], w[:len(w)/2], w[len(w)/2:]), params[4:]...)
				}
				p.params = params
				sig[i], err = engine.Run(double{open(t)}, p.plan, p.params, p.batch, engine.Want{LossGrad: true, Hessian: true, OutputGrad: true})
				if err != nil {
					t.Fatal(err)
				}
			}
			var sums [2]engine.WeightSums
			for i, s := range sig {
				for _, v := range s.Weights {
					sums[i].GradSq += v.GradSq
					sums[i].AbsWG += v.AbsWG
					sums[i].GHW += v.GHW
				}
			}
			near(t, "‖g‖²", sums[0].GradSq, sums[1].GradSq)
			near(t, "Σ|wg|", sums[0].AbsWG, sums[1].AbsWG)
			near(t, "ΣgHw", sums[0].GHW, sums[1].GHW)
			for i, row := range sig[1].Jacobian {
				for k, e := range row {
					near(t, "jacobian", sig[0].Jacobian[i][k], e)
				}
			}
		})
	}
}

// Losses other than cross-entropy, on a dense output that is a convolution's with bias.
func TestDenseLosses(t *testing.T) {
	b := spaces.NewBuilder(spaces.Shape{C: 2, H: 5, W: 4})
	x := b.ReLU(b.BatchNorm(b.Conv(0, "a", spaces.ConvOpts{Out: 4, Kernel: 3, Pad: 1}), "bn"))
	g, err := b.Build(b.Conv(x, "b", spaces.ConvOpts{Out: 3, Kernel: 1, Bias: true}))
	if err != nil {
		t.Fatal(err)
	}
	d := open(t)
	for _, loss := range []engine.LossKind{engine.CrossEntropy, engine.MSE, engine.L1, engine.RelativeL2} {
		p := newProblem(t, g, 3, loss)
		want := engine.Want{LossGrad: true, Hessian: true}
		got, err := engine.Run(double{d}, p.plan, p.params, p.batch, want)
		if err != nil {
			t.Fatal(err)
		}
		exp, err := engine.Run(double{native.New()}, p.plan, p.params, p.batch, want)
		if err != nil {
			t.Fatal(err)
		}
		near(t, string(loss), got.Loss, exp.Loss)
		for i, e := range exp.Weights {
			near(t, string(loss)+" ‖g‖²", got.Weights[i].GradSq, e.GradSq)
			near(t, string(loss)+" ΣgHw", got.Weights[i].GHW, e.GHW)
		}
	}
}

// The number of compilations of a sweep must not grow with the number of architectures.
func TestCompilationsStopGrowing(t *testing.T) {
	space, err := spaces.New("nats-tss", map[string]any{"channels": 4.0, "cells_per_stage": 2.0})
	if err != nil {
		t.Fatal(err)
	}
	archs, err := space.Sample(60, 1)
	if err != nil {
		t.Fatal(err)
	}
	d := open(t)
	score := func(archs []spaces.Arch) {
		for _, a := range archs {
			g, err := space.Network(a, spaces.Task{Input: spaces.Shape{C: 3, H: 8, W: 8}, Outputs: 10})
			if err != nil {
				t.Fatal(err)
			}
			p := newProblem(t, g, 2, engine.CrossEntropy)
			if _, err := engine.Run(d, p.plan, p.params, p.batch, engine.Want{LossGrad: true, Hessian: true, OutputGrad: true}); err != nil {
				t.Fatal(a, err)
			}
			if _, err := engine.Synflow(d, p.plan, p.params); err != nil {
				t.Fatal(a, err)
			}
		}
	}
	score(archs[:30])
	first := d.Compilations()
	score(archs[30:])
	t.Logf("%d compilations after 30 architectures, %d after 60", first, d.Compilations())
	if d.Compilations() > 100 {
		t.Errorf("%d compilations, want at most 100", d.Compilations())
	}
	if n := d.Compilations() - first; n > 0 {
		t.Errorf("30 more architectures needed %d more compilations", n)
	}
}

func TestSameScoresFromClones(t *testing.T) {
	p := newProblem(t, everyLayer(t), 2, engine.CrossEntropy)
	d := open(t)
	var got [3]*engine.Signals
	var wg sync.WaitGroup
	for i := range got {
		c := d.Clone()
		wg.Go(func() {
			s, err := engine.Run(c, p.plan, p.params, p.batch, engine.Want{LossGrad: true})
			if err != nil {
				t.Error(err)
				return
			}
			got[i] = s
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	for _, s := range got[1:] {
		for i, w := range s.Weights {
			if w != got[0].Weights[i] {
				t.Errorf("weight %d: %v and %v", i, w, got[0].Weights[i])
			}
		}
	}
}

func TestNewFails(t *testing.T) {
	for backend, want := range map[string]string{
		"tpu":             `no backend "tpu", only go`,
		"xla:cuda":        "gomlx/xla",
		"/no/such/plugin": "gomlx/xla",
		"go:nonsense":     "nonsense",
	} {
		_, err := gomlx.New(backend)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(%q): error %v, want one with %q", backend, err, want)
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("GOMLX_BACKEND", "nosuch")
	if _, err := gomlx.New(""); err == nil || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("GOMLX_BACKEND is not heeded: %v", err)
	}
	os.Unsetenv("GOMLX_BACKEND")
	d, err := gomlx.New("")
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Backend().String(); got != "go" {
		t.Errorf("the default backend of a program without XLA is %q, want go", got)
	}
}

func TestBeginFails(t *testing.T) {
	p := newProblem(t, everyLayer(t), 2, engine.CrossEntropy)
	d := open(t)
	p.params[0] = p.params[0][1:]
	if _, err := engine.Run(d, p.plan, p.params, p.batch, engine.Want{LossGrad: true}); err == nil || !strings.Contains(err.Error(), "stem.weight") {
		t.Errorf("error %v, want one that names stem.weight", err)
	}
}
