package kernels

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// The benchmarks compare each kernel with a ceiling of the machine, which they
// measure in turn with it, one short window after the other, so that a busy
// neighbour slows both alike. They report:
//
//	GFLOP/s  floating-point operations, in the best window
//	%peak    of the multiply-adds that PeakFMA does with the same set
//	GB/s     bytes that cross the first-level cache, in the best window: each
//	         argument read and each written, and the lines of an argument that
//	         is only written, which are fetched first
//	%copy    of the same for Go's copy of a map as large; the cache takes and
//	         gives at once, so that a kernel that only reads cannot reach it
//	         and one that writes as much as it reads may pass it
//
// The percentages are medians over pairs of neighbouring windows.

// span is about how long a window lasts.
const span = 50 * time.Microsecond

// work is what a benchmark times: a call, and how much of a unit it does.
type work struct {
	unit   string
	amount float64
	op     func(thread int)
}

// window is a number of calls of a work on each thread.
type window struct {
	work
	reps int
}

func newWindow(w work) *window {
	w.op(0) // warm up
	for reps := 1; ; reps *= 2 {
		start := time.Now()
		for range reps {
			w.op(0)
		}
		if time.Since(start) >= span {
			return &window{w, reps}
		}
	}
}

// rate is the amount a second over one window, all threads together.
func (w *window) rate(threads int) float64 {
	reps := w.reps
	if threads > 1 {
		reps *= 8 // so that starting them does not matter
	}
	start := time.Now()
	if threads == 1 {
		for range reps {
			w.op(0)
		}
	} else {
		var wg sync.WaitGroup
		for th := range threads {
			wg.Go(func() {
				for range reps {
					w.op(th)
				}
			})
		}
		wg.Wait()
	}
	return w.amount * float64(reps*threads) / time.Since(start).Seconds()
}

// measure runs a work and its ceiling on one thread and on two. Each thread
// has its own buffers.
func measure(b *testing.B, w, ceiling work) {
	for threads := 1; threads <= 2; threads++ {
		b.Run(fmt.Sprintf("threads=%d", threads), func(b *testing.B) {
			ours, top := newWindow(w), newWindow(ceiling)
			var best float64
			var shares []float64
			for b.Loop() {
				r := ours.rate(threads)
				best = max(best, r)
				shares = append(shares, r/top.rate(threads))
			}
			slices.Sort(shares)
			b.ReportMetric(best/1e9, w.unit)
			b.ReportMetric(100*shares[len(shares)/2], ceiling.unit)
			b.ReportMetric(0, "ns/op")
		})
	}
}

// flops is the arithmetic of a kernel.
func flops(n float64, op func(thread int)) work { return work{"GFLOP/s", n, op} }

// peak is the ceiling of arithmetic on T with the current set, of whose vectors
// a float64 takes two places.
func peak[T Float]() work {
	const rounds = 1000
	n := float64(PeakFMA(rounds))
	if _, ok := any(T(0)).(float64); ok && current.name != "portable" {
		n /= 2
	}
	return work{"%peak", n, func(int) { PeakFMA(rounds) }}
}

// mapLen is the number of elements of a 32×32 map, of 64 KiB in float32.
const mapLen = 32 * 32 * Lanes

// traffic is a float32 row kernel that moves so many maps.
func traffic(maps float64, op func(thread int)) work { return work{"GB/s", maps * mapLen * 4, op} }

// copying is the ceiling of traffic: a copy of n bytes, which it fetches twice
// and writes once.
func copying(n int) work {
	var dst, src [2][]byte
	for i := range src {
		dst[i], src[i] = make([]byte, n), make([]byte, n)
	}
	return work{"%copy", 3 * float64(n), func(th int) { copy(dst[th], src[th]) }}
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
		top := peak[float32]()
		measure(b, flops(top.amount, top.op), top)
	})
}

// BenchmarkCopy copies within the first two levels of cache and from memory.
func BenchmarkCopy(b *testing.B) {
	for _, c := range []struct {
		name string
		n    int
	}{{"L1", 8 << 10}, {"L2", mapLen * 4}, {"memory", 128 << 20}} {
		b.Run(c.name, func(b *testing.B) {
			top := copying(c.n)
			measure(b, work{"GB/s", top.amount, top.op}, top)
		})
	}
}
