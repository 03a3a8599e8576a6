package zc

func init() {
	MustRegister(Proxy{
		Name: "params", Title: "Trainable parameters", Family: DataIndependent,
		Paper: "Baseline",
		Score: func(s *Signals) (float64, error) { return float64(s.Graph.ParamCount()), nil },
	})
}
