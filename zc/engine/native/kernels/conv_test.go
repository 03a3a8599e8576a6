package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

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

// TestDepthwiseByHand checks the portable twin itself against the definition.
func TestDepthwiseByHand(t *testing.T) {
	g := square(2, 3, Lanes, 2, 2, 1, 1, 0)
	rng := rand.New(rand.NewPCG(3, 4))
	x, w := input[float64](rng, g.xLen, 0), input[float64](rng, len(g.offs)*Lanes, 0)
	d := input[float64](rng, g.rows*g.dStride, 0)
	got, want := make([]float64, len(d)), make([]float64, len(d))
	dw, wantDW := make([]float64, len(w)), make([]float64, len(w))
	for i := range d {
		r, p, l := i/g.dStride, i%g.dStride/Lanes, i%Lanes
		for t, off := range g.offs {
			xv := x[off+r*g.xStride+p*Lanes+l]
			want[i] += xv * w[t*Lanes+l]
			wantDW[t*Lanes+l] += xv * d[i]
		}
	}
	Portable[float64]().Depthwise(got, x, w, g.offs, g.rows, g.width, g.xStride, g.dStride, false)
	near(t, "Depthwise", got, want, 4)
	Portable[float64]().DepthwiseWgrad(dw, x, d, g.offs, g.rows, g.width, g.xStride, g.dStride)
	near(t, "DepthwiseWgrad", dw, wantDW, 6)
}

// anyGeometry draws a geometry with taps and strides of no order.
func anyGeometry(rows, width, nic, taps int, rng *rand.Rand) geometry {
	g := geometry{rows: rows, width: width, nic: nic, skew: rng.IntN(16)}
	g.dStride = width*Lanes + rng.IntN(20)
	g.xStride = rng.IntN(width*Lanes + 50)
	for range taps {
		g.offs = append(g.offs, rng.IntN(700))
	}
	for _, o := range g.offs {
		g.xLen = max(g.xLen, o+(rows-1)*g.xStride+(width-1)*Lanes+nic)
	}
	return g
}

// FuzzConv draws the geometry; every set must agree with the portable twin
// and stay within its output.
func FuzzConv(f *testing.F) {
	f.Add(uint8(3), uint8(9), uint8(16), uint8(2), uint16(1))
	f.Add(uint8(1), uint8(31), uint8(3), uint8(9), uint16(7))
	f.Fuzz(func(t *testing.T, rows, width, nic, taps uint8, seed uint16) {
		g := anyGeometry(int(rows%6), int(width%40), 1+int(nic%16), int(taps%8), rand.New(rand.NewPCG(4, uint64(seed))))
		for _, l := range levels {
			testConv(t, l.f32, g)
			testConv(t, l.f64, g)
		}
	})
}

// FuzzDepthwise is FuzzConv for the depthwise kernels.
func FuzzDepthwise(f *testing.F) {
	f.Add(uint8(3), uint8(9), uint8(9), uint16(1))
	f.Add(uint8(1), uint8(31), uint8(2), uint16(7))
	f.Fuzz(func(t *testing.T, rows, width, taps uint8, seed uint16) {
		g := anyGeometry(int(rows%12), int(width%40), Lanes, int(taps%12), rand.New(rand.NewPCG(9, uint64(seed))))
		for _, l := range levels {
			testDepthwise(t, l.f32, g)
			testDepthwise(t, l.f64, g)
		}
	})
}
