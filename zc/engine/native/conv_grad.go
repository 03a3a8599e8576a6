package native

import (
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/native/kernels"
)

// convGrad is the backward pass of a convolution under way.
type convGrad[T kernels.Float] struct {
	*core[T]
	g *geom
	w *weight[T]
	v *view[T]
	d *gradView[T]
	// A transposed convolution is walked backwards: the sides of its geometry change places.
	transposed bool
	loss, tan  bool // the loss gradient and its tangent are there
	slots      [3]*tensor[T]
	acc        [3]bool
	fisher     []float64 // per sample and output channel: Σ output·gradient
	// What the passes read: the input and its tangent, and the cotangents.
	x, xt stage[T]
	pd    [3]stage[T]
}

// LinearGrad implements [engine.Device].
func (c *core[T]) LinearGrad(s *engine.Step, in, out engine.Operand, g engine.Grad, to engine.Target) engine.Scalars {
	return c.ConvGrad(s, in, out, g, to)
}

// ConvGrad implements [engine.Device].
func (c *core[T]) ConvGrad(s *engine.Step, in, out engine.Operand, gr engine.Grad, to engine.Target) engine.Scalars {
	g := c.layerGeom(s.Layer, in.Shape)
	p := &convGrad[T]{core: c, g: g, w: c.weightOf(s.Weight, g), v: c.view(in), d: c.gradView(s, out, gr),
		transposed: s.Layer.Kind == spaces.ConvTranspose}
	if to.Want != [3]bool{} && !p.transposed {
		c.back(p.w)
	}
	p.loss, p.tan = p.d.d[engine.LossGrad] != nil, p.d.d[engine.TangentGrad] != nil
	p.slots, p.acc = c.slots(p.v, to)
	if c.mode.Fisher && p.loss {
		p.fisher = c.sums(p.d.y)
	}
	wide := c.wide(len(p.w.forward))
	p.stages(wide)
	if wide {
		p.byBlocks()
	} else {
		p.bySamples()
	}
	c.drop(&p.x, &p.xt, &p.pd[0], &p.pd[1], &p.pd[2])
	if p.fisher == nil {
		return nil
	}
	var sum float64
	for _, f := range p.fisher {
		sum += f * f
	}
	q := &c.p.Graph.Params()[s.Weight]
	return []float64{sum / float64(c.n) / 2 * float64(q.Size()/q.Shape[0])}
}

// stages makes the stages that the passes need.
func (p *convGrad[T]) stages(wide bool) {
	xs, ds := p.g.sideOf(p.transposed), p.g.sideOf(!p.transposed)
	if p.loss {
		p.x = p.stage(xs, wide)
		if xs.flat && p.v.raw() {
			p.x.whole(p.core, p.v.y)
		}
		if p.tan && p.v.tangent {
			p.xt = p.stage(xs, wide)
		}
	}
	for which, d := range p.d.d {
		if d == nil || which == engine.OutputGrad && p.slots[which] == nil {
			continue
		}
		p.pd[which] = p.stage(ds, wide)
		if ds.flat && p.d.st == nil && which != engine.TangentGrad && p.fisher == nil {
			p.pd[which].whole(p.core, d)
		}
	}
}

// packX packs a block of a sample's input.
func (p *convGrad[T]) packX(n, b int, wk *worker[T]) {
	p.x.pack(n, b, &wk.x, wk, func(dst []T, b, lo, hi int) { p.v.value(dst, n, b, lo, hi) })
	p.xt.pack(n, b, &wk.xt, wk, func(dst []T, b, lo, hi int) { p.v.valueTangent(dst, n, b, lo, hi) })
}

// packD packs a block of a sample's cotangents.
func (p *convGrad[T]) packD(n, b int, wk *worker[T]) {
	for which := range p.pd {
		p.pd[which].pack(n, b, &wk.d[which], wk, func(dst []T, b, lo, hi int) {
			p.d.read(dst, which, n, b, lo, hi)
			if which == engine.LossGrad && p.fisher != nil {
				y := p.d.y
				i := n*y.blocks + b
				p.k.Cross(dst, y.data[i*y.image()+lo:i*y.image()+hi], wk.spare(), p.fisher[i*lanes:(i+1)*lanes])
			}
		})
	}
}

