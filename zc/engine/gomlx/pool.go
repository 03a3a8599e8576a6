package gomlx

import (
	"github.com/gomlx/compute/shapes"
	gx "github.com/gomlx/gomlx/core/graph"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

// window is the geometry of a pool.
type window struct {
	kernel, stride, pad int
	in, out             spaces.Shape
}

func newWindow(l *spaces.Layer, in spaces.Shape) window {
	return window{l.Kernel, l.Stride, l.Pad, in, l.Out}
}

// sum adds up each window, first along one axis, then along the other.
func (p window) sum(x *gx.Node) *gx.Node {
	return p.along(p.along(x, 1, p.out.H), 2, p.out.W)
}

func (p window) along(x *gx.Node, axis, out int) *gx.Node {
	return windows(x, axis, p.kernel, p.stride, p.pad, out)
}

// adjoint spreads each window's value over the positions it read.
func (p window) adjoint(x *gx.Node) *gx.Node {
	x = spread(x, p.stride)
	x = windows(x, 1, p.kernel, 1, p.kernel-1-p.pad, p.in.H)
	return windows(x, 2, p.kernel, 1, p.kernel-1-p.pad, p.in.W)
}

// windows sums windows along one axis of a map.
func windows(x *gx.Node, axis, kernel, stride, pad, out int) *gx.Node {
	size := x.Shape().Dimensions
	border := gx.PadAxis{Start: max(0, pad), End: max(0, (out-1)*stride-pad+kernel-size[axis])}
	if border != (gx.PadAxis{}) {
		all := make([]gx.PadAxis, 4)
		all[axis] = border
		x = padded(x, gx.ScalarZero(x.Graph(), x.DType()), all...)
	}
	var sum *gx.Node
	for k := range kernel {
		from := border.Start - pad + k
		sum = plus(sum, gx.SliceAxis(x, axis, gx.AxisRange(from, from+(out-1)*stride+1).Stride(stride)))
	}
	return sum
}

// share is 1 over the number of positions inside the map, per window: [1, H, W, 1].
func (p window) share(like *gx.Node) *gx.Node {
	inside := func(o, size int) int {
		from := o*p.stride - p.pad
		return min(from+p.kernel, size) - max(from, 0)
	}
	v := make([]float64, 0, p.out.H*p.out.W)
	for y := range p.out.H {
		for x := range p.out.W {
			v = append(v, 1/float64(inside(y, p.in.H)*inside(x, p.in.W)))
		}
	}
	return constant(like.Graph(), shapes.Make(like.DType(), 1, p.out.H, p.out.W, 1), v)
}

// taps are the values each window reads, position by position; outside the map they are the lowest number.
func (p window) taps(x *gx.Node, outside *gx.Node) []*gx.Node {
	return taps(x, outside, p.kernel, p.stride, 1, p.pad, p.out.H, p.out.W)
}

// winners are, per window position, 1 where the window's maximum is found there first.
func (p window) winners(x *gx.Node) (maximum *gx.Node, winners []*gx.Node) {
	g := x.Graph()
	t := p.taps(x, gx.Infinity(g, x.DType(), -1))
	maximum = t[0]
	for _, v := range t[1:] {
		maximum = gx.Max(maximum, v)
	}
	one, zero := gx.Ones(g, maximum.Shape()), gx.Zeros(g, maximum.Shape())
	free := one
	for _, v := range t {
		w := gx.Where(gx.Equal(v, maximum), free, zero)
		free = gx.Sub(free, w)
		winners = append(winners, w)
	}
	return maximum, winners
}

func (d *Device) pool(s *engine.Step, in engine.Operand) (y, t engine.Tensor) {
	p := newWindow(s.Layer, in.Shape)
	if s.Layer.Kind == spaces.AvgPool {
		return d.mapped(d.call("avgpool", p), s, in, func(x *gx.Node) *gx.Node { return gx.Mul(p.sum(x), p.share(x)) })
	}
	c := d.call("maxpool", p)
	v := c.view(in, true)
	return c.run(func(in []*gx.Node, out *outputs) {
		y, winners := p.winners(v.value(in))
		out.add("y", y)
		if v.moves() {
			xt := orZero(v.tangent(in), in[v.y])
			out.add("t", product(p.taps(xt, gx.ScalarZero(xt.Graph(), xt.DType())), winners))
		}
	}).pair()
}

func (d *Device) poolGrad(b *engine.StepGrad) {
	p := newWindow(b.Step.Layer, b.In.Shape)
	if b.Step.Layer.Kind == spaces.AvgPool {
		c := d.call("avgpoolgrad", p)
		v := c.view(b.In, false)
		c.gradient(v, c.cotangents(b.Grad.D), b.To, linear(func(x *gx.Node) *gx.Node { return p.adjoint(gx.Mul(x, p.share(x))) }))
		return
	}
	c := d.call("maxpoolgrad", p)
	v := c.view(b.In, false)
	c.gradient(v, c.cotangents(b.Grad.D), b.To, func(in []*gx.Node, g [3]*gx.Node) [3]*gx.Node {
		_, winners := p.winners(v.value(in))
		return linear(func(x *gx.Node) *gx.Node {
			var sum *gx.Node
			for k, w := range winners {
				sum = plus(sum, p.place(gx.Mul(x, w), k/p.kernel, k%p.kernel))
			}
			return sum
		})(in, g)
	})
}

// place puts each window's value at the position of the map that offset (i, j) reads.
func (p window) place(x *gx.Node, i, j int) *gx.Node {
	x = spread(x, p.stride)
	s := x.Shape().Dimensions
	// Positions p.pad−i before the map, and those after it, are cut off.
	border := func(offset, size, in int) (pad gx.PadAxis, from int) {
		start := offset - p.pad
		pad = gx.PadAxis{Start: max(0, start), End: max(0, in-start-size)}
		return pad, max(0, -start)
	}
	ph, fy := border(i, s[1], p.in.H)
	pw, fx := border(j, s[2], p.in.W)
	x = padded(x, gx.ScalarZero(x.Graph(), x.DType()), gx.PadAxis{}, ph, pw, gx.PadAxis{})
	return cut(x, fy, p.in.H, fx, p.in.W, 1)
}
