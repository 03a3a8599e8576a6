package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
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
		if !(math.Abs(float64(got[i])-want[i]) <= tol) {
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

// geometry is a convolution for tests.
type geometry struct {
	rows, width, nic int
	offs             []int
	xLen             int
	xStride, dStride int
	skew             int
}

func (g geometry) String() string {
	return fmt.Sprintf("%dx%d nic %d taps %v strides %d %d", g.rows, g.width, g.nic, g.offs, g.xStride, g.dStride)
}

// square is a kernel of kh×kw taps over blocks input images, dilated.
func square(rows, width, nic, kh, kw, dilation, blocks, skew int) geometry {
	w := (width + (kw-1)*dilation) * Lanes
	h := rows + (kh-1)*dilation
	g := geometry{rows: rows, width: width, nic: nic, xStride: w, dStride: width*Lanes + skew%3*5, skew: skew}
	for b := range blocks {
		for y := range kh {
			for x := range kw {
				g.offs = append(g.offs, b*h*w+y*dilation*w+x*dilation*Lanes)
			}
		}
	}
	// The image ends where the last tap ends: one more element read is a NaN.
	g.xLen = (blocks-1)*h*w + (h-1)*w + w - Lanes + nic
	return g
}

var geometries = func() []geometry {
	var gs []geometry
	n := 0
	for _, width := range []int{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 23, 24, 30, 32, 33} {
		for _, rows := range []int{1, 2, 3, 8} {
			n++
			gs = append(gs, square(rows, width, 16, 3, 3, 1, 1, n%5))
		}
	}
	for nic := 1; nic <= 16; nic++ {
		gs = append(gs, square(3, 9, nic, 3, 3, 1, 1, nic%4), square(4, 16, nic, 1, 1, 1, 2, 0))
	}
	return append(gs,
		square(8, 8, 16, 3, 3, 1, 4, 1), square(8, 8, 16, 1, 1, 1, 4, 2), square(5, 7, 16, 5, 5, 1, 1, 0),
		square(6, 6, 16, 3, 3, 2, 1, 0), square(32, 32, 16, 3, 3, 1, 1, 0), square(64, 64, 3, 3, 3, 1, 1, 0),
		square(0, 4, 16, 1, 1, 1, 1, 0), square(4, 0, 16, 1, 1, 1, 1, 0), square(7, 5, 16, 1, 2, 1, 1, 0),
		geometry{rows: 3, width: 5, nic: 16, xStride: 80, dStride: 80},                                     // no taps
		geometry{rows: 4, width: 9, nic: 5, offs: []int{7, 3, 7, 0}, xLen: 1000, xStride: 3, dStride: 150}, // any order, odd stride
	)
}()

// spoil makes NaN of the lanes from nic on where no tap reads them, which
// holds when all offsets and strides are whole pixels.
func (g geometry) spoil(x []float64) {
	for _, o := range append([]int{g.xStride}, g.offs...) {
		if o%Lanes != 0 {
			return
		}
	}
	for i := range x {
		if i%Lanes >= g.nic {
			x[i] = math.NaN()
		}
	}
}

func narrow[T Float](dst []T, src []float64) {
	for i, v := range src {
		dst[i] = T(v)
	}
}

func testConv[T Float](t *testing.T, s *Set[T], g geometry) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, uint64(g.rows*1000+g.width)))
	x := input[T](rng, max(0, g.xLen), g.skew)
	xw := wide(x)
	g.spoil(xw)
	narrow(x, xw)
	w := input[T](rng, len(g.offs)*g.nic*Lanes, g.skew)
	n := 0
	if g.rows > 0 && g.width > 0 {
		n = (g.rows-1)*g.dStride + g.width*Lanes
	}
	for _, acc := range []bool{false, true} {
		dst := output[T](rng, n, g.skew)
		before := wide(dst.data)
		want := wide(dst.data)
		s.Conv(dst.data, x, w, g.offs, g.nic, g.rows, g.width, g.xStride, g.dStride, acc)
		Portable[float64]().Conv(want, xw, wide(w), g.offs, g.nic, g.rows, g.width, g.xStride, g.dStride, acc)
		dst.check(t)
		near(t, fmt.Sprint("Conv ", g, " acc ", acc), dst.data, want, len(g.offs)*g.nic)
		for i, v := range dst.data {
			if i%max(1, g.dStride) >= g.width*Lanes && float64(v) != before[i] {
				t.Fatalf("Conv %v wrote element %d, between rows", g, i)
			}
		}
	}

	d := input[T](rng, n, g.skew)
	dw := output[T](rng, len(w), g.skew)
	want := wide(dw.data)
	s.Wgrad(dw.data, x, d, g.offs, g.nic, g.rows, g.width, g.xStride, g.dStride, 1, 0, 0)
	Portable[float64]().Wgrad(want, xw, wide(d), g.offs, g.nic, g.rows, g.width, g.xStride, g.dStride, 1, 0, 0)
	dw.check(t)
	near(t, fmt.Sprint("Wgrad ", g), dw.data, want, g.rows*g.width)
	if n == 0 {
		return
	}
	// Several images at once are each of them in turn.
	const images, xImage, dImage = 3, 7, 24
	x, d = input[T](rng, len(x)+(images-1)*xImage, g.skew), input[T](rng, n+(images-1)*dImage, g.skew)
	want = wide(dw.data)
	s.Wgrad(dw.data, x, d, g.offs, g.nic, g.rows, g.width, g.xStride, g.dStride, images, xImage, dImage)
	for m := range images {
		Portable[float64]().Wgrad(want, wide(x[m*xImage:]), wide(d[m*dImage:]), g.offs, g.nic, g.rows, g.width, g.xStride, g.dStride, 1, 0, 0)
	}
	dw.check(t)
	near(t, fmt.Sprint("Wgrad of images ", g), dw.data, want, images*g.rows*g.width)
}

