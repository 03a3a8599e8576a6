package kernels

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// guarded is a slice between two guards. Input guards are NaN, which spoils
// any result that reads them; output guards are a sentinel, which must survive.
type guarded[T Float] struct {
	all  []T
	data []T
}

const (
	guardLen = 40
	sentinel = 12345
)

// newGuarded starts its data skew elements off the alignment of the allocator.
func newGuarded[T Float](n, skew int, guard T) guarded[T] {
	all := make([]T, guardLen+skew+n+guardLen)
	for i := range all {
		all[i] = guard
	}
	lo := guardLen + skew
	return guarded[T]{all, all[lo : lo+n : lo+n]}
}

// input is n normal values between NaN guards.
func input[T Float](rng *rand.Rand, n, skew int) []T {
	g := newGuarded(n, skew, T(math.NaN()))
	for i := range g.data {
		g.data[i] = T(rng.NormFloat64())
	}
	return g.data
}

// output is n normal values between sentinels.
func output[T Float](rng *rand.Rand, n, skew int) guarded[T] {
	g := newGuarded[T](n, skew, sentinel)
	for i := range g.data {
		g.data[i] = T(rng.NormFloat64())
	}
	return g
}

func (g guarded[T]) check(t *testing.T) {
	t.Helper()
	lo := cap(g.all) - guardLen - len(g.data)
	for i, v := range g.all {
		if (i < lo || i >= lo+len(g.data)) && v != sentinel {
			t.Fatalf("element %d of the output, which has %d, was overwritten with %v", i-lo, len(g.data), v)
		}
	}
}

// wide is a copy in float64.
func wide[T Float](x []T) []float64 {
	if x == nil {
		return nil
	}
	w := make([]float64, len(x))
	for i, v := range x {
		w[i] = float64(v)
	}
	return w
}

// near fails unless got is within the rounding error of sums of n terms of
// about unit size.
func near[T Float](t *testing.T, what string, got []T, want []float64, n int) {
	t.Helper()
	eps := 1e-6
	if _, ok := any(got).([]float64); ok {
		eps = 1e-14
	}
	for i := range want {
		tol := eps * (4 + 4*math.Sqrt(float64(n))) * (1 + math.Abs(want[i]))
		if v := float64(got[i]); !(math.Abs(v-want[i]) <= tol) && !(math.IsNaN(v) && math.IsNaN(want[i])) {
			t.Fatalf("%s: element %d is %v, want %v ± %.1e", what, i, got[i], want[i], tol)
		}
	}
}

// forAll runs a test for every set of this CPU.
func forAll(t *testing.T, f32 func(t *testing.T, s *Set[float32]), f64 func(t *testing.T, s *Set[float64])) {
	for _, l := range levels {
		t.Run(l.name+"/float32", func(t *testing.T) { f32(t, l.f32) })
		t.Run(l.name+"/float64", func(t *testing.T) { f64(t, l.f64) })
	}
}

// TestSameBits repeats a call on the same data at another address.
func TestSameBits(t *testing.T) {
	forAll(t, testSameBits[float32], testSameBits[float64])
}

func testSameBits[T Float](t *testing.T, s *Set[T]) {
	g := square(9, 13, 16, 3, 3, 1, 2, 0)
	run := func(skew int) (out []T) {
		rng := rand.New(rand.NewPCG(7, 7))
		x, w := input[T](rng, g.xLen, skew), input[T](rng, len(g.offs)*g.nic*Lanes, skew)
		dst, dw := make([]T, g.rows*g.dStride), make([]T, len(w))
		s.Conv(dst, x, w, g.offs, g.nic, g.rows, g.width, g.xStride, g.dStride, false)
		s.Wgrad(dw, x, dst, g.offs, g.nic, g.rows, g.width, g.xStride, g.dStride, 1, 0, 0)
		return append(dst, dw...)
	}
	a, b := run(0), run(7)
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("element %d is %v and %v", i, a[i], b[i])
		}
	}
}

