package native

import (
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

// conv is a convolution or transposed convolution.
func (c *core[T]) conv(s *engine.Step, in engine.Operand) (y, t *tensor[T]) {
	g := c.layerGeom(s.Layer, in.Shape)
	w := c.weightOf(s.Weight, g)
	transposed := s.Layer.Kind == spaces.ConvTranspose
	if transposed {
		c.back(w)
	}
	v := c.view(in)
	y = c.tensor(s.Layer.Out)
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
	side := g.sideOf(transposed)
	wide := c.wide(len(w.forward))
	px, pt := c.stage(side, wide), stage[T]{}
	if side.flat && v.raw() {
		px.whole(c, v.y)
	}
	if t != nil {
		pt = c.stage(side, wide)
	}
	pack := func(n, b int, wk *worker[T]) {
		px.pack(n, b, &wk.x, wk, func(dst []T, b, lo, hi int) { v.value(dst, n, b, lo, hi) })
		pt.pack(n, b, &wk.xt, wk, func(dst []T, b, lo, hi int) { v.valueTangent(dst, n, b, lo, hi) })
	}
	c.passes(wide, side.blocks, y.blocks, pack, func(n, b int, wk *worker[T]) {
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
	return y, t
}

// linear is a convolution whose window is the whole map. Its tangent is stored whole.
func (c *core[T]) linear(s *engine.Step, in engine.Operand) (y, t *tensor[T]) {
	y, t = c.conv(s, in)
	if !c.mode.Tangent {
		return y, nil
	}
	out := c.view(engine.Operand{Y: y, T: nilable(t), Scaled: s.Scored, Bias: s.Bias, Shape: s.Layer.Out})
	whole := c.wholeTangent(out)
	if t != nil {
		c.Free(t)
	}
	return y, whole
}
