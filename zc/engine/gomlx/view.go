package gomlx

import (
	"github.com/gomlx/compute/shapes"
	gx "github.com/gomlx/gomlx/core/graph"

	"github.com/zcnas/zcnas/zc/engine"
)

// view describes an operand to a graph that reads it: positions of its arrays among the arguments, −1 for none,
// and the attributes by which it is read. Norms are not among them: what a norm makes of a value is stored.
type view struct {
	y, t, bias int
	relu       bool
	slope      float64
	scaled     bool
	shape      []int // [N, H, W, C]
}

// view adds an operand to the arguments; its tangent with tangents on and wanted.
func (c *call) view(o engine.Operand, tangent bool) view {
	if o.Norm != nil {
		st := o.Norm.(*normState)
		o.Y, o.T, o.Scaled = st.value, nil, false
		if st.tangent != nil {
			o.T = st.tangent
		}
	}
	y := o.Y.(*tensor)
	v := view{y: c.arg(y.buffer), t: -1, bias: -1, relu: o.ReLU, slope: o.Slope, shape: y.dims}
	c.attr("view")
	if tangent && c.d.mode.Tangent {
		if o.Scaled && c.d.mode.SkipNorm {
			// Without norms every convolution would come in two kinds, by whether its input is scaled.
			o.T, o.Scaled = c.d.fullTangent(o), false
		}
		switch {
		case o.T != nil:
			v.t = c.arg(o.T.(*tensor).buffer)
		case y.zero && !o.Scaled:
			v.t = c.arg(y.buffer) // so that a map of zeros is read as any other
		}
		if v.t >= 0 {
			c.attr("tangent")
		}
		if v.scaled = o.Scaled; o.Scaled {
			c.attr("scaled")
			if o.Bias >= 0 {
				v.bias = c.arg(c.d.param(o.Bias))
			}
		}
	}
	if o.ReLU {
		c.attr("relu")
		c.attr(v.slope)
	}
	return v
}

// fullTangent is a scaled value's tangent, kept with the value.
func (d *Device) fullTangent(o engine.Operand) *tensor {
	y := o.Y.(*tensor)
	if y.full == nil {
		c := d.call("fulltangent")
		v := view{y: c.arg(y.buffer), t: -1, bias: -1, scaled: true}
		if o.T != nil {
			v.t = c.arg(o.T.(*tensor).buffer)
		}
		if o.Bias >= 0 {
			v.bias = c.arg(d.param(o.Bias))
			c.attr("bias")
		}
		y.full = &tensor{buffer: c.run1(v.preTangent)}
		y.with = append(y.with, y.full.buffer)
	}
	return y.full
}

func perChannel(x *gx.Node) *gx.Node { return gx.Reshape(x, 1, 1, 1, x.Shape().Size()) }

// value is act(Y).
func (v view) value(in []*gx.Node) *gx.Node {
	z := in[v.y]
	if !v.relu {
		return z
	}
	zero := gx.ScalarZero(z.Graph(), z.DType())
	if v.slope == 0 {
		return gx.Max(z, zero)
	}
	return gx.Where(gx.GreaterThan(z, zero), z, gx.MulScalar(z, v.slope))
}

// preTangent is the tangent of Y, nil for zero.
func (v view) preTangent(in []*gx.Node) *gx.Node {
	var t *gx.Node
	if v.t >= 0 {
		t = in[v.t]
	}
	if v.scaled {
		t = plus(in[v.y], t)
		if v.bias >= 0 {
			t = gx.Sub(t, perChannel(in[v.bias]))
		}
	}
	return t
}

// tangent is the tangent of value, nil for zero.
func (v view) tangent(in []*gx.Node) *gx.Node {
	t := v.preTangent(in)
	if t == nil {
		return nil
	}
	return v.throughReLU(in, t)
}

// throughReLU multiplies by the activation's derivative.
func (v view) throughReLU(in []*gx.Node, d *gx.Node) *gx.Node {
	if !v.relu {
		return d
	}
	z := in[v.y]
	zero := gx.ScalarZero(z.Graph(), z.DType())
	below := gx.MulScalar(d, v.slope)
	if v.slope == 0 {
		below = gx.Zeros(d.Graph(), d.Shape())
	}
	return gx.Where(gx.GreaterThan(z, zero), d, below)
}

// plus adds two nodes either of which may be nil.
func plus(a, b *gx.Node) *gx.Node {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return gx.Add(a, b)
}

// orZero makes a map of zeros of a missing tangent.
func orZero(t *gx.Node, like *gx.Node) *gx.Node {
	if t == nil {
		return gx.Zeros(like.Graph(), like.Shape())
	}
	return t
}

