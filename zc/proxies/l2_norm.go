package proxies

import (
	"math"
	"slices"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

func init() {
	MustRegister(Proxy{
		Name: "l2_norm", Title: "Norm of the weights", Family: DataIndependent, Needs: Weights,
		Paper:     "Abdelfattah et al. 2021, “Zero-cost proxies for lightweight NAS” (code)",
		Tolerance: Tolerance{Relative: 1e-6},
		Run:       l2Norm,
	})
}

// l2Norm is Σ over scored layers of ‖w‖₂, dead edges included.
func l2Norm(s *Session) (float64, error) {
	var sum float64
	for i, p := range s.Graph.Params() {
		if !scoredWeight(s.Graph, &p) || slices.Contains(s.Unscored, s.Graph.Layers[p.Layer].Kind) {
			continue
		}
		sum += math.Sqrt(engine.SumSquares(s.Params[i]))
	}
	return sum, nil
}

// scoredWeight reports whether a parameter is the weight of a scored layer.
func scoredWeight(g *spaces.Graph, p *spaces.Param) bool {
	return g.Layers[p.Layer].Scored() && len(p.Shape) > 1
}
