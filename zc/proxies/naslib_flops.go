package proxies

import "github.com/zcnas/zcnas/spaces"

func init() {
	MustRegister(Proxy{
		Name: "naslib_flops", Title: "FLOPs as NAS-Bench-Suite-Zero counts them", Family: DataIndependent,
		Paper: "Krishnakumar et al. 2022, “NAS-Bench-Suite-Zero”: batch norms, ReLUs and pools count too",
		Run:   func(s *Session) (float64, error) { return float64(spaces.NASLibFlops(s.Graph)), nil },
	})
}
