package kernels

// vec is the 16 lanes of a pixel.
type vec[T Float] = [Lanes]T

// pixel views the 16 elements of s from i on.
func pixel[T Float](s []T, i int) *[Lanes]T { return (*[Lanes]T)(s[i : i+Lanes]) }

// portableSet is the plain Go set. The conversions T(a*y) keep the compiler
// from fusing the product into the sum, so that all kernels of the set round
// a*y+b alike on every architecture.
func portableSet[T Float]() *Set[T] {
	return &Set[T]{
		Conv:           conv[T],
		Wgrad:          wgrad[T],
		Depthwise:      depthwise[T],
		DepthwiseWgrad: depthwiseWgrad[T],
		Affine:         affine[T],
		AffineReLU:     affineReLU[T],
		AffineAcc:      affineAcc[T],
		Lin2:           lin2[T],
		Lin2Acc:        lin2Acc[T],
		Lin2Mask:       lin2Mask[T],
		Lin4:           lin4[T],
		Mask:           mask[T],
		MaskAcc:        maskAcc[T],
		Add:            add[T],
		AddScaled:      addScaled[T],
		Mul:            mul[T],
		MaxArg:         maxArg[T],
		SelectAcc:      selectAcc[T],
		Moments:        moments[T],
		Cross:          cross[T],
		Codes:          codes[T],
		BoxRow:         boxRow[T],
	}
}

func conv[T Float](dst, x, w []T, offs []int, nic, rows, width, xStride, dstStride int, acc bool) {
	if !checkConv(dst, x, w, offs, nic, rows, width, xStride, dstStride) {
		return
	}
	for r := range rows {
		for p := range width {
			var s vec[T]
			out := pixel(dst, r*dstStride+p*Lanes)
			if acc {
				s = *out
			}
			for t, o := range offs {
				at := o + r*xStride + p*Lanes
				wt := w[t*nic*Lanes : (t+1)*nic*Lanes]
				for i, v := range x[at : at+nic] {
					row := pixel(wt, i*Lanes)
					for l := range s {
						s[l] += v * row[l]
					}
				}
			}
			*out = s
		}
	}
}

func wgrad[T Float](dw, x, d []T, offs []int, nic, rows, width, xStride, dStride, images, xImage, dImage int) {
	if !checkWgrad(dw, x, d, offs, nic, rows, width, xStride, dStride, images, xImage, dImage) {
		return
	}
	for t, o := range offs {
		// The sum over pixels starts from zero, so that a large dw does not
		// swallow its small terms.
		var s [Lanes]vec[T]
		for j := range images * rows {
			m, r := j/rows, j%rows
			for p := range width {
				g := pixel(d, m*dImage+r*dStride+p*Lanes)
				at := o + m*xImage + r*xStride + p*Lanes
				for i, v := range x[at : at+nic] {
					row := &s[i]
					for l := range row {
						row[l] += v * g[l]
					}
				}
			}
		}
		for i := range nic {
			out := pixel(dw, (t*nic+i)*Lanes)
			for l := range out {
				out[l] += s[i][l]
			}
		}
	}
}

func depthwise[T Float](dst, x, w []T, offs []int, rows, width, xStride, dstStride int, acc bool) {
	if !checkDepthwise(dst, x, w, offs, rows, width, xStride, dstStride) {
		return
	}
	for r := range rows {
		for p := range width {
			var s vec[T]
			out := pixel(dst, r*dstStride+p*Lanes)
			if acc {
				s = *out
			}
			for t, o := range offs {
				v, c := pixel(x, o+r*xStride+p*Lanes), pixel(w, t*Lanes)
				for l := range s {
					s[l] += v[l] * c[l]
				}
			}
			*out = s
		}
	}
}

func depthwiseWgrad[T Float](dw, x, d []T, offs []int, rows, width, xStride, dStride int) {
	if !checkDepthwiseWgrad(dw, x, d, offs, rows, width, xStride, dStride) {
		return
	}
	for t, o := range offs {
		var s vec[T]
		for r := range rows {
			for p := range width {
				v, g := pixel(x, o+r*xStride+p*Lanes), pixel(d, r*dStride+p*Lanes)
				for l := range s {
					s[l] += v[l] * g[l]
				}
			}
		}
		out := pixel(dw, t*Lanes)
		for l := range out {
			out[l] += s[l]
		}
	}
}