func testDepthwise[T Float](t *testing.T, s *Set[T], g geometry) {
	t.Helper()
	rng := rand.New(rand.NewPCG(2, uint64(g.rows*1000+g.width)))
	x := input[T](rng, max(0, g.xLen), g.skew)
	w := input[T](rng, len(g.offs)*Lanes, g.skew)
	n := 0
	if g.rows > 0 && g.width > 0 {
		n = (g.rows-1)*g.dStride + g.width*Lanes
	}
	for _, acc := range []bool{false, true} {
		dst := output[T](rng, n, g.skew)
		want := wide(dst.data)
		s.Depthwise(dst.data, x, w, g.offs, g.rows, g.width, g.xStride, g.dStride, acc)
		Portable[float64]().Depthwise(want, wide(x), wide(w), g.offs, g.rows, g.width, g.xStride, g.dStride, acc)
		dst.check(t)
		near(t, fmt.Sprint("Depthwise ", g, " acc ", acc), dst.data, want, len(g.offs))
	}
	d := input[T](rng, n, g.skew)
	dw := output[T](rng, len(w), g.skew)
	want := wide(dw.data)
	s.DepthwiseWgrad(dw.data, x, d, g.offs, g.rows, g.width, g.xStride, g.dStride)
	Portable[float64]().DepthwiseWgrad(want, wide(x), wide(d), g.offs, g.rows, g.width, g.xStride, g.dStride)
	dw.check(t)
	near(t, fmt.Sprint("DepthwiseWgrad ", g), dw.data, want, g.rows*g.width)
}

func TestConvolutions(t *testing.T) {
	forAll(t, testConvolutions[float32], testConvolutions[float64])
}

func testConvolutions[T Float](t *testing.T, s *Set[T]) {
	for _, g := range geometries {
		testConv(t, s, g)
		if g.nic == Lanes {
			testDepthwise(t, s, g)
		}
	}
}

// TestConvByHand checks the portable twin itself against the definition.
func TestConvByHand(t *testing.T) {
	g := square(2, 3, 2, 2, 2, 1, 1, 0)
	rng := rand.New(rand.NewPCG(3, 3))
	x, w := input[float64](rng, g.xLen, 0), input[float64](rng, len(g.offs)*g.nic*Lanes, 0)
	d := input[float64](rng, g.rows*g.dStride, 0)
	got, want := make([]float64, len(d)), make([]float64, len(d))
	dw, wantDW := make([]float64, len(w)), make([]float64, len(w))
	for r := range g.rows {
		for p := range g.width {
			for t, off := range g.offs {
				for i := range g.nic {
					for o := range Lanes {
						xv := x[off+r*g.xStride+p*Lanes+i]
						want[r*g.dStride+p*Lanes+o] += xv * w[(t*g.nic+i)*Lanes+o]
						wantDW[(t*g.nic+i)*Lanes+o] += xv * d[r*g.dStride+p*Lanes+o]
					}
				}
			}
		}
	}
	Portable[float64]().Conv(got, x, w, g.offs, g.nic, g.rows, g.width, g.xStride, g.dStride, false)
	near(t, "Conv", got, want, 8)
	Portable[float64]().Wgrad(dw, x, d, g.offs, g.nic, g.rows, g.width, g.xStride, g.dStride, 1, 0, 0)
	near(t, "Wgrad", dw, wantDW, 6)
}

