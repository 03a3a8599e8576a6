package native

import (
	"math/bits"

	"github.com/zcnas/zcnas/zc/engine"
)

// codesOf writes whether each ReLU input of a sample's block is positive, a bit for each channel of a pixel.
func (c *core[T]) codesOf(code []uint16, v *view[T], n, b int) {
	c.k.Codes(code, v.y.sample(n)[b*v.y.image():(b+1)*v.y.image()], v.at(v.a, n, b), v.at(v.b, n, b))
}

// codeKernel counts, for each pair of samples, the ReLU inputs that have the same sign.
func (c *core[T]) codeKernel(in []engine.Operand, times []int) []float64 {
	kernel := make([]float64, c.n*c.n)
	for k, o := range in {
		c.addCodes(kernel, c.view(o), times[k])
	}
	return kernel
}

func (c *core[T]) addCodes(kernel []float64, v *view[T], times int) {
	words := (v.y.blocks*v.y.pixels() + 3) / 4
	rows := make([][]uint64, c.n)
	c.samples(func(n int, _ *worker[T]) {
		rows[n] = make([]uint64, words)
		code := make([]uint16, v.y.pixels())
		i := 0
		for b := range v.y.blocks {
			c.codesOf(code, v, n, b)
			for _, x := range code {
				rows[n][i/4] |= uint64(x) << (i % 4 * 16)
				i++
			}
		}
	})
	total := v.y.shape.Size()
	c.samples(func(i int, _ *worker[T]) {
		for j := range c.n {
			differ := 0
			for k, x := range rows[i] {
				differ += bits.OnesCount64(x ^ rows[j][k])
			}
			kernel[i*c.n+j] += float64(times * (total - differ))
		}
	})
}

// codeBits packs the signs of a map's ReLU inputs, 32 to a number, block by block, pixel by pixel.
func (c *core[T]) codeBits(o engine.Operand) []float64 {
	v := c.view(o)
	words := (v.y.shape.Size() + 31) / 32
	out := make([]float64, c.n*words)
	c.samples(func(n int, _ *worker[T]) {
		code := make([]uint16, v.y.pixels())
		row := out[n*words:][:words]
		var word uint64
		have := 0
		for b := range v.y.blocks {
			channels := min(lanes, v.y.shape.C-b*lanes)
			c.codesOf(code, v, n, b)
			for _, x := range code {
				word |= uint64(x&(1<<channels-1)) << have
				if have += channels; have >= 32 {
					row[0], row = float64(uint32(word)), row[1:]
					word >>= 32
					have -= 32
				}
			}
		}
		if have > 0 {
			row[0] = float64(word)
		}
	})
	return out
}
