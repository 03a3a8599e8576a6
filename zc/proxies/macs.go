package proxies

func init() {
	MustRegister(Proxy{
		Name: "macs", Title: "Multiply-accumulates", Family: DataIndependent,
		Paper: "Baseline; convolutions and linear layers",
		Run:   func(s *Session) (float64, error) { return float64(s.Graph.MACs()), nil },
	})
}