// FuzzConv draws the geometry; every set must agree with the portable twin
// and stay within its output.
func FuzzConv(f *testing.F) {
	f.Add(uint8(3), uint8(9), uint8(16), uint8(2), uint16(1))
	f.Add(uint8(1), uint8(31), uint8(3), uint8(9), uint16(7))
	f.Fuzz(func(t *testing.T, rows, width, nic, taps uint8, seed uint16) {
		rng := rand.New(rand.NewPCG(4, uint64(seed)))
		g := geometry{rows: int(rows % 12), width: int(width % 40), nic: 1 + int(nic%16), skew: rng.IntN(16)}
		g.dStride = g.width*Lanes + rng.IntN(20)
		g.xStride = rng.IntN(g.width*Lanes + 50)
		for range taps % 12 {
			g.offs = append(g.offs, rng.IntN(700))
		}
		for _, o := range g.offs {
			g.xLen = max(g.xLen, o+(g.rows-1)*g.xStride+(g.width-1)*Lanes+g.nic)
		}
		for _, l := range levels {
			testConv(t, l.f32, g)
			testConv(t, l.f64, g)
		}
	})
}

func TestRowKernels(t *testing.T) {
	forAll(t, testRowKernels[float32], testRowKernels[float64])
}

var pixelCounts = []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 33, 63, 64, 65, 130, 1000}

