package native

import (
	"math"

	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/native/kernels"
)

// norm is a batch norm's forward pass: its statistics, and the coefficients that views read through it. With the
// mean μ and the variance σ² of the values y,
//
//	(1)  x̂ = (y − μ)·r,  r = 1/√(σ² + ε),  value γx̂ + β = scale·y + shift
//
// With the tangent of y being f·y + t (f = 1 for scored convolutions, up to their bias, else 0), that of x̂ is
//
//	(2)  r·t + e·x̂ − r·mean(t),  e = f·ε·r² − r·mean(x̂t)    where μ and σ² are those of y
//	(3)  r·t + r·f·(y − bias)                                where they do not depend on y
//
// and γ times that is ofValue·y + ofTangent·t + constant.
type norm[T kernels.Float] struct {
	channels int
	// Statistics and coefficients are per channel, or per sample and channel: then a sample's are stride apart.
	stride int
	fixed  bool    // the statistics do not depend on y
	scaled bool    // f = 1
	count  float64 // how many values a channel's statistics are taken of

	mean, variance []float64 // μ, σ²
	r, gamma       []float64 // gamma has one value per channel
	meanT, meanXT  []float64 // mean(t), mean(x̂t)
	e              []float64

	scale, shift                 []T
	ofValue, ofTangent, constant []T // nil without tangents
}

// width is the number of channels, whole blocks of them.
func (s *norm[T]) width() int { return len(s.gamma) }

// each calls f for every channel and its place among the statistics, of every sample that has its own.
func (s *norm[T]) each(f func(ch, at int)) {
	for from := 0; from < len(s.mean); from += s.width() {
		for ch := range s.channels {
			f(ch, from+ch)
		}
	}
}

// normMode is what a batch norm normalises with.
func (c *core[T]) normMode(n *engine.Norm) engine.NormMode {
	if n.Untracked && c.mode.Norm == engine.NormRunning {
		return engine.NormBatch
	}
	return c.mode.Norm
}

// Norm implements [engine.Device].
func (c *core[T]) Norm(n *engine.Norm, v engine.Operand) engine.NormState {
	y := c.cast(v.Y)
	s := &norm[T]{channels: y.shape.C, scaled: v.Scaled, gamma: make([]float64, y.blocks*lanes)}
	switch c.normMode(n) {
	case engine.NormRunning:
		s.fixed = true
		c.runningStatistics(s, n)
	case engine.NormSample:
		s.stride = s.width()
		c.statistics(s, y)
	default:
		c.statistics(s, y)
		if c.mode.Momentum > 0 && !n.Untracked {
			c.moveRunning(s, n)
		}
	}
	s.r = make([]float64, len(s.mean))
	s.scale, s.shift = make([]T, len(s.mean)), make([]T, len(s.mean))
	s.each(func(ch, at int) {
		s.r[at] = 1 / math.Sqrt(s.variance[at]+n.Layer.Eps)
		var beta float64
		s.gamma[ch] = 1
		if n.Gamma >= 0 {
			s.gamma[ch] = float64(c.value(n.Gamma, ch))
			beta = float64(c.value(n.Beta, ch))
		}
		s.scale[at] = T(s.gamma[ch] * s.r[at])
		s.shift[at] = T(beta - s.gamma[ch]*s.r[at]*s.mean[at])
	})
	if c.mode.Tangent {
		c.normTangent(s, n, v)
	}
	return s
}

// statistics takes mean and variance of a map.
func (c *core[T]) statistics(s *norm[T], y *tensor[T]) {
	c.moments(y)
	s.mean, s.variance = c.over(s, y.sum), c.over(s, y.dot)
	s.count = float64(c.n * y.pixels())
	if s.stride > 0 {
		s.count = float64(y.pixels())
	}
	s.each(func(_, at int) {
		s.mean[at] /= s.count
		s.variance[at] = math.Max(0, s.variance[at]/s.count-s.mean[at]*s.mean[at])
	})
}

// over adds per-sample sums up over what statistics are taken of: the batch, or each sample.
func (c *core[T]) over(s *norm[T], sums []float64) []float64 {
	if s.stride > 0 {
		return append([]float64(nil), sums...)
	}
	return c.total(sums)
}

// runningStatistics looks mean and variance up.
func (c *core[T]) runningStatistics(s *norm[T], n *engine.Norm) {
	s.mean, s.variance = make([]float64, s.width()), make([]float64, s.width())
	for ch := range s.channels {
		s.variance[ch] = 1
		if c.running != nil {
			s.mean[ch], s.variance[ch] = float64(c.running[n.Running].Mean[ch]), float64(c.running[n.Running].Var[ch])
		}
	}
}

// moveRunning moves the running statistics towards the batch's.
func (c *core[T]) moveRunning(s *norm[T], n *engine.Norm) {
	r, m := c.running[n.Running], c.mode.Momentum
	for ch := range s.channels {
		unbiased := s.variance[ch] * s.count / (s.count - 1)
		r.Mean[ch] = float32((1-m)*float64(r.Mean[ch]) + m*s.mean[ch])
		r.Var[ch] = float32((1-m)*float64(r.Var[ch]) + m*unbiased)
	}
}

// normTangent sets the coefficients of the tangent.
func (c *core[T]) normTangent(s *norm[T], n *engine.Norm, v engine.Operand) {
	size := len(s.mean)
	s.ofValue, s.ofTangent, s.constant = make([]T, size), make([]T, size), make([]T, size)
	if s.fixed { // (3)
		s.each(func(ch, at int) {
			rg := s.gamma[ch] * s.r[at]
			s.ofTangent[at] = T(rg)
			if v.Scaled {
				s.ofValue[at] = T(rg)
				if v.Bias >= 0 {
					s.constant[at] = T(-rg * float64(c.value(v.Bias, ch)))
				}
			}
		})
		return
	}
	s.meanT, s.meanXT, s.e = make([]float64, size), make([]float64, size), make([]float64, size)
	if t := c.cast(v.T); t != nil {
		c.crossMoments(t, c.cast(v.Y))
		s.meanT = c.over(s, t.sum)
		dot := c.over(s, t.dot)
		s.each(func(_, at int) {
			s.meanT[at] /= s.count
			s.meanXT[at] = s.r[at] * (dot[at]/s.count - s.mean[at]*s.meanT[at])
		})
	}
	s.each(func(ch, at int) { // (2)
		r, gamma := s.r[at], s.gamma[ch]
		if v.Scaled {
			s.e[at] = n.Layer.Eps * r * r
		}
		s.e[at] -= r * s.meanXT[at]
		s.ofValue[at] = T(gamma * s.e[at] * r)
		s.ofTangent[at] = T(gamma * r)
		s.constant[at] = T(-gamma * r * (s.meanT[at] + s.e[at]*s.mean[at]))
	})
}
