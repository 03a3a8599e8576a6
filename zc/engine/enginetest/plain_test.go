package enginetest_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/enginetest"
)

const (
	delta     = 1e-5 // of central differences
	tolerance = 1e-6 // of a derivative, relative to the largest of its kind
)

// differ reports values that are not within the tolerance of the largest one.
func differ(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	var largest float64
	for _, v := range want {
		largest = max(largest, math.Abs(v))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= tolerance*max(largest, 1e-2)) {
			t.Fatalf("%s: value %d is %g, want %g", what, i, got[i], want[i])
		}
	}
}

func difference(up, down enginetest.Map) []float64 {
	v := make([]float64, len(up))
	for k := range up {
		v[k] = real(up[k]-down[k]) / (2 * delta)
	}
	return v
}

// The gradient of every loss, and its tangent, equal central differences.
func TestLosses(t *testing.T) {
	pixel, dense := spaces.Shape{C: 4, H: 1, W: 1}, spaces.Shape{C: 3, H: 2, W: 2}
	plain := func(*engine.Loss) {}
	tests := []struct {
		name  string
		kind  engine.LossKind
		shape spaces.Shape
		with  func(l *engine.Loss)
	}{
		{"cross-entropy", engine.CrossEntropy, pixel, plain},
		{"dense cross-entropy", engine.CrossEntropy, dense, plain},
		{"smoothed", engine.CrossEntropy, pixel, func(l *engine.Loss) { l.Smoothing = 0.1 }},
		{"mixed and scaled", engine.CrossEntropy, dense, func(l *engine.Loss) {
			l.Smoothing, l.Mix, l.Partner, l.Scale = 0.2, 0.7, []int{2, 2, 1, 0, 0, 1, 2, 1}, 3
		}},
		{"soft", engine.SoftCrossEntropy, pixel, plain},
		{"mse", engine.MSE, dense, plain},
		{"l1", engine.L1, dense, plain},
		{"relative l2", engine.RelativeL2, dense, plain},
		{"sum", engine.SumOutputs, pixel, plain},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := enginetest.RandomBatch(spaces.Shape{C: 1, H: 1, W: 1}, test.shape, 2, test.kind).Loss
			test.with(&l)
			at := func(k int, by complex128) (float64, enginetest.Map) {
				o := make(enginetest.Map, 2*test.shape.Size())
				for i := range o {
					o[i] = complex(math.Cos(float64(3*i)), 0)
				}
				o[k] += by
				v, d := enginetest.Loss(&l, o, 2, test.shape)
				return real(v), d
			}
			_, d := at(0, 0)
			var want []float64
			for k := range d {
				above, up := at(k, delta)
				below, down := at(k, -delta)
				want = append(want, (above-below)/(2*delta))
				_, moved := at(k, complex(0, enginetest.Step))
				differ(t, "tangent of the gradient", moved.Tangents(), difference(up, down))
			}
			differ(t, "gradient", d.Values(), want)
		})
	}
}

// Every derivative of a network equals a central difference.
func TestDerivatives(t *testing.T) {
	tests := []struct {
		mode  enginetest.NormMode
		loss  engine.LossKind
		dense bool
	}{
		{enginetest.BatchNorm, engine.CrossEntropy, false},
		{enginetest.BatchNorm, engine.RelativeL2, true},
		{enginetest.RunningNorm, engine.MSE, false},
		{enginetest.SampleNorm, engine.CrossEntropy, false},
		{enginetest.NoNorm, engine.SumOutputs, false},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s norm/%s/dense=%v", test.mode, test.loss, test.dense), func(t *testing.T) {
			p, err := enginetest.NewProblem(enginetest.Network(test.dense), 2, test.loss)
			if err != nil {
				t.Fatal(err)
			}
			testDerivatives(t, p, test.mode)
		})
	}
}