func testRowKernels[T Float](t *testing.T, s *Set[T]) {
	ref := Portable[float64]()
	const slope = 0.25
	for _, n := range pixelCounts {
		skew := n % 5
		rng := rand.New(rand.NewPCG(5, uint64(n)))
		d, e, y, g := input[T](rng, n*Lanes, skew), input[T](rng, n*Lanes, skew+1), input[T](rng, n*Lanes, skew+2), input[T](rng, n*Lanes, 0)
		var c [5][]T
		var cw [5][]float64
		for i := range c {
			c[i] = input[T](rng, Lanes, i)
			cw[i] = wide(c[i])
		}
		dw, ew, yw, gw := wide(d), wide(e), wide(y), wide(g)
		// A unit at the edge may be active in one precision alone.
		safe := make([]bool, len(y))
		for i := range y {
			safe[i] = math.Abs(cw[0][i%Lanes]*yw[i]+cw[1][i%Lanes]) > 1e-5
		}
		for _, k := range []struct {
			name string
			got  func(dst []T)
			want func(dst []float64)
		}{
			{"Affine", func(o []T) { s.Affine(o, y, c[0], c[1]) }, func(o []float64) { ref.Affine(o, yw, cw[0], cw[1]) }},
			{"AffineReLU", func(o []T) { s.AffineReLU(o, y, c[0], c[1], slope) }, func(o []float64) { ref.AffineReLU(o, yw, cw[0], cw[1], slope) }},
			{"AffineAcc", func(o []T) { s.AffineAcc(o, y, c[0], c[1]) }, func(o []float64) { ref.AffineAcc(o, yw, cw[0], cw[1]) }},
			{"Lin2", func(o []T) { s.Lin2(o, d, y, c[0], c[1], c[2]) }, func(o []float64) { ref.Lin2(o, dw, yw, cw[0], cw[1], cw[2]) }},
			{"Lin2Acc", func(o []T) { s.Lin2Acc(o, d, y, c[0], c[1], c[2]) }, func(o []float64) { ref.Lin2Acc(o, dw, yw, cw[0], cw[1], cw[2]) }},
			{"Lin2Mask", func(o []T) { s.Lin2Mask(o, d, y, c[2], c[3], c[4], c[0], c[1], slope) },
				func(o []float64) { ref.Lin2Mask(o, dw, yw, cw[2], cw[3], cw[4], cw[0], cw[1], slope) }},
			{"Lin4", func(o []T) { s.Lin4(o, d, e, y, g, c[0], c[1], c[2], c[3], c[4]) },
				func(o []float64) { ref.Lin4(o, dw, ew, yw, gw, cw[0], cw[1], cw[2], cw[3], cw[4]) }},
			{"Mask", func(o []T) { s.Mask(o, g, y, c[0], c[1], slope) }, func(o []float64) { ref.Mask(o, gw, yw, cw[0], cw[1], slope) }},
			{"MaskAcc", func(o []T) { s.MaskAcc(o, g, y, c[0], c[1], slope) }, func(o []float64) { ref.MaskAcc(o, gw, yw, cw[0], cw[1], slope) }},
			{"Add", func(o []T) { s.Add(o, y) }, func(o []float64) { ref.Add(o, yw) }},
			{"AddScaled", func(o []T) { s.AddScaled(o, y, slope) }, func(o []float64) { ref.AddScaled(o, yw, slope) }},
			{"Mul", func(o []T) { s.Mul(o, y) }, func(o []float64) { ref.Mul(o, yw) }},
			// Of tap 1 where d is positive, of tap 0 elsewhere.
			{"SelectAcc", func(o []T) { s.SelectAcc(o, y, taps(d), 1) }, func(o []float64) { ref.SelectAcc(o, yw, taps(dw), 1) }},
			{"MaxArg", func(o []T) { s.MaxArg(o, slices.Clone(y), d, 3) }, func(o []float64) { ref.MaxArg(o, slices.Clone(yw), dw, 3) }},
			{"MaxArg, the argument", func(o []T) { s.MaxArg(slices.Clone(y), o, d, 3) }, func(o []float64) { ref.MaxArg(slices.Clone(yw), o, dw, 3) }},
			// In place.
			{"AffineReLU in place", func(o []T) { copy(o, y); s.AffineReLU(o, o, c[0], c[1], slope) }, func(o []float64) { ref.AffineReLU(o, yw, cw[0], cw[1], slope) }},
			{"Lin2Mask in place", func(o []T) { copy(o, d); s.Lin2Mask(o, o, y, c[2], c[3], c[4], c[0], c[1], slope) },
				func(o []float64) { ref.Lin2Mask(o, dw, yw, cw[2], cw[3], cw[4], cw[0], cw[1], slope) }},
		} {
			dst := output[T](rng, n*Lanes, skew)
			want := wide(dst.data)
			k.got(dst.data)
			k.want(want)
			dst.check(t)
			for i := range want {
				if !safe[i] {
					want[i] = float64(dst.data[i])
				}
			}
			near(t, fmt.Sprintf("%s of %d pixels", k.name, n), dst.data, want, 5)
		}

		sum, sq, dot := output[float64](rng, Lanes, 1), output[float64](rng, Lanes, 2), output[float64](rng, Lanes, 3)
		wantSum, wantSq, wantDot := wide(sum.data), wide(sq.data), wide(dot.data)
		s.Moments(y, sum.data, sq.data)
		ref.Moments(yw, wantSum, wantSq)
		nearSum[T](t, fmt.Sprintf("Moments sum of %d", n), sum.data, wantSum)
		nearSum[T](t, fmt.Sprintf("Moments sumSq of %d", n), sq.data, wantSq)
		s.Cross(y, d, sum.data, dot.data)
		ref.Cross(yw, dw, wantSum, wantDot)
		nearSum[T](t, fmt.Sprintf("Cross sum of %d", n), sum.data, wantSum)
		nearSum[T](t, fmt.Sprintf("Cross dot of %d", n), dot.data, wantDot)
		sum.check(t)
		sq.check(t)
		dot.check(t)

		bits, wantBits := make([]uint16, n+2), make([]uint16, n)
		bits[0], bits[n+1] = 0xabcd, 0xabcd
		s.Codes(bits[1:n+1], y, c[0], c[1])
		ref.Codes(wantBits, yw, cw[0], cw[1])
		if bits[0] != 0xabcd || bits[n+1] != 0xabcd {
			t.Fatalf("Codes of %d pixels wrote out of range", n)
		}
		relu := make([]T, n*Lanes)
		s.AffineReLU(relu, y, c[0], c[1], 0)
		for p, w := range wantBits {
			for l := range Lanes {
				on := bits[1+p]>>l&1 != 0
				if safe[p*Lanes+l] && on != (w>>l&1 != 0) {
					t.Fatalf("Codes of %d pixels: pixel %d lane %d is %v", n, p, l, on)
				}
				if on != (relu[p*Lanes+l] > 0) {
					t.Fatalf("Codes and AffineReLU disagree on pixel %d lane %d", p, l)
				}
			}
		}
	}
}

