package zc

import "gonum.org/v1/gonum/mat"

func init() {
	MustRegister(Proxy{
		Name: "nwot", Title: "Determinant of the kernel of ReLU codes", Family: DataDependent, Need: NeedCodes,
		Paper: "Mellor et al. 2021, “Neural architecture search without training”, eq. 3 (NASWOT)",
		Score: nwot,
	})
}

// nwot is log|det K|, K[i,j] the number of ReLU inputs with the same sign for samples i and j.
func nwot(s *Signals) (float64, error) {
	var lu mat.LU
	lu.Factorize(mat.NewDense(s.Batch, s.Batch, append([]float64(nil), s.Codes...)))
	if v, sign := lu.LogDet(); sign != 0 {
		return v, nil
	}
	return 0, Undefined("two samples have the same ReLU codes, so their kernel is singular")
}
