package engine

// SumSquares is Σ x² as PyTorch's norm of a float32 tensor adds it up: in float32, in eight lanes (one AVX2
// register), then over the lanes, then the rest. On tensors with millions of values the small addends that a
// large float32 sum swallows cost it up to 1e-4; published norms contain that, so ours do, too.
func SumSquares(x []float32) float64 {
	const lanes = 8
	var acc [lanes]float32
	whole := len(x) / lanes * lanes
	for i := 0; i < whole; i += lanes {
		for l, v := range x[i : i+lanes : i+lanes] {
			acc[l] += float32(v * v) // the conversion keeps the compiler from fusing
		}
	}
	sum := acc[0]
	for _, v := range acc[1:] {
		sum += v
	}
	for _, v := range x[whole:] {
		sum += float32(v * v)
	}
	return float64(sum)
}
