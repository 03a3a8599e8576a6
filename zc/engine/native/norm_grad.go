package native

import (
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/native/kernels"
)

// normGrad is what carries gradients back through a batch norm. In the terms of [norm], with δ the gradient with
// respect to γx̂ + β, that with respect to y is
//
//	(4)  δy = rγ(δ − mean δ − x̂·mean(δx̂))
//	(5)  δy = rγδ                               where the statistics do not depend on y
//
// and its tangent, δ̇ being that of δ and x̂' that of x̂ by (2),
//
//	(6)  e·δy − f·δy + rγ(δ̇ − mean δ̇ − x̂'·mean(δx̂) − x̂·(mean(δ̇x̂) + mean(δx̂')))
//	(7)  rγδ̇
//
// A convolution carries that tangent and once more f·δy to its input (see gradView.read), so f·δy is added to both here.
type normGrad[T kernels.Float] struct {
	stride int // as in norm
	coef   [3]backCoef[T]
}

// backCoef are the coefficients of one cotangent carried back:
// loss·δ + own·(the cotangent itself) + value·y + tangent·t + constant.
type backCoef[T kernels.Float] struct{ loss, own, value, tangent, constant []T }

func newBackCoef[T kernels.Float](size int) backCoef[T] {
	return backCoef[T]{make([]T, size), make([]T, size), make([]T, size), make([]T, size), make([]T, size)}
}

// gradMeans are the means that carrying gradients back takes, where statistics are taken.
type gradMeans struct {
	d, dx [3][]float64 // by cotangent: mean δ, mean(δx̂)
	lossT []float64    // Σ δt of the loss gradient
}

// NormGrad implements [engine.Device].
func (c *core[T]) NormGrad(nm *engine.Norm, state engine.NormState, v engine.Operand, d engine.Cotangents, gamma, beta *engine.Gradient) engine.NormGrad {
	const loss, tan = engine.LossGrad, engine.TangentGrad
	s := state.(*norm[T])
	g := &normGrad[T]{stride: s.stride}
	params := (gamma != nil || beta != nil) && d[loss] != nil
	var m *gradMeans
	if !s.fixed || params {
		m = c.gradMeans(s, v, d)
	}
	if params {
		c.affineGrad(s, nm, m, gamma, beta)
	}
	for i, x := range d {
		if x == nil {
			continue
		}
		co := newBackCoef[T](len(s.mean))
		switch {
		case s.fixed: // (5), (7)
			s.each(func(ch, at int) {
				co.own[at] = T(s.r[at] * s.gamma[ch])
				if i == tan && s.scaled {
					co.loss[at] = co.own[at]
				}
			})
		case i == tan:
			c.tangentCoef(s, m, co)
		default: // (4)
			s.each(func(ch, at int) {
				rg, r := s.r[at]*s.gamma[ch], s.r[at]
				co.own[at] = T(rg)
				co.value[at] = T(-rg * r * m.dx[i][at])
				co.constant[at] = T(rg * (r*s.mean[at]*m.dx[i][at] - m.d[i][at]))
			})
		}
		g.coef[i] = co
	}
	return g
}

// tangentCoef are the coefficients of (6), with f·δy added.
func (c *core[T]) tangentCoef(s *norm[T], m *gradMeans, co backCoef[T]) {
	const loss, tan = engine.LossGrad, engine.TangentGrad
	s.each(func(ch, at int) {
		r, e, mean := s.r[at], s.e[at], s.mean[at]
		rg := r * s.gamma[ch]
		meanDX := m.dx[loss][at]
		meanDXt := r*m.lossT[at]/s.count + e*meanDX - r*s.meanT[at]*m.d[loss][at] // mean(δx̂')
		ofX := meanDX*e + m.dx[tan][at] + meanDXt                                 // what multiplies x̂
		co.loss[at] = T(e * rg)
		co.own[at] = T(rg)
		co.value[at] = T(-rg * r * (e*meanDX + ofX))
		co.tangent[at] = T(-rg * r * meanDX)
		co.constant[at] = T(rg * (e*(r*mean*meanDX-m.d[loss][at]) - m.d[tan][at] + meanDX*r*s.meanT[at] + r*mean*ofX))
	})
}

