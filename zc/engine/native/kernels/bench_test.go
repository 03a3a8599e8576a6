package kernels

import (
	"fmt"
	"math"
	"sync"
	"testing"
	"time"
	"unsafe"
)

// The benchmarks compare each kernel with the ceilings of the machine, which
// they measure in turn with it (a busy neighbour slows both alike). They report
// the best of many short windows:
//
//	GFLOP/s  floating-point operations
//	%peak    of the multiply-adds BenchmarkPeakFMA does
//	GB/s     bytes read and written, each argument counted once

// window is about how long one measurement lasts.
const window = 50 * time.Microsecond

// best is the shortest time of a window of reps calls of op on each thread.
type best struct {
	op   func(thread int)
	reps int
	min  time.Duration
}

func newBest(op func(thread int)) *best {
	op(0) // warm up
	w := &best{op: op, reps: 1, min: math.MaxInt64}
	for {
		start := time.Now()
		for range w.reps {
			op(0)
		}
		if time.Since(start) >= window {
			return w
		}
		w.reps *= 2
	}
}

func (w *best) run(threads int) {
	start := time.Now()
	if threads == 1 {
		for range w.reps {
			w.op(0)
		}
	} else {
		var wg sync.WaitGroup
		for th := range threads {
			wg.Go(func() {
				for range 8 * w.reps {
					w.op(th)
				}
			})
		}
		wg.Wait()
	}
	w.min = min(w.min, time.Since(start))
}

// perOp is the least time a call took, with that many running at once.
func (w *best) perOp(threads int) float64 {
	n := w.reps
	if threads > 1 {
		n *= 8 * threads
	}
	return w.min.Seconds() / float64(n)
}

const peakRounds = 1000

