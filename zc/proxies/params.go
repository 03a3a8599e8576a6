package proxies

func init() {
	MustRegister(Proxy{
		Name: "params", Title: "Trainable parameters", Family: DataIndependent,
		Paper: "Baseline",
		Run:   func(s *Session) (float64, error) { return float64(s.Graph.ParamCount()), nil },
	})
}
