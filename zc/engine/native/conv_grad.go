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
	// What is wanted of the parameters: the weight's gradient, nil if none is; that of each sample, for its sign.
	weight *gradient[T]
	signs  bool
	total  bool      // the weight's gradient itself, as well or alone
	shared bool      // several layers add to the weight's, so that samples' gradients are kept until all have
	fisher []float64 // per sample and output channel: Σ output·gradient; nil where not wanted
	// What the passes read: the input and its tangent, and the cotangents.
	x, xt stage[T]
	pd    [3]stage[T]
}

// convGrad is the backward pass of a convolution, transposed convolution or linear layer.
func (c *core[T]) convGrad(b *engine.StepGrad) engine.Scalars {
	s := b.Step
	g := c.layerGeom(s.Layer, b.In.Shape)
	p := &convGrad[T]{core: c, g: g, w: c.weightOf(s.Weight, g), v: c.view(b.In), d: c.gradView(s, b.Out, b.Grad),
		transposed: s.Layer.Kind == spaces.ConvTranspose}
	if b.To.Wanted() && !p.transposed {
		c.back(p.w)
	}
	p.loss, p.tan = p.d.d[engine.LossGrad] != nil, p.d.d[engine.TangentGrad] != nil
	p.slots, p.acc = c.slots(p.v, b.To)
	if p.loss {
		if b.Weight != nil {
			p.wants(b)
		}
		if b.Fisher {
			p.fisher = c.sums(p.d.y)
		}
		if b.Bias != nil {
			p.biasGrad(b.Bias)
		}
	}
	wide := c.wide(len(p.w.forward))
	p.stages(wide)
	if wide {
		p.byBlocks()
	} else {
		p.bySamples()
	}
	c.drop(&p.x, &p.xt, &p.pd[0], &p.pd[1], &p.pd[2])
	if b.Done {
		c.done(s.Weight)
	}
	if !b.Fisher {
		return nil
	}
	var sum float64
	for _, f := range p.fisher {
		sum += f * f
	}
	q := &c.p.Graph.Params()[s.Weight]
	return []float64{sum / float64(c.n) / 2 * float64(q.Size()/q.Shape[0])}
}

// wants notes what the sinks of the weight's gradient need.
func (p *convGrad[T]) wants(b *engine.StepGrad) {
	p.weight = p.gradientOf(b.Weight)
	p.weight.g, p.weight.scored = p.g, b.Step.Scored
	for _, s := range b.Sinks {
		if _, ok := s.(engine.Signs); ok {
			p.signs = true
		} else {
			p.total = true
		}
	}
	p.shared = p.signs && (!b.Complete || p.weight.rows != nil)
	if p.shared && p.weight.rows == nil {
		p.weight.rows = make([][]T, p.n)
		for n := range p.weight.rows {
			p.weight.rows[n] = p.zeros(len(p.w.forward))
		}
	}
}

// biasGrad adds the gradient of the bias, Σ over batch and positions, in a pass of its own: what is packed for the
// weights need not hold every position.
func (p *convGrad[T]) biasGrad(to *engine.Gradient) {
	y := p.d.y
	sums := p.sums(y)
	p.samples(func(n int, wk *worker[T]) {
		img := grow(&wk.img, y.image())
		for b := range y.blocks {
			p.d.read(img, engine.LossGrad, n, b, 0, len(img))
			p.k.Moments(img, at(sums, n*y.blocks+b), wk.spare())
		}
	})
	p.addVector(to, p.core.total(sums)[:y.shape.C])
}

