// Package kernels holds the inner loops of the native engine.
//
// Every kernel works on channel blocks of [Lanes] = 16 channels. An activation
// of one sample and one channel block is an image [H][W][16]: a pixel is 16
// contiguous lanes, and all offsets and strides are counted in elements, not
// in bytes or pixels. A kernel sees one channel block of its output at a time;
// the caller loops over samples, blocks and groups.
//
// # Implementations
//
// [For] returns the fastest set this CPU runs, chosen once when the program
// starts: AVX-512 or AVX2 with FMA on amd64, plain Go elsewhere. $ZC_KERNELS
// names another, for tests. [Portable] returns the plain Go twin, which
// defines what each kernel computes. The assembly is written by the generator
// in gen and committed beside it.
//
// # Numbers
//
// A kernel adds in an order that depends on the shape of its arguments alone,
// so the same call gives the same bits on every run, whatever the number of
// threads around it. Different sets add in different orders and round a*y+b
// once (fused) or twice, so their results differ in the last bits. Within one
// set, every kernel that tests a*y+b > 0 (AffineReLU, Lin2Mask, Mask, MaskAcc,
// Codes) rounds that sum alike, so that they agree on which units are active.
// A NaN counts as not active.
//
// # Arguments
//
// The kernels neither allocate nor keep their arguments. The output of a row
// kernel may be one of its inputs (the same slice), but must not overlap an
// input otherwise; the output of Conv, Depthwise and BoxRow must not overlap
// any input. A kernel panics with a message that starts with "kernels:" when a
// slice is too short for the stated geometry: that is a fault of the caller,
// never of outside data.
package kernels

import "os"

//go:generate go run ./gen

// Lanes is the number of channels in a channel block.
const Lanes = 16

// Float is the element type of activations and weights.
type Float interface{ float32 | float64 }

