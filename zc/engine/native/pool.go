package native

import (
	"math"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/native/kernels"
)

// window is the part of a pooling window around output position o that lies inside a side of that length.
func window(l *spaces.Layer, o, side int) (lo, hi int) {
	lo = o*l.Stride - l.Pad
	return max(lo, 0), min(lo+l.Kernel, side)
}

// box reports whether the pooling is the 3×3 average with stride 1, which has a kernel of its own.
func box(l *spaces.Layer) bool {
	return l.Kind == spaces.AvgPool && l.Kernel == 3 && l.Stride == 1 && l.Pad == 1
}

// pool is an average or max pooling.
func (c *core[T]) pool(s *engine.Step, in engine.Operand) (y, t *tensor[T]) {
	l, is, os := s.Layer, in.Shape, s.Layer.Out
	if box(l) {
		return c.maps(os, in, func(dst, src []T, _, _ int, _ bool) { c.boxPool(dst, src, is) })
	}
	g, v := c.poolGeom(l, is), c.view(in)
	y = c.tensor(os)
	if v.tangent {
		t = c.tensor(os)
	}
	var scale []T
	var fill T
	if l.Kind == spaces.MaxPool {
		y.argmax = c.buffer(len(y.data))
		fill = T(math.Inf(-1))
	} else {
		scale = poolScale[T](l, is)
	}
	size := y.image()
	c.samples(func(n int, w *worker[T]) {
		packed := grow(&w.x, g.inSize)
		for b := range y.blocks {
			at := (n*y.blocks + b) * size
			add := func(dst []T) {
				eachTap(g, dst, packed, func(_, tap int, d, x []T) {
					if tap == 0 {
						copy(d, x)
						return
					}
					c.k.Add(d, x)
				})
				c.k.Mul(dst, scale)
			}
			dst := y.data[at : at+size]
			packIn(g, packed, b, fill, &w.row, func(dst []T, b, lo, hi int) { v.value(dst, n, b, lo, hi) })
			if y.argmax == nil {
				add(dst)
			} else {
				eachTap(g, dst, packed, func(i, tap int, d, x []T) {
					arg := y.argmax[at+i:][:len(d)]
					if tap == 0 {
						copy(d, x)
						clear(arg)
						return
					}
					c.k.MaxArg(d, arg, x, T(tap))
				})
			}
			if t == nil {
				continue
			}
			dst = t.data[at : at+size]
			packIn(g, packed, b, 0, &w.row, func(dst []T, b, lo, hi int) { v.valueTangent(dst, n, b, lo, hi) })
			if y.argmax == nil {
				add(dst)
				continue
			}
			clear(dst) // of the values that were the maxima
			eachTap(g, dst, packed, func(i, tap int, d, x []T) {
				c.k.SelectAcc(d, x, y.argmax[at+i:][:len(d)], T(tap))
			})
		}
	})
	return y, t
}

// poolGeom is the geometry of a pooling: that of a depthwise convolution.
func (c *core[T]) poolGeom(l *spaces.Layer, in spaces.Shape) *geom {
	k := geomKey{kernel: l.Kernel, kernelW: l.Kernel, stride: l.Stride, pad: l.Pad, dilation: 1,
		inH: in.H, inW: in.W, outH: l.Out.H, outW: l.Out.W, inC: in.C, out: l.Out.C, depthwise: true}
	return c.geom(k)
}

// eachTap calls f for every row of the out side and every tap of a depthwise geometry: the row's place i and its
// pixels d, and the pixels x of the packed in side that the tap reads.
func eachTap[T kernels.Float](g *geom, out, packed []T, f func(i, tap int, d, x []T)) {
	width := g.outW * lanes
	for r := range g.outH {
		for tap, off := range g.forward {
			f(r*width, tap, out[r*width:(r+1)*width], packed[off+r*g.cols*lanes:][:width])
		}
	}
}

// poolScale is what an average pooling multiplies its sums by, for all lanes of each output pixel.
func poolScale[T kernels.Float](l *spaces.Layer, in spaces.Shape) []T {
	scale := make([]T, 0, l.Out.H*l.Out.W*lanes)
	for oy := range l.Out.H {
		y0, y1 := window(l, oy, in.H)
		for ox := range l.Out.W {
			x0, x1 := window(l, ox, in.W)
			v := T(1) / T(max(1, (y1-y0)*(x1-x0)))
			for range lanes {
				scale = append(scale, v)
			}
		}
	}
	return scale
}

// boxScale is what the 3×3 average divides by along one side: at an edge and elsewhere.
func boxScale(o, side int) float64 {
	lo, hi := max(o-1, 0), min(o+2, side)
	return 1 / float64(hi-lo)
}

func (c *core[T]) boxPool(dst, src []T, s spaces.Shape) {
	width := s.W * lanes
	mid, edge := T(1)/3, T(boxScale(0, s.W))
	for y := range s.H {
		var above, below []T
		if y > 0 {
			above = src[(y-1)*width : y*width]
		}
		if y < s.H-1 {
			below = src[(y+1)*width : (y+2)*width]
		}
		v := T(boxScale(y, s.H))
		c.k.BoxRow(dst[y*width:(y+1)*width], above, src[y*width:(y+1)*width], below, v, v, v, 1, 1, mid, edge, false)
	}
}

// boxPoolGrad is the transpose of boxPool.
func (c *core[T]) boxPoolGrad(dst, src []T, s spaces.Shape) {
	width := s.W * lanes
	mid, edge := T(1)/3, T(boxScale(0, s.W))
	for y := range s.H {
		var above, below []T
		var va, vb T
		if y > 0 {
			above, va = src[(y-1)*width:y*width], T(boxScale(y-1, s.H))
		}
		if y < s.H-1 {
			below, vb = src[(y+1)*width:(y+2)*width], T(boxScale(y+1, s.H))
		}
		c.k.BoxRow(dst[y*width:(y+1)*width], above, src[y*width:(y+1)*width], below, va, T(boxScale(y, s.H)), vb, mid, edge, 1, 1, false)
	}
}

func (c *core[T]) poolGrad(s *engine.StepGrad) {
	l, is, os, d := s.Step.Layer, s.In.Shape, s.Step.Layer.Out, s.Grad.D
	if box(l) {
		c.mapsGrad(s, func(dst, src []T, _, _ int) { c.boxPoolGrad(dst, src, is) })
		return
	}
	g, argmax := c.poolGeom(l, is), c.cast(s.Out.Y).argmax
	var scale []T
	if argmax == nil {
		scale = poolScale[T](l, is)
	}
	size := os.H * os.W * lanes
	v := c.view(s.In)
	slots, acc := c.slots(v, s.To)
	c.samples(func(n int, w *worker[T]) {
		packed, img, row := grow(&w.x, g.inSize), grow(&w.img, v.y.image()), grow(&w.row, size)
		for i, s := range slots {
			if s == nil || d[i] == nil {
				continue
			}
			for b := range v.y.blocks {
				at := (n*v.y.blocks + b) * size
				from := c.cast(d[i]).data[at : at+size]
				clear(packed)
				if argmax != nil {
					eachTap(g, from, packed, func(i, tap int, d, x []T) {
						c.k.SelectAcc(x, d, argmax[at+i:][:len(d)], T(tap))
					})
				} else {
					copy(row, from)
					c.k.Mul(row, scale)
					eachTap(g, row, packed, func(_, _ int, d, x []T) { c.k.Add(x, d) })
				}
				unpackIn(g, img, packed)
				v.store(s, img, n, b, acc[i])
			}
		}
	})
}
