package proxies

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

func init() {
	MustRegister(Proxy{
		Name: "jacob_cov", Title: "Correlation of the input Jacobians", Family: DataDependent, Needs: Jacobian,
		Paper:     "Mellor et al. 2020, “Neural architecture search without training” (version 1), eq. 6",
		Tolerance: Tolerance{Relative: 3e-4},
		Run:       jacobCov,
	})
}

const constantJacobian = Undefined("all that is averaged comes out of batch norms, so the gradient of the summed outputs is 0 and any value would be rounding noise")

// jacobCov is −Σ (log(v+1e-5) + 1/(v+1e-5)) over the eigenvalues v of the correlation matrix of the rows of
// the input Jacobian, in float64. It needs two samples.
func jacobCov(s *Session) (float64, error) {
	if s.JacobianConstant {
		return 0, constantJacobian
	}
	if s.Batch < 2 {
		return 0, Undefined("one sample correlates with no other; any network would have this value")
	}
	corr := correlationMatrix(s.Jacobian)
	if corr == nil {
		return 0, Undefined("a sample's outputs do not depend on its input")
	}
	var eig mat.EigenSym
	if !eig.Factorize(corr, false) {
		return 0, Undefined("the eigenvalues of the correlation matrix did not converge")
	}
	const k = 1e-5
	var sum float64
	for _, v := range eig.Values(nil) {
		sum -= math.Log(v+k) + 1/(v+k)
	}
	return sum, nil
}

// correlationMatrix is the Pearson correlation matrix of rows, nil where a row is constant or there are none.
func correlationMatrix(rows [][]float64) *mat.SymDense {
	if len(rows) == 0 {
		return nil
	}
	n, d := len(rows), len(rows[0])
	x := mat.NewDense(n, d, nil)
	for i, row := range rows {
		var mean float64
		for _, v := range row {
			mean += v
		}
		mean /= float64(d)
		r := x.RawRowView(i)
		var sq float64
		for j, v := range row {
			r[j] = v - mean
			sq += r[j] * r[j]
		}
		if !(sq > 0) || math.IsInf(sq, 0) {
			return nil
		}
		norm := 1 / math.Sqrt(sq)
		for j := range r {
			r[j] *= norm
		}
	}
	var c mat.SymDense
	c.SymOuterK(1, x)
	for i := range n {
		c.SetSym(i, i, 1)
		for j := range i {
			c.SetSym(i, j, max(-1, min(1, c.At(i, j))))
		}
	}
	return &c
}