// Set is the kernels for one element type.
//
// In the formulas, r counts rows, p pixels of a row, t taps, i input lanes and
// l or o lanes of the result. A number of rows, pixels or taps may be 0.
type Set[T Float] struct {
	// Conv adds up the taps of a convolution from one input block to one
	// output block, for r < rows and p < width:
	//
	//	dst[r*dstStride+p*16+o] = Σ_t Σ_{i<nic} x[offs[t]+r*xStride+p*16+i] * w[(t*nic+i)*16+o]
	//
	// With acc it adds the sum to dst instead. nic is 1 to 16. x is an image
	// that the caller has padded already; offs may hold the taps of several
	// input blocks, in any order.
	Conv func(dst, x, w []T, offs []int, nic, rows, width, xStride, dstStride int, acc bool)

	// Wgrad adds the weight gradient of Conv for the output gradients d of m < images images (1 or more):
	//
	//	dw[(t*nic+i)*16+o] += Σ_{m,r<rows,p<width} x[m*xImage+offs[t]+r*xStride+p*16+i] * d[m*dImage+r*dStride+p*16+o]
	Wgrad func(dw, x, d []T, offs []int, nic, rows, width, xStride, dStride, images, xImage, dImage int)

	// Depthwise adds up the taps of a depthwise convolution:
	//
	//	dst[r*dstStride+p*16+l] = Σ_t x[offs[t]+r*xStride+p*16+l] * w[t*16+l]
	//
	// With acc it adds the sum to dst instead.
	Depthwise func(dst, x, w []T, offs []int, rows, width, xStride, dstStride int, acc bool)

	// DepthwiseWgrad adds the weight gradient of Depthwise:
	//
	//	dw[t*16+l] += Σ_{r<rows,p<width} x[offs[t]+r*xStride+p*16+l] * d[r*dStride+p*16+l]
	DepthwiseWgrad func(dw, x, d []T, offs []int, rows, width, xStride, dStride int)

	// The row kernels below work on n contiguous pixels, n*16 = len(dst) (or
	// len(y) where there is no dst). The other pixel arguments are at least
	// that long; the coefficients hold one value for each of the 16 lanes.

	// Affine sets dst = a*y + b.
	Affine func(dst, y, a, b []T)
	// AffineReLU sets dst = v where v = a*y + b > 0, and slope*v elsewhere.
	AffineReLU func(dst, y, a, b []T, slope T)
	// AffineAcc adds a*y + b to dst.
	AffineAcc func(dst, y, a, b []T)
	// Lin2 sets dst = a*d + b*y + c.
	Lin2 func(dst, d, y, a, b, c []T)
	// Lin2Acc adds a*d + b*y + c to dst.
	Lin2Acc func(dst, d, y, a, b, c []T)
	// Lin2Mask sets dst = (p*d + q*y + r) * m, where m is 1 where
	// a*y + b > 0 and slope elsewhere.
	Lin2Mask func(dst, d, y, p, q, r, a, b []T, slope T)
	// Lin4 sets dst = a*d + b*e + c*y + f*g + h.
	Lin4 func(dst, d, e, y, g, a, b, c, f, h []T)
	// Mask sets dst = g*m, where m is 1 where a*y + b > 0 and slope elsewhere.
	Mask func(dst, g, y, a, b []T, slope T)
	// MaskAcc adds g*m to dst, with m as in Mask.
	MaskAcc func(dst, g, y, a, b []T, slope T)
	// Add adds x to dst.
	Add func(dst, x []T)
	// AddScaled adds s*x to dst.
	AddScaled func(dst, x []T, s T)
	// Mul multiplies dst by x.
	Mul func(dst, x []T)
	// MaxArg sets dst = x and arg = tap where x > dst: one tap of a max pooling.
	MaxArg func(dst, arg, x []T, tap T)
	// SelectAcc adds x to dst where arg = tap.
	SelectAcc func(dst, x, arg []T, tap T)

	// Moments adds Σ y to sum and Σ y² to sumSq, lane by lane. It adds at most
	// 64 pixels in the precision of T before it goes on in float64.
	Moments func(y []T, sum, sumSq []float64)
	// Cross adds Σ d to sum and Σ d*y to dot, lane by lane, for the len(d)/16
	// pixels of d, with the precision of Moments.
	Cross func(d, y []T, sum, dot []float64)

	// Codes sets bit l of bits[p] where a*y + b > 0 at lane l of pixel p, and
	// clears it elsewhere, for p < len(bits).
	Codes func(bits []uint16, y, a, b []T)

	// BoxRow computes one row of a 3×3 box sum over a map of width
	// len(dst)/16, with zeros outside it. With the three rows of the map
	// around the output row (nil for a row outside the map),
	//
	//	u[q] = pre(q) * (s0*r0[q] + s1*r1[q] + s2*r2[q])
	//	dst[p] = post(p) * (u[p-1] + u[p] + u[p+1])
	//
	// where pre is preEdge at the first and the last pixel and preMid between
	// them, and post likewise. With acc it adds the result to dst instead.
	BoxRow func(dst, r0, r1, r2 []T, s0, s1, s2, preMid, preEdge, postMid, postEdge T, acc bool)
}

// level is one implementation of both sets.
type level struct {
	name string
	f32  *Set[float32]
	f64  *Set[float64]

	// peak runs n rounds of roundFlops float32 operations on registers.
	peak       func(n int)
	roundFlops int
}

// levels lists what this CPU runs, the fastest first; the last is portable.
var levels = append(native(), level{"portable", portableSet[float32](), portableSet[float64](), portablePeak, 12 * 2})

// current is the level For and Name report; envErr says that $ZC_KERNELS
// names none.
var current, envErr = start(os.Getenv(envName))

// For returns the fastest set for T on this CPU. The set is shared: do not
// change it.
func For[T Float]() *Set[T] { return pick[T](current) }

// Portable returns the plain Go set, which every other set is tested against.
func Portable[T Float]() *Set[T] { return pick[T](levels[len(levels)-1]) }

func pick[T Float](l level) *Set[T] {
	if s, ok := any(l.f32).(*Set[T]); ok {
		return s
	}
	return any(l.f64).(*Set[T])
}

// Name names the set that [For] returns: "avx512", "avx2" or "portable".
func Name() string { return current.name }
