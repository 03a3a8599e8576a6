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
