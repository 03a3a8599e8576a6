package native

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
