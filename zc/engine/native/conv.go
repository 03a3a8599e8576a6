package native

import (
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
	// The packed side of a transposed convolution is its out side.
	packs, size := g.inBlocks, g.inSize
	if transposed {
		packs, size = g.outBlocks, g.outSize
	}
	wide := c.wide(len(w.forward))
	px, pt := stage[T]{size: packs * size}, stage[T]{size: packs * size}
	if !transposed && g.flatIn() && v.raw() {
		px.whole(v.y)
	} else {
		c.batch(wide, &px)
	}
	if t != nil {
		c.batch(wide, &pt)
	}
	pack := func(n, b int, wk *worker[T]) {
		one := func(dst []T, read reader[T]) {
			if transposed {
				packOut(g, dst[b*size:(b+1)*size], b, read)
				return
			}
			packIn(g, dst[b*size:(b+1)*size], b, 0, &wk.row, read)
		}
		if !px.borrowed {
			one(px.at(n, &wk.x), func(dst []T, b, lo, hi int) { v.value(dst, n, b, lo, hi) })
		}
		if t != nil {
			one(pt.at(n, &wk.xt), func(dst []T, b, lo, hi int) { v.valueTangent(dst, n, b, lo, hi) })
		}
	}
	c.passes(wide, packs, y.blocks, pack, func(n, b int, wk *worker[T]) {
		one := func(dst *tensor[T], packed []T) {
			img := dst.sample(n)[b*dst.image() : (b+1)*dst.image()]
			if transposed {
				c.toIn(g, w, img, packed, b, wk, false)
			} else {
				c.toOut(g, w, img, packed, b)
			}
		}
		one(y, px.at(n, &wk.x))
		if bias != nil {
			img := y.sample(n)[b*y.image() : (b+1)*y.image()]
			c.k.Affine(img, img, c.unit, at(bias, b))
		}
		if normed {
			c.blockMoments(y, n, b)
		}
		if t != nil {
			one(t, pt.at(n, &wk.xt))
			if normed {
				c.blockCross(t, y, t.sum, t.dot, n, b)
			}
		}
	})
	c.drop(&px, &pt)
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
	y, t := c.Conv(s, in)
	if !c.mode.Tangent {
		return y, nil
	}
	out := c.view(engine.Operand{Y: y, T: t, Scaled: s.Scored, Bias: s.Bias, Shape: s.Layer.Out})
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
	v, d := c.view(in), c.gradView(s, out, gr)
	loss, tan := d.d[engine.LossGrad] != nil, d.d[engine.TangentGrad] != nil
	slots, acc := c.slots(v, to)

	var fisher []float64 // per sample and output channel: Σ output·gradient
	if c.mode.Fisher && loss {
		fisher = c.sums(d.y)
	}
	// A transposed convolution is walked backwards: the sides of its geometry change places.
	xBlocks, xSize, dBlocks, dSize := g.inBlocks, g.inSize, g.outBlocks, g.outSize
	if transposed {
		xBlocks, xSize, dBlocks, dSize = dBlocks, dSize, xBlocks, xSize
	}
	pack := func(out bool, dst []T, b int, wk *worker[T], read reader[T]) {
		if out {
			packOut(g, dst[b*g.outSize:(b+1)*g.outSize], b, read)
			return
		}
		packIn(g, dst[b*g.inSize:(b+1)*g.inSize], b, 0, &wk.row, read)
	}
	wide := c.wide(len(w.forward))
	// What a sample's passes read: the input and its tangent, and the cotangents.
	var px, pxt stage[T]
	var pd [3]stage[T]
	if loss {
		px.size = xBlocks * xSize
		if !transposed && g.flatIn() && v.raw() {
			px.whole(v.y)
		} else {
			c.batch(wide, &px)
		}
		if tan && v.tangent {
			pxt.size = xBlocks * xSize
			c.batch(wide, &pxt)
		}
	}
	for which := range pd {
		if d.d[which] == nil || which == engine.OutputGrad && slots[which] == nil {
			continue
		}
		pd[which].size = dBlocks * dSize
		if !transposed && g.flatOut() && d.st == nil && which != engine.TangentGrad && fisher == nil {
			pd[which].whole(d.d[which])
		} else {
			c.batch(wide, &pd[which])
		}
	}
	packX := func(n, b int, wk *worker[T]) {
		if loss && !px.borrowed {
			pack(transposed, px.at(n, &wk.x), b, wk, func(dst []T, b, lo, hi int) { v.value(dst, n, b, lo, hi) })
		}
		if pxt.size > 0 {
			pack(transposed, pxt.at(n, &wk.xt), b, wk, func(dst []T, b, lo, hi int) { v.valueTangent(dst, n, b, lo, hi) })
		}
	}
	packD := func(n, b int, wk *worker[T]) {
		for which := range pd {
			s := &pd[which]
			if s.size == 0 || s.borrowed {
				continue
			}
			pack(!transposed, s.at(n, &wk.d[which]), b, wk, func(dst []T, b, lo, hi int) {
				d.read(dst, which, n, b, lo, hi)
				if which == engine.LossGrad && fisher != nil {
					i := n*d.y.blocks + b
					c.k.Cross(dst, d.y.data[i*d.y.image()+lo:i*d.y.image()+hi], wk.spare(), fisher[i*lanes:(i+1)*lanes])
				}
			})
		}
	}
	inputGrad := func(n, b int, wk *worker[T]) {
		for which, t := range slots {
			if t == nil || pd[which].size == 0 {
				continue
			}
			packed := pd[which].at(n, &wk.d[which])
			img := t.image()
			if !transposed && !v.relu {
				c.toIn(g, w, t.sample(n)[b*img:(b+1)*img], packed, b, wk, acc[which])
				continue
			}
			out := grow(&wk.out, img)
			if transposed {
				c.toOut(g, w, out, packed, b)
			} else {
				c.toIn(g, w, out, packed, b, wk, false)
			}
			v.store(t, out, n, b, acc[which])
		}
	}
	size := len(w.forward)
	part := size / g.outBlocks
	weightGrad := func(grad, hess []T, n, samples, b int, wk *worker[T]) {
		one := func(dw, x, d []T) {
			if transposed {
				x, d = d, x
			}
			c.wgrad(g, dw[b*part:(b+1)*part], x, d, b, samples)
		}
		x, dl := px.at(n, &wk.x), pd[engine.LossGrad].at(n, &wk.d[engine.LossGrad])
		one(grad, x, dl)
		if tan {
			one(hess, x, pd[engine.TangentGrad].at(n, &wk.d[engine.TangentGrad]))
			if pxt.size > 0 {
				one(hess, pxt.at(n, &wk.xt), dl)
			}
		}
	}
	xGrads := v.y.blocks
	if !wanted {
		xGrads = 0
	}
	if wide {
		// Small maps go through a block of the weight gradient together, as many as float32 adds up well.
		together := 1
		if !g.depthwise {
			together = max(1, 256/(g.outH*g.outW))
		}
		if loss && w.grad == nil {
			w.grad = c.zeros(size)
		}
		if tan && w.hess == nil {
			w.hess = c.zeros(size)
		}
		c.each(c.n*xBlocks, func(i int, wk *worker[T]) { packX(i/xBlocks, i%xBlocks, wk) })
		c.each(c.n*dBlocks, func(i int, wk *worker[T]) { packD(i/dBlocks, i%dBlocks, wk) })
		if loss {
			c.each(g.outBlocks, func(b int, wk *worker[T]) {
				for n := 0; n < c.n; n += together {
					weightGrad(w.grad, w.hess, n, min(together, c.n-n), b, wk)
				}
			})
		}
		c.each(xGrads, func(b int, wk *worker[T]) {
			for n := range c.n {
				inputGrad(n, b, wk)
			}
		})
	} else {
		groups := min(c.n, 8)
		var grads, hesses [][]T
		for range groups {
			if loss {
				grads = append(grads, c.zeros(size))
			}
			if tan {
				hesses = append(hesses, c.zeros(size))
			}
		}
		perGroup := (c.n + groups - 1) / groups
		c.each(groups, func(k int, wk *worker[T]) {
			var grad, hess []T
			if loss {
				grad = grads[k]
			}
			if tan {
				hess = hesses[k]
			}
			for n := k * perGroup; n < min((k+1)*perGroup, c.n); n++ {
				for b := range xBlocks {
					packX(n, b, wk)
				}
				for b := range dBlocks {
					packD(n, b, wk)
				}
				if loss {
					for b := range g.outBlocks {
						weightGrad(grad, hess, n, 1, b, wk)
					}
				}
				for b := range xGrads {
					inputGrad(n, b, wk)
				}
			}
		})
		w.grad = c.addGroups(w.grad, grads)
		w.hess = c.addGroups(w.hess, hesses)
	}
	c.drop(&px, &pxt, &pd[0], &pd[1], &pd[2])
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
func (c *core[T]) addGroups(total []T, parts [][]T) []T {
	for _, p := range parts {
		if total == nil {
			total = p
			continue
		}
		c.k.Add(total, p)
		c.release(p)
	}
	return total
}

// spare takes sums that nobody wants.
func (w *worker[T]) spare() []float64 { return grow(&w.sums, lanes) }
