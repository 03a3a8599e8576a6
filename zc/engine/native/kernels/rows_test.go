package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// rowArgs are arguments for a row kernel: pixels, coefficients in the order
// a, b, c, f, h, and a slope.
type rowArgs[T Float] struct {
	d, e, y, g []T
	k          [5][]T
	slope      T
}

// newRowArgs draws n pixels; with nan, every seventh value of y or so is NaN.
func newRowArgs[T Float](rng *rand.Rand, n, skew int, slope float64, nan bool) *rowArgs[T] {
	u := &rowArgs[T]{
		d: input[T](rng, n*Lanes, skew), e: input[T](rng, n*Lanes, skew+1),
		y: input[T](rng, n*Lanes, skew+2), g: input[T](rng, n*Lanes, 0), slope: T(slope),
	}
	for i := range u.k {
		u.k[i] = input[T](rng, Lanes, i)
	}
	for i := range u.y {
		if nan && rng.IntN(7) == 0 {
			u.y[i] = T(math.NaN())
		}
	}
	return u
}

// rowValue is what element i of the result depends on: the arguments there and
// what was in the output.
type rowValue struct{ dst, d, e, y, g, a, b, c, f, h, slope float64 }

func (u *rowArgs[T]) value(i int, dst float64) rowValue {
	l := i % Lanes
	k := func(j int) float64 { return float64(u.k[j][l]) }
	return rowValue{dst, float64(u.d[i]), float64(u.e[i]), float64(u.y[i]), float64(u.g[i]), k(0), k(1), k(2), k(3), k(4), float64(u.slope)}
}

// m is the factor of a rectifier's gradient.
func (v rowValue) m() float64 {
	if v.a*v.y+v.b > 0 {
		return 1
	}
	return v.slope
}

// rowKernel is a call of a row kernel and its definition.
type rowKernel[T Float] struct {
	name string
	run  func(s *Set[T], dst []T, u *rowArgs[T])
	want func(v rowValue) float64
}

