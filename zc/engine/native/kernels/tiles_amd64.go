package kernels

import "unsafe"

// tileFunc computes rows×cols tiles of one or two halves of some pixels each.
// Strides are in bytes; see the generator.
type tileFunc[T Float] func(dst, x, w *T, offs *int, taps, nic, rows, cols, xRow, dRow, xCol, dCol, xHalf, dHalf, acc int)

// tiles is a tile function for every number of pixels in a half, from 1 up to
// the largest (index 0 is unused), with one and with two halves.
type tiles[T Float] struct {
	one, two []tileFunc[T]
	passes   int // parts of a pixel computed in turn
}

func (ts tiles[T]) conv() func(dst, x, w []T, offs []int, nic, rows, width, xStride, dstStride int, acc bool) {
	return func(dst, x, w []T, offs []int, nic, rows, width, xStride, dstStride int, acc bool) {
		if !checkConv(dst, x, w, offs, nic, rows, width, xStride, dstStride) {
			return
		}
		if len(offs) == 0 {
			noTaps(dst, rows, width, dstStride, acc)
			return
		}
		for lane := 0; lane < Lanes; lane += Lanes / ts.passes {
			ts.cover(dst[lane:], x, w[lane:], offs, nic, rows, width, xStride, dstStride, acc)
		}
	}
}

func (ts tiles[T]) depthwise() func(dst, x, w []T, offs []int, rows, width, xStride, dstStride int, acc bool) {
	return func(dst, x, w []T, offs []int, rows, width, xStride, dstStride int, acc bool) {
		if !checkDepthwise(dst, x, w, offs, rows, width, xStride, dstStride) {
			return
		}
		if len(offs) == 0 {
			noTaps(dst, rows, width, dstStride, acc)
			return
		}
		for lane := 0; lane < Lanes; lane += Lanes / ts.passes {
			ts.cover(dst[lane:], x[lane:], w[lane:], offs, 1, rows, width, xStride, dstStride, acc)
		}
	}
}

// noTaps is the empty sum.
func noTaps[T Float](dst []T, rows, width, dstStride int, acc bool) {
	if acc {
		return
	}
	for r := range rows {
		clear(dst[r*dstStride : r*dstStride+width*Lanes])
	}
}

// cover splits the image into tiles: columns of whole tiles first, whose two
// halves lie side by side; then a column of half the width and one of the
// remaining pixels, whose halves lie in two neighbouring rows. So narrow maps
// fill the accumulators too.
func (ts tiles[T]) cover(dst, x, w []T, offs []int, nic, rows, width, xStride, dstStride int, acc bool) {
	var zero T
	size := int(unsafe.Sizeof(zero))
	pixel := Lanes * size
	half := len(ts.two) - 1
	wp, op := &w[0], &offs[0]
	accum := 0
	if acc {
		accum = 1
	}
	xRow, dRow := xStride*size, dstStride*size
	whole := width / (2 * half)
	if whole > 0 {
		ts.two[half](&dst[0], &x[0], wp, op, len(offs), nic, rows, whole,
			xRow, dRow, 2*half*pixel, 2*half*pixel, half*pixel, half*pixel, accum)
	}
	at := whole * 2 * half
	for at < width {
		n := min(half, width-at)
		xp := x[at*Lanes:]
		if rows > 1 {
			ts.two[n](&dst[at*Lanes], &xp[0], wp, op, len(offs), nic, rows/2, 1,
				2*xRow, 2*dRow, 0, 0, xRow, dRow, accum)
		}
		if rows%2 != 0 {
			r := rows - 1
			ts.one[n](&dst[r*dstStride+at*Lanes], &xp[r*xStride], wp, op, len(offs), nic, 1, 1, 0, 0, 0, 0, 0, 0, accum)
		}
		at += n
	}
}

// wgradFunc adds the weight gradient of a few taps and input lanes.
type wgradFunc[T Float] func(dw0, dw1, dw2, x, d *T, o0, o1, o2, taps, rows, width, xRow, dRow, images, xImage, dImage int)

// wgradBlock is a register block of the weight gradient.
type wgradBlock[T Float] struct {
	taps, nic int
	f         wgradFunc[T]
}

// wgradBlocks lists the blocks, the most input lanes first, down to one.
type wgradBlocks[T Float] []wgradBlock[T]

func (bs wgradBlocks[T]) wgrad(passes int) func(dw, x, d []T, offs []int, nic, rows, width, xStride, dStride, images, xImage, dImage int) {
	return func(dw, x, d []T, offs []int, nic, rows, width, xStride, dStride, images, xImage, dImage int) {
		if !checkWgrad(dw, x, d, offs, nic, rows, width, xStride, dStride, images, xImage, dImage) {
			return
		}
		for lane := 0; lane < Lanes; lane += Lanes / passes {
			for i := 0; i < nic; {
				for _, b := range bs {
					if b.nic <= nic-i {
						b.taps3(dw[i*Lanes+lane:], x[i:], d[lane:], offs, nic*Lanes, rows, width, xStride, dStride, images, xImage, dImage)
						i += b.nic
						break
					}
				}
			}
		}
	}
}

// taps3 covers all taps, one or three at a time.
func (b wgradBlock[T]) taps3(dw, x, d []T, offs []int, step, rows, width, xStride, dStride, images, xImage, dImage int) {
	var zero T
	size := int(unsafe.Sizeof(zero))
	for t := 0; t < len(offs); t += b.taps {
		n := min(b.taps, len(offs)-t)
		// A missing tap repeats the last one and is not stored.
		t1, t2 := t+min(1, n-1), t+min(2, n-1)
		b.f(&dw[t*step], &dw[t1*step], &dw[t2*step], &x[0], &d[0],
			offs[t]*size, offs[t1]*size, offs[t2]*size, n, rows, width, xStride*size, dStride*size, images, xImage*size, dImage*size)
	}
}

func depthwiseWgradOf[T Float](f wgradFunc[T]) func(dw, x, d []T, offs []int, rows, width, xStride, dStride int) {
	return func(dw, x, d []T, offs []int, rows, width, xStride, dStride int) {
		if !checkDepthwiseWgrad(dw, x, d, offs, rows, width, xStride, dStride) {
			return
		}
		b := wgradBlock[T]{taps: 3, f: f}
		b.taps3(dw, x, d, offs, Lanes, rows, width, xStride, dStride, 1, 0, 0)
	}
}
