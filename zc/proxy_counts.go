package zc

import "github.com/zcnas/zcnas/spaces"

func init() {
	MustRegister(Proxy{
		Name: "flops", Title: "Floating-point operations", Family: DataIndependent,
		Paper: "Baseline; multiply-adds of convolutions and linear layers and the classifier's bias, as NATS-Bench counts",
		Score: func(s *Signals) (float64, error) { return float64(spaces.NATSFlops(s.Graph)), nil },
	})
	MustRegister(Proxy{
		Name: "params", Title: "Trainable parameters", Family: DataIndependent,
		Paper: "Baseline",
		Score: func(s *Signals) (float64, error) { return float64(s.Graph.ParamCount()), nil },
	})
	MustRegister(Proxy{
		Name: "naslib_flops", Title: "FLOPs as NAS-Bench-Suite-Zero counts them", Family: DataIndependent,
		Paper: "Krishnakumar et al. 2022, “NAS-Bench-Suite-Zero”: batch norms, ReLUs and pools count too",
		Score: func(s *Signals) (float64, error) { return float64(spaces.NASLibFlops(s.Graph)), nil },
	})
	MustRegister(Proxy{
		Name: "macs", Title: "Multiply-accumulates", Family: DataIndependent,
		Paper: "Baseline; convolutions and linear layers",
		Score: func(s *Signals) (float64, error) { return float64(s.Graph.MACs()), nil },
	})
}
