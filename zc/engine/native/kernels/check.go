package kernels

import "fmt"

// need panics unless a slice of have elements covers want.
func need(kernel, arg string, have, want int) {
	if have < want {
		panic(fmt.Sprintf("kernels: %s: %s has %d elements, the geometry needs %d", kernel, arg, have, want))
	}
}

// imageLen is the number of elements an image of that geometry spans. With
// several rows, rows of the output must not overlap, so minStride bounds the
// stride from below.
func imageLen(kernel, arg string, rows, width, stride, lanes, minStride int) int {
	if rows > 1 && stride < minStride {
		panic(fmt.Sprintf("kernels: %s: row stride of %s is %d, below %d", kernel, arg, stride, minStride))
	}
	return (rows-1)*stride + (width-1)*Lanes + lanes
}

// checkTaps checks the geometry of a convolution and reports whether it has
// any output. lanes is how many lanes of x a tap reads. d is the image of the
// output or its gradient, dStep its least row stride.
func checkTaps(kernel string, x, d int, offs []int, lanes, rows, width, xStride, dStride, dStep int) bool {
	if rows < 0 || width < 0 {
		panic(fmt.Sprintf("kernels: %s: %d rows of %d pixels", kernel, rows, width))
	}
	if lanes < 1 || lanes > Lanes {
		panic(fmt.Sprintf("kernels: %s: %d input lanes, want 1 to %d", kernel, lanes, Lanes))
	}
	if rows == 0 || width == 0 {
		return false
	}
	need(kernel, "d or dst", d, imageLen(kernel, "d or dst", rows, width, dStride, Lanes, dStep))
	span := imageLen(kernel, "x", rows, width, xStride, lanes, 0)
	for t, o := range offs {
		if o < 0 || o > x-span {
			panic(fmt.Sprintf("kernels: %s: tap %d at offset %d reads %d elements of x, which has %d", kernel, t, o, span, x))
		}
	}
	return true
}

func checkConv[T Float](dst, x, w []T, offs []int, nic, rows, width, xStride, dstStride int) bool {
	if !checkTaps("Conv", len(x), len(dst), offs, nic, rows, width, xStride, dstStride, width*Lanes) {
		return false
	}
	need("Conv", "w", len(w), len(offs)*nic*Lanes)
	return true
}

func checkWgrad[T Float](dw, x, d []T, offs []int, nic, rows, width, xStride, dStride, images, xImage, dImage int) bool {
	if images < 1 || xImage < 0 || dImage < 0 {
		panic(fmt.Sprintf("kernels: Wgrad: %d images at steps of %d and %d elements", images, xImage, dImage))
	}
	if !checkTaps("Wgrad", len(x)-(images-1)*xImage, len(d)-(images-1)*dImage, offs, nic, rows, width, xStride, dStride, 0) {
		return false
	}
	need("Wgrad", "dw", len(dw), len(offs)*nic*Lanes)
	return len(offs) > 0
}

func checkDepthwise[T Float](dst, x, w []T, offs []int, rows, width, xStride, dstStride int) bool {
	if !checkTaps("Depthwise", len(x), len(dst), offs, Lanes, rows, width, xStride, dstStride, width*Lanes) {
		return false
	}
	need("Depthwise", "w", len(w), len(offs)*Lanes)
	return true
}

func checkDepthwiseWgrad[T Float](dw, x, d []T, offs []int, rows, width, xStride, dStride int) bool {
	if !checkTaps("DepthwiseWgrad", len(x), len(d), offs, Lanes, rows, width, xStride, dStride, 0) {
		return false
	}
	need("DepthwiseWgrad", "dw", len(dw), len(offs)*Lanes)
	return len(offs) > 0
}

// checkRow checks a row kernel on n elements: whole pixels, and the shortest
// of its other pixel arguments and the shortest of its coefficients.
func checkRow(kernel string, n, pixels, coefs int) bool {
	if n%Lanes != 0 {
		panic(fmt.Sprintf("kernels: %s: %d elements are not whole pixels of %d lanes", kernel, n, Lanes))
	}
	need(kernel, "an input", pixels, n)
	need(kernel, "a coefficient vector", coefs, Lanes)
	return n > 0
}

func checkCodes[T Float](bits []uint16, y, a, b []T) bool {
	need("Codes", "y", len(y), len(bits)*Lanes)
	need("Codes", "a coefficient vector", min(len(a), len(b)), Lanes)
	return len(bits) > 0
}

// checkBoxRow also reports false for no pixels; nil rows are absent.
func checkBoxRow[T Float](dst, r0, r1, r2 []T) bool {
	if len(dst)%Lanes != 0 {
		panic(fmt.Sprintf("kernels: BoxRow: %d elements are not whole pixels of %d lanes", len(dst), Lanes))
	}
	for _, r := range [...][]T{r0, r1, r2} {
		if r != nil {
			need("BoxRow", "a row", len(r), len(dst))
		}
	}
	return len(dst) > 0
}