// taps makes two tap indices of signs.
func taps[T Float](x []T) []T {
	out := make([]T, len(x))
	for i, v := range x {
		if v > 0 {
			out[i] = 1
		}
	}
	return out
}

// nearSum compares sums that run in T over 64 pixels at a time.
func nearSum[T Float](t *testing.T, what string, got, want []float64) {
	t.Helper()
	var z T
	eps := 1e-5
	if _, ok := any(z).(float64); ok {
		eps = 1e-12
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= eps*(10+math.Abs(want[i]))) {
			t.Fatalf("%s: lane %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

func TestNaNIsInactive(t *testing.T) {
	forAll(t, testNaN[float32], testNaN[float64])
}

func testNaN[T Float](t *testing.T, s *Set[T]) {
	y, one, zero := make([]T, Lanes), make([]T, Lanes), make([]T, Lanes)
	for l := range y {
		y[l], one[l] = T(math.NaN()), 1
	}
	y[3], y[4] = 1, -1
	bits := []uint16{0xffff}
	s.Codes(bits, y, one, zero)
	if bits[0] != 1<<3 {
		t.Errorf("codes of NaN lanes = %016b, want lane 3 alone", bits[0])
	}
	dst := make([]T, Lanes)
	s.Mask(dst, one, y, one, zero, 0.5)
	for l, v := range dst {
		want := T(0.5)
		if l == 3 {
			want = 1
		}
		if v != want {
			t.Errorf("mask at lane %d = %v, want %v", l, v, want)
		}
	}
	s.AffineReLU(dst, y, one, zero, 0)
	if dst[0] == dst[0] || dst[3] != 1 || dst[4] != 0 {
		t.Errorf("ReLU of NaN, 1, -1 = %v, %v, %v", dst[0], dst[3], dst[4])
	}
}

func TestBoxRow(t *testing.T) {
	forAll(t, testBoxRow[float32], testBoxRow[float64])
}

func testBoxRow[T Float](t *testing.T, s *Set[T]) {
	for _, width := range []int{1, 2, 3, 4, 5, 7, 8, 9, 16, 32, 33} {
		rng := rand.New(rand.NewPCG(6, uint64(width)))
		for present := range 8 {
			rows, rowsW := [3][]T{}, [3][]float64{}
			for i := range rows {
				if present>>i&1 != 0 {
					rows[i] = input[T](rng, width*Lanes, i+width%3)
					rowsW[i] = wide(rows[i])
				}
			}
			scale := [3]float64{0.5, 1, 2}
			pre, post := [2]float64{0.25, 0.5}, [2]float64{4, 0.125} // middle, edge
			for _, acc := range []bool{false, true} {
				dst := output[T](rng, width*Lanes, width%5)
				before, want := wide(dst.data), wide(dst.data)
				s.BoxRow(dst.data, rows[0], rows[1], rows[2], T(scale[0]), T(scale[1]), T(scale[2]), T(pre[0]), T(pre[1]), T(post[0]), T(post[1]), acc)
				dst.check(t)
				for p := range width {
					for l := range Lanes {
						v := 0.0
						for q := max(0, p-1); q <= min(width-1, p+1); q++ {
							for i, r := range rowsW {
								if r != nil {
									v += pre[edge(q, width)] * scale[i] * r[q*Lanes+l]
								}
							}
						}
						v *= post[edge(p, width)]
						if acc {
							v += before[p*Lanes+l]
						}
						want[p*Lanes+l] = v
					}
				}
				near(t, fmt.Sprintf("BoxRow width %d rows %03b acc %v", width, present, acc), dst.data, want, 9)
			}
		}
	}
}

// edge is 1 at the first and the last pixel of a row.
func edge(q, width int) int {
	if q == 0 || q == width-1 {
		return 1
	}
	return 0
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
