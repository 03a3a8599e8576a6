package gomlx

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	gx "github.com/gomlx/gomlx/core/graph"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

// Seed implements [engine.Device]. Losses are computed where the outputs are; targets go there with the minibatch.
func (d *Device) Seed(s *engine.Seed, v engine.Operand, to engine.Target) engine.Scalars {
	if s.Loss == nil {
		d.seedCotangent(s.Cotangent, v, to)
		return scalars{host: []float64{0}}
	}
	l := s.Loss
	want := to.Want
	if l.Kind == engine.SumOutputs && want == [3]bool{engine.OutputGrad: true} && to.D[engine.OutputGrad] == nil && l.Scale == 0 && !v.ReLU && !d.mode.Double {
		// Ones, which stay on the device. Nobody asks for the sum then, as a rule.
		to.D[engine.OutputGrad] = d.ones(v.Shape)
		return scalars{later: func() scalars { return d.Seed(s, v, engine.Target{D: &engine.Cotangents{}}).(scalars) }}
	}
	c := d.call("loss", string(l.Kind), want, l.Partner != nil)
	x := c.view(v, want[engine.TangentGrad])
	e := evaluation{kind: l.Kind, target: -1, partner: -1, rates: -1}
	scale := l.Scale
	if scale == 0 {
		scale = 1
	}
	e.rates = c.arg(d.resident([]float32{float32(l.Smoothing), float32(l.Mix), float32(scale)}, 3))
	shape := v.Shape
	switch l.Kind {
	case engine.SumOutputs:
	case engine.CrossEntropy:
		e.target = c.arg(d.labels(l.Labels, shape.H, shape.W))
		if l.Partner != nil {
			e.partner = c.arg(d.labels(l.Partner, shape.H, shape.W))
		}
	default:
		e.target = c.arg(d.resident(l.Targets, d.batch, shape.C, shape.H, shape.W))
	}
	out := c.run(func(in []*gx.Node, out *outputs) {
		o := double(x.value(in))
		var t *gx.Node
		if want[engine.TangentGrad] {
			t = double(orZero(x.tangent(in), in[x.y]))
		}
		loss, g, h := e.build(in, o, t)
		scale := double(gx.Reshape(gx.Slice(in[e.rates], gx.AxisElem(2))))
		out.add("loss", numbers(gx.Mul(loss, scale)))
		if g == nil {
			return
		}
		dtype := in[x.y].DType()
		grad := [3]*gx.Node{engine.LossGrad: g, engine.TangentGrad: h, engine.OutputGrad: g}
		for i, n := range grad {
			if n != nil {
				grad[i] = gx.ConvertDType(gx.Mul(n, scale), dtype)
			}
		}
		x.backward(in, out, want, grad)
	})
	d.deliver(to, out)
	return scalars{buffer: out.must("loss"), to: 1}
}

// ones is a map of ones.
func (d *Device) ones(s spaces.Shape) engine.Tensor {
	x := make([]float32, d.batch*s.Size())
	for i := range x {
		x[i] = 1
	}
	b := d.resident(x, d.batch, s.H, s.W, s.C)
	b.refs++
	return &tensor{buffer: b}
}

// seedCotangent adds a given cotangent [N, C, H, W].
func (d *Device) seedCotangent(given []float32, v engine.Operand, to engine.Target) {
	c := d.call("cotangent", to.Want)
	s := v.Shape
	at := c.arg(d.resident(given, d.batch, s.C, s.H, s.W))
	x := c.view(v, false)
	dtype := d.dtype()
	d.deliver(to, c.run(func(in []*gx.Node, out *outputs) {
		g := gx.ConvertDType(channelsLast(in[at]), dtype)
		x.backward(in, out, to.Want, [3]*gx.Node{engine.LossGrad: g, engine.OutputGrad: g})
	}))
}

// channelsLast turns [N, C, H, W] into [N, H, W, C].
func channelsLast(x *gx.Node) *gx.Node { return gx.TransposeAllAxes(x, 0, 2, 3, 1) }

// labels are class labels on the device, [N, H, W, 1].
func (d *Device) labels(labels []int, h, w int) *buffer {
	x := make([]float32, len(labels))
	for i, l := range labels {
		x[i] = float32(l)
	}
	return d.resident(x, d.batch, h, w, 1)
}

// evaluation builds a loss: positions of its arguments, −1 for none.
type evaluation struct {
	kind            engine.LossKind
	target, partner int // labels [N, H, W, 1] or targets [N, C, H, W]
	rates           int // smoothing, share of the labels before the partner's, scale
}

