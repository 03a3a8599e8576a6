package kernels

import (
	"fmt"
	"testing"
)

// layer is a convolution of the benchmark space: C channels on a map of size².
type layer struct {
	name                     string
	size, kernel, in, blocks int
}

var layers = []layer{
	{"3x3_C16_32x32", 32, 3, 16, 1},
	{"3x3_C32_16x16", 16, 3, 16, 2},
	{"3x3_C64_8x8", 8, 3, 16, 4},
	{"1x1_C16_32x32", 32, 1, 16, 1},
	{"1x1_C64_8x8", 8, 1, 16, 4},
	{"stem_3x3_32x32", 32, 3, 3, 1},
}

// tensors are one sample's operands of a layer.
type tensors[T Float] struct {
	g        geometry
	x, w, dy []T
}

// geometry is that of one output block.
func (l layer) geometry() geometry {
	g := square(l.size, l.size, l.in, l.kernel, l.kernel, 1, l.blocks, 0)
	g.dStride = l.size * Lanes
	g.xLen += Lanes - l.in
	return g
}

// flops is the arithmetic of all output blocks.
func (l layer) flops() float64 {
	return 2 * float64(l.size*l.size*len(l.geometry().offs)*l.in*Lanes*l.blocks)
}

func newTensors[T Float](l layer) (ts [2]tensors[T]) {
	g := l.geometry()
	for i := range ts {
		ts[i] = tensors[T]{g, filled[T](g.xLen), filled[T](l.blocks * len(g.offs) * l.in * Lanes), filled[T](l.blocks * l.size * l.size * Lanes)}
	}
	return ts
}

// filled is n small numbers: zeros could be quicker, denormal results slower.
func filled[T Float](n int) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = T(i%7) - 3
	}
	return s
}

// BenchmarkConv runs all output blocks of a layer for one sample.
func BenchmarkConv(b *testing.B) {
	eachSet(b, func(b *testing.B) {
		b.Run("float32", benchConv[float32])
		b.Run("float64", benchConv[float64])
	})
}

func benchConv[T Float](b *testing.B) {
	conv := For[T]().Conv
	benchLayers(b, func(l layer, t *tensors[T], w, dy []T) {
		conv(dy, t.x, w, t.g.offs, l.in, l.size, l.size, t.g.xStride, t.g.dStride, false)
	})
}

// benchLayers calls run for every output block of each layer, on the block's weights and outputs.
func benchLayers[T Float](b *testing.B, run func(l layer, t *tensors[T], w, dy []T)) {
	for _, l := range layers {
		b.Run(l.name, func(b *testing.B) {
			ts := newTensors[T](l)
			measure(b, flops(l.flops(), func(th int) {
				t := &ts[th]
				n, m := len(t.w)/l.blocks, len(t.dy)/l.blocks
				for o := range l.blocks {
					run(l, t, t.w[o*n:(o+1)*n], t.dy[o*m:(o+1)*m])
				}
			}), peak[T]())
		})
	}
}

// BenchmarkWgrad runs all output blocks of a layer for one sample.
func BenchmarkWgrad(b *testing.B) {
	eachSet(b, func(b *testing.B) {
		b.Run("float32", benchWgrad[float32])
		b.Run("float64", benchWgrad[float64])
	})
}

func benchWgrad[T Float](b *testing.B) {
	wgrad := For[T]().Wgrad
	benchLayers(b, func(l layer, t *tensors[T], w, dy []T) {
		wgrad(w, t.x, dy, t.g.offs, l.in, l.size, l.size, t.g.xStride, t.g.dStride, 1, 0, 0)
	})
	// One output block of a layer with many channels on small maps, for several samples at once.
	b.Run("3x3_C512_4x4_8_samples", func(b *testing.B) {
		const samples = 8
		g := square(4, 4, Lanes, 3, 3, 1, 32, 0)
		n := 4 * 4 * Lanes
		dw := [2][]T{make([]T, len(g.offs)*Lanes*Lanes), make([]T, len(g.offs)*Lanes*Lanes)}
		x, d := make([]T, samples*g.xLen), make([]T, samples*n)
		measure(b, flops(2*float64(samples*n*len(g.offs)*Lanes), func(th int) {
			wgrad(dw[th], x, d, g.offs, Lanes, 4, 4, g.xStride, 4*Lanes, samples, g.xLen, n)
		}), peak[T]())
	})
}

