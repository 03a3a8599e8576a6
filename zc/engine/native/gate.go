package native

import "github.com/zcnas/zcnas/zc/engine"

// gate multiplies every sample by its factor.
func (c *core[T]) gate(s *engine.Step, in engine.Operand, factors []float32) (y, t *tensor[T]) {
	y, t = c.maps(s.Layer.Out, in, func(dst, src []T, n, _ int, _ bool) {
		copy(dst, src)
		c.times(dst, factors, n)
	})
	y.factors = factors
	return y, t
}

// times multiplies a sample by its factor.
func (c *core[T]) times(x []T, factors []float32, n int) {
	if factors != nil {
		c.k.Affine(x, x, fill(lanes, T(factors[n])), c.nothing)
	}
}

// gateGrad carries the gradient to the gated map, and returns each factor's: Σ gradient·map over its sample.
func (c *core[T]) gateGrad(s *engine.StepGrad) engine.Scalars {
	factors := c.cast(s.Out.Y).factors
	if s.To.Wanted() {
		c.mapsGrad(s, func(dst, src []T, n, _ int) {
			copy(dst, src)
			c.times(dst, factors, n)
		})
	}
	x, d := c.cast(s.In.Y), c.cast(s.Grad.D[engine.LossGrad])
	if d == nil {
		return make([]float64, c.n)
	}
	out := make([]float64, c.n)
	c.samples(func(n int, _ *worker[T]) {
		var sum, dot [lanes]float64
		for b := range x.blocks {
			i := (n*x.blocks + b) * x.image()
			c.k.Cross(d.data[i:][:x.image()], x.data[i:][:x.image()], sum[:], dot[:])
		}
		for _, v := range dot {
			out[n] += v
		}
	})
	return out
}