// gradMeans takes the means over gradients with respect to a norm's output.
func (c *core[T]) gradMeans(s *norm[T], v engine.Operand, d engine.Cotangents) *gradMeans {
	y, t := c.cast(v.Y), c.cast(v.T)
	var sum, dot [3][]float64
	for i, x := range d {
		if x != nil {
			sum[i], dot[i] = c.sums(y), c.sums(y)
		}
	}
	var lossT, spare []float64
	crossT := d[engine.TangentGrad] != nil && t != nil && !s.fixed
	if crossT {
		lossT, spare = c.sums(y), c.sums(y)
	}
	c.samples(func(n int, _ *worker[T]) {
		for b := range y.blocks {
			for i, x := range d {
				if x != nil {
					c.blockCross(c.cast(x), y, sum[i], dot[i], n, b)
				}
			}
			if crossT {
				c.blockCross(c.cast(d[engine.LossGrad]), t, spare, lossT, n, b)
			}
		}
	})
	count := s.count
	if s.fixed {
		count = float64(c.n * y.pixels())
	}
	m := &gradMeans{lossT: make([]float64, len(s.mean))}
	for i, x := range d {
		if x == nil {
			continue
		}
		m.d[i], m.dx[i] = c.over(s, sum[i]), c.over(s, dot[i])
		s.each(func(_, at int) {
			m.d[i][at] /= count
			m.dx[i][at] = s.r[at] * (m.dx[i][at]/count - s.mean[at]*m.d[i][at])
		})
	}
	if crossT {
		m.lossT = c.over(s, lossT)
	}
	return m
}

// affineGrad adds the gradients of gamma, Σ δx̂, and of beta, Σ δ.
func (c *core[T]) affineGrad(s *norm[T], nm *engine.Norm, m *gradMeans, gamma, beta *engine.Gradient) {
	count := s.count
	if s.fixed {
		count = float64(c.n * nm.Layer.Out.H * nm.Layer.Out.W)
	}
	for _, p := range []struct {
		to    *engine.Gradient
		means []float64
	}{{gamma, m.dx[engine.LossGrad]}, {beta, m.d[engine.LossGrad]}} {
		if p.to == nil {
			continue
		}
		sums := make([]float64, s.channels)
		s.each(func(ch, at int) { sums[ch] += count * p.means[at] })
		c.addVector(p.to, sums)
	}
}

// NormBackward implements [engine.Device].
func (c *core[T]) NormBackward(_ *engine.Norm, _ engine.NormState, back engine.NormGrad, v engine.Operand, d engine.Cotangents, to engine.Target) {
	raw := v
	raw.Norm = nil
	in := c.view(raw)
	in.relu = false
	slots, acc := c.slots(in, to)
	g := &gradView[T]{k: c.k, y: c.cast(v.Y), t: c.cast(v.T), st: back.(*normGrad[T]), zero: c.nothing}
	for i, x := range d {
		g.d[i] = c.cast(x)
	}
	c.samples(func(n int, w *worker[T]) {
		size := in.y.image()
		row := grow(&w.row, size)
		for i, s := range slots {
			if s == nil || g.d[i] == nil {
				continue
			}
			for b := range in.y.blocks {
				g.read(row, i, n, b, 0, size)
				if i == engine.TangentGrad && v.Scaled {
					// not read by the convolution through this norm: take the loss gradient's second share out
					w.xt = grow(&w.xt, size)
					g.read(w.xt, engine.LossGrad, n, b, 0, size)
					c.k.AddScaled(row, w.xt, -1)
				}
				in.store(s, row, n, b, acc[i])
			}
		}
	})
}