// strided is a kernel×kernel window over a map packed in stride² phases, as the
// engine packs it, so that every tap reads neighbouring pixels.
func strided(size, kernel, dilation, stride int) geometry {
	side := size + (kernel-1)*dilation/stride
	g := geometry{rows: size, width: size, nic: Lanes, xLen: stride * stride * side * side * Lanes,
		xStride: side * Lanes, dStride: size * Lanes}
	for y := 0; y < kernel*dilation; y += dilation {
		for x := 0; x < kernel*dilation; x += dilation {
			phase := y%stride*stride + x%stride
			g.offs = append(g.offs, ((phase*side+y/stride)*side+x/stride)*Lanes)
		}
	}
	return g
}

// transposed is the transpose of strided with stride 2: for each phase of the
// result, the taps that reach it.
func transposed(size, kernel int) []geometry {
	var gs []geometry
	for _, kh := range []int{(kernel + 1) / 2, kernel / 2} {
		for _, kw := range []int{(kernel + 1) / 2, kernel / 2} {
			g := square(size, size, Lanes, kh, kw, 1, 1, 0)
			g.dStride = size * Lanes
			gs = append(gs, g)
		}
	}
	return gs
}

// BenchmarkDepthwise runs one block of a layer for one sample. The sizes are
// those of the output, of one of its phases where it is transposed.
func BenchmarkDepthwise(b *testing.B) {
	cases := []struct {
		name   string
		passes []geometry
	}{
		{"3x3_32x32", []geometry{strided(32, 3, 1, 1)}},
		{"3x3_16x16", []geometry{strided(16, 3, 1, 1)}},
		{"3x3_8x8", []geometry{strided(8, 3, 1, 1)}},
		{"5x5_32x32", []geometry{strided(32, 5, 1, 1)}},
		{"5x5_8x8", []geometry{strided(8, 5, 1, 1)}},
		{"3x3_dilation_2_32x32", []geometry{strided(32, 3, 2, 1)}},
		{"5x5_dilation_2_32x32", []geometry{strided(32, 5, 2, 1)}},
		{"3x3_stride_2_16x16", []geometry{strided(16, 3, 1, 2)}},
		{"5x5_stride_2_16x16", []geometry{strided(16, 5, 1, 2)}},
		{"3x3_transposed_16x16", transposed(16, 3)},
		{"5x5_transposed_16x16", transposed(16, 5)},
	}
	eachSet(b, func(b *testing.B) {
		s := For[float32]()
		for _, c := range cases {
			var bufs [2]tensors[float32]
			var n float64
			for _, g := range c.passes {
				n += 2 * float64(g.rows*g.width*len(g.offs)*Lanes)
				for i := range bufs {
					bufs[i].x = filled[float32](max(len(bufs[i].x), g.xLen))
					bufs[i].w = filled[float32](max(len(bufs[i].w), len(g.offs)*Lanes))
					bufs[i].dy = filled[float32](g.rows * g.dStride)
				}
			}
			b.Run(c.name, func(b *testing.B) {
				measure(b, flops(n, func(th int) {
					u := &bufs[th]
					for i := range c.passes {
						g := &c.passes[i]
						s.Depthwise(u.dy, u.x, u.w, g.offs, g.rows, g.width, g.xStride, g.dStride, false)
					}
				}), peak[float32]())
			})
			if len(c.passes) > 1 {
				continue // its weight gradient is that of the strided convolution
			}
			b.Run(fmt.Sprintf("wgrad_%s", c.name), func(b *testing.B) {
				g := &c.passes[0]
				measure(b, flops(n, func(th int) {
					u := &bufs[th]
					s.DepthwiseWgrad(u.w, u.x, u.dy, g.offs, g.rows, g.width, g.xStride, g.dStride)
				}), peak[float32]())
			})
		}
	})
}
