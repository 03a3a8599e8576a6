package proxies

import "github.com/zcnas/zcnas/spaces"

func init() {
	MustRegister(Proxy{
		Name: "flops", Title: "Floating-point operations", Family: DataIndependent,
		Paper: "Baseline; multiply-adds of convolutions and linear layers and the classifier's bias, as NATS-Bench counts",
		Run:   func(s *Session) (float64, error) { return float64(spaces.NATSFlops(s.Graph)), nil },
	})
}
