package kernels_test

import (
	"fmt"

	"github.com/zcnas/zcnas/zc/engine/native/kernels"
)

// A 1×3 convolution of one input lane over a row of four pixels, padded by one
// pixel on each side, that adds up neighbours.
func ExampleSet_conv() {
	const width = 4
	x := make([]float32, (width+2)*kernels.Lanes)
	for p := range width {
		x[(p+1)*kernels.Lanes] = float32(p + 1)
	}
	offs := []int{0, kernels.Lanes, 2 * kernels.Lanes}
	w := make([]float32, len(offs)*kernels.Lanes)
	for t := range offs {
		w[t*kernels.Lanes] = 1 // from input lane 0 to output lane 0
	}
	dst := make([]float32, width*kernels.Lanes)
	kernels.For[float32]().Conv(dst, x, w, offs, 1, 1, width, len(x), len(dst), false)
	for p := range width {
		fmt.Print(dst[p*kernels.Lanes], " ")
	}
	// Output: 3 6 9 7
}