// measure runs op, which does that many operations on T, on one thread and on
// two. Each thread has its own buffers.
func measure[T Float](b *testing.B, flops, bytes float64, op func(thread int)) {
	perPeak := float64(unsafe.Sizeof(T(0))) / 4 // a float64 takes two lanes of the peak
	for threads := 1; threads <= 2; threads++ {
		b.Run(fmt.Sprintf("threads=%d", threads), func(b *testing.B) {
			peakFlops := PeakFMA(peakRounds)
			w, peak := newBest(op), newBest(func(int) { PeakFMA(peakRounds) })
			for b.Loop() {
				w.run(threads)
				peak.run(threads)
			}
			if flops > 0 {
				rate, top := flops/w.perOp(threads), float64(peakFlops)/peak.perOp(threads)
				b.ReportMetric(rate/1e9, "GFLOP/s")
				b.ReportMetric(100*perPeak*rate/top, "%peak")
			}
			if bytes > 0 {
				b.ReportMetric(bytes/w.perOp(threads)/1e9, "GB/s")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// eachSet runs a benchmark for every set.
func eachSet(b *testing.B, f func(b *testing.B)) {
	before := Name()
	for _, name := range Available() {
		b.Run(name, func(b *testing.B) {
			if err := Select(name); err != nil {
				b.Fatal(err)
			}
			f(b)
		})
	}
	if err := Select(before); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkPeakFMA(b *testing.B) {
	eachSet(b, func(b *testing.B) {
		measure[float32](b, float64(PeakFMA(peakRounds)), 0, func(int) { PeakFMA(peakRounds) })
	})
}

// BenchmarkCopy copies within the second-level cache and from memory.
func BenchmarkCopy(b *testing.B) {
	for _, c := range []struct {
		name string
		n    int
	}{{"L1", 8 << 10}, {"L2", 256 << 10}, {"memory", 128 << 20}} {
		b.Run(c.name, func(b *testing.B) {
			var src, dst [2][]byte
			for i := range src {
				src[i], dst[i] = make([]byte, c.n), make([]byte, c.n)
			}
			measure[float32](b, 0, 2*float64(c.n), func(th int) { copy(dst[th], src[th]) })
		})
	}
}

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

func (l layer) tensors() (geometry, float64) {
	g := square(l.size, l.size, l.in, l.kernel, l.kernel, 1, l.blocks, 0)
	g.dStride = l.size * Lanes
	g.xLen += Lanes - l.in
	return g, 2 * float64(l.size*l.size*len(g.offs)*l.in*Lanes*l.blocks)
}

func newTensors[T Float](l layer) (ts [2]tensors[T]) {
	g, _ := l.tensors()
	for i := range ts {
		ts[i] = tensors[T]{g, make([]T, g.xLen), make([]T, l.blocks*len(g.offs)*l.in*Lanes), make([]T, l.blocks*l.size*l.size*Lanes)}
		for j := range ts[i].x {
			ts[i].x[j] = T(j%7) - 3
		}
		for j := range ts[i].w {
			ts[i].w[j] = T(j%5) - 2
		}
		for j := range ts[i].dy {
			ts[i].dy[j] = T(j%3) - 1
		}
	}
	return ts
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
	for _, l := range layers {
		b.Run(l.name, func(b *testing.B) {
			ts := newTensors[T](l)
			_, flops := l.tensors()
			measure[T](b, flops, 0, func(th int) {
				t := &ts[th]
				n, m := len(t.w)/l.blocks, len(t.dy)/l.blocks
				for o := range l.blocks {
					conv(t.dy[o*m:(o+1)*m], t.x, t.w[o*n:(o+1)*n], t.g.offs, l.in, l.size, l.size, t.g.xStride, t.g.dStride, false)
				}
			})
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
	for _, l := range layers {
		b.Run(l.name, func(b *testing.B) {
			ts := newTensors[T](l)
			_, flops := l.tensors()
			measure[T](b, flops, 0, func(th int) {
				t := &ts[th]
				n, m := len(t.w)/l.blocks, len(t.dy)/l.blocks
				for o := range l.blocks {
					wgrad(t.w[o*n:(o+1)*n], t.x, t.dy[o*m:(o+1)*m], t.g.offs, l.in, l.size, l.size, t.g.xStride, t.g.dStride, 1, 0, 0)
				}
			})
		})
	}
	// One output block of a layer with many channels on small maps, for several samples at once.
	b.Run("3x3_C512_4x4_8_samples", func(b *testing.B) {
		const samples = 8
		g := square(4, 4, Lanes, 3, 3, 1, 32, 0)
		n := 4 * 4 * Lanes
		dw := [2][]T{make([]T, len(g.offs)*Lanes*Lanes), make([]T, len(g.offs)*Lanes*Lanes)}
		x, d := make([]T, samples*g.xLen), make([]T, samples*n)
		measure[T](b, 2*float64(samples*n*len(g.offs)*Lanes), 0, func(th int) {
			wgrad(dw[th], x, d, g.offs, Lanes, 4, 4, g.xStride, 4*Lanes, samples, g.xLen, n)
		})
	})
}

func BenchmarkDepthwise(b *testing.B) {
	eachSet(b, func(b *testing.B) {
		s := For[float32]()
		for _, l := range layers[:3] {
			ts := newTensors[float32](layer{l.name, l.size, l.kernel, Lanes, 1})
			flops := 2 * float64(l.size*l.size*9*Lanes)
			b.Run(fmt.Sprintf("3x3_%dx%d", l.size, l.size), func(b *testing.B) {
				measure[float32](b, flops, 0, func(th int) {
					t := &ts[th]
					s.Depthwise(t.dy, t.x, t.w, t.g.offs, l.size, l.size, t.g.xStride, t.g.dStride, false)
				})
			})
			b.Run(fmt.Sprintf("wgrad_3x3_%dx%d", l.size, l.size), func(b *testing.B) {
				measure[float32](b, flops, 0, func(th int) {
					t := &ts[th]
					s.DepthwiseWgrad(t.w, t.x, t.dy, t.g.offs, l.size, l.size, t.g.xStride, t.g.dStride)
				})
			})
		}
	})
}

// BenchmarkRows runs each row kernel on a 32×32 map (64 KiB per argument).
func BenchmarkRows(b *testing.B) {
	const n = 32 * 32
	eachSet(b, func(b *testing.B) {
		s := For[float32]()
		type buffers struct {
			p    [5][]float32
			c    [5][]float32
			s1   []float64
			s2   []float64
			bits []uint16
		}
		var bufs [2]buffers
		for i := range bufs {
			for j := range bufs[i].p {
				bufs[i].p[j], bufs[i].c[j] = make([]float32, n*Lanes), make([]float32, Lanes)
			}
			bufs[i].s1, bufs[i].s2, bufs[i].bits = make([]float64, Lanes), make([]float64, Lanes), make([]uint16, n)
		}
		for _, k := range []struct {
			name  string
			moves float64 // pixel arguments read and written
			op    func(u *buffers)
		}{
			{"Affine", 2, func(u *buffers) { s.Affine(u.p[0], u.p[1], u.c[0], u.c[1]) }},
			{"AffineReLU", 2, func(u *buffers) { s.AffineReLU(u.p[0], u.p[1], u.c[0], u.c[1], 0) }},
			{"AffineAcc", 3, func(u *buffers) { s.AffineAcc(u.p[0], u.p[1], u.c[0], u.c[1]) }},
			{"Lin2", 3, func(u *buffers) { s.Lin2(u.p[0], u.p[1], u.p[2], u.c[0], u.c[1], u.c[2]) }},
			{"Lin2Acc", 4, func(u *buffers) { s.Lin2Acc(u.p[0], u.p[1], u.p[2], u.c[0], u.c[1], u.c[2]) }},
			{"Lin2Mask", 3, func(u *buffers) {
				s.Lin2Mask(u.p[0], u.p[1], u.p[2], u.c[0], u.c[1], u.c[2], u.c[3], u.c[4], 0)
			}},
			{"Lin4", 5, func(u *buffers) {
				s.Lin4(u.p[0], u.p[1], u.p[2], u.p[3], u.p[4], u.c[0], u.c[1], u.c[2], u.c[3], u.c[4])
			}},
			{"Mask", 3, func(u *buffers) { s.Mask(u.p[0], u.p[1], u.p[2], u.c[0], u.c[1], 0) }},
			{"MaskAcc", 4, func(u *buffers) { s.MaskAcc(u.p[0], u.p[1], u.p[2], u.c[0], u.c[1], 0) }},
			{"Add", 3, func(u *buffers) { s.Add(u.p[0], u.p[1]) }},
			{"Mul", 3, func(u *buffers) { s.Mul(u.p[0], u.p[1]) }},
			{"MaxArg", 5, func(u *buffers) { s.MaxArg(u.p[0], u.p[1], u.p[2], 1) }},
			{"SelectAcc", 4, func(u *buffers) { s.SelectAcc(u.p[0], u.p[1], u.p[2], 0) }},
			{"AddScaled", 3, func(u *buffers) { s.AddScaled(u.p[0], u.p[1], 0.5) }},
			{"Moments", 1, func(u *buffers) { s.Moments(u.p[0], u.s1, u.s2) }},
			{"Cross", 2, func(u *buffers) { s.Cross(u.p[0], u.p[1], u.s1, u.s2) }},
			{"Codes", 1, func(u *buffers) { s.Codes(u.bits, u.p[0], u.c[0], u.c[1]) }},
			{"BoxRow", 2, func(u *buffers) {
				const row = 32 * Lanes
				for r := range 32 {
					var up, down []float32
					if r > 0 {
						up = u.p[1][(r-1)*row:]
					}
					if r < 31 {
						down = u.p[1][(r+1)*row:]
					}
					s.BoxRow(u.p[0][r*row:(r+1)*row], up, u.p[1][r*row:], down, 1, 1, 1, 1, 1, 1, 1, false)
				}
			}},
		} {
			b.Run(k.name, func(b *testing.B) {
				measure[float32](b, 0, k.moves*n*Lanes*4, func(th int) { k.op(&bufs[th]) })
			})
		}
	})
}
