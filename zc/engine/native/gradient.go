package native

import (
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/native/kernels"
)

// gradient is what has been added up of a parameter's gradient.
type gradient[T kernels.Float] struct {
	// Of a weight of geometry g, packed as the weight: the gradient, the second-order sums of [engine.WeightSums] and the
	// sums of samples' signs; nil where not wanted.
	g      *geom
	scored bool
	weightSums[T]
	rows [][]T // each sample's gradient, where several layers add to it before the sign is taken
	// Of a vector, or of a weight that [engine.Keep] has taken: the gradient in PyTorch's layout.
	flat []T
	load int // the Load that it belongs to, unless it has been kept
}

// empty reports whether nothing has been added up of a weight.
func (g *gradient[T]) empty() bool { return g.loss == nil && g.tangent == nil && g.signs == nil }

// gradientOf is what a handle holds, made where it holds nothing.
func (c *core[T]) gradientOf(g *engine.Gradient) *gradient[T] {
	if *g == nil {
		*g = &gradient[T]{load: c.load}
	}
	return (*g).(*gradient[T])
}

// addVector adds to the gradient of a bias, gamma or beta.
func (c *core[T]) addVector(to *engine.Gradient, x []float64) {
	g := c.gradientOf(to)
	if g.flat == nil {
		g.flat = make([]T, len(x))
	}
	for i, v := range x {
		g.flat[i] += T(v)
	}
}

// values is a gradient in PyTorch's layout, in scratch memory if need be.
func (c *core[T]) values(g *gradient[T], scratch *[]T) []T {
	if g.flat != nil {
		return g.flat
	}
	return c.unpack(g.g, g.loss, scratch)
}