func TestChecks(t *testing.T) {
	forAll(t, testChecks[float32], testChecks[float64])
}

func testChecks[T Float](t *testing.T, s *Set[T]) {
	v := func(n int) []T { return make([]T, n) }
	for name, f := range map[string]func(){
		"Conv dst":     func() { s.Conv(v(31), v(64), v(256), []int{0}, 16, 1, 2, 32, 32, false) },
		"Conv x":       func() { s.Conv(v(32), v(31), v(256), []int{0}, 16, 1, 2, 32, 32, false) },
		"Conv w":       func() { s.Conv(v(32), v(32), v(255), []int{0}, 16, 1, 2, 32, 32, false) },
		"Conv offset":  func() { s.Conv(v(32), v(32), v(256), []int{-1}, 16, 1, 2, 32, 32, false) },
		"Conv nic":     func() { s.Conv(v(32), v(64), v(999), []int{0}, 17, 1, 2, 32, 32, false) },
		"Conv rows":    func() { s.Conv(v(32), v(64), v(256), []int{0}, 16, -1, 2, 32, 32, false) },
		"Conv stride":  func() { s.Conv(v(99), v(99), v(256), []int{0}, 16, 2, 2, 32, 31, false) },
		"Wgrad dw":     func() { s.Wgrad(v(255), v(32), v(32), []int{0}, 16, 1, 2, 32, 32, 1, 0, 0) },
		"Depthwise w":  func() { s.Depthwise(v(32), v(32), v(15), []int{0}, 1, 2, 32, 32, false) },
		"DWgrad x":     func() { s.DepthwiseWgrad(v(16), v(32), v(32), []int{1}, 1, 2, 32, 32) },
		"Affine y":     func() { s.Affine(v(32), v(31), v(16), v(16)) },
		"Affine a":     func() { s.Affine(v(32), v(32), v(15), v(16)) },
		"Affine pixel": func() { s.Affine(v(33), v(33), v(16), v(16)) },
		"Codes":        func() { s.Codes(make([]uint16, 2), v(31), v(16), v(16)) },
		"Moments":      func() { s.Moments(v(32), make([]float64, 15), make([]float64, 16)) },
		"BoxRow":       func() { s.BoxRow(v(32), nil, v(31), nil, 1, 1, 1, 1, 1, 1, 1, false) },
	} {
		func() {
			defer func() {
				if m, ok := recover().(string); !ok || !strings.HasPrefix(m, "kernels: ") {
					t.Errorf("%s: panic message is %q", name, m)
				}
			}()
			f()
			t.Errorf("%s: no panic", name)
		}()
	}
}

func TestSelect(t *testing.T) {
	before := Name()
	defer func() {
		if err := Select(before); err != nil {
			t.Fatal(err)
		}
	}()
	for _, name := range Available() {
		if err := Select(name); err != nil || Name() != name {
			t.Errorf("Select(%q): %v, Name %q", name, err, Name())
		}
	}
	if For[float32]() != Portable[float32]() {
		t.Error("the last set is not the portable one")
	}
	if err := Select("mmx"); err == nil || !strings.Contains(err.Error(), "portable") {
		t.Errorf("Select of an unknown set: %v", err)
	}
}

func TestNoAllocation(t *testing.T) {
	s := For[float32]()
	g := square(3, 9, 16, 3, 3, 1, 1, 0)
	x, w, dst := make([]float32, g.xLen), make([]float32, 9*256), make([]float32, 3*9*16)
	if n := testing.AllocsPerRun(10, func() {
		s.Conv(dst, x, w, g.offs, 16, 3, 9, g.xStride, 9*16, false)
		s.Wgrad(w, x, dst, g.offs, 16, 3, 9, g.xStride, 9*16, 1, 0, 0)
		s.Affine(dst, dst, x[:16], w[:16])
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
