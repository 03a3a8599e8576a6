package gomlx

import (
	"strconv"

	"github.com/gomlx/compute/dtypes"
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
		o.Scaled = o.Scaled && !isWhole(o.T)
		switch {
		case o.T != nil:
			v.t = c.arg(o.T.(*tensor).buffer)
		case y.zeros && !o.Scaled:
			v.t = c.arg(y.buffer) // so that a map of zeros is read as any other
		}
		if v.t >= 0 {
			c.attr("tangent")
		}
		if v.scaled = o.Scaled; o.Scaled {
			c.attr("scaled")
			if o.Bias >= 0 {
				v.bias = c.param(o.Bias)
			}
		}
	}
	if o.ReLU {
		c.attr("relu")
		c.attr(v.slope)
	}
	return v
}

// isWhole tells the tangents of scaled values that are stored with the value's own part, see [Device.Conv].
func isWhole(t engine.Tensor) bool {
	v, ok := t.(*tensor)
	return ok && v.whole
}

// perChannel makes of numbers for each channel, [C] or [N, C], what goes with maps, [1, 1, 1, C] or [N, 1, 1, C] in
// their type.
func perChannel(x, like *gx.Node) *gx.Node {
	n, c := 1, x.Shape().Size()
	if x.Rank() > 1 {
		n, c = x.Shape().Dimensions[0], x.Shape().Dimensions[x.Rank()-1]
	}
	return gx.ConvertDType(gx.Reshape(x, n, 1, 1, c), like.DType())
}

// double is x in float64.
func double(x *gx.Node) *gx.Node { return gx.ConvertDType(x, dtypes.Float64) }

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
			t = gx.Sub(t, perChannel(in[v.bias], t))
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

// moves reports that the view has a tangent that is not zero.
func (v view) moves() bool { return v.t >= 0 || v.scaled }

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

// cotangentNames are the names of a step's outputs that are cotangents of what it read.
var cotangentNames = [3]string{"loss gradient", "tangent gradient", "output gradient"}

// gradient builds the executable that carries cotangents to an operand and leaves the wanted results at their
// target. carry maps the cotangents that arrive to those before the activation is accounted for; carry gets
// only what is there and may leave nil what is not wanted.
func (c *call) gradient(v view, p cotangents, to engine.Target, carry func(in []*gx.Node, d [3]*gx.Node) [3]*gx.Node) {
	want := c.wanted(p, to)
	if want == [3]bool{} {
		return
	}
	c.d.deliver(to, c.run(func(in []*gx.Node, out *outputs) {
		v.backward(in, out, want, carry(in, p.nodes(in)))
	}))
}

// backward names the wanted cotangents before the view's activation, given those after it.
func (v view) backward(in []*gx.Node, out *outputs, want [3]bool, d [3]*gx.Node) {
	for i, w := range want {
		if w {
			out.add(cotangentNames[i], v.throughReLU(in, orZero(d[i], in[v.y])))
		}
	}
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

// deliver leaves cotangents among results at their target, adding to what is there: one execution for all that need
// adding.
func (d *Device) deliver(to engine.Target, r results) {
	c := d.call("add")
	var added []*engine.Tensor
	for i, name := range cotangentNames {
		switch b := r[name]; {
		case b == nil:
		case to.D[i] == nil:
			to.D[i] = &tensor{buffer: b}
		default:
			c.arg(to.D[i].(*tensor).buffer)
			c.arg(b)
			added = append(added, &to.D[i])
		}
	}
	if added == nil {
		return
	}
	sums := c.run(func(in []*gx.Node, out *outputs) {
		for k := range added {
			out.add(strconv.Itoa(k), gx.Add(in[2*k], in[2*k+1]))
		}
	})
	for _, b := range c.args {
		d.drop(b)
	}
	for k, t := range added {
		*t = &tensor{buffer: sums.must(strconv.Itoa(k))}
	}
}

// total is the sum of all elements, in float64.
func total(x *gx.Node) *gx.Node { return gx.ReduceAllSum(double(x)) }

// sumSquares adds up squares as [engine.SumSquares] does, in float32 and eight lanes, where a backend's reductions
// go from first to last, as those of the Go backend do. XLA's do not: there it is closer to the exact sum than
// PyTorch's norm is, which is why the host adds up those of large tensors, see [Device.onHost].
func sumSquares(x *gx.Node) *gx.Node {
	const lanes = 8
	n := x.Shape().Size()
	whole := n / lanes * lanes
	x = gx.Reshape(gx.Mul(x, x), n)
	if whole == 0 {
		return gx.ReduceAllSum(x)
	}
	sums := gx.ReduceSum(gx.Reshape(gx.Slice(x, gx.AxisRange(0, whole)), whole/lanes, lanes), 0)
	if whole < n {
		sums = gx.Concatenate([]*gx.Node{sums, gx.Slice(x, gx.AxisRange(whole, n))}, 0)
	}
	return gx.ReduceAllSum(sums)
}

// overPositions is the sum over batch and positions per channel, [C], in float64; of each sample by itself, [N, C].
// In float32 the statistics of batch norms would be off by enough to flip rectifiers. The addends are what is read
// from memory, so that the device's float64 units keep up even where they are few.
func overPositions(x *gx.Node, bySample bool) *gx.Node {
	if bySample {
		return gx.ReduceSum(double(x), 1, 2)
	}
	return gx.ReduceSum(double(x), 0, 1, 2)
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