// cotangents describes the cotangents among the arguments, −1 for none.
type cotangents [3]int

func (c *call) cotangents(d engine.Cotangents) cotangents {
	pos := cotangents{-1, -1, -1}
	for i, t := range d {
		if t != nil {
			pos[i] = c.arg(t.(*tensor).buffer)
			c.attr(i)
		}
	}
	return pos
}

func (p cotangents) nodes(in []*gx.Node) (d [3]*gx.Node) {
	for i, k := range p {
		if k >= 0 {
			d[i] = in[k]
		}
	}
	return d
}

// gradient builds the executable that carries cotangents to an operand and leaves the wanted results at their
// target. carry maps the cotangents that arrive to those before the activation is accounted for; carry gets
// only what is there and may leave nil what is not wanted.
func (c *call) gradient(v view, p cotangents, to engine.Target, carry func(in []*gx.Node, d [3]*gx.Node) [3]*gx.Node) {
	want := c.wanted(p, to)
	n := 0
	for _, w := range want {
		if w {
			n++
		}
	}
	if n == 0 {
		return
	}
	out := c.run(n, func(in []*gx.Node) (out []*gx.Node) {
		r := carry(in, p.nodes(in))
		for i, w := range want {
			if w {
				out = append(out, v.throughReLU(in, orZero(r[i], in[v.y])))
			}
		}
		return out
	})
	c.d.deliver(to, want, out)
}

// wanted is which of a target's cotangents can be computed from those that arrive.
func (c *call) wanted(p cotangents, to engine.Target) (want [3]bool) {
	have := [3]bool{p[engine.LossGrad] >= 0, p[engine.LossGrad] >= 0 || p[engine.TangentGrad] >= 0, p[engine.OutputGrad] >= 0}
	for i := range want {
		want[i] = to.Want[i] && have[i]
	}
	c.attr(want)
	return want
}

// deliver leaves gradients at their target, adding to what is there: one execution for all that need adding.
func (d *Device) deliver(to engine.Target, want [3]bool, out []*buffer) {
	var c *call
	var slots []int
	k := 0
	for i, w := range want {
		if !w {
			continue
		}
		if to.D[i] != nil {
			if c == nil {
				c = d.call("add")
			}
			c.arg(to.D[i].(*tensor).buffer)
			c.arg(out[k])
			slots = append(slots, i)
		} else {
			to.D[i] = &tensor{buffer: out[k]}
		}
		k++
	}
	if c == nil {
		return
	}
	sums := c.run(len(slots), func(in []*gx.Node) (out []*gx.Node) {
		for i := 0; i < len(in); i += 2 {
			out = append(out, gx.Add(in[i], in[i+1]))
		}
		return out
	})
	for i, slot := range slots {
		d.drop(to.D[slot].(*tensor).buffer)
		d.drop(c.args[2*i+1])
		to.D[slot] = &tensor{buffer: sums[i]}
	}
}

// total is the sum of all elements, in steps short enough for float32.
func total(x *gx.Node) *gx.Node {
	for x.Rank() > 1 {
		x = gx.ReduceSum(x, 0)
	}
	return gx.ReduceAllSum(x)
}

// overPositions is the sum over batch and positions per channel, [C], axis after axis, which keeps the sums short
// and so the rounding small.
func overPositions(x *gx.Node) *gx.Node { return gx.ReduceSum(gx.ReduceSum(gx.ReduceSum(x, 2), 1), 0) }

// perChannelMean is the mean over batch and positions, [C].
func perChannelMean(x *gx.Node) *gx.Node {
	s := x.Shape().Dimensions
	return gx.DivScalar(overPositions(x), float64(s[0]*s[1]*s[2]))
}

// constant is an array known when the graph is built.
func constant(g *gx.Graph, shape shapes.Shape, values []float64) *gx.Node {
	flat := gx.Const(g, values)
	return gx.ConvertDType(gx.Reshape(flat, shape.Dimensions...), shape.DType)
}

// signs is 1 where x > 0 and −1 elsewhere.
func signs(x *gx.Node) *gx.Node {
	g := x.Graph()
	one := gx.Ones(g, x.Shape())
	return gx.Where(gx.GreaterThan(x, gx.ScalarZero(g, x.DType())), one, gx.Neg(one))
}

// linear is the rule that many layers share: the same linear map for every cotangent.
func linear(f func(*gx.Node) *gx.Node) func([]*gx.Node, [3]*gx.Node) [3]*gx.Node {
	return func(_ []*gx.Node, d [3]*gx.Node) (out [3]*gx.Node) {
		for i, x := range d {
			if x != nil {
				out[i] = f(x)
			}
		}
		return out
	}
}
