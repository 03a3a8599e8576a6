package native

import (
	"math"
	"math/bits"

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

// Sum implements [engine.Device].
func (c *core[T]) Sum(s *engine.Step, in []engine.Operand) (engine.Tensor, engine.Tensor) {
	views, y, t := c.joined(in, s.Layer.Out)
	c.samples(func(n int, w *worker[T]) {
		size := y.image()
		row := grow(&w.row, size)
		for b := range y.blocks {
			dst := y.sample(n)[b*size : (b+1)*size]
			views[0].value(dst, n, b, 0, size)
			for _, v := range views[1:] {
				if v.a != nil && !v.relu {
					c.k.AffineAcc(dst, v.y.sample(n)[b*size:(b+1)*size], at(v.a, b), at(v.b, b))
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
	return y, nilable(t)
}

// SumGrad implements [engine.Device].
func (c *core[T]) SumGrad(_ *engine.Step, in engine.Operand, d engine.Cotangents, to engine.Target) {
	v := c.view(in)
	slots, acc := c.slots(v, to)
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
func (c *core[T]) mapsGrad(in engine.Operand, d engine.Cotangents, to engine.Target, f func(dst, src []T, n, b int)) {
	v := c.view(in)
	slots, acc := c.slots(v, to)
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

// GlobalPool implements [engine.Device].
func (c *core[T]) GlobalPool(s *engine.Step, in engine.Operand) (engine.Tensor, engine.Tensor) {
	y, t := c.maps(s.Layer.Out, in, func(dst, src []T, _, _ int, _ bool) {
		var sum, sq [lanes]float64
		c.k.Moments(src, sum[:], sq[:])
		for l := range dst {
			dst[l] = T(sum[l] / float64(len(src)/lanes))
		}
	})
	return y, nilable(t)
}

// GlobalPoolGrad implements [engine.Device].
func (c *core[T]) GlobalPoolGrad(_ *engine.Step, in engine.Operand, d engine.Cotangents, to engine.Target) {
	c.mapsGrad(in, d, to, func(dst, src []T, _, _ int) {
		var v [lanes]T
		for l := range v {
			v[l] = src[l] / T(len(dst)/lanes)
		}
		for i := 0; i < len(dst); i += lanes {
			copy(dst[i:i+lanes], v[:])
		}
	})
}

// Tanh implements [engine.Device].
func (c *core[T]) Tanh(s *engine.Step, in engine.Operand) (engine.Tensor, engine.Tensor) {
	var y *tensor[T]
	v := c.view(in)
	y = c.tensor(s.Layer.Out)
	var t *tensor[T]
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
	return y, nilable(t)
}

// TanhGrad implements [engine.Device].
func (c *core[T]) TanhGrad(_ *engine.Step, in, out engine.Operand, d engine.Cotangents, to engine.Target) {
	v := c.view(in)
	slots, acc := c.slots(v, to)
	y, t := c.cast(out.Y), c.cast(out.T)
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

// Concat implements [engine.Device].
func (c *core[T]) Concat(s *engine.Step, in []engine.Operand) (engine.Tensor, engine.Tensor) {
	views, y, t := c.joined(in, s.Layer.Out)
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
	return y, nilable(t)
}

// ConcatGrad implements [engine.Device].
func (c *core[T]) ConcatGrad(s *engine.Step, k int, in engine.Operand, d engine.Cotangents, to engine.Target) {
	first := 0
	for _, v := range s.In[:k] {
		first += c.p.Values[v.Value].Shape.C
	}
	c.channelsGrad(in, first, 0, in.Shape.C, d, to)
}

// Slice implements [engine.Device].
func (c *core[T]) Slice(s *engine.Step, in engine.Operand) (engine.Tensor, engine.Tensor) {
	take := func(x *tensor[T]) *tensor[T] {
		y := c.tensor(s.Layer.Out)
		c.samples(func(n int, _ *worker[T]) {
			clear(y.sample(n))
			copyChannels(y.sample(n), 0, x.sample(n), s.Layer.Offset, s.Layer.Out.C, y.pixels())
		})
		return y
	}
	y := take(c.cast(in.Y))
	v := c.view(in)
	if !v.tangent {
		return y, nil
	}
	whole := c.wholeTangent(v)
	defer c.Free(whole)
	return y, take(whole)
}

// SliceGrad implements [engine.Device].
func (c *core[T]) SliceGrad(s *engine.Step, in engine.Operand, d engine.Cotangents, to engine.Target) {
	c.channelsGrad(in, 0, s.Layer.Offset, s.Layer.Out.C, d, to)
}

// channelsGrad adds count channels of a gradient, from channel first on, to the operand's gradient from channel
// at on.
func (c *core[T]) channelsGrad(in engine.Operand, first, at, count int, d engine.Cotangents, to engine.Target) {
	v := c.view(in)
	slots, acc := c.slots(v, to)
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

// AbsDiff implements [engine.Device].
func (c *core[T]) AbsDiff(a, b engine.Operand) []float64 {
	va, vb := c.view(a), c.view(b)
	out := make([]float64, c.n)
	c.samples(func(n int, w *worker[T]) {
		size := va.y.image()
		x, y := grow(&w.row, size), grow(&w.img, size)
		for k := range va.y.blocks {
			va.value(x, n, k, 0, size)
			vb.value(y, n, k, 0, size)
			for l := range min(lanes, va.y.shape.C-k*lanes) {
				for i := l; i < size; i += lanes {
					out[n] += math.Abs(float64(x[i] - y[i]))
				}
			}
		}
	})
	return out
}

// Codes implements [engine.Device].
func (c *core[T]) Codes(in engine.Operand, times int) {
	v := c.view(in)
	if c.codes == nil {
		c.codes = make([]float64, c.n*c.n)
	}
	words := (v.y.blocks*v.y.pixels() + 3) / 4
	rows := make([][]uint64, c.n)
	c.samples(func(n int, w *worker[T]) {
		rows[n] = make([]uint64, words)
		code := make([]uint16, v.y.pixels())
		i := 0
		for b := range v.y.blocks {
			c.k.Codes(code, v.y.sample(n)[b*v.y.image():(b+1)*v.y.image()], at(v.a, b), at(v.b, b))
			for _, x := range code {
				rows[n][i/4] |= uint64(x) << (i % 4 * 16)
				i++
			}
		}
	})
	total := v.y.shape.Size()
	c.samples(func(i int, _ *worker[T]) {
		for j := range c.n {
			differ := 0
			for k, x := range rows[i] {
				differ += bits.OnesCount64(x ^ rows[j][k])
			}
			c.codes[i*c.n+j] += float64(times * (total - differ))
		}
	})
}

// CodeKernel implements [engine.Device].
func (c *core[T]) CodeKernel() []float64 {
	if c.codes == nil {
		return make([]float64, c.n*c.n)
	}
	return c.codes
}

// Loss implements [engine.Device].
func (c *core[T]) Loss(l engine.Loss, out engine.Operand, want [3]bool) (engine.Scalars, engine.Cotangents) {
	var cot engine.Cotangents
	o := c.Read(out.Y)
	store := func(which int, v []float64) {
		t := c.tensor(out.Shape)
		size := out.Shape.Size()
		c.samples(func(n int, _ *worker[T]) { pack(t.sample(n), v[n*size:(n+1)*size], out.Shape) })
		cot[which] = t
	}
	if want[engine.OutputGrad] {
		store(engine.OutputGrad, fill(len(o), 1.0))
	}
	if !want[engine.LossGrad] {
		return []float64{0}, cot
	}
	var tangent []float64
	if want[engine.TangentGrad] {
		tangent = c.readTangent(out)
	}
	loss, g, h := l.Eval(o, tangent, c.n, out.Shape)
	store(engine.LossGrad, g)
	if h != nil {
		store(engine.TangentGrad, h)
	}
	return []float64{loss}, cot
}

// readTangent delivers an operand's whole tangent as [N, C, H, W].
func (c *core[T]) readTangent(o engine.Operand) []float64 {
	t := c.wholeTangent(c.view(o))
	defer c.Free(t)
	return c.Read(t)
}
