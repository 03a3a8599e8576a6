package native_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/datasets/stream"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/native"
	"github.com/zcnas/zcnas/zc/proxies"
	"github.com/zcnas/zcnas/zc/weights"
)

// every builds a small network with every kind of layer, in the geometries that need care: strides, dilation, odd
// sides, channels that do not fill blocks, a negative padding, shared weights, a dead branch. Without kinks, ReLUs
// are the identity and max poolings are averages, which makes second differences of the loss meaningful.
func every(t *testing.T, dense, kinks bool) *spaces.Graph {
	t.Helper()
	b := spaces.NewBuilder(spaces.Shape{C: 6, H: 9, W: 9})
	relu, maxPool, slope := b.ReLU, b.MaxPool, 0.2
	if !kinks {
		relu = func(x int) int { return b.LeakyReLU(x, 1) }
		maxPool, slope = b.AvgPool, 1
	}
	left, right := b.Slice(0, 0, 3), b.Slice(0, 3, 3)
	stem := func(x int) int {
		return b.BatchNorm(b.Conv(x, "stem.conv", spaces.ConvOpts{Out: 20, Kernel: 3, Pad: 1}), "stem.bn")
	}
	x := b.Concat(stem(left), stem(right)) // 40 channels, shared weights
	x = b.Conv(relu(x), "mix", spaces.ConvOpts{Out: 18, Kernel: 1})
	dw := b.Conv(b.LeakyReLU(x, slope), "dw", spaces.ConvOpts{Out: 18, Kernel: 3, Pad: 2, Dilation: 2, Groups: 18})
	dw = b.BatchNormOpts(b.Conv(dw, "pw", spaces.ConvOpts{Out: 18, Kernel: 1}), "", false, 1e-5)
	pool := b.BatchNorm(b.AvgPool(x, 3, 1, 1), "pool.bn")
	x = b.Add(x, b.BatchNorm(x, "twice.bn")) // read as it is and normalised
	grouped := b.Conv(relu(x), "grouped", spaces.ConvOpts{Out: 18, Kernel: 3, Pad: 1, Groups: 3})
	x = b.Add(x, dw, pool, grouped, maxPool(x, 3, 1, 1))
	b.BatchNorm(b.Conv(relu(x), "dead", spaces.ConvOpts{Out: 4, Kernel: 1}), "dead.bn")
	half := b.Concat(b.Conv(relu(x), "fr1", spaces.ConvOpts{Out: 9, Kernel: 1, Stride: 2}),
		b.Conv(relu(x), "fr2", spaces.ConvOpts{Out: 9, Kernel: 1, Stride: 2, Pad: -1, PadEnd: 1}))
	half = b.BatchNorm(half, "fr.bn")
	s2 := b.BatchNorm(b.Conv(relu(x), "s2", spaces.ConvOpts{Out: 18, Kernel: 5, Stride: 2, Pad: 2, Groups: 18}), "s2.bn")
	s3 := b.BatchNorm(b.Conv(relu(x), "s3", spaces.ConvOpts{Out: 18, Kernel: 3, Stride: 2, Pad: 1}), "s3.bn")
	x = b.Add(half, s2, s3, maxPool(x, 3, 2, 1), b.Zero(spaces.Shape{C: 18, H: 5, W: 5}))
	if dense {
		x = relu(b.BatchNorm(b.ConvTranspose(x, "up", 7, 3, 2), "up.bn"))
		x = b.Tanh(b.Conv(x, "out", spaces.ConvOpts{Out: 3, Kernel: 3, Pad: 1, Bias: true}))
	} else {
		x = relu(b.BatchNorm(x, "head.bn"))
		x = b.Add(b.Linear(b.GlobalAvgPool(x), "classifier", 5), b.Linear(x, "flat", 5))
	}
	g, err := b.Build(x)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// heavy is a network whose weights are big enough to be taken block by block for the whole batch: a convolution
// and a transposed one on small maps, and a stride.
func heavy(t *testing.T) *spaces.Graph {
	t.Helper()
	b := spaces.NewBuilder(spaces.Shape{C: 3, H: 8, W: 8})
	x := b.BatchNorm(b.Conv(0, "stem", spaces.ConvOpts{Out: 260, Kernel: 3, Stride: 2, Pad: 1}), "stem.bn")
	x = b.BatchNorm(b.Conv(b.LeakyReLU(x, 1), "strided", spaces.ConvOpts{Out: 130, Kernel: 3, Stride: 2, Pad: 1, Bias: true}), "strided.bn")
	x = b.BatchNorm(b.ConvTranspose(x, "up", 230, 3, 2), "up.bn")
	x = b.BatchNorm(b.Conv(x, "same", spaces.ConvOpts{Out: 132, Kernel: 3, Pad: 1}), "same.bn")
	g, err := b.Build(b.Linear(b.GlobalAvgPool(b.LeakyReLU(x, 1)), "classifier", 5))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

const batch = 5

// inputs are a network's parameters and a minibatch for a loss.
func inputs(t *testing.T, g *spaces.Graph, kind engine.LossKind) ([][]float32, *engine.Batch) {
	t.Helper()
	set, err := weights.Init(g, weights.Reference, 7)
	if err != nil {
		t.Fatal(err)
	}
	b := &engine.Batch{N: batch, Inputs: make([]float32, batch*g.Input().Size()), Loss: engine.Loss{Kind: kind}}
	stream.New("input", 7).FillUniform(b.Inputs, stream.UnitScale)
	out := g.Layers[g.Output].Out
	if kind == engine.CrossEntropy {
		s := stream.New("labels", 7)
		for range batch * out.H * out.W {
			b.Loss.Labels = append(b.Loss.Labels, s.Label(out.C))
		}
		return set.Values, b
	}
	s := stream.New("target", 7)
	for range batch * out.Size() {
		b.Loss.Targets = append(b.Loss.Targets, float32(s.Uniform()))
	}
	return set.Values, b
}

func plan(t *testing.T, g *spaces.Graph) *engine.Plan {
	t.Helper()
	p, err := engine.NewPlan(g)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Scaling all scored weights by 1+t changes the loss at the rate Σ w·g, and the gradient at the rate H·w, so
// that Σ g·(g(t)−g(−t))/2t is Σ g·(Hw). Both are checked by differences in float64, for every smooth loss.
func TestDerivatives(t *testing.T) {
	pooled, dense, big := every(t, false, false), every(t, true, false), heavy(t)
	tests := []struct {
		name string
		g    *spaces.Graph
		loss engine.LossKind
	}{
		{"pooled", pooled, engine.CrossEntropy}, {"pooled", pooled, engine.SoftCrossEntropy}, {"pooled", pooled, engine.MSE},
		{"dense", dense, engine.CrossEntropy}, {"dense", dense, engine.MSE}, {"dense", dense, engine.RelativeL2},
		{"heavy", big, engine.CrossEntropy},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %s", tt.name, tt.loss), func(t *testing.T) {
			g := tt.g
			p := plan(t, g)
			params, b := inputs(t, g, tt.loss)
			d := native.New()
			run := func(scale float64, want engine.Want) *engine.Signals {
				t.Helper()
				scaled := make([][]float32, len(params))
				for i, q := range g.Params() {
					scaled[i] = params[i]
					if g.Layers[q.Layer].Scored() && len(q.Shape) > 1 {
						scaled[i] = make([]float32, len(params[i]))
						for j, v := range params[i] {
							scaled[i][j] = float32(float64(v) * scale)
						}
					}
				}
				want.Double = true
				s, err := engine.Run(d, p, scaled, b, want)
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			// scales that are exact in float32, so that the parameters are scaled exactly
			const h = 1.0 / 1024
			at := run(1, engine.Want{LossGrad: true, Hessian: true})
			up, down := run(1+h, engine.Want{LossGrad: true}), run(1-h, engine.Want{LossGrad: true})
			var wg float64
			for _, w := range at.Weights {
				wg += w.WG
			}
			if want := (up.Loss - down.Loss) / (2 * h); math.Abs(wg-want) > 2e-3*(math.Abs(want)+0.05) {
				t.Errorf("Σ w·g = %v, the loss changes at %v", wg, want)
			}
			// ‖g(t)‖² changes at twice Σ g·(Hw)
			for i, w := range at.Weights {
				want := (up.Weights[i].GradSq - down.Weights[i].GradSq) / (4 * h)
				if math.Abs(w.GHW-want) > 2e-2*(math.Abs(want)+w.GradSq) {
					t.Errorf("weight %d: Σ g·(Hw) = %v, differences give %v (‖g‖² = %v)", i, w.GHW, want, w.GradSq)
				}
			}
		})
	}
}

// The input Jacobian is checked by differences of the summed outputs.
func TestJacobian(t *testing.T) {
	g := every(t, true, true)
	p := plan(t, g)
	params, b := inputs(t, g, engine.MSE)
	d := native.New()
	s, err := engine.Run(d, p, params, b, engine.Want{OutputGrad: true, Double: true})
	if err != nil {
		t.Fatal(err)
	}
	b.Loss = engine.Loss{Kind: engine.SumOutputs}
	sum := func() float64 {
		s, err := engine.Run(d, p, params, b, engine.Want{LossGrad: true, Double: true})
		if err != nil {
			t.Fatal(err)
		}
		return s.Loss
	}
	for _, at := range []int{0, 77, 243, 485} {
		for _, n := range []int{0, batch - 1} {
			x := &b.Inputs[n*g.Input().Size()+at]
			old := *x
			const h = 1.0 / 4096
			*x = old + h
			up, hi := sum(), *x
			*x = old - h
			down, lo := sum(), *x
			*x = old
			want := (up - down) / float64(hi-lo)
			if got := s.Jacobian[n][at]; math.Abs(got-want) > 1e-3*(1+math.Abs(want)) {
				t.Errorf("sample %d, input %d: %v, differences give %v", n, at, got, want)
			}
		}
	}
}

// all is everything a run can deliver.
var all = engine.Want{LossGrad: true, Hessian: true, OutputGrad: true, Codes: true}

func TestSameBits(t *testing.T) {
	t.Run("every", func(t *testing.T) { testSameBits(t, every(t, false, true)) })
	t.Run("heavy", func(t *testing.T) { testSameBits(t, heavy(t)) })
}

func testSameBits(t *testing.T, g *spaces.Graph) {
	t.Helper()
	p := plan(t, g)
	params, b := inputs(t, g, engine.CrossEntropy)
	signals := func(d *native.Device) any {
		s, err := engine.Run(d, p, params, b, all)
		if err != nil {
			t.Fatal(err)
		}
		in := g.Input()
		session, err := proxies.NewSession(d, g, &datasets.Batch{N: b.N, C: in.C, H: in.H, W: in.W, Inputs: b.Inputs}, datasets.CrossEntropy, nil)
		if err != nil {
			t.Fatal(err)
		}
		session.Params = params
		own := map[string]string{} // the scores of proxies with passes of their own
		for _, name := range []string{"synflow", "synflow_bn", "zen"} {
			p, err := proxies.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			v, reason, err := p.Evaluate(session)
			if err != nil {
				t.Fatal(err)
			}
			own[name] = fmt.Sprint(v, reason)
		}
		return []any{s, own}
	}
	untimed := cmpopts.IgnoreTypes(engine.Times{})
	one := native.New(native.WithThreads(1))
	want := signals(one)
	if diff := cmp.Diff(want, signals(one), untimed); diff != "" {
		t.Errorf("a second run differs (-first +second):\n%s", diff)
	}
	for _, threads := range []int{2, 3, 8} {
		if diff := cmp.Diff(want, signals(native.New(native.WithThreads(threads))), untimed); diff != "" {
			t.Errorf("%d threads differ from one (-one +%d):\n%s", threads, threads, diff)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	g := every(t, false, true)
	tests := []struct {
		name   string
		g      *spaces.Graph
		params func([][]float32) [][]float32
		want   string
	}{
		{"too few parameters", g, func(p [][]float32) [][]float32 { return p[1:] }, "were given"},
		{"wrong size", g, func(p [][]float32) [][]float32 { p[0] = p[0][1:]; return p }, "stem.conv.weight has shape [20 3 3 3]"},
	}
	for _, tt := range tests {
		params, b := inputs(t, tt.g, engine.CrossEntropy)
		if tt.params != nil {
			params = tt.params(params)
		}
		if _, err := engine.Run(native.New(), plan(t, tt.g), params, b, engine.Want{LossGrad: true}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}