func rowKernels[T Float]() []rowKernel[T] {
	affine := func(v rowValue) float64 { return v.a*v.y + v.b }
	relu := func(v rowValue) float64 { return v.m() * (v.a*v.y + v.b) }
	lin2 := func(v rowValue) float64 { return v.a*v.d + v.b*v.y + v.c }
	lin2Mask := func(v rowValue) float64 { return (v.c*v.d + v.f*v.y + v.h) * v.m() }
	lin4 := func(v rowValue) float64 { return v.a*v.d + v.b*v.e + v.c*v.y + v.f*v.g + v.h }
	mask := func(v rowValue) float64 { return v.g * v.m() }
	acc := func(f func(v rowValue) float64) func(v rowValue) float64 {
		return func(v rowValue) float64 { return v.dst + f(v) }
	}
	return []rowKernel[T]{
		{"Affine", func(s *Set[T], o []T, u *rowArgs[T]) { s.Affine(o, u.y, u.k[0], u.k[1]) }, affine},
		{"AffineReLU", func(s *Set[T], o []T, u *rowArgs[T]) { s.AffineReLU(o, u.y, u.k[0], u.k[1], u.slope) }, relu},
		{"AffineReLU in place", func(s *Set[T], o []T, u *rowArgs[T]) { copy(o, u.y); s.AffineReLU(o, o, u.k[0], u.k[1], u.slope) }, relu},
		{"AffineAcc", func(s *Set[T], o []T, u *rowArgs[T]) { s.AffineAcc(o, u.y, u.k[0], u.k[1]) }, acc(affine)},
		{"Lin2", func(s *Set[T], o []T, u *rowArgs[T]) { s.Lin2(o, u.d, u.y, u.k[0], u.k[1], u.k[2]) }, lin2},
		{"Lin2Acc", func(s *Set[T], o []T, u *rowArgs[T]) { s.Lin2Acc(o, u.d, u.y, u.k[0], u.k[1], u.k[2]) }, acc(lin2)},
		{"Lin2Mask", func(s *Set[T], o []T, u *rowArgs[T]) {
			s.Lin2Mask(o, u.d, u.y, u.k[2], u.k[3], u.k[4], u.k[0], u.k[1], u.slope)
		}, lin2Mask},
		{"Lin2Mask in place", func(s *Set[T], o []T, u *rowArgs[T]) {
			copy(o, u.d)
			s.Lin2Mask(o, o, u.y, u.k[2], u.k[3], u.k[4], u.k[0], u.k[1], u.slope)
		}, lin2Mask},
		{"Lin4", func(s *Set[T], o []T, u *rowArgs[T]) {
			s.Lin4(o, u.d, u.e, u.y, u.g, u.k[0], u.k[1], u.k[2], u.k[3], u.k[4])
		}, lin4},
		{"Lin4 in place", func(s *Set[T], o []T, u *rowArgs[T]) {
			copy(o, u.g)
			s.Lin4(o, u.d, u.e, u.y, o, u.k[0], u.k[1], u.k[2], u.k[3], u.k[4])
		}, lin4},
		{"Mask", func(s *Set[T], o []T, u *rowArgs[T]) { s.Mask(o, u.g, u.y, u.k[0], u.k[1], u.slope) }, mask},
		{"MaskAcc", func(s *Set[T], o []T, u *rowArgs[T]) { s.MaskAcc(o, u.g, u.y, u.k[0], u.k[1], u.slope) }, acc(mask)},
		{"Add", func(s *Set[T], o []T, u *rowArgs[T]) { s.Add(o, u.y) }, func(v rowValue) float64 { return v.dst + v.y }},
		{"AddScaled", func(s *Set[T], o []T, u *rowArgs[T]) { s.AddScaled(o, u.y, u.slope) },
			func(v rowValue) float64 { return v.dst + v.slope*v.y }},
		{"Mul", func(s *Set[T], o []T, u *rowArgs[T]) { s.Mul(o, u.y) }, func(v rowValue) float64 { return v.dst * v.y }},
		{"MaxArg", func(s *Set[T], o []T, u *rowArgs[T]) { s.MaxArg(o, slices.Clone(u.d), u.y, 3) }, func(v rowValue) float64 {
			if v.y > v.dst {
				return v.y
			}
			return v.dst
		}},
		{"MaxArg, the argument", func(s *Set[T], o []T, u *rowArgs[T]) { s.MaxArg(slices.Clone(u.d), o, u.y, 3) }, func(v rowValue) float64 {
			if v.y > v.d {
				return 3
			}
			return v.dst
		}},
		// Of tap 1 where d is positive, of tap 0 elsewhere.
		{"SelectAcc", func(s *Set[T], o []T, u *rowArgs[T]) { s.SelectAcc(o, u.y, taps(u.d), 1) }, func(v rowValue) float64 {
			if v.d > 0 {
				return v.dst + v.y
			}
			return v.dst
		}},
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

// testRow checks a kernel against its definition, element by element.
func testRow[T Float](t *testing.T, s *Set[T], k rowKernel[T], rng *rand.Rand, u *rowArgs[T], skew int) {
	t.Helper()
	dst := output[T](rng, len(u.y), skew)
	want := wide(dst.data)
	for i, old := range want {
		want[i] = k.want(u.value(i, old))
	}
	k.run(s, dst.data, u)
	dst.check(t)
	for i := range want {
		if u.atEdge(i) {
			want[i] = float64(dst.data[i])
		}
	}
	near(t, fmt.Sprintf("%s of %d pixels", k.name, len(u.y)/Lanes), dst.data, want, 5)
}

// atEdge tells of a unit that may be active in one precision alone.
func (u *rowArgs[T]) atEdge(i int) bool {
	v := u.value(i, 0)
	return math.Abs(v.a*v.y+v.b) <= 1e-5
}

// testSums checks Moments and Cross.
func testSums[T Float](t *testing.T, s *Set[T], rng *rand.Rand, u *rowArgs[T]) {
	t.Helper()
	n := len(u.y) / Lanes
	sum, sq, dot := output[float64](rng, Lanes, 1), output[float64](rng, Lanes, 2), output[float64](rng, Lanes, 3)
	wantSum, wantSq, wantDot := wide(sum.data), wide(sq.data), wide(dot.data)
	for i := range u.y {
		d, y := float64(u.d[i]), float64(u.y[i])
		wantSum[i%Lanes] += y + d
		wantSq[i%Lanes] += y * y
		wantDot[i%Lanes] += d * y
	}
	s.Moments(u.y, sum.data, sq.data)
	s.Cross(u.d, u.y, sum.data, dot.data)
	nearSum[T](t, fmt.Sprintf("sum of %d pixels", n), sum.data, wantSum)
	nearSum[T](t, fmt.Sprintf("Moments sumSq of %d pixels", n), sq.data, wantSq)
	nearSum[T](t, fmt.Sprintf("Cross dot of %d pixels", n), dot.data, wantDot)
	sum.check(t)
	sq.check(t)
	dot.check(t)
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
		if !(math.Abs(got[i]-want[i]) <= eps*(10+math.Abs(want[i]))) && !(math.IsNaN(got[i]) && math.IsNaN(want[i])) {
			t.Fatalf("%s: lane %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// testCodes checks Codes, and that AffineReLU and Mask agree with it on every
// unit, even at the edge.
func testCodes[T Float](t *testing.T, s *Set[T], u *rowArgs[T]) {
	t.Helper()
	n := len(u.y) / Lanes
	bits := make([]uint16, n+2)
	bits[0], bits[n+1] = 0xabcd, 0xabcd
	for p := range n {
		bits[1+p] = uint16(p * 0x9e37)
	}
	s.Codes(bits[1:n+1], u.y, u.k[0], u.k[1])
	if bits[0] != 0xabcd || bits[n+1] != 0xabcd {
		t.Fatalf("Codes of %d pixels wrote out of range", n)
	}
	relu, mask, ones := make([]T, n*Lanes), make([]T, n*Lanes), make([]T, n*Lanes)
	for i := range ones {
		ones[i] = 1
	}
	s.AffineReLU(relu, u.y, u.k[0], u.k[1], 0)
	s.Mask(mask, ones, u.y, u.k[0], u.k[1], 0)
	for i := range u.y {
		on := bits[1+i/Lanes]>>(i%Lanes)&1 != 0
		if v := u.value(i, 0); !u.atEdge(i) && on != (v.a*v.y+v.b > 0) {
			t.Fatalf("Codes of %d pixels: element %d is %v", n, i, on)
		}
		if on != (relu[i] > 0) || on != (mask[i] == 1) {
			t.Fatalf("element %d of %d pixels: active is %v in Codes, %v in AffineReLU, %v in Mask", i, n, on, relu[i] > 0, mask[i] == 1)
		}
	}
}

func TestRowKernels(t *testing.T) {
	forAll(t, testRowKernels[float32], testRowKernels[float64])
}

func testRowKernels[T Float](t *testing.T, s *Set[T]) {
	for _, n := range []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 33, 63, 64, 65, 130, 1000} {
		skew := n % 5
		rng := rand.New(rand.NewPCG(5, uint64(n)))
		u := newRowArgs[T](rng, n, skew, 0.25, false)
		for _, k := range rowKernels[T]() {
			testRow(t, s, k, rng, u, skew)
		}
		testSums(t, s, rng, u)
		testCodes(t, s, u)
	}
}

// box is a case of BoxRow: which of the three rows are present, bit by bit, and
// the scales.
type box struct {
	width, skew int
	present     uint8
	scale       [3]float64
	pre, post   [2]float64 // middle, edge
	acc         bool
}

func testBox[T Float](t *testing.T, s *Set[T], rng *rand.Rand, b box) {
	t.Helper()
	var rows [3][]T
	for i := range rows {
		if b.present>>i&1 != 0 {
			rows[i] = input[T](rng, b.width*Lanes, i+b.skew)
		}
	}
	dst := output[T](rng, b.width*Lanes, b.skew)
	want := wide(dst.data)
	for i, old := range want {
		p, l := i/Lanes, i%Lanes
		v := 0.0
		for q := max(0, p-1); q <= min(b.width-1, p+1); q++ {
			for j, r := range rows {
				if r != nil {
					v += b.pre[edge(q, b.width)] * b.scale[j] * float64(r[q*Lanes+l])
				}
			}
		}
		want[i] = v * b.post[edge(p, b.width)]
		if b.acc {
			want[i] += old
		}
	}
	s.BoxRow(dst.data, rows[0], rows[1], rows[2], T(b.scale[0]), T(b.scale[1]), T(b.scale[2]),
		T(b.pre[0]), T(b.pre[1]), T(b.post[0]), T(b.post[1]), b.acc)
	dst.check(t)
	near(t, fmt.Sprintf("BoxRow %+v", b), dst.data, want, 9)
}

// edge is 1 at the first and the last pixel of a row.
func edge(q, width int) int {
	if q == 0 || q == width-1 {
		return 1
	}
	return 0
}

func TestBoxRow(t *testing.T) {
	forAll(t, testBoxRow[float32], testBoxRow[float64])
}

func testBoxRow[T Float](t *testing.T, s *Set[T]) {
	for _, width := range []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 32, 33} {
		rng := rand.New(rand.NewPCG(6, uint64(width)))
		for present := range uint8(8) {
			for _, acc := range []bool{false, true} {
				testBox(t, s, rng, box{width, width % 5, present, [3]float64{0.5, 1, 2}, [2]float64{0.25, 0.5}, [2]float64{4, 0.125}, acc})
			}
		}
	}
}

// FuzzRows draws a row kernel, its size, its alignment and its values, NaN
// among them; every set must do what the kernel is defined to do and stay
// within its output.
func FuzzRows(f *testing.F) {
	kernels := uint8(len(rowKernels[float32]()))
	for k := range kernels + 3 {
		f.Add(k, uint8(7*k+1), k, int8(4*k)-16, uint16(k))
	}
	f.Fuzz(func(t *testing.T, kernel, pixels, skew uint8, slope int8, seed uint16) {
		kernel %= kernels + 3
		for _, l := range levels {
			fuzzRow(t, l.f32, int(kernel), int(pixels%140), int(skew%16), float64(slope)/32, seed)
			fuzzRow(t, l.f64, int(kernel), int(pixels%140), int(skew%16), float64(slope)/32, seed)
		}
	})
}

func fuzzRow[T Float](t *testing.T, s *Set[T], kernel, pixels, skew int, slope float64, seed uint16) {
	t.Helper()
	rng := rand.New(rand.NewPCG(8, uint64(seed)))
	ks := rowKernels[T]()
	if kernel > len(ks)+1 {
		r := func() float64 { return float64(rng.IntN(33)-16) / 8 }
		testBox(t, s, rng, box{pixels, skew, uint8(rng.IntN(8)), [3]float64{r(), r(), r()}, [2]float64{r(), r()}, [2]float64{r(), r()}, rng.IntN(2) == 0})
		return
	}
	u := newRowArgs[T](rng, pixels, skew, slope, rng.IntN(2) == 0)
	switch kernel - len(ks) {
	case 0:
		testSums(t, s, rng, u)
	case 1:
		testCodes(t, s, u)
	default:
		testRow(t, s, ks[kernel], rng, u, skew)
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
