package gomlx

import (
	"fmt"
	"sort"

	gx "github.com/gomlx/gomlx/core/graph"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

// Forward implements [engine.Device].
func (d *Device) Forward(s *engine.Step, in []engine.Operand, feed []float32) (y, t engine.Tensor) {
	switch s.Kind {
	case engine.StepInput:
		return d.input(feed, s.Layer.Out), nil
	case engine.StepZero:
		return d.zero(s.Layer.Out), nil
	case engine.StepConv:
		return d.conv(s, in[0])
	case engine.StepSum:
		return d.sum(in)
	case engine.StepPool:
		return d.pool(s, in[0])
	case engine.StepGlobalPool:
		return d.globalPool(s, in[0])
	case engine.StepLinear:
		return d.linear(s, in[0])
	case engine.StepConcat:
		return d.concat(in)
	case engine.StepSlice:
		return d.slice(s, in[0])
	case engine.StepTanh:
		return d.tanh(in[0])
	case engine.StepGate:
		return d.gate(s, in[0], feed)
	}
	d.fail(fmt.Errorf("a step of kind %d: %w", s.Kind, engine.ErrNotImplemented))
	return &tensor{buffer: &buffer{refs: 1}}, nil
}

// Backward implements [engine.Device].
func (d *Device) Backward(b *engine.StepGrad) engine.Scalars {
	switch b.Step.Kind {
	case engine.StepConv:
		return d.convGrad(b)
	case engine.StepLinear:
		return d.linearGrad(b)
	case engine.StepSum:
		d.sumGrad(b)
	case engine.StepPool:
		d.poolGrad(b)
	case engine.StepGlobalPool:
		d.globalPoolGrad(b)
	case engine.StepConcat:
		d.concatGrad(b)
	case engine.StepSlice:
		d.sliceGrad(b)
	case engine.StepTanh:
		d.tanhGrad(b)
	case engine.StepGate:
		return d.gateGrad(b)
	default:
		d.fail(fmt.Errorf("the backward pass of a step of kind %d: %w", b.Step.Kind, engine.ErrNotImplemented))
	}
	return nil
}

// mapped runs a layer that is the same linear map for values and tangents of one operand.
func (d *Device) mapped(c *call, s *engine.Step, in engine.Operand, f func(*gx.Node) *gx.Node) (y, t engine.Tensor) {
	return d.mappedWith(c, s, in, func(_ []*gx.Node, x *gx.Node) *gx.Node { return f(x) })
}

// mappedWith is mapped for a map that reads other arguments, too.
func (d *Device) mappedWith(c *call, s *engine.Step, in engine.Operand, f func(args []*gx.Node, x *gx.Node) *gx.Node) (y, t engine.Tensor) {
	if in.Norm == nil && !in.Scaled && in.Y.(*tensor).zeros {
		if in.Shape == s.Layer.Out {
			return alias(in.Y), nil
		}
		return d.zero(s.Layer.Out), nil
	}
	v := c.view(in, true)
	return c.run(func(in []*gx.Node, out *outputs) {
		out.add("y", f(in, v.value(in)))
		if v.moves() {
			out.add("t", f(in, orZero(v.tangent(in), in[v.y])))
		}
	}).pair()
}

func (d *Device) sum(in []engine.Operand) (y, t engine.Tensor) {
	var parts []engine.Operand
	for _, o := range in {
		if o.Norm != nil || o.Scaled || !o.Y.(*tensor).zeros {
			parts = append(parts, o)
		}
	}
	if len(parts) == 0 {
		return alias(in[0].Y), nil // nothing but zeros
	}
	if o := parts[0]; len(parts) == 1 && !o.ReLU {
		switch {
		case o.Norm != nil:
			st := o.Norm.(*normState)
			o.Y, o.T = st.value, nil
			if st.tangent != nil {
				o.T = st.tangent
			}
			o.Scaled = false
		case isWhole(o.T):
			o.Scaled = false
		}
		if !o.Scaled || !d.mode.Tangent {
			if o.T == nil {
				return alias(o.Y), nil
			}
			return alias(o.Y), alias(o.T)
		}
	}
	// Addition commutes: one order of the kinds of operand saves executables.
	sort.SliceStable(parts, func(i, j int) bool { return rank(parts[i]) < rank(parts[j]) })
	c := d.call("sum")
	views := make([]view, len(parts))
	for i, o := range parts {
		views[i] = c.view(o, true)
	}
	return c.run(func(in []*gx.Node, out *outputs) {
		var y, t *gx.Node
		for _, v := range views {
			y, t = plus(y, v.value(in)), plus(t, v.tangent(in))
		}
		out.add("y", y)
		out.add("t", t)
	}).pair()
}

func rank(o engine.Operand) int {
	r := 0
	for i, b := range []bool{o.Norm == nil && o.T == nil, o.ReLU, o.Norm == nil && o.Scaled} {
		if b {
			r += 1 << i
		}
	}
	return r
}

func (d *Device) sumGrad(b *engine.StepGrad) {
	c := d.call("sumgrad")
	if b.In.ReLU {
		v := c.view(b.In, false)
		c.gradient(v, c.cotangents(b.Grad.D), b.To, linear(func(x *gx.Node) *gx.Node { return x }))
		return
	}
	var p cotangents
	for i, t := range b.Grad.D {
		if p[i] = -1; t != nil {
			p[i] = i
		}
	}
	out := results{}
	for i, w := range c.wanted(p, b.To) {
		if w {
			t := b.Grad.D[i]
			if t == nil {
				t = d.zero(b.In.Shape)
			}
			out[cotangentNames[i]] = alias(t).buffer
		}
	}
	d.deliver(b.To, out)
}

func (d *Device) globalPool(s *engine.Step, in engine.Operand) (y, t engine.Tensor) {
	return d.mapped(d.call("globalpool"), s, in, func(x *gx.Node) *gx.Node {
		s := x.Shape().Dimensions
		return gx.Reshape(gx.DivScalar(gx.ReduceSum(x, 1, 2), float64(s[1]*s[2])), s[0], 1, 1, s[3])
	})
}

func (d *Device) globalPoolGrad(b *engine.StepGrad) {
	c := d.call("globalpoolgrad")
	v := c.view(b.In, false)
	c.gradient(v, c.cotangents(b.Grad.D), b.To, linear(func(x *gx.Node) *gx.Node {
		return gx.BroadcastToDims(gx.DivScalar(x, float64(v.shape[1]*v.shape[2])), v.shape...)
	}))
}

// flatten makes rows of maps: [N, H·W·C].
func flatten(x *gx.Node) *gx.Node {
	n := x.Shape().Dimensions[0]
	return gx.Reshape(x, n, x.Shape().Size()/n)
}

// linearWeight is a linear layer's weight for rows of flattened maps: [out, H·W·C].
func linearWeight(w *gx.Node, in spaces.Shape) *gx.Node {
	if in.H*in.W == 1 {
		return w
	}
	out := w.Shape().Dimensions[0]
	w = gx.TransposeAllAxes(gx.Reshape(w, out, in.C, in.H, in.W), 0, 2, 3, 1)
	return gx.Reshape(w, out, in.Size())
}

// torchLinear is the inverse of linearWeight, [out, C·H·W], for a weight or one for each sample.
func torchLinear(w *gx.Node, in spaces.Shape) *gx.Node {
	if in.H*in.W == 1 {
		return w
	}
	dims := w.Shape().Dimensions
	n := w.Shape().Size() / in.Size()
	return gx.Reshape(gx.TransposeAllAxes(gx.Reshape(w, n, in.H, in.W, in.C), 0, 3, 1, 2), dims...)
}

func (d *Device) linear(s *engine.Step, in engine.Operand) (y, t engine.Tensor) {
	c := d.call("linear", d.mode.Tangent, s.Scored)
	v := c.view(in, true)
	w := c.param(s.Weight)
	bias := c.bias(s)
	return c.run(func(args []*gx.Node, out *outputs) {
		apply := func(x *gx.Node) *gx.Node {
			y := gx.Dot(flatten(x), linearWeight(args[w], in.Shape)).General([]int{1}, nil, []int{1}, nil)
			return gx.Reshape(y, v.shape[0], 1, 1, s.Layer.Out.C)
		}
		y := apply(v.value(args))
		if d.mode.Tangent {
			t := gx.ZerosLike(y)
			if s.Scored {
				t = y // of the weight's own scaling
			}
			if xt := v.tangent(args); xt != nil {
				t = gx.Add(t, apply(xt))
			}
			out.add("t", t)
		}
		if bias >= 0 {
			y = gx.Add(y, perChannel(args[bias], y))
		}
		out.add("y", y)
	}).pair()
}

func (d *Device) concat(in []engine.Operand) (y, t engine.Tensor) {
	c := d.call("concat")
	views := make([]view, len(in))
	moves := false
	for i, o := range in {
		views[i] = c.view(o, true)
		moves = moves || views[i].moves()
	}
	return c.run(func(in []*gx.Node, out *outputs) {
		var y, t []*gx.Node
		for _, v := range views {
			a := v.value(in)
			y = append(y, a)
			if moves {
				t = append(t, orZero(v.tangent(in), a))
			}
		}
		out.add("y", gx.Concatenate(y, 3))
		if moves {
			out.add("t", gx.Concatenate(t, 3))
		}
	}).pair()
}

func (d *Device) concatGrad(b *engine.StepGrad) {
	offset := 0
	for _, v := range b.Step.In[:b.K] {
		offset += d.plan.Values[v.Value].Shape.C
	}
	c := d.call("concatgrad", offset)
	v := c.view(b.In, false)
	c.gradient(v, c.cotangents(b.Grad.D), b.To, linear(func(x *gx.Node) *gx.Node { return channels(x, offset, b.In.Shape.C) }))
}

func channels(x *gx.Node, offset, n int) *gx.Node {
	return gx.Slice(x, gx.AxisRange(), gx.AxisRange(), gx.AxisRange(), gx.AxisRange(offset, offset+n))
}

func (d *Device) slice(s *engine.Step, in engine.Operand) (y, t engine.Tensor) {
	l := s.Layer
	return d.mapped(d.call("slice", l.Offset, l.Out.C), s, in, func(x *gx.Node) *gx.Node { return channels(x, l.Offset, l.Out.C) })
}

func (d *Device) sliceGrad(b *engine.StepGrad) {
	l := b.Step.Layer
	c := d.call("slicegrad", l.Offset)
	v := c.view(b.In, false)
	c.gradient(v, c.cotangents(b.Grad.D), b.To, linear(func(x *gx.Node) *gx.Node {
		border := gx.PadAxis{Start: l.Offset, End: b.In.Shape.C - l.Offset - l.Out.C}
		return padded(x, gx.ScalarZero(x.Graph(), x.DType()), gx.PadAxis{}, gx.PadAxis{}, gx.PadAxis{}, border)
	}))
}

func (d *Device) tanh(in engine.Operand) (y, t engine.Tensor) {
	c := d.call("tanh")
	v := c.view(in, true)
	return c.run(func(in []*gx.Node, out *outputs) {
		y := gx.Tanh(v.value(in))
		out.add("y", y)
		if v.moves() {
			out.add("t", gx.Mul(tanhSlope(y), orZero(v.tangent(in), y)))
		}
	}).pair()
}

// tanhSlope is the derivative of tanh where its value is y.
func tanhSlope(y *gx.Node) *gx.Node { return gx.OneMinus(gx.Mul(y, y)) }

func (d *Device) tanhGrad(b *engine.StepGrad) {
	c := d.call("tanhgrad")
	v := c.view(b.In, false)
	y := c.view(b.Out, true)
	c.gradient(v, c.cotangents(b.Grad.D), b.To, func(in []*gx.Node, g [3]*gx.Node) (r [3]*gx.Node) {
		slope := tanhSlope(in[y.y])
		for i, x := range g {
			if x != nil {
				r[i] = gx.Mul(slope, x)
			}
		}
		if y.t >= 0 && g[engine.LossGrad] != nil {
			// The slope's tangent is −2·y·ẏ.
			curve := gx.MulScalar(gx.Mul(gx.Mul(in[y.y], in[y.t]), g[engine.LossGrad]), -2.0)
			r[engine.TangentGrad] = plus(r[engine.TangentGrad], curve)
		}
		return r
	})
}

// gate multiplies each sample by its factor.
func (d *Device) gate(s *engine.Step, in engine.Operand, factors []float32) (y, t engine.Tensor) {
	f := make([]float32, d.batch)
	for i := range f {
		f[i] = 1
	}
	copy(f, factors)
	c := d.call("gate")
	at := c.arg(d.resident(f, d.batch))
	y, t = d.mappedWith(c, s, in, func(args []*gx.Node, x *gx.Node) *gx.Node { return bySample(x, args[at]) })
	y.(*tensor).factors = c.args[at]
	return y, t
}

// bySample is x [N, H, W, C] times a factor for each sample.
func bySample(x, factors *gx.Node) *gx.Node {
	return gx.Mul(x, gx.ConvertDType(gx.Reshape(factors, x.Shape().Dimensions[0], 1, 1, 1), x.DType()))
}

func (d *Device) gateGrad(b *engine.StepGrad) engine.Scalars {
	factors := b.Out.Y.(*tensor).factors
	if b.To.Wanted() {
		c := d.call("gategrad")
		at := c.arg(factors)
		v := c.view(b.In, false)
		c.gradient(v, c.cotangents(b.Grad.D), b.To, func(in []*gx.Node, g [3]*gx.Node) [3]*gx.Node {
			return linear(func(x *gx.Node) *gx.Node { return bySample(x, in[at]) })(in, g)
		})
	}
	if b.Grad.D[engine.LossGrad] == nil {
		return nil
	}
	c := d.call("gate factors")
	v := c.view(b.In, false)
	p := c.cotangents(engine.Cotangents{engine.LossGrad: b.Grad.D[engine.LossGrad]})
	return d.whole(c.run1(func(in []*gx.Node) *gx.Node {
		return gx.ReduceSum(double(gx.Mul(v.value(in), in[p[engine.LossGrad]])), 1, 2, 3)
	}))
}
