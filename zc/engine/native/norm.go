package native

import (
	"math"

	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/native/kernels"
)

// norm is a batch norm: its statistics and the coefficients that views and gradient views read through it.
//
// With x̂ = (y−μ)r, r = 1/√(σ²+ε), the tangent of y being f·y + t (f = 1 for convolutions, up to a constant that
// the norm removes) and e = f·ε·r² − r·mean(x̂t):
//
//	tangent of x̂      r·t + e·x̂ − r·mean(t)
//	δy                 rγ(δ − mean δ − x̂·mean(δx̂))
//	tangent of δy      e·δy [+ δy left out for f = 1: see gradView.read]
//	                   + rγ(δ̇ − mean δ̇ − x̂'·mean(δx̂) − x̂·(mean(δ̇x̂) + mean(δx̂'))), x̂' the tangent of x̂
type norm[T kernels.Float] struct {
	channels  int
	count     float64
	mean, vr  []float64 // batch mean and biased variance
	r, gamma  []float64
	mt, mxt   []float64 // mean(t), mean(x̂·t)
	e         []float64
	a, b      []T
	p, q, r1  []T
	back      [3]backCoef[T]
	zero      []T
	tangentOn bool
}

// backCoef are the coefficients of one cotangent carried back: loss·δ + d·(its own) + y·y + t·t + one.
type backCoef[T kernels.Float] struct{ loss, d, y, t, one []T }

// moments adds up a map's values and squares, per sample and channel, unless that was done when it was made.
func (c *core[T]) moments(y *tensor[T]) {
	if y.sum != nil {
		return
	}
	y.sum, y.dot = c.sums(y), c.sums(y)
	c.samples(func(n int, _ *worker[T]) {
		for b := range y.blocks {
			c.blockMoments(y, n, b)
		}
	})
}

func (c *core[T]) sums(t *tensor[T]) []float64 { return make([]float64, c.n*t.blocks*lanes) }

func (c *core[T]) blockMoments(y *tensor[T], n, b int) {
	i := (n*y.blocks + b)
	c.k.Moments(y.data[i*y.image():][:y.image()], y.sum[i*lanes:][:lanes], y.dot[i*lanes:][:lanes])
}

// crossMoments adds up a stored tangent and its product with the value.
func (c *core[T]) crossMoments(t, y *tensor[T]) {
	if t.sum != nil {
		return
	}
	t.sum, t.dot = c.sums(t), c.sums(t)
	c.samples(func(n int, _ *worker[T]) {
		for b := range y.blocks {
			c.blockCross(t, y, t.sum, t.dot, n, b)
		}
	})
}

func (c *core[T]) blockCross(d, y *tensor[T], sum, dot []float64, n, b int) {
	i := (n*y.blocks + b)
	size := y.image()
	c.k.Cross(d.data[i*size:][:size], y.data[i*size:][:size], sum[i*lanes:][:lanes], dot[i*lanes:][:lanes])
}

// total adds per-sample sums over the batch, in the samples' order.
func (c *core[T]) total(sums []float64) []float64 {
	width := len(sums) / c.n
	out := make([]float64, width)
	for n := range c.n {
		for i, v := range sums[n*width : (n+1)*width] {
			out[i] += v
		}
	}
	return out
}

// Norm implements [engine.Device].
func (c *core[T]) Norm(nm *engine.Norm, v engine.Operand) engine.NormState {
	y, t := c.cast(v.Y), c.cast(v.T)
	c.moments(y)
	width := y.blocks * lanes
	s := &norm[T]{channels: y.shape.C, count: float64(c.n * y.pixels()), zero: c.nothing, tangentOn: c.mode.Tangent}
	s.mean, s.vr = c.total(y.sum), c.total(y.dot)
	s.r, s.gamma = make([]float64, width), make([]float64, width)
	beta := make([]float64, width)
	s.a, s.b = make([]T, width), make([]T, width)
	for i := range s.channels {
		s.mean[i] /= s.count
		s.vr[i] = math.Max(0, s.vr[i]/s.count-s.mean[i]*s.mean[i])
		s.r[i] = 1 / math.Sqrt(s.vr[i]+nm.Layer.Eps)
		s.gamma[i] = 1
		if nm.Gamma >= 0 {
			s.gamma[i] = float64(c.value(nm.Gamma, i))
			beta[i] = float64(c.value(nm.Beta, i))
		}
		s.a[i] = T(s.gamma[i] * s.r[i])
		s.b[i] = T(beta[i] - s.gamma[i]*s.r[i]*s.mean[i])
	}
	if !s.tangentOn {
		return s
	}
	s.mt, s.mxt = make([]float64, width), make([]float64, width)
	if t != nil {
		c.crossMoments(t, y)
		s.mt = c.total(t.sum)
		dot := c.total(t.dot)
		for i := range s.channels {
			s.mt[i] /= s.count
			s.mxt[i] = s.r[i] * (dot[i]/s.count - s.mean[i]*s.mt[i])
		}
	}
	s.e = make([]float64, width)
	s.p, s.q, s.r1 = make([]T, width), make([]T, width), make([]T, width)
	for i := range s.channels {
		r := s.r[i]
		if v.Scaled {
			s.e[i] = nm.Layer.Eps * r * r
		}
		s.e[i] -= r * s.mxt[i]
		s.p[i] = T(s.gamma[i] * s.e[i] * r)
		s.q[i] = T(s.gamma[i] * r)
		s.r1[i] = T(-s.gamma[i] * r * (s.mt[i] + s.e[i]*s.mean[i]))
	}
	return s
}

