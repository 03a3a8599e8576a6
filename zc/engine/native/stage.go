package native

import "github.com/zcnas/zcnas/zc/engine/native/kernels"

// side is one side of a geometry as it is packed.
type side struct {
	g      *geom
	out    bool
	blocks int
	size   int  // elements of a block
	flat   bool // the map as it is
}

// sideOf is the in side of a geometry, or its out side.
func (g *geom) sideOf(out bool) side {
	if out {
		return side{g, true, g.outBlocks, g.outSize, g.flatOut()}
	}
	return side{g, false, g.inBlocks, g.inSize, g.flatIn()}
}

// stage is a packed side of a convolution: of the whole batch, of the sample that a thread is at, or, where
// there is nothing to pack, the map itself. An empty stage packs nothing.
type stage[T kernels.Float] struct {
	side
	all      []T
	borrowed bool
}

// stage makes room for the whole batch, or for a sample of each thread.
func (c *core[T]) stage(s side, batch bool) stage[T] {
	st := stage[T]{side: s}
	if batch {
		st.all = c.buffer(c.n * s.blocks * s.size)
	}
	return st
}

// whole lets the stage be a map.
func (s *stage[T]) whole(c *core[T], t *tensor[T]) {
	c.drop(s)
	s.all, s.borrowed = t.data, true
}

// drop gives the memory of stages back.
func (c *core[T]) drop(stages ...*stage[T]) {
	for _, s := range stages {
		if s.all != nil && !s.borrowed {
			c.release(s.all)
		}
	}
}

// at is memory that starts with the part of one sample; own is the thread's memory.
func (s *stage[T]) at(n int, own *[]T) []T {
	if s.all != nil {
		return s.all[n*s.blocks*s.size:]
	}
	return grow(own, s.blocks*s.size)
}

// pack packs a block of a sample.
func (s *stage[T]) pack(n, b int, own *[]T, wk *worker[T], read reader[T]) {
	if s.g == nil || s.borrowed {
		return
	}
	dst := s.at(n, own)[b*s.size:][:s.size]
	if s.out {
		packOut(s.g, dst, b, read)
	} else {
		packIn(s.g, dst, b, 0, &wk.row, read)
	}
}

// wide reports whether a convolution takes the whole batch through one block of its weights at a time, which
// reads big weights once and keeps all threads busy at any batch; small weights stay in cache while each thread
// takes a sample through all of them. It is a function of sizes alone, so that sums do not depend on threads.
func (c *core[T]) wide(weights int) bool { return c.n == 1 || weights >= c.big }

// passes packs the blocks of every sample and calls f for its results' blocks.
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
