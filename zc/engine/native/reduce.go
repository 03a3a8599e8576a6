package native

import (
	"fmt"
	"math"

	"github.com/zcnas/zcnas/zc/engine"
)

// Reduce implements [engine.Device].
func (c *core[T]) Reduce(r engine.Reduction, in []engine.Operand) engine.Scalars {
	switch r := r.(type) {
	case engine.Map:
		return c.read(in[0])
	case engine.Channel:
		return c.channel(in[0], r.C)
	case engine.AbsDiff:
		return c.absDiff(in[0], in[1])
	case engine.Covariance:
		return c.covariance(in[0])
	case engine.NormVariance:
		return meanVariance(in[0].Norm.(*norm[T]))
	case engine.CodeKernel:
		return c.codeKernel(in, r.Times)
	case engine.CodeBits:
		return c.codeBits(in[0])
	case engine.Correct:
		return c.correct(in[0], r)
	}
	panic(fmt.Sprintf("native: unknown reduction %T", r))
}

// channel delivers one channel of a map.
func (c *core[T]) channel(o engine.Operand, ch int) []float64 {
	v := c.view(o)
	hw := v.y.pixels()
	out := make([]float64, c.n*hw)
	c.samples(func(n int, w *worker[T]) {
		img := grow(&w.img, v.y.image())
		v.value(img, n, ch/lanes, 0, len(img))
		for i := range hw {
			out[n*hw+i] = float64(img[i*lanes+ch%lanes])
		}
	})
	return out
}

// absDiff is Σ|a − b| over each sample.
func (c *core[T]) absDiff(a, b engine.Operand) []float64 {
	va, vb := c.view(a), c.view(b)
	out := make([]float64, c.n)
	c.samples(func(n int, w *worker[T]) {
		size := va.y.image()
		x, y := grow(&w.row, size), grow(&w.img, size)
		for k := range va.y.blocks {
			va.value(x, n, k, 0, size)
			vb.value(y, n, k, 0, size)
			for l := range min(lanes, va.y.shape.C-k*lanes) {
				for i := l; i < size; i += lanes {
					out[n] += math.Abs(float64(x[i] - y[i]))
				}
			}
		}
	})
	return out
}

// covariance is that of the channels, over batch and positions.
func (c *core[T]) covariance(o engine.Operand) []float64 {
	x := c.read(o)
	channels, hw := o.Shape.C, o.Shape.H*o.Shape.W
	count := float64(c.n * hw)
	at := func(n, ch int) []float64 { return x[(n*channels+ch)*hw:][:hw] }
	c.each(channels, func(ch int, _ *worker[T]) {
		var mean float64
		for n := range c.n {
			for _, v := range at(n, ch) {
				mean += v
			}
		}
		mean /= count
		for n := range c.n {
			for i := range at(n, ch) {
				at(n, ch)[i] -= mean
			}
		}
	})
	out := make([]float64, channels*channels)
	c.each(channels, func(i int, _ *worker[T]) {
		for j := range i + 1 {
			var dot float64
			for n := range c.n {
				b := at(n, j)
				for k, v := range at(n, i) {
					dot += v * b[k]
				}
			}
			out[i*channels+j], out[j*channels+i] = dot/count, dot/count
		}
	})
	return out
}

// meanVariance is the mean over channels of the biased batch variances.
func meanVariance[T float32 | float64](s *norm[T]) []float64 {
	var mean float64
	for _, v := range s.variance[:s.channels] {
		mean += v / float64(s.channels)
	}
	return []float64{mean}
}

// correct counts the labels that are among the k largest outputs.
func (c *core[T]) correct(o engine.Operand, r engine.Correct) []float64 {
	x := c.read(o)
	hw := o.Shape.H * o.Shape.W
	var count float64
	for i, label := range r.Labels {
		at := func(ch int) float64 { return x[(i/hw*o.Shape.C+ch)*hw+i%hw] }
		above := 0
		for ch := range o.Shape.C {
			if !(at(ch) <= at(label)) { // a NaN is above everything
				above++
			}
		}
		if above < r.K {
			count++
		}
	}
	return []float64{count}
}
