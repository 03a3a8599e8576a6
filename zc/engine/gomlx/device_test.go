package gomlx_test

import (
	"context"
	"io"
	"math"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/datasets/stream"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/gomlx"
	"github.com/zcnas/zcnas/zc/engine/native"
	"github.com/zcnas/zcnas/zc/table"
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
	space, archs := tss(t, 60)
	d, err := gomlx.NewAlone("go")
	if err != nil {
		t.Fatal(err)
	}
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

// Clones that run at once, from the first compilation on, give the scores of one device, to the bit. (With -race,
// GoMLX's matrix product needs -gcflags=all=-d=checkptr=0.)
func TestSameScoresFromClones(t *testing.T) {
	d, err := gomlx.NewAlone("go")
	if err != nil {
		t.Fatal(err)
	}
	data, err := datasets.Reference(3, 8, 8, 10)
	if err != nil {
		t.Fatal(err)
	}
	space, archs := tss(t, 4)
	score := func(d engine.Device, archs []spaces.Arch) []table.Entry {
		table, err := zc.Score(context.Background(), space, archs, zc.WithDevice(d), zc.WithData(data), zc.WithBatch(4), zc.WithProxies("all"))
		if err != nil {
			t.Error(err)
		}
		return table.Entries()
	}
	var got [2][]table.Entry
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			c := d.Clone()
			got[i] = score(c, archs)
			if err := c.(io.Closer).Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	want := score(open(t), archs)
	for i := range got {
		if len(got[i]) != len(want) || len(want) == 0 {
			t.Fatalf("%d and %d scores", len(got[i]), len(want))
		}
		for k, w := range want {
			if g := got[i][k].Value; math.Float64bits(g) != math.Float64bits(w.Value) {
				t.Errorf("clone %d, %s of %s: %v, want %v", i, w.Proxy, w.Arch, g, w.Value)
			}
		}
	}
}

// tss is a small NATS-Bench topology space with n of its architectures.
func tss(t *testing.T, n int) (spaces.Space, []spaces.Arch) {
	t.Helper()
	space, err := spaces.New("nats-tss", map[string]any{"channels": 4.0, "cells_per_stage": 2.0})
	if err != nil {
		t.Fatal(err)
	}
	archs, err := space.Sample(n, 1)
	if err != nil {
		t.Fatal(err)
	}
	return space, archs
}

// A program that scores twice compiles once.
func TestBackendOutlivesScore(t *testing.T) {
	data, err := datasets.Reference(3, 8, 8, 10)
	if err != nil {
		t.Fatal(err)
	}
	space, archs := tss(t, 2)
	count := func(backend string) int {
		_, err := zc.Score(context.Background(), space, archs, zc.WithBackend(backend), zc.WithData(data), zc.WithBatch(3))
		if err != nil {
			t.Fatal(err)
		}
		return open(t).Compilations()
	}
	before := open(t).Compilations()
	first := count("gomlx:go")
	if first == before {
		t.Error("the first call compiled nothing; the test does not see what it compiles")
	}
	for _, backend := range []string{"gomlx:go", "gomlx:go:ops_sequential"} { // the same configuration
		if n := count(backend); n != first {
			t.Errorf("%s: %d compilations after the first call, %d after the second", backend, first, n)
		}
	}
}

// What is on the device is not sent again, and what comes back does not grow with the number of layers.
func TestTransfers(t *testing.T) {
	data, err := datasets.Reference(3, 8, 8, 10)
	if err != nil {
		t.Fatal(err)
	}
	var received []int
	for _, cells := range []float64{1, 4} {
		space, err := spaces.New("nats-tss", map[string]any{"channels": 4.0, "cells_per_stage": cells})
		if err != nil {
			t.Fatal(err)
		}
		d := open(t)
		score := func() (sent, back int) {
			sent, back = d.Transfers()
			arch := spaces.Arch("|nor_conv_3x3~0|+|nor_conv_1x1~0|none~1|+|skip_connect~0|avg_pool_3x3~1|nor_conv_3x3~2|")
			if _, err := zc.Score(context.Background(), space, []spaces.Arch{arch}, zc.WithDevice(d), zc.WithData(data),
				zc.WithBatch(3), zc.WithProxies("all")); err != nil {
				t.Fatal(err)
			}
			s, b := d.Transfers()
			return s - sent, b - back
		}
		first, back := score()
		again, _ := score()
		received = append(received, back)
		// The gradients of the loss and of the outputs, with the tangent's, and synflow_bn's.
		if again > 4 {
			t.Errorf("%g cells: the second time %d arrays went to the device (the first time %d), want 4", cells, again, first)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if fresh, _ := score(); fresh != first {
			t.Errorf("%g cells: a device that was closed sends %d arrays, a new one %d", cells, fresh, first)
		}
	}
	t.Logf("%v arrays came back", received)
	if received[0] != received[1] {
		t.Errorf("%d arrays came back of a small network, %d of a deeper one", received[0], received[1])
	}
}

func TestNewFails(t *testing.T) {
	for backend, want := range map[string]string{
		"tpu":             `no backend "tpu", only go`,
		"xla:cuda":        "-tags xla, any other program when it imports _ \"github.com/zcnas/zcnas/zc/engine/gomlx/xla\"",
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
