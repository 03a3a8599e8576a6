package native

import (
	"math"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
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

// Pool implements [engine.Device].
func (c *core[T]) Pool(s *engine.Step, in engine.Operand) (engine.Tensor, engine.Tensor) {
	l, is, os := s.Layer, in.Shape, s.Layer.Out
	if box(l) {
		y, t := c.maps(os, in, func(dst, src []T, _, _ int, _ bool) { c.boxPool(dst, src, is) })
		return y, nilable(t)
	}
	var argmax []uint8
	if l.Kind == spaces.MaxPool {
		argmax = make([]uint8, c.n*blocks(os.C)*os.H*os.W*lanes)
	}
	y, t := c.maps(os, in, func(dst, src []T, n, b int, tangent bool) {
		size := os.H * os.W * lanes
		var arg []uint8
		if argmax != nil {
			i := n*blocks(os.C) + b
			arg = argmax[i*size : (i+1)*size]
		}
		for oy := range os.H {
			y0, y1 := window(l, oy, is.H)
			for ox := range os.W {
				x0, x1 := window(l, ox, is.W)
				d := dst[(oy*os.W+ox)*lanes:][:lanes]
				switch {
				case arg == nil:
					clear(d)
					for y := y0; y < y1; y++ {
						for x := x0; x < x1; x++ {
							for k, v := range src[(y*is.W+x)*lanes:][:lanes] {
								d[k] += v
							}
						}
					}
					scale := T(1) / T(max(1, (y1-y0)*(x1-x0)))
					for k := range d {
						d[k] *= scale
					}
				case tangent: // of the value that was the maximum
					a := arg[(oy*os.W+ox)*lanes:][:lanes]
					for k := range d {
						y, x := oy*l.Stride-l.Pad+int(a[k])/l.Kernel, ox*l.Stride-l.Pad+int(a[k])%l.Kernel
						d[k] = src[(y*is.W+x)*lanes+k]
					}
				default:
					a := arg[(oy*os.W+ox)*lanes:][:lanes]
					for k := range d {
						d[k] = T(math.Inf(-1))
					}
					for y := y0; y < y1; y++ {
						for x := x0; x < x1; x++ {
							at := uint8((y-oy*l.Stride+l.Pad)*l.Kernel + x - ox*l.Stride + l.Pad)
							for k, v := range src[(y*is.W+x)*lanes:][:lanes] {
								if v > d[k] {
									d[k], a[k] = v, at
								}
							}
						}
					}
				}
			}
		}
	})
	y.argmax = argmax
	return y, nilable(t)
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

// PoolGrad implements [engine.Device].
func (c *core[T]) PoolGrad(s *engine.Step, in, out engine.Operand, d engine.Cotangents, to engine.Target) {
	l, is, os := s.Layer, in.Shape, s.Layer.Out
	if box(l) {
		c.mapsGrad(in, d, to, func(dst, src []T, _, _ int) { c.boxPoolGrad(dst, src, is) })
		return
	}
	argmax := c.cast(out.Y).argmax
	c.mapsGrad(in, d, to, func(dst, src []T, n, b int) {
		clear(dst)
		size := os.H * os.W * lanes
		for oy := range os.H {
			y0, y1 := window(l, oy, is.H)
			for ox := range os.W {
				x0, x1 := window(l, ox, is.W)
				g := src[(oy*os.W+ox)*lanes:][:lanes]
				if argmax != nil {
					a := argmax[(n*blocks(os.C)+b)*size:][(oy*os.W+ox)*lanes:][:lanes]
					for k, v := range g {
						y, x := oy*l.Stride-l.Pad+int(a[k])/l.Kernel, ox*l.Stride-l.Pad+int(a[k])%l.Kernel
						dst[(y*is.W+x)*lanes+k] += v
					}
					continue
				}
				scale := T(1) / T(max(1, (y1-y0)*(x1-x0)))
				for y := y0; y < y1; y++ {
					for x := x0; x < x1; x++ {
						for k, v := range dst[(y*is.W+x)*lanes:][:lanes] {
							dst[(y*is.W+x)*lanes+k] = v + scale*g[k]
						}
					}
				}
			}
		}
	})
}
