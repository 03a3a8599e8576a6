package native

import "github.com/zcnas/zcnas/zc/engine/native/kernels"

// stage is a packed side of a convolution: of the whole batch, of the sample that a thread is at, or, where
// there is nothing to pack, the map itself.
type stage[T kernels.Float] struct {
	size     int // elements per sample
	all      []T
	borrowed bool
}

// at is memory that starts with the part of one sample; own is the thread's memory.
func (s *stage[T]) at(n int, own *[]T) []T {
	if s.all != nil {
		return s.all[n*s.size:]
	}
	return grow(own, s.size)
}

// whole lets the stage be a map.
func (s *stage[T]) whole(t *tensor[T]) { s.all, s.borrowed = t.data, true }

// wide reports whether a convolution takes the whole batch through one block of its weights at a time, which
// reads big weights once and keeps all threads busy at any batch; small weights stay in cache while each thread
// takes a sample through all of them. It is a function of sizes alone, so that sums do not depend on threads.
func (c *core[T]) wide(weights int) bool { return c.n == 1 || weights >= 1<<18 }

// batch makes room for the whole batch where the convolution is wide.
func (c *core[T]) batch(wide bool, s *stage[T]) {
	if wide {
		s.all = c.buffer(c.n * s.size)
	}
}

// drop gives the stages' memory back.
func (c *core[T]) drop(stages ...*stage[T]) {
	for _, s := range stages {
		if s.all != nil && !s.borrowed {
			c.release(s.all)
		}
	}
}

// passes packs the blocks of every sample and then calls f for its results' blocks.
func (c *core[T]) passes(wide bool, packs, blocks int, pack, f func(n, b int, wk *worker[T])) {
	if wide {
		c.each(c.n*packs, func(i int, wk *worker[T]) { pack(i/packs, i%packs, wk) })
		c.each(blocks, func(b int, wk *worker[T]) {
			for n := range c.n {
				f(n, b, wk)
			}
		})
		return
	}
	c.samples(func(n int, wk *worker[T]) {
		for b := range packs {
			pack(n, b, wk)
		}
		for b := range blocks {
			f(n, b, wk)
		}
	})
}
