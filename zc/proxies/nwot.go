package proxies

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

func init() {
	MustRegister(Proxy{
		Name: "nwot", Title: "Determinant of the kernel of ReLU codes", Family: DataDependent, Needs: Codes,
		Paper:     "Mellor et al. 2021, “Neural architecture search without training”, eq. 3 (NASWOT)",
		Tolerance: Tolerance{Relative: 1e-6},
		Run:       nwot,
	})
}

// nwot is log|det K|, K[i,j] the number of ReLU inputs with the same sign for samples i and j. Of a singular
// kernel that is −∞, as NAS-Bench-Suite-Zero records it; here it is undefined.
func nwot(s *Session) (float64, error) {
	n := s.Batch
	for i := range n {
		for j := range i {
			// Asked of the counts, which are exact: elimination leaves rounding noise of some singular kernels.
			if s.Codes[i*n+j] == s.Codes[i*n+i] {
				return 0, Undefined("two samples have the same ReLU codes, so their kernel is singular")
			}
		}
	}
	var lu mat.LU
	lu.Factorize(mat.NewDense(n, n, append([]float64(nil), s.Codes...)))
	v, _ := lu.LogDet()
	if math.IsInf(v, -1) {
		return 0, Undefined("the kernel of the ReLU codes is singular")
	}
	return v, nil
}
