package native

import (
	"fmt"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

// Conv implements [engine.Device].
func (c *core[T]) Conv(s *engine.Step, in engine.Operand) (engine.Tensor, engine.Tensor) {
	g := c.layerGeom(s.Layer, in.Shape)
	w := c.weightOf(s.Weight, g)
	transposed := s.Layer.Kind == spaces.ConvTranspose
	if transposed {
		c.back(w)
	}
	v := c.view(in)
	y := c.tensor(s.Layer.Out)
	var t *tensor[T]
	if v.tangent {
		t = c.tensor(s.Layer.Out)
	}
	normed := c.normed[s.Out]
	if normed {
		y.sum, y.dot = c.sums(y), c.sums(y)
		if t != nil {
			t.sum, t.dot = c.sums(t), c.sums(t)
		}
	}
	var bias []T
	if s.Bias >= 0 {
		bias = c.bias(s.Bias, s.Layer.Out.C)
	}
	one := func(w *weight[T], dst *tensor[T], n int, wk *worker[T], read reader[T]) {
		if transposed {
			packed := grow(&wk.d, g.outBlocks*g.outSize)
			packOut(g, packed, read)
			size := dst.image()
			for b := range g.inBlocks {
				c.toIn(g, w, dst.sample(n)[b*size:(b+1)*size], packed, b, wk, false)
			}
			return
		}
		packed := grow(&wk.x, g.inBlocks*g.inSize)
		packIn(g, packed, &wk.row, read)
		c.toOut(g, w, dst.sample(n), packed, false)
	}
	c.samples(func(n int, wk *worker[T]) {
		one(w, y, n, wk, func(dst []T, b, lo, hi int) { v.value(dst, n, b, lo, hi) })
		if t != nil {
			one(w, t, n, wk, func(dst []T, b, lo, hi int) { v.valueTangent(dst, n, b, lo, hi) })
		}
		for b := range y.blocks {
			if bias != nil {
				img := y.sample(n)[b*y.image() : (b+1)*y.image()]
				c.k.Affine(img, img, c.unit, at(bias, b))
			}
			if normed {
				c.blockMoments(y, n, b)
				if t != nil {
					c.blockCross(t, y, t.sum, t.dot, n, b)
				}
			}
		}
	})
	return y, nilable(t)
}

// nilable keeps a missing tensor an untyped nil.
func nilable[E any](t *E) engine.Tensor {
	if t == nil {
		return nil
	}
	return t
}

// Linear implements [engine.Device]: a convolution whose window is the whole map. Its tangent is stored whole.
func (c *core[T]) Linear(s *engine.Step, in engine.Operand) (engine.Tensor, engine.Tensor) {
	if in.Shape.H != in.Shape.W {
		c.fail(fmt.Errorf("native: layer %s: a linear layer on a map of %v: only square maps are supported", s.Layer.Name, in.Shape))
		in.Shape.W = in.Shape.H
	}
	y, t := c.Conv(s, in)
	if !c.mode.Tangent {
		return y, nil
	}
	out := c.view(engine.Operand{Y: y, T: t, Scaled: true, Bias: s.Bias, Shape: s.Layer.Out})
	whole := c.tensor(s.Layer.Out)
	c.samples(func(n int, _ *worker[T]) {
		size := whole.image()
		for b := range whole.blocks {
			out.valueTangent(whole.sample(n)[b*size:(b+1)*size], n, b, 0, size)
		}
	})
	if t != nil {
		c.Free(t)
	}
	return y, whole
}

// LinearGrad implements [engine.Device].
func (c *core[T]) LinearGrad(s *engine.Step, in, out engine.Operand, g engine.Grad, to engine.Target) engine.Scalars {
	return c.ConvGrad(s, in, out, g, to)
}

// ConvGrad implements [engine.Device].
func (c *core[T]) ConvGrad(s *engine.Step, in, out engine.Operand, gr engine.Grad, to engine.Target) engine.Scalars {
	g := c.layerGeom(s.Layer, in.Shape)
	w := c.weightOf(s.Weight, g)
	transposed := s.Layer.Kind == spaces.ConvTranspose
	wanted := to.Want != [3]bool{}
	if wanted && !transposed {
		c.back(w)
	}
	v, d := c.view(in), c.gradView(out, gr)
	loss, tan := d.d[engine.LossGrad] != nil, d.d[engine.TangentGrad] != nil
	slots, acc := c.slots(v, to)

	size := len(w.forward)
	groups := c.groups(size)
	var grads, hess []T
	if loss {
		grads = c.buffer(groups * size)
		clear(grads)
	}
	if tan {
		hess = c.buffer(groups * size)
		clear(hess)
	}
	var fisher []float64 // per sample and output channel: Σ output·gradient
	if c.mode.Fisher && loss {
		fisher = c.sums(d.y)
	}
	// A transposed convolution is walked backwards: the sides of its geometry change places.
	inSize, outSize := g.inBlocks*g.inSize, g.outBlocks*g.outSize
	packX := func(buf *[]T, wk *worker[T], read reader[T]) []T {
		if transposed {
			p := grow(buf, outSize)
			packOut(g, p, read)
			return p
		}
		p := grow(buf, inSize)
		packIn(g, p, &wk.row, read)
		return p
	}
	packD := func(buf *[]T, wk *worker[T], read reader[T]) []T {
		if transposed {
			p := grow(buf, inSize)
			packIn(g, p, &wk.row, read)
			return p
		}
		p := grow(buf, outSize)
		packOut(g, p, read)
		return p
	}
	weightGrad := func(dw, x, d []T) {
		if transposed {
			x, d = d, x
		}
		c.wgrad(g, dw, x, d)
	}
	inputGrad := func(which, n int, packed []T, wk *worker[T]) {
		t := slots[which]
		if t == nil {
			return
		}
		img := t.image()
		if transposed {
			all := grow(&wk.out, t.blocks*img)
			c.toOut(g, w, all, packed, false)
			for b := range t.blocks {
				v.store(t, all[b*img:(b+1)*img], n, b, acc[which])
			}
			return
		}
		for b := range t.blocks {
			if !v.relu {
				c.toIn(g, w, t.sample(n)[b*img:(b+1)*img], packed, b, wk, acc[which])
				continue
			}
			out := grow(&wk.out, img)
			c.toIn(g, w, out, packed, b, wk, false)
			v.store(t, out, n, b, acc[which])
		}
	}
	perGroup := (c.n + groups - 1) / groups
	c.each(groups, func(k int, wk *worker[T]) {
		for n := k * perGroup; n < min((k+1)*perGroup, c.n); n++ {
			grad := func(which int) reader[T] {
				return func(dst []T, b, lo, hi int) { d.read(dst, which, n, b, lo, hi) }
			}
			if loss {
				x := packX(&wk.x, wk, func(dst []T, b, lo, hi int) { v.value(dst, n, b, lo, hi) })
				dl := packD(&wk.d, wk, func(dst []T, b, lo, hi int) {
					d.read(dst, engine.LossGrad, n, b, lo, hi)
					if fisher != nil {
						i := n*d.y.blocks + b
						c.k.Cross(dst, d.y.data[i*d.y.image()+lo:i*d.y.image()+hi], wk.spare(), fisher[i*lanes:(i+1)*lanes])
					}
				})
				weightGrad(grads[k*size:(k+1)*size], x, dl)
				inputGrad(engine.LossGrad, n, dl, wk)
				if tan {
					dt := packD(&wk.dt, wk, grad(engine.TangentGrad))
					h := hess[k*size : (k+1)*size]
					weightGrad(h, x, dt)
					if v.tangent {
						xt := packX(&wk.xt, wk, func(dst []T, b, lo, hi int) { v.valueTangent(dst, n, b, lo, hi) })
						weightGrad(h, xt, dl)
					}
					inputGrad(engine.TangentGrad, n, dt, wk)
				}
			}
			if d.d[engine.OutputGrad] != nil && slots[engine.OutputGrad] != nil {
				inputGrad(engine.OutputGrad, n, packD(&wk.d, wk, grad(engine.OutputGrad)), wk)
			}
		}
	})
	if loss {
		w.grad = c.addGroups(w.grad, grads, size)
	}
	if tan {
		w.hess = c.addGroups(w.hess, hess, size)
	}
	if fisher == nil {
		return nil
	}
	var sum float64
	for _, f := range fisher {
		sum += f * f
	}
	q := &c.p.Graph.Params()[s.Weight]
	return []float64{sum / float64(c.n) / 2 * float64(q.Size()/q.Shape[0])}
}

// addGroups adds the groups' sums up in their order, and to total where that is set.
func (c *core[T]) addGroups(total, parts []T, size int) []T {
	if total == nil {
		total = parts[:size:size]
		parts = parts[size:]
	}
	for len(parts) > 0 {
		c.k.Add(total, parts[:size])
		parts = parts[size:]
	}
	return total
}

// spare takes sums that nobody wants.
func (w *worker[T]) spare() []float64 { return grow(&w.sums, lanes) }
