package proxies

import "math"

func init() {
	MustRegister(Proxy{
		Name: "zen", Title: "Zen-Score", Family: DataIndependent, Needs: ZenPass,
		Paper:     "Lin et al. 2021, “Zen-NAS: a zero-shot NAS for high-performance image recognition”, algorithm 1, as NASLib computes it",
		Tolerance: Tolerance{Relative: 1e-5},
		Run:       zen,
	})
}

// zen is log(mean over samples of Σ|f(x1) − f(x2)|) + Σ over batch norms of log √(mean running variance).
func zen(s *Session) (float64, error) {
	if s.ZenErr != nil {
		return 0, Undefined(s.ZenErr.Error())
	}
	if s.ZenDiff <= 0 {
		return 0, Undefined("the features do not depend on the input")
	}
	v := math.Log(s.ZenDiff)
	for _, x := range s.ZenVariances {
		v += math.Log(x) / 2
	}
	return v, nil
}
