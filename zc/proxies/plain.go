package proxies

func init() {
	MustRegister(Proxy{
		Name: "plain", Title: "Weight times gradient", Family: DataDependent, Needs: LossGrad,
		Paper:     "Abdelfattah et al. 2021, “Zero-cost proxies for lightweight NAS”; Mozer and Smolensky 1988",
		Tolerance: Tolerance{OfSnip: 3e-5},
		Run:       plain,
	})
}

// plain is Σ w·dL/dw over the scored weights.
func plain(s *Session) (float64, error) {
	var sum float64
	for _, w := range s.Weights {
		sum += w.WG
	}
	return sum, nil
}
