package proxies

func init() {
	MustRegister(Proxy{
		Name: "synflow_bn", Title: "Synaptic flow with batch norm", Family: DataIndependent, Needs: SynflowBNPass,
		Paper:     "Abdelfattah et al. 2021, “Zero-cost proxies for lightweight NAS” (code); Tanaka et al. 2020 without batch norm",
		Tolerance: Tolerance{Relative: 1e-6},
		Run:       synflowBN,
	})
}

// synflowBN is synflow with batch norms that normalise the one input; undefined where it is rounding noise.
func synflowBN(s *Session) (float64, error) {
	if s.JacobianConstant {
		return 0, Undefined("all that is averaged comes out of batch norms, so the summed outputs are constant and this is rounding noise")
	}
	return s.SynflowBN, nil
}
