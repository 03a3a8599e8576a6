package native

import (
	"fmt"
	"math"
	"slices"

	"github.com/zcnas/zcnas/zc/engine"
)

// Drain implements [engine.Device].
func (c *core[T]) Drain(param int, handle *engine.Gradient, sinks []engine.Sink) []engine.Scalars {
	var g *gradient[T]
	if *handle != nil {
		g = (*handle).(*gradient[T])
	}
	out := make([]engine.Scalars, len(sinks))
	for i, s := range sinks {
		switch s := s.(type) {
		case engine.Sums:
			out[i] = c.sumsOf(param, g)
		case engine.Squares:
			out[i] = c.squares(g)
		case engine.Values:
			out[i] = widen(c.values(g, &c.work[0].img))
		case engine.Signs:
			out[i] = c.signs(g)
		case engine.Ratio:
			out[i] = c.ratio(g, s.Before)
		case engine.Gram:
			out[i] = c.gram(g, s.Before)
		case engine.Update:
			c.update(param, g, s)
		case engine.Keep: // below, because it unpacks what the others read
		default:
			panic(fmt.Sprintf("native: unknown sink %T", s))
		}
	}
	if slices.Contains(sinks, engine.Sink(engine.Keep{})) {
		c.keep(g)
	}
	return out
}

func widen[T float32 | float64](x []T) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// sumsOf is [engine.Sums].
func (c *core[T]) sumsOf(param int, g *gradient[T]) []float64 {
	grad := c.values(g, &c.work[0].img)
	hess, once := grad, 1.0
	if g.tangent != nil {
		hess = c.unpack(g.g, g.tangent, &c.work[0].out)
		if !g.scored {
			once = 0
		}
	}
	// One sum for each row of the weight, to add them up in an order that does not depend on threads.
	rows := c.p.Graph.Params()[param].Shape[0]
	step := len(grad) / rows
	sums := make([][3]float64, rows)
	c.each(rows, func(o int, _ *worker[T]) {
		var abs, dot, gh float64
		src, hess := c.params[param][o*step:(o+1)*step], hess[o*step:(o+1)*step]
		for i, g := range grad[o*step : (o+1)*step] {
			v, g := float64(src[i]), float64(g)
			if c.mode.Abs {
				v = math.Abs(v)
			}
			abs += math.Abs(v * g)
			dot += v * g
			gh += g * (float64(hess[i]) - once*g) // of scored weights the cotangents that made hess count the gradient once too much
		}
		sums[o] = [3]float64{abs, dot, gh}
	})
	var abs, dot, gh float64
	for _, s := range sums {
		abs += s[0]
		dot += s[1]
		gh += s[2]
	}
	var sq float64
	switch x := any(grad).(type) {
	case []float32:
		sq = engine.SumSquares(x)
	case []float64:
		for _, v := range x {
			sq += v * v
		}
	}
	return []float64{sq, abs, dot, gh}
}

// squares is [engine.Squares].
func (c *core[T]) squares(g *gradient[T]) []float64 {
	var sq float64
	for _, v := range c.values(g, &c.work[0].img) {
		sq += float64(v) * float64(v)
	}
	return []float64{sq}
}

// signs is [engine.Signs].
func (c *core[T]) signs(g *gradient[T]) []float64 {
	if g.rows != nil {
		g.signs = c.zeros(len(g.rows[0]))
		for _, r := range g.rows {
			addSigns(g.signs, r)
		}
	}
	var sum float64
	for _, v := range c.unpack(g.g, g.signs, &c.work[0].img) {
		sum += math.Abs(float64(v))
	}
	return []float64{sum}
}

// keep moves a gradient out of the memory that the next Load takes back.
func (c *core[T]) keep(g *gradient[T]) {
	if g == nil {
		return
	}
	flat := slices.Clone(c.values(g, &c.work[0].img))
	c.Free(g)
	g.flat = flat
}

// ratio is [engine.Ratio].
func (c *core[T]) ratio(g *gradient[T], before []engine.Gradient) []float64 {
	all := [][]T{c.values(g, &c.work[0].img)}
	for _, b := range before {
		if b == nil {
			all = append(all, make([]T, len(all[0])))
			continue
		}
		all = append(all, b.(*gradient[T]).flat)
	}
	n := float64(len(all))
	var sum float64
	for i := range all[0] {
		var abs, mean, sq float64
		for _, x := range all {
			abs += math.Abs(float64(x[i])) / n
			mean += float64(x[i]) / n
		}
		for _, x := range all {
			d := float64(x[i]) - mean
			sq += d * d / n
		}
		if sq > 0 {
			sum += abs / math.Sqrt(sq)
		}
	}
	return []float64{sum}
}

// gram is [engine.Gram].
func (c *core[T]) gram(g *gradient[T], before []engine.Gradient) []float64 {
	rows := make([][]T, 0, len(before)+1)
	for _, b := range before {
		if b == nil {
			rows = append(rows, nil)
			continue
		}
		rows = append(rows, c.values(b.(*gradient[T]), new([]T)))
	}
	if g == nil {
		rows = append(rows, nil)
	} else {
		rows = append(rows, c.values(g, new([]T)))
	}
	n := len(rows)
	out := make([]float64, n*n)
	c.each(n, func(i int, _ *worker[T]) {
		for j := range i + 1 {
			var dot float64
			for k := range min(len(rows[i]), len(rows[j])) {
				dot += float64(rows[i][k]) * float64(rows[j][k])
			}
			out[i*n+j], out[j*n+i] = dot, dot
		}
	})
	return out
}