// stages makes the stages that the passes need.
func (p *convGrad[T]) stages(wide bool) {
	xs, ds := p.g.sideOf(p.transposed), p.g.sideOf(!p.transposed)
	if p.weight != nil {
		p.x = p.stage(xs, wide)
		if xs.flat && p.v.raw() {
			p.x.whole(p.core, p.v.y)
		}
		if p.tan && p.v.tangent {
			p.xt = p.stage(xs, wide)
		}
	}
	for which, d := range p.d.d {
		ofWeight := p.weight != nil && which != engine.OutputGrad
		fisher := which == engine.LossGrad && p.fisher != nil
		if d == nil || p.slots[which] == nil && !ofWeight && !fisher {
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

// weightGrad adds a block of the weight gradient of some samples to grad, and of its tangent to hess.
func (p *convGrad[T]) weightGrad(grad, hess []T, n, samples, b int, wk *worker[T]) {
	one := func(dw, x, d []T) {
		if p.transposed {
			x, d = d, x
		}
		p.wgrad(p.g, dw, x, d, b, samples)
	}
	x, d := p.x.at(n, &wk.x), p.pd[engine.LossGrad].at(n, &wk.d[engine.LossGrad])
	one(grad, x, d)
	if hess == nil {
		return
	}
	one(hess, x, p.pd[engine.TangentGrad].at(n, &wk.d[engine.TangentGrad]))
	if p.xt.g != nil {
		one(hess, p.xt.at(n, &wk.xt), d)
	}
}

// weightSums are what samples' weight gradients are added up in, packed as the weight; nil where not wanted.
type weightSums[T kernels.Float] struct{ loss, tangent, signs []T }

// sums makes memory for sums, zeroed.
func (p *convGrad[T]) weightSums() (s weightSums[T]) {
	size := len(p.w.forward)
	if p.total {
		s.loss = p.zeros(size)
		if p.tan {
			s.tangent = p.zeros(size)
		}
	}
	if p.signs && !p.shared {
		s.signs = p.zeros(size)
	}
	return s
}

// addWeight adds a block of the weight gradients of some samples to sums, of one sample at a time where signs are
// wanted.
func (p *convGrad[T]) addWeight(s weightSums[T], n, samples, b int, wk *worker[T]) {
	size := len(p.w.forward) / p.g.outBlocks
	block := func(all []T) []T {
		if all == nil {
			return nil
		}
		return all[b*size:][:size]
	}
	if !p.signs {
		p.weightGrad(block(s.loss), block(s.tangent), n, samples, b, wk)
		return
	}
	own := grow(&wk.weight, size)
	for i := range samples {
		clear(own)
		p.weightGrad(own, block(s.tangent), n+i, 1, b, wk)
		if p.shared {
			p.k.Add(block(p.weight.rows[n+i]), own)
		} else {
			addSigns(block(s.signs), own)
		}
		if s.loss != nil {
			p.k.Add(block(s.loss), own)
		}
	}
}

// addSigns adds the signs of x.
func addSigns[T kernels.Float](sum, x []T) {
	for i, v := range x {
		if v > 0 {
			sum[i]++
		} else if v < 0 {
			sum[i]--
		}
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
	xs, ds := p.g.sideOf(p.transposed).blocks, p.g.sideOf(!p.transposed).blocks
	p.each(p.n*xs, func(i int, wk *worker[T]) { p.packX(i/xs, i%xs, wk) })
	p.each(p.n*ds, func(i int, wk *worker[T]) { p.packD(i/ds, i%ds, wk) })
	if p.weight != nil {
		if p.weight.empty() {
			p.weight.weightSums = p.weightSums()
		}
		sums := p.weight.weightSums
		// Small maps go through a block together, as many as float32 adds up well.
		together := 1
		if !p.g.depthwise {
			together = max(1, 256/(p.g.outH*p.g.outW))
		}
		p.each(p.g.outBlocks, func(b int, wk *worker[T]) {
			for n := 0; n < p.n; n += together {
				p.addWeight(sums, n, min(together, p.n-n), b, wk)
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
	xs, ds := p.g.sideOf(p.transposed).blocks, p.g.sideOf(!p.transposed).blocks
	groups := min(p.n, 8)
	sums := make([]weightSums[T], groups)
	if p.weight != nil {
		for k := range sums {
			sums[k] = p.weightSums()
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
			if p.weight != nil {
				for b := range p.g.outBlocks {
					p.addWeight(sums[k], n, 1, b, wk)
				}
			}
			for b := range p.inputBlocks() {
				p.inputGrad(n, b, wk)
			}
		}
	})
	if p.weight == nil {
		return
	}
	w := &p.weight.weightSums
	for _, s := range sums {
		w.loss, w.tangent, w.signs = p.plus(w.loss, s.loss), p.plus(w.tangent, s.tangent), p.plus(w.signs, s.signs)
	}
}

// plus adds a buffer to another, which may be nil for zero, and takes it back.
func (c *core[T]) plus(total, x []T) []T {
	switch {
	case x == nil:
		return total
	case total == nil:
		return x
	}
	c.k.Add(total, x)
	c.release(x)
	return total
}

// spare takes sums that nobody wants.
func (w *worker[T]) spare() []float64 { return grow(&w.sums, lanes) }
