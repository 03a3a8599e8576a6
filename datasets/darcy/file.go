package darcy

import (
	"fmt"
	"math"

	"github.com/zcnas/zcnas/datasets/formats"
)

// Fields are samples: Coeff and Sol are [N, Size, Size].
type Fields struct {
	N, Size    int
	Coeff, Sol []float32
}

// Count returns the number of samples of a published file and the cells along an edge. Errors name the file
// and what is wrong with it.
func Count(path string) (samples, cells int, err error) {
	m, err := formats.OpenMat(path)
	if err != nil {
		return 0, 0, err
	}
	defer m.Close()
	return count(m, path)
}

func count(m *formats.Mat, path string) (samples, cells int, err error) {
	for _, name := range []string{"coeff", "sol"} {
		v, err := m.Var(name)
		if err != nil {
			return 0, 0, err
		}
		if len(v.Dims) != 3 || v.Dims[1] != v.Dims[2] {
			return 0, 0, fmt.Errorf("%s: %s of shape %v, expected [samples, n, n]", path, name, v.Dims)
		}
		if name == "sol" && (v.Dims[0] != samples || v.Dims[1] != cells) {
			return 0, 0, fmt.Errorf("%s: sol of shape %v, and coeff has %d samples of %d×%d", path, v.Dims, samples, cells, cells)
		}
		samples, cells = v.Dims[0], v.Dims[1]
	}
	return samples, cells, nil
}

// ReadFile reads n samples from a published file (variables coeff and sol, [samples, cells, cells]), every
// stride-th cell. It streams: memory is about twice that of the result, 60 MB for 1,024 samples at every fifth
// of 421 cells. Errors: a file that is missing, damaged, too short or of another shape; values that can be
// no permeabilities and pressures.
func ReadFile(path string, first, n, stride int) (Fields, error) {
	var f Fields
	m, err := formats.OpenMat(path)
	if err != nil {
		return f, err
	}
	defer m.Close()
	samples, _, err := count(m, path)
	if err != nil {
		return f, err
	}
	if first < 0 || n < 1 || first+n > samples {
		return f, fmt.Errorf("%s: samples %d…%d, and it has %d", path, first, first+n-1, samples)
	}
	if stride < 1 {
		return f, fmt.Errorf("darcy: a stride of %d", stride)
	}
	for _, part := range []struct {
		name string
		to   *[]float32
	}{{"coeff", &f.Coeff}, {"sol", &f.Sol}} {
		values, shape, err := formats.ReadMat[float32](m, part.name, formats.Range{Start: first, Stop: first + n}, formats.Range{Step: stride}, formats.Range{Step: stride})
		if err != nil {
			return f, err
		}
		f.N, f.Size = shape[0], shape[1]
		*part.to = samplesFirst(values, shape[0], shape[1])
	}
	if err := f.check(); err != nil {
		return f, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// samplesFirst turns MATLAB's order, the sample fastest and the column slowest, into [samples, n, n].
func samplesFirst(values []float32, samples, n int) []float32 {
	out := make([]float32, len(values))
	for column := range n {
		for row := range n {
			from := values[samples*(row+n*column):]
			at := row*n + column
			for s := range samples {
				out[s*n*n+at] = from[s]
			}
		}
	}
	return out
}

// check finds swapped and foreign fields: a pressure stays below 0.074 over the least permeability.
func (f Fields) check() error {
	least, most := float32(math.Inf(1)), float32(0)
	for _, v := range f.Coeff {
		if !(v > 0 && v <= math.MaxFloat32) {
			return fmt.Errorf("coeff holds the value %v; permeabilities such as 3 and 12 are expected", v)
		}
		least = min(least, v)
	}
	for _, v := range f.Sol {
		if !(v >= -math.MaxFloat32 && v <= math.MaxFloat32) {
			return fmt.Errorf("sol holds the value %v", v)
		}
		most = max(most, v, -v)
	}
	if most >= least {
		return fmt.Errorf("sol reaches %v where coeff goes down to %v: the fields are swapped, or of another equation", most, least)
	}
	return nil
}
