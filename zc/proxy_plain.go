package zc

func init() {
	MustRegister(Proxy{
		Name: "plain", Title: "Weight times gradient", Family: DataDependent, Need: NeedLossGrad,
		Paper: "Abdelfattah et al. 2021, “Zero-cost proxies for lightweight NAS”; Mozer and Smolensky 1988",
		Score: plain,
	})
}

// plain is Σ w·dL/dw over the scored weights.
func plain(s *Signals) (float64, error) {
	var sum float64
	for _, w := range s.Weights {
		sum += w.WG
	}
	return sum, nil
}