// NormGrad implements [engine.Device].
func (c *core[T]) NormGrad(nm *engine.Norm, state engine.NormState, v engine.Operand, d engine.Cotangents) {
	s := state.(*norm[T])
	y, t := c.cast(v.Y), c.cast(v.T)
	width := y.blocks * lanes
	var sum, dot [3][]float64
	var lossT []float64
	for i, x := range d {
		if x != nil {
			sum[i], dot[i] = c.sums(y), c.sums(y)
		}
	}
	crossT := d[engine.TangentGrad] != nil && t != nil
	var spare []float64
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
	var md, mdx [3][]float64 // mean δ, mean δx̂
	for i, x := range d {
		if x == nil {
			continue
		}
		md[i], mdx[i] = c.total(sum[i]), c.total(dot[i])
		for ch := range s.channels {
			md[i][ch] /= s.count
			mdx[i][ch] = s.r[ch] * (mdx[i][ch]/s.count - s.mean[ch]*md[i][ch])
		}
		if i == engine.TangentGrad {
			continue
		}
		co := &s.back[i]
		co.d, co.y, co.one = make([]T, width), make([]T, width), make([]T, width)
		for ch := range s.channels {
			rg, r := s.r[ch]*s.gamma[ch], s.r[ch]
			co.d[ch] = T(rg)
			co.y[ch] = T(-rg * r * mdx[i][ch])
			co.one[ch] = T(rg * (r*s.mean[ch]*mdx[i][ch] - md[i][ch]))
		}
	}
	if d[engine.TangentGrad] == nil {
		return
	}
	co := &s.back[engine.TangentGrad]
	co.loss, co.d, co.y, co.t, co.one = make([]T, width), make([]T, width), make([]T, width), make([]T, width), make([]T, width)
	var mlt []float64
	if crossT {
		mlt = c.total(lossT)
	} else {
		mlt = make([]float64, width)
	}
	const loss, tan = engine.LossGrad, engine.TangentGrad
	for ch := range s.channels {
		r, e, mean := s.r[ch], s.e[ch], s.mean[ch]
		rg := r * s.gamma[ch]
		m1 := mdx[loss][ch]
		mt := r*mlt[ch]/s.count + e*m1 - r*s.mt[ch]*md[loss][ch] // mean of δ times the tangent of x̂
		m2 := m1*e + mdx[tan][ch] + mt                           // what multiplies x̂
		co.loss[ch] = T(e * rg)
		co.d[ch] = T(rg)
		co.y[ch] = T(-rg * r * (e*m1 + m2))
		co.t[ch] = T(-rg * r * m1)
		co.one[ch] = T(rg * (e*(r*mean*m1-md[loss][ch]) - md[tan][ch] + m1*r*s.mt[ch] + r*mean*m2))
	}
}

// NormBackward implements [engine.Device].
func (c *core[T]) NormBackward(state engine.NormState, v engine.Operand, d engine.Cotangents, to engine.Target) {
	raw := v
	raw.Norm = nil
	in := c.view(raw)
	in.relu = false
	slots, acc := c.slots(in, to)
	g := &gradView[T]{k: c.k, y: c.cast(v.Y), t: c.cast(v.T), st: state.(*norm[T])}
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

// MeanVariance implements [engine.Device].
func (c *core[T]) MeanVariance(state engine.NormState) engine.Scalars {
	s := state.(*norm[T])
	var mean float64
	for _, v := range s.vr[:s.channels] {
		mean += v / float64(s.channels)
	}
	return []float64{mean}
}