// weightGrad adds a block of the weight gradient of some samples, and of its tangent.
func (p *convGrad[T]) weightGrad(grad, hess []T, n, samples, b int, wk *worker[T]) {
	one := func(dw, x, d []T) {
		if p.transposed {
			x, d = d, x
		}
		size := len(dw) / p.g.outBlocks
		p.wgrad(p.g, dw[b*size:(b+1)*size], x, d, b, samples)
	}
	x, d := p.x.at(n, &wk.x), p.pd[engine.LossGrad].at(n, &wk.d[engine.LossGrad])
	one(grad, x, d)
	if p.tan {
		one(hess, x, p.pd[engine.TangentGrad].at(n, &wk.d[engine.TangentGrad]))
	}
	if p.xt.g != nil {
		one(hess, p.xt.at(n, &wk.xt), d)
	}
}

// inputGrad leaves a block of a sample's input gradients in their slots.
func (p *convGrad[T]) inputGrad(n, b int, wk *worker[T]) {
	for which, t := range p.slots {
		if t == nil || p.pd[which].g == nil {
			continue
		}
		packed, img := p.pd[which].at(n, &wk.d[which]), t.image()
		if !p.transposed && !p.v.relu {
			p.toIn(p.g, p.w, t.sample(n)[b*img:(b+1)*img], packed, b, wk, p.acc[which])
			continue
		}
		out := grow(&wk.out, img)
		if p.transposed {
			p.toOut(p.g, p.w, out, packed, b)
		} else {
			p.toIn(p.g, p.w, out, packed, b, wk, false)
		}
		p.v.store(t, out, n, b, p.acc[which])
	}
}

// inputBlocks is how many blocks of the input want a gradient.
func (p *convGrad[T]) inputBlocks() int {
	if p.slots == [3]*tensor[T]{} {
		return 0
	}
	return p.v.y.blocks
}

// byBlocks takes the whole batch through one block of the weights after the other.
func (p *convGrad[T]) byBlocks() {
	w, xs, ds := p.w, p.g.sideOf(p.transposed).blocks, p.g.sideOf(!p.transposed).blocks
	if p.loss && w.grad == nil {
		w.grad = p.zeros(len(w.forward))
	}
	if p.tan && w.hess == nil {
		w.hess = p.zeros(len(w.forward))
	}
	p.each(p.n*xs, func(i int, wk *worker[T]) { p.packX(i/xs, i%xs, wk) })
	p.each(p.n*ds, func(i int, wk *worker[T]) { p.packD(i/ds, i%ds, wk) })
	if p.loss {
		// Small maps go through a block together, as many as float32 adds up well.
		together := 1
		if !p.g.depthwise {
			together = max(1, 256/(p.g.outH*p.g.outW))
		}
		p.each(p.g.outBlocks, func(b int, wk *worker[T]) {
			for n := 0; n < p.n; n += together {
				p.weightGrad(w.grad, w.hess, n, min(together, p.n-n), b, wk)
			}
		})
	}
	p.each(p.inputBlocks(), func(b int, wk *worker[T]) {
		for n := range p.n {
			p.inputGrad(n, b, wk)
		}
	})
}

// bySamples takes one sample after the other through all weights, groups of samples with sums of their own.
func (p *convGrad[T]) bySamples() {
	w, xs, ds := p.w, p.g.sideOf(p.transposed).blocks, p.g.sideOf(!p.transposed).blocks
	groups := min(p.n, 8)
	grads, hesses := make([][]T, groups), make([][]T, groups)
	for k := range groups {
		if p.loss {
			grads[k] = p.zeros(len(w.forward))
		}
		if p.tan {
			hesses[k] = p.zeros(len(w.forward))
		}
	}
	perGroup := (p.n + groups - 1) / groups
	p.each(groups, func(k int, wk *worker[T]) {
		for n := k * perGroup; n < min((k+1)*perGroup, p.n); n++ {
			for b := range xs {
				p.packX(n, b, wk)
			}
			for b := range ds {
				p.packD(n, b, wk)
			}
			if p.loss {
				for b := range p.g.outBlocks {
					p.weightGrad(grads[k], hesses[k], n, 1, b, wk)
				}
			}
			for b := range p.inputBlocks() {
				p.inputGrad(n, b, wk)
			}
		}
	})
	if p.loss {
		w.grad = p.addGroups(w.grad, grads)
	}
	if p.tan {
		w.hess = p.addGroups(w.hess, hesses)
	}
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
