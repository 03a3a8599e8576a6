package native

import (
	"math"

	"github.com/zcnas/zcnas/zc/engine"
)

// update is [engine.Update]: a step of stochastic gradient descent.
func (c *core[T]) update(param int, g *gradient[T], u engine.Update) {
	if c.state == nil {
		panic("native: an update of weights that are not on the device")
	}
	w, buffers := c.params[param], c.state.weights.Momentum
	var grad []T
	if g != nil {
		grad = c.values(g, &c.work[0].img)
	}
	clip := float32(clipScale(u))
	first := buffers[param] == nil || u.Reset
	if buffers[param] == nil && u.Momentum != 0 {
		buffers[param] = make([]float32, len(w))
	}
	const chunk = 1 << 14
	c.each((len(w)+chunk-1)/chunk, func(k int, _ *worker[T]) {
		for i := k * chunk; i < min((k+1)*chunk, len(w)); i++ {
			var d float32
			if grad != nil {
				d = clip * float32(grad[i])
			}
			d += float32(u.Decay) * w[i]
			if u.Momentum != 0 {
				b := &buffers[param][i]
				if first {
					*b = d
				} else {
					*b = float32(u.Momentum)**b + d
				}
				if u.Nesterov {
					d += float32(u.Momentum) * *b
				} else {
					d = *b
				}
			}
			w[i] -= float32(u.Rate) * d
		}
	})
	c.done(param)
}

// clipScale is what gradients are multiplied with so that the norm of all is not above the bound.
func clipScale(u engine.Update) float64 {
	if u.Clip == 0 {
		return 1
	}
	var sq float64
	for _, s := range u.Squares {
		sq += s.([]float64)[0]
	}
	return math.Min(1, u.Clip/(math.Sqrt(sq)+1e-6))
}
