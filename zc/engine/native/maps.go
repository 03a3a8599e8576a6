package native

import (
	"math"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

// joined are the views of several operands, and the map that they are joined in with, where any operand has a
// tangent, its tangent.
func (c *core[T]) joined(in []engine.Operand, out spaces.Shape) (views []*view[T], y, t *tensor[T]) {
	tangent := false
	for _, o := range in {
		v := c.view(o)
		views = append(views, v)
		tangent = tangent || v.tangent
	}
	y = c.tensor(out)
	if tangent {
		t = c.tensor(out)
	}
	return views, y, t
}

// wholeTangent stores a view's tangent.
func (c *core[T]) wholeTangent(v *view[T]) *tensor[T] {
	t := c.tensor(v.y.shape)
	c.samples(func(n int, _ *worker[T]) {
		size := t.image()
		for b := range t.blocks {
			v.valueTangent(t.sample(n)[b*size:(b+1)*size], n, b, 0, size)
		}
	})
	return t
}

// sum adds maps.
func (c *core[T]) sum(s *engine.Step, in []engine.Operand) (y, t *tensor[T]) {
	var views []*view[T]
	views, y, t = c.joined(in, s.Layer.Out)
	c.samples(func(n int, w *worker[T]) {
		size := y.image()
		row := grow(&w.row, size)
		for b := range y.blocks {
			dst := y.sample(n)[b*size : (b+1)*size]
			views[0].value(dst, n, b, 0, size)
			for _, v := range views[1:] {
				if v.a != nil && !v.relu {
					c.k.AffineAcc(dst, v.y.sample(n)[b*size:(b+1)*size], v.at(v.a, n, b), v.at(v.b, n, b))
					continue
				}
				v.value(row, n, b, 0, size)
				c.k.Add(dst, row)
			}
			if t == nil {
				continue
			}
			dst = t.sample(n)[b*size : (b+1)*size]
			views[0].valueTangent(dst, n, b, 0, size)
			for _, v := range views[1:] {
				if v.tangent {
					v.valueTangent(row, n, b, 0, size)
					c.k.Add(dst, row)
				}
			}
		}
	})
	return y, t
}

// sumGrad carries a sum's gradient to one of its operands.
func (c *core[T]) sumGrad(s *engine.StepGrad) {
	v, d := c.view(s.In), s.Grad.D
	slots, acc := c.slots(v, s.To)
	c.samples(func(n int, _ *worker[T]) {
		size := v.y.image()
		for i, s := range slots {
			if s == nil || d[i] == nil {
				continue
			}
			for b := range v.y.blocks {
				v.store(s, c.cast(d[i]).sample(n)[b*size:(b+1)*size], n, b, acc[i])
			}
		}
	})
}

// maps runs a map-to-map operation on the value and on the tangent of an operand: f computes one block's image
// of a sample from the operand's.
func (c *core[T]) maps(out spaces.Shape, in engine.Operand, f func(dst, src []T, n, b int, tangent bool)) (y, t *tensor[T]) {
	v := c.view(in)
	y = c.tensor(out)
	if v.tangent {
		t = c.tensor(out)
	}
	c.samples(func(n int, w *worker[T]) {
		src := grow(&w.img, v.y.image())
		for b := range v.y.blocks {
			v.value(src, n, b, 0, len(src))
			f(y.sample(n)[b*y.image():(b+1)*y.image()], src, n, b, false)
			if t != nil {
				v.valueTangent(src, n, b, 0, len(src))
				f(t.sample(n)[b*t.image():(b+1)*t.image()], src, n, b, true)
			}
		}
	})
	return y, t
}

// mapsGrad is the way back of maps: f computes one block's image of the gradient of the operand from that of the
// output, for each cotangent.
func (c *core[T]) mapsGrad(s *engine.StepGrad, f func(dst, src []T, n, b int)) {
	v, d := c.view(s.In), s.Grad.D
	slots, acc := c.slots(v, s.To)
	c.samples(func(n int, w *worker[T]) {
		g := grow(&w.img, v.y.image())
		for i, s := range slots {
			if s == nil || d[i] == nil {
				continue
			}
			from := c.cast(d[i])
			for b := range v.y.blocks {
				f(g, from.sample(n)[b*from.image():(b+1)*from.image()], n, b)
				v.store(s, g, n, b, acc[i])
			}
		}
	})
}

// globalPool averages over all positions.
func (c *core[T]) globalPool(s *engine.Step, in engine.Operand) (y, t *tensor[T]) {
	return c.maps(s.Layer.Out, in, func(dst, src []T, _, _ int, _ bool) {
		var sum, sq [lanes]float64
		c.k.Moments(src, sum[:], sq[:])
		for l := range dst {
			dst[l] = T(sum[l] / float64(len(src)/lanes))
		}
	})
}

func (c *core[T]) globalPoolGrad(s *engine.StepGrad) {
	c.mapsGrad(s, func(dst, src []T, _, _ int) {
		var v [lanes]T
		for l := range v {
			v[l] = src[l] / T(len(dst)/lanes)
		}
		for i := 0; i < len(dst); i += lanes {
			copy(dst[i:i+lanes], v[:])
		}
	})
}

// tanh is the hyperbolic tangent.
func (c *core[T]) tanh(s *engine.Step, in engine.Operand) (y, t *tensor[T]) {
	v := c.view(in)
	y = c.tensor(s.Layer.Out)
	if v.tangent {
		t = c.tensor(s.Layer.Out)
	}
	c.samples(func(n int, _ *worker[T]) {
		size := y.image()
		for b := range y.blocks {
			dst := y.sample(n)[b*size : (b+1)*size]
			v.value(dst, n, b, 0, size)
			for i, x := range dst {
				dst[i] = T(math.Tanh(float64(x)))
			}
			if t != nil {
				dt := t.sample(n)[b*size : (b+1)*size]
				v.valueTangent(dt, n, b, 0, size)
				for i, x := range dst {
					dt[i] *= 1 - x*x
				}
			}
		}
	})
	return y, t
}

func (c *core[T]) tanhGrad(s *engine.StepGrad) {
	v, d := c.view(s.In), s.Grad.D
	slots, acc := c.slots(v, s.To)
	y, t := c.cast(s.Out.Y), c.cast(s.Out.T)
	c.samples(func(n int, w *worker[T]) {
		size := y.image()
		g := grow(&w.row, size)
		for i, s := range slots {
			if s == nil || d[i] == nil {
				continue
			}
			for b := range y.blocks {
				part := func(x *tensor[T]) []T { return x.sample(n)[b*size : (b+1)*size] }
				for j, x := range part(y) {
					g[j] = part(c.cast(d[i]))[j] * (1 - x*x)
				}
				if i == engine.TangentGrad && t != nil {
					dl, yt := part(c.cast(d[engine.LossGrad])), part(t)
					for j, x := range part(y) {
						g[j] -= 2 * x * yt[j] * dl[j]
					}
				}
				v.store(s, g, n, b, acc[i])
			}
		}
	})
}

// copyChannels copies channels between blocked maps of one sample.
func copyChannels[T any](dst []T, dstFirst int, src []T, srcFirst, count, pixels int) {
	for done := 0; done < count; {
		d, s := dstFirst+done, srcFirst+done
		n := min(count-done, lanes-d%lanes, lanes-s%lanes) // lanes side by side in both
		to, from := dst[d/lanes*lanes*pixels:][:lanes*pixels], src[s/lanes*lanes*pixels:][:lanes*pixels]
		if n == lanes {
			copy(to, from)
		} else {
			for p := 0; p < len(to); p += lanes {
				copy(to[p+d%lanes:][:n], from[p+s%lanes:][:n])
			}
		}
		done += n
	}
}

// concat joins maps along channels.
func (c *core[T]) concat(s *engine.Step, in []engine.Operand) (y, t *tensor[T]) {
	var views []*view[T]
	views, y, t = c.joined(in, s.Layer.Out)
	c.samples(func(n int, w *worker[T]) {
		if s.Layer.Out.C%lanes != 0 {
			clear(y.sample(n))
			if t != nil {
				clear(t.sample(n))
			}
		}
		first, size := 0, y.image()
		for _, v := range views {
			part := grow(&w.img, size)
			for b := range v.y.blocks {
				count := min(lanes, v.y.shape.C-b*lanes)
				put := func(to *tensor[T], read func(dst []T, n, b, lo, hi int)) {
					if first%lanes == 0 && count == lanes {
						read(to.sample(n)[first*y.pixels():][:size], n, b, 0, size)
						return
					}
					read(part, n, b, 0, size)
					copyChannels(to.sample(n), first, part, 0, count, y.pixels())
				}
				put(y, v.value)
				if t != nil {
					put(t, v.valueTangent)
				}
				first += count
			}
		}
	})
	return y, t
}

func (c *core[T]) concatGrad(s *engine.StepGrad) {
	first := 0
	for _, v := range s.Step.In[:s.K] {
		first += c.p.Values[v.Value].Shape.C
	}
	c.channelsGrad(s, first, 0, s.In.Shape.C)
}

// slice takes some channels of a map.
func (c *core[T]) slice(s *engine.Step, in engine.Operand) (y, t *tensor[T]) {
	take := func(x *tensor[T]) *tensor[T] {
		y := c.tensor(s.Layer.Out)
		c.samples(func(n int, _ *worker[T]) {
			clear(y.sample(n))
			copyChannels(y.sample(n), 0, x.sample(n), s.Layer.Offset, s.Layer.Out.C, y.pixels())
		})
		return y
	}
	y = take(c.cast(in.Y))
	v := c.view(in)
	if !v.tangent {
		return y, nil
	}
	whole := c.wholeTangent(v)
	defer c.Free(whole)
	return y, take(whole)
}

func (c *core[T]) sliceGrad(s *engine.StepGrad) {
	c.channelsGrad(s, 0, s.Step.Layer.Offset, s.Step.Layer.Out.C)
}

// channelsGrad adds count channels of a gradient, from channel first on, to the operand's gradient from channel
// at on.
func (c *core[T]) channelsGrad(s *engine.StepGrad, first, at, count int) {
	v, d := c.view(s.In), s.Grad.D
	slots, acc := c.slots(v, s.To)
	c.samples(func(n int, w *worker[T]) {
		size := v.y.image()
		all := grow(&w.img, v.y.blocks*size)
		for i, s := range slots {
			if s == nil || d[i] == nil {
				continue
			}
			from := c.cast(d[i]).sample(n)
			if at == 0 && count == v.y.blocks*lanes && first%lanes == 0 {
				all = from[first*v.y.pixels():]
			} else {
				clear(all)
				copyChannels(all, at, from, first, count, v.y.pixels())
			}
			for b := range v.y.blocks {
				v.store(s, all[b*size:(b+1)*size], n, b, acc[i])
			}
		}
	})
}
