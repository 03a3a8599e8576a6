package kernels

// group is how many lanes the convolutions sum at a time, each in a variable
// of its own: the compiler keeps those in registers, which it does not do with
// an array. It forms all products of a basic block before it adds any up, so
// eight sums take two views of four: the bounds check of the second view parts
// the block, and sums and products together fit into the registers of amd64.
const group = 8

// sums views the group of s from i on.
func sums[T Float](s []T, i int) *[group]T { return (*[group]T)(s[i : i+group]) }

// quad views half a group of s from i on.
func quad[T Float](s []T, i int) *[group / 2]T { return (*[group / 2]T)(s[i : i+group/2]) }

func conv[T Float](dst, x, w []T, offs []int, nic, rows, width, xStride, dstStride int, acc bool) {
	if !checkConv(dst, x, w, offs, nic, rows, width, xStride, dstStride) {
		return
	}
	for r := range rows {
		for p := 0; p < width*Lanes; p += Lanes {
			out := pixel(dst, r*dstStride+p)
			if !acc {
				clear(out[:])
			}
			for t, o := range offs {
				at := o + r*xStride + p
				addTap(out, x[at:at+nic], w[t*nic*Lanes:])
			}
		}
	}
}

// addTap adds one pixel's product of len(x) input lanes with their weights.
func addTap[T Float](dst *[Lanes]T, x, w []T) {
	for lane := 0; lane < Lanes; lane += group {
		out := sums(dst[:], lane)
		s0, s1, s2, s3, s4, s5, s6, s7 := out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7]
		k := lane
		for _, v := range x {
			row := quad(w, k)
			s0 += v * row[0]
			s1 += v * row[1]
			s2 += v * row[2]
			s3 += v * row[3]
			row = quad(w, k+4)
			s4 += v * row[0]
			s5 += v * row[1]
			s6 += v * row[2]
			s7 += v * row[3]
			k += Lanes
		}
		out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7] = s0, s1, s2, s3, s4, s5, s6, s7
	}
}

func wgrad[T Float](dw, x, d []T, offs []int, nic, rows, width, xStride, dStride, images, xImage, dImage int) {
	if !checkWgrad(dw, x, d, offs, nic, rows, width, xStride, dStride, images, xImage, dImage) {
		return
	}
	for t, o := range offs {
		// The sum over pixels starts from zero, so that a large dw does not
		// swallow its small terms.
		var sum [Lanes]vec[T]
		for j := range images * rows {
			m, r := j/rows, j%rows
			for i := range nic {
				addRow(&sum[i], x[o+m*xImage+r*xStride+i:], d[m*dImage+r*dStride:], width)
			}
		}
		for i := range nic {
			out := pixel(dw, (t*nic+i)*Lanes)
			for l, v := range sum[i] {
				out[l] += v
			}
		}
	}
}

// addRow adds the products of one input lane with a row of d, pixel by pixel.
func addRow[T Float](sum *[Lanes]T, x, d []T, width int) {
	for lane := 0; lane < Lanes; lane += group {
		out := sums(sum[:], lane)
		s0, s1, s2, s3, s4, s5, s6, s7 := out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7]
		for p := 0; p < width*Lanes; p += Lanes {
			v := x[p]
			g := quad(d, p+lane)
			s0 += v * g[0]
			s1 += v * g[1]
			s2 += v * g[2]
			s3 += v * g[3]
			g = quad(d, p+lane+4)
			s4 += v * g[0]
			s5 += v * g[1]
			s6 += v * g[2]
			s7 += v * g[3]
		}
		out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7] = s0, s1, s2, s3, s4, s5, s6, s7
	}
}

func depthwise[T Float](dst, x, w []T, offs []int, rows, width, xStride, dstStride int, acc bool) {
	if !checkDepthwise(dst, x, w, offs, rows, width, xStride, dstStride) {
		return
	}
	for r := range rows {
		for k := 0; k < width*Lanes; k += group {
			out := sums(dst, r*dstStride+k)
			if !acc {
				clear(out[:])
			}
			addTaps(out, x, w, offs, r*xStride+k, k%Lanes)
		}
	}
}

// addTaps adds the taps' products for half a pixel, which starts at that
// offset in x and at that lane.
func addTaps[T Float](out *[group]T, x, w []T, offs []int, at, lane int) {
	s0, s1, s2, s3, s4, s5, s6, s7 := out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7]
	for t, o := range offs {
		v, c := quad(x, at+o), quad(w, t*Lanes+lane)
		s0 += v[0] * c[0]
		s1 += v[1] * c[1]
		s2 += v[2] * c[2]
		s3 += v[3] * c[3]
		v, c = quad(x, at+o+4), quad(w, t*Lanes+lane+4)
		s4 += v[0] * c[0]
		s5 += v[1] * c[1]
		s6 += v[2] * c[2]
		s7 += v[3] * c[3]
	}
	out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7] = s0, s1, s2, s3, s4, s5, s6, s7
}

func depthwiseWgrad[T Float](dw, x, d []T, offs []int, rows, width, xStride, dStride int) {
	if !checkDepthwiseWgrad(dw, x, d, offs, rows, width, xStride, dStride) {
		return
	}
	for k := 0; k < len(offs)*Lanes; k += group {
		var sum [group]T
		for r := range rows {
			addPixels(&sum, x[offs[k/Lanes]+r*xStride+k%Lanes:], d[r*dStride+k%Lanes:], width)
		}
		for l, v := range sum {
			dw[k+l] += v
		}
	}
}

// addPixels adds half a row's products, lane by lane.
func addPixels[T Float](sum *[group]T, x, d []T, width int) {
	s0, s1, s2, s3, s4, s5, s6, s7 := sum[0], sum[1], sum[2], sum[3], sum[4], sum[5], sum[6], sum[7]
	for p := 0; p < width*Lanes; p += Lanes {
		v, g := quad(x, p), quad(d, p)
		s0 += v[0] * g[0]
		s1 += v[1] * g[1]
		s2 += v[2] * g[2]
		s3 += v[3] * g[3]
		v, g = quad(x, p+4), quad(d, p+4)
		s4 += v[0] * g[0]
		s5 += v[1] * g[1]
		s6 += v[2] * g[2]
		s7 += v[3] * g[3]
	}
	sum[0], sum[1], sum[2], sum[3], sum[4], sum[5], sum[6], sum[7] = s0, s1, s2, s3, s4, s5, s6, s7
}