// build returns the loss of outputs o, [N, H, W, C] in float64, its gradient and, where the tangent t of the outputs is
// given, the gradient's tangent: as [engine.Loss.Eval] does, but for the scale.
func (e evaluation) build(in []*gx.Node, o, t *gx.Node) (loss, g, h *gx.Node) {
	dims := o.Shape().Dimensions
	all := float64(o.Shape().Size())
	var target *gx.Node
	if e.target >= 0 && e.kind != engine.CrossEntropy {
		target = double(channelsLast(in[e.target]))
	}
	switch e.kind {
	case engine.SumOutputs:
		loss, g = gx.ReduceAllSum(o), gx.OnesLike(o)
		if t != nil {
			h = gx.ZerosLike(o)
		}
	case engine.CrossEntropy:
		return e.crossEntropy(in, o, t)
	case engine.SoftCrossEntropy:
		return softCrossEntropy(o, t, target)
	case engine.MSE:
		diff := gx.Sub(o, target)
		loss, g = gx.DivScalar(gx.ReduceAllSum(gx.Mul(diff, diff)), all), gx.MulScalar(diff, 2/all)
		if t != nil {
			h = gx.MulScalar(t, 2/all)
		}
	case engine.L1:
		diff := gx.Sub(o, target)
		loss, g = gx.DivScalar(gx.ReduceAllSum(gx.Abs(diff)), all), gx.DivScalar(gx.Sign(diff), all)
		if t != nil {
			h = gx.ZerosLike(o)
		}
	case engine.RelativeL2:
		diff := gx.Sub(o, target)
		sum := func(x *gx.Node) *gx.Node { return gx.ReduceAndKeep(x, gx.ReduceSum, 1, 2, 3) }
		num := gx.Sqrt(sum(gx.Mul(diff, diff)))
		den := gx.MulScalar(gx.Sqrt(sum(gx.Mul(target, target))), float64(dims[0]))
		loss = gx.ReduceAllSum(gx.Div(num, den))
		// Where the outputs are the targets the gradient is 0.
		some := gx.GreaterThan(num, gx.ZerosLike(num))
		safe := gx.Where(some, num, gx.OnesLike(num))
		over := gx.Where(some, gx.Reciprocal(gx.Mul(safe, den)), gx.ZerosLike(num))
		g = gx.Mul(diff, over)
		if t != nil {
			along := gx.Div(sum(gx.Mul(diff, t)), gx.Mul(safe, safe))
			h = gx.Mul(gx.Sub(t, gx.Mul(diff, along)), over)
		}
	default:
		panic(fmt.Errorf("the loss %q: %w", e.kind, engine.ErrNotImplemented))
	}
	return loss, g, h
}

func sumClasses(x *gx.Node) *gx.Node { return gx.ReduceAndKeep(x, gx.ReduceSum, 3) }

// softmaxOf returns log p and p, p = softmax(o) over classes.
func softmaxOf(o *gx.Node) (logP, p *gx.Node) {
	o = gx.Sub(o, gx.ReduceAndKeep(o, gx.ReduceMax, 3))
	logP = gx.Sub(o, gx.Log(sumClasses(gx.Exp(o))))
	return logP, gx.Exp(logP)
}

// crossEntropy is −Σ q·log p over classes, averaged over samples and positions; q the target: one-hot, or smoothed and
// mixed.
func (e evaluation) crossEntropy(in []*gx.Node, o, t *gx.Node) (loss, g, h *gx.Node) {
	dims := o.Shape().Dimensions
	classes := dims[3]
	scale := 1 / float64(dims[0]*dims[1]*dims[2])
	rate := func(i int) *gx.Node { return double(gx.Reshape(gx.Slice(in[e.rates], gx.AxisElem(i)))) }
	oneHot := func(labels *gx.Node) *gx.Node {
		class := gx.Iota(o.Graph(), o.Shape(), 3)
		return gx.ConvertDType(gx.Equal(class, gx.BroadcastToDims(double(labels), dims...)), dtypes.Float64)
	}
	q := oneHot(in[e.target])
	if e.partner >= 0 {
		q = gx.Add(gx.Mul(q, rate(1)), gx.Mul(oneHot(in[e.partner]), gx.OneMinus(rate(1))))
	}
	q = gx.Add(gx.Mul(q, gx.OneMinus(rate(0))), gx.DivScalar(rate(0), float64(classes)))
	logP, p := softmaxOf(o)
	loss = gx.MulScalar(gx.ReduceAllSum(gx.Mul(q, logP)), -scale)
	g = gx.MulScalar(gx.Sub(p, q), scale)
	if t != nil {
		h = gx.MulScalar(gx.Mul(p, gx.Sub(t, sumClasses(gx.Mul(p, t)))), scale)
	}
	return loss, g, h
}

// softCrossEntropy is −Σ t·log(p+ε): with a_c = t_c p_c/(p_c+ε), dL/do_k = −a_k + p_k Σ a.
func softCrossEntropy(o, t, target *gx.Node) (loss, g, h *gx.Node) {
	const eps = 1e-5
	scale := 1 / float64(o.Shape().Dimensions[0])
	_, p := softmaxOf(o)
	above := gx.AddScalar(p, eps)
	loss = gx.MulScalar(gx.ReduceAllSum(gx.Mul(target, gx.Log(above))), -scale)
	a := gx.Div(gx.Mul(target, p), above)
	sum := sumClasses(a)
	g = gx.MulScalar(gx.Sub(gx.Mul(p, sum), a), scale)
	if t != nil {
		dp := gx.Mul(p, gx.Sub(t, sumClasses(gx.Mul(p, t))))
		da := gx.Mul(gx.Div(gx.MulScalar(target, eps), gx.Mul(above, above)), dp)
		h = gx.Sub(gx.Add(gx.Mul(dp, sum), gx.Mul(p, sumClasses(da))), da)
		h = gx.MulScalar(h, scale)
	}
	return loss, g, h
}