func testDerivatives(t *testing.T, p *enginetest.Problem, mode enginetest.NormMode) {
	g := p.Graph
	out := g.Layers[g.Output].Out
	net := enginetest.NewNet(g, p.Params)
	net.Gates = []enginetest.Map{{0.5, 2}, nil}
	x := enginetest.Values32(p.Batch.Inputs)
	if mode == enginetest.RunningNorm {
		net.Forward(x, p.Batch.N) // statistics other than 0 and 1
		net.Norm = mode
	}
	net.Norm = mode
	eval := func() (*enginetest.Gradients, *enginetest.Pass) {
		pass := net.Forward(x, p.Batch.N)
		_, d := enginetest.Loss(&p.Batch.Loss, pass.Output(), p.Batch.N, out)
		return pass.Backward(d), pass
	}
	value := func() float64 {
		v, _ := enginetest.Loss(&p.Batch.Loss, net.Forward(x, p.Batch.N).Output(), p.Batch.N, out)
		return real(v)
	}
	d, _ := eval()
	central := func(v *complex128) float64 {
		was := *v
		*v = was + delta
		up := value()
		*v = was - delta
		down := value()
		*v = was
		return (up - down) / (2 * delta)
	}
	// Some values of every parameter, and of the input.
	check := func(what string, values enginetest.Map, got []float64) {
		t.Helper()
		var some, want []float64
		for k := 0; k < len(values); k += 1 + len(values)/2 {
			some, want = append(some, got[k]), append(want, central(&values[k]))
		}
		differ(t, what, some, want)
	}
	for i := range g.Params() {
		check("gradient of "+g.Params()[i].Name, net.Params[i], d.Params[i].Values())
	}
	check("gradient of the input", x, d.Values[0].Values())
	for i, v := range d.Gates {
		if g.Layers[i].Factor == 0 {
			check("gradient of a gate's factors", net.Gates[0], v.Values())
		}
	}

	// Tangents along the weights, of all values and gradients.
	direction := make([][]float64, len(net.Params))
	for i := range g.Params() {
		if len(g.Params()[i].Shape) > 1 {
			direction[i] = net.Params[i].Values()
		}
	}
	move := func(by float64) *enginetest.Net {
		moved := enginetest.NewNet(g, p.Params)
		moved.Norm, moved.Running, moved.Gates = net.Norm, net.Running, net.Gates
		for i, v := range direction {
			for k, w := range v {
				moved.Params[i][k] += complex(by*w, 0)
			}
		}
		return moved
	}
	was := net
	net = move(delta)
	upD, up := eval()
	net = move(-delta)
	downD, down := eval()
	net = was
	net.Along(direction)
	d, pass := eval()
	for i := range g.Layers {
		differ(t, fmt.Sprintf("tangent of layer %d", i), pass.Values[i].Tangents(), difference(up.Values[i], down.Values[i]))
		differ(t, fmt.Sprintf("tangent of the gradient of layer %d", i), d.Values[i].Tangents(), difference(upD.Values[i], downD.Values[i]))
	}
	for i := range g.Params() {
		differ(t, "tangent of the gradient of "+g.Params()[i].Name, d.Params[i].Tangents(), difference(upD.Params[i], downD.Params[i]))
	}
}

