package darcy

import "math"

// Normaliser scales every cell by its own mean and deviation over training samples, as
// UnitGaussianNormalizer of the FNO repository does: (v − mean)/(std + 1e-5).
type Normaliser struct {
	Mean, Std []float32 // per cell; Std is the unbiased deviation
}

const epsilon = 1e-5

// NewNormaliser takes the statistics of samples, [n, cells]. With a single sample the deviation is 0.
func NewNormaliser(values []float32, cells int) Normaliser {
	n := len(values) / cells
	mean, square := make([]float64, cells), make([]float64, cells)
	for s := range n {
		for i, v := range values[s*cells : (s+1)*cells] {
			mean[i] += float64(v)
		}
	}
	for i := range mean {
		mean[i] /= float64(n)
	}
	for s := range n {
		for i, v := range values[s*cells : (s+1)*cells] {
			d := float64(v) - mean[i]
			square[i] += d * d
		}
	}
	norm := Normaliser{make([]float32, cells), make([]float32, cells)}
	for i := range mean {
		norm.Mean[i] = float32(mean[i])
		norm.Std[i] = float32(math.Sqrt(square[i] / float64(max(n-1, 1))))
	}
	return norm
}

// Encode writes the scaled sample to dst.
func (n Normaliser) Encode(dst, sample []float32) {
	for i, v := range sample {
		dst[i] = (v - n.Mean[i]) / (n.Std[i] + epsilon)
	}
}

// Decode undoes Encode.
func (n Normaliser) Decode(dst, sample []float32) {
	for i, v := range sample {
		dst[i] = v*(n.Std[i]+epsilon) + n.Mean[i]
	}
}

// Inputs writes what a network sees of a sample of n×n cells, [3, n, n]: the encoded permeability, then the
// coordinates, along the columns and along the rows, both from 0 to 1.
func (n Normaliser) Inputs(dst, coeff []float32, size int) {
	cells := size * size
	n.Encode(dst[:cells], coeff)
	for i := range size {
		for j := range size {
			dst[cells+i*size+j] = float32(float64(j) / float64(size-1))
			dst[2*cells+i*size+j] = float32(float64(i) / float64(size-1))
		}
	}
}
