package gomlx

import (
	"sort"

	gx "github.com/gomlx/gomlx/core/graph"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

// mapped runs a layer that is the same linear map for values and tangents of one operand.
func (d *Device) mapped(c *call, s *engine.Step, in engine.Operand, f func(*gx.Node) *gx.Node) (y, t engine.Tensor) {
	if in.Norm == nil && !in.Scaled && in.Y.(*tensor).zeros {
		if in.Shape == s.Layer.Out {
			return alias(in.Y), nil
		}
		return d.Zero(s.Layer.Out), nil
	}
	v := c.view(in, true)
	n := 1
	if v.t >= 0 || v.scaled {
		n = 2
	}
	return pair(c.run(n, func(in []*gx.Node) []*gx.Node {
		out := []*gx.Node{f(v.value(in))}
		if n == 2 {
			out = append(out, f(orZero(v.tangent(in), in[v.y])))
		}
		return out
	}))
}

// Sum implements [engine.Device].
func (d *Device) Sum(s *engine.Step, in []engine.Operand) (y, t engine.Tensor) {
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
	n := 1
	for i, o := range parts {
		views[i] = c.view(o, true)
		if views[i].t >= 0 || views[i].scaled {
			n = 2
		}
	}
	return pair(c.run(n, func(in []*gx.Node) []*gx.Node {
		var y, t *gx.Node
		for _, v := range views {
			y = plus(y, v.value(in))
			if n == 2 {
				t = plus(t, v.tangent(in))
			}
		}
		if n == 2 {
			return []*gx.Node{y, orZero(t, y)}
		}
		return []*gx.Node{y}
	}))
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

// SumGrad implements [engine.Device].
func (d *Device) SumGrad(s *engine.Step, in engine.Operand, cot engine.Cotangents, to engine.Target) {
	c := d.call("sumgrad")
	if !in.ReLU {
		var p cotangents
		for i, t := range cot {
			if p[i] = -1; t != nil {
				p[i] = i
			}
		}
		want := c.wanted(p, to)
		var out []*buffer
		for i, w := range want {
			if w {
				if cot[i] == nil {
					cot[i] = d.Zero(in.Shape)
				}
				out = append(out, alias(cot[i]).buffer)
			}
		}
		d.deliver(to, want, out)
		return
	}
	v := c.view(in, false)
	c.gradient(v, c.cotangents(cot), to, linear(func(x *gx.Node) *gx.Node { return x }))
}

// GlobalPool implements [engine.Device].
func (d *Device) GlobalPool(s *engine.Step, in engine.Operand) (y, t engine.Tensor) {
	return d.mapped(d.call("globalpool"), s, in, func(x *gx.Node) *gx.Node {
		s := x.Shape().Dimensions
		return gx.Reshape(gx.DivScalar(gx.ReduceSum(x, 1, 2), float64(s[1]*s[2])), s[0], 1, 1, s[3])
	})
}

// GlobalPoolGrad implements [engine.Device].
func (d *Device) GlobalPoolGrad(s *engine.Step, in engine.Operand, cot engine.Cotangents, to engine.Target) {
	c := d.call("globalpoolgrad")
	v := c.view(in, false)
	c.gradient(v, c.cotangents(cot), to, linear(func(x *gx.Node) *gx.Node {
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

// torchLinear is the inverse of linearWeight: [out, C·H·W].
func torchLinear(w *gx.Node, in spaces.Shape) *gx.Node {
	if in.H*in.W == 1 {
		return w
	}
	out := w.Shape().Dimensions[0]
	w = gx.TransposeAllAxes(gx.Reshape(w, out, in.H, in.W, in.C), 0, 3, 1, 2)
	return gx.Reshape(w, out, in.Size())
}

// Linear implements [engine.Device].
func (d *Device) Linear(s *engine.Step, in engine.Operand) (y, t engine.Tensor) {
	c := d.call("linear", d.mode.Tangent)
	v := c.view(in, true)
	w := c.param(s.Weight)
	bias := -1
	if s.Bias >= 0 {
		bias = c.param(s.Bias)
		c.attr("bias")
	}
	n := 1
	if d.mode.Tangent {
		n = 2
	}
	return pair(c.run(n, func(args []*gx.Node) []*gx.Node {
		apply := func(x *gx.Node) *gx.Node {
			y := gx.Dot(flatten(x), linearWeight(args[w], in.Shape)).General([]int{1}, nil, []int{1}, nil)
			return gx.Reshape(y, v.shape[0], 1, 1, s.Layer.Out.C)
		}
		y := apply(v.value(args))
		out := []*gx.Node{y}
		if n == 2 {
			t := y // of the weight's own scaling
			if xt := v.tangent(args); xt != nil {
				t = gx.Add(t, apply(xt))
			}
			out = append(out, t)
		}
		if bias >= 0 {
			out[0] = gx.Add(y, perChannel(args[bias], y))
		}
		return out
	}))
}

// Concat implements [engine.Device].
func (d *Device) Concat(s *engine.Step, in []engine.Operand) (y, t engine.Tensor) {
	c := d.call("concat")
	views := make([]view, len(in))
	n := 1
	for i, o := range in {
		views[i] = c.view(o, true)
		if views[i].t >= 0 || views[i].scaled {
			n = 2
		}
	}
	return pair(c.run(n, func(in []*gx.Node) []*gx.Node {
		var y, t []*gx.Node
		for _, v := range views {
			a := v.value(in)
			y = append(y, a)
			if n == 2 {
				t = append(t, orZero(v.tangent(in), a))
			}
		}
		out := []*gx.Node{gx.Concatenate(y, 3)}
		if n == 2 {
			out = append(out, gx.Concatenate(t, 3))
		}
		return out
	}))
}

// ConcatGrad implements [engine.Device].
func (d *Device) ConcatGrad(s *engine.Step, k int, in engine.Operand, cot engine.Cotangents, to engine.Target) {
	offset := 0
	for _, v := range s.In[:k] {
		offset += d.plan.Values[v.Value].Shape.C
	}
	c := d.call("concatgrad", offset)
	v := c.view(in, false)
	c.gradient(v, c.cotangents(cot), to, linear(func(x *gx.Node) *gx.Node { return channels(x, offset, in.Shape.C) }))
}

func channels(x *gx.Node, offset, n int) *gx.Node {
	return gx.Slice(x, gx.AxisRange(), gx.AxisRange(), gx.AxisRange(), gx.AxisRange(offset, offset+n))
}

// Slice implements [engine.Device].
func (d *Device) Slice(s *engine.Step, in engine.Operand) (y, t engine.Tensor) {
	l := s.Layer
	return d.mapped(d.call("slice", l.Offset, l.Out.C), s, in, func(x *gx.Node) *gx.Node { return channels(x, l.Offset, l.Out.C) })
}

// SliceGrad implements [engine.Device].
func (d *Device) SliceGrad(s *engine.Step, in engine.Operand, cot engine.Cotangents, to engine.Target) {
	l := s.Layer
	c := d.call("slicegrad", l.Offset)
	v := c.view(in, false)
	c.gradient(v, c.cotangents(cot), to, linear(func(x *gx.Node) *gx.Node {
		border := gx.PadAxis{Start: l.Offset, End: in.Shape.C - l.Offset - l.Out.C}
		return padded(x, gx.ScalarZero(x.Graph(), x.DType()), gx.PadAxis{}, gx.PadAxis{}, gx.PadAxis{}, border)
	}))
}

// Tanh implements [engine.Device].
func (d *Device) Tanh(s *engine.Step, in engine.Operand) (y, t engine.Tensor) {
	c := d.call("tanh")
	v := c.view(in, true)
	n := 1
	if v.t >= 0 || v.scaled {
		n = 2
	}
	return pair(c.run(n, func(in []*gx.Node) []*gx.Node {
		y := gx.Tanh(v.value(in))
		out := []*gx.Node{y}
		if n == 2 {
			out = append(out, gx.Mul(tanhSlope(y), orZero(v.tangent(in), y)))
		}
		return out
	}))
}

// tanhSlope is the derivative of tanh where its value is y.
func tanhSlope(y *gx.Node) *gx.Node { return gx.OneMinus(gx.Mul(y, y)) }

// TanhGrad implements [engine.Device].
func (d *Device) TanhGrad(s *engine.Step, in, out engine.Operand, cot engine.Cotangents, to engine.Target) {
	c := d.call("tanhgrad")
	v := c.view(in, false)
	y := c.view(out, true)
	c.gradient(v, c.cotangents(cot), to, func(in []*gx.Node, g [3]*gx.Node) (r [3]*gx.Node) {
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