// Known outputs, so that no layer is differentiated rightly and computed wrongly.
func TestForward(t *testing.T) {
	in := spaces.Shape{C: 2, H: 2, W: 2}
	x := []float32{1, 2, 3, 4, -1, 0, 1, 2, 5, 6, 7, 8, 0, 0, 0, 4}
	tests := []struct {
		name  string
		layer func(b *spaces.Builder) int
		want  []float64 // of the first sample
	}{
		{"conv", func(b *spaces.Builder) int {
			return b.Conv(0, "c", spaces.ConvOpts{Out: 1, Kernel: 2, Bias: true})
		}, []float64{1 + 2*2 + 3*3 + 4*4 - 5 + 7 + 2*8 + 1}},
		{"padded conv", func(b *spaces.Builder) int {
			return b.Conv(b.Slice(0, 0, 1), "c", spaces.ConvOpts{Out: 1, Kernel: 2, Stride: 2, Pad: 1, Dilation: 2})
		}, []float64{16}},
		{"depthwise conv", func(b *spaces.Builder) int {
			return b.Conv(0, "c", spaces.ConvOpts{Out: 2, Kernel: 1, Groups: 2})
		}, []float64{1, 2, 3, 4, -2, 0, 2, 4}},
		{"transposed conv", func(b *spaces.Builder) int {
			return b.ConvTranspose(b.Slice(b.MaxPool(0, 2, 2, 0), 0, 1), "c", 1, 3, 2)
		}, []float64{4*5 + 1, 4*6 + 1, 4*8 + 1, 4*9 + 1}},
		{"average pool", func(b *spaces.Builder) int { return b.AvgPool(0, 2, 2, 1) }, []float64{1, 2, 3, 4, -1, 0, 1, 2}},
		{"max pool", func(b *spaces.Builder) int { return b.MaxPool(0, 2, 1, 0) }, []float64{4, 2}},
		{"global pool", func(b *spaces.Builder) int { return b.GlobalAvgPool(0) }, []float64{2.5, 0.5}},
		{"linear", func(b *spaces.Builder) int { return b.Linear(b.GlobalAvgPool(0), "l", 1) }, []float64{2.5 + 2*0.5 + 1}},
		{"leaky relu", func(b *spaces.Builder) int { return b.LeakyReLU(0, 0.5) }, []float64{1, 2, 3, 4, -0.5, 0, 1, 2}},
		{"sum", func(b *spaces.Builder) int { return b.Add(0, b.ReLU(0), b.Zero(in)) }, []float64{2, 4, 6, 8, -1, 0, 2, 4}},
		{"concat and slice", func(b *spaces.Builder) int { return b.Slice(b.Concat(0, 0), 1, 2) }, []float64{-1, 0, 1, 2, 1, 2, 3, 4}},
		{"tanh", func(b *spaces.Builder) int { return b.Tanh(b.Slice(0, 1, 1)) }, []float64{math.Tanh(-1), 0, math.Tanh(1), math.Tanh(2)}},
		{"norm", func(b *spaces.Builder) int { return b.BatchNormOpts(b.Slice(0, 0, 1), "n", true, 0.75) },
			[]float64{1 - 3.5/math.Sqrt(6), 1 - 2.5/math.Sqrt(6), 1 - 1.5/math.Sqrt(6), 1 - 0.5/math.Sqrt(6)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := spaces.NewBuilder(in)
			g, err := b.Build(test.layer(b))
			if err != nil {
				t.Fatal(err)
			}
			params := make([][]float32, len(g.Params()))
			for i := range params {
				// Weights 1, 2, 3, …; gamma 1; biases 1.
				params[i] = make([]float32, g.Params()[i].Size())
				for k := range params[i] {
					params[i][k] = 1
					if len(g.Params()[i].Shape) > 1 {
						params[i][k] += float32(k)
					}
				}
			}
			y := enginetest.NewNet(g, params).Forward(enginetest.Values32(x), 2).Output().Values()
			differ(t, "output", y[:len(y)/2], test.want)
		})
	}
}

// Running statistics move by a tenth of the batch's, with the unbiased variance; layers that share a norm move it
// each in turn.
func TestRunningStatistics(t *testing.T) {
	b := spaces.NewBuilder(spaces.Shape{C: 1, H: 1, W: 2})
	x := b.BatchNormOpts(0, "n", true, 0)
	g, err := b.Build(b.BatchNormOpts(x, "n", true, 0))
	if err != nil {
		t.Fatal(err)
	}
	net := enginetest.NewNet(g, [][]float32{{2}, {3}})
	net.Forward(enginetest.Values32([]float32{1, 3, 5, 7}), 2) // mean 4, variance 20/3; then mean 3, variance 16/3
	differ(t, "running mean", net.Running[1].Mean, []float64{0.9*0.4 + 0.1*3})
	differ(t, "running variance", net.Running[1].Var, []float64{0.9*(0.9+2.0/3) + 1.6/3})
	net.Norm = enginetest.RunningNorm
	y := net.Forward(enginetest.Values32([]float32{1}), 1)
	if len(net.Running) != 1 || len(y.Values) != 3 {
		t.Errorf("%d running statistics", len(net.Running))
	}
}

// The ReLUs' codes of two samples agree where their signs do.
func TestCodes(t *testing.T) {
	b := spaces.NewBuilder(spaces.Shape{C: 1, H: 1, W: 3})
	x := b.LeakyReLU(0, 0.1)
	g, err := b.Build(b.ReLU(x))
	if err != nil {
		t.Fatal(err)
	}
	pass := enginetest.NewNet(g, nil).Forward(enginetest.Values32([]float32{1, -1, 0, 2, 3, -4}), 2)
	differ(t, "codes", pass.Codes(), []float64{6, 4, 4, 6})
}
