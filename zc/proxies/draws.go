package proxies

import (
	"github.com/zcnas/zcnas/datasets/stream"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/weights"
)

// unit fills dst with draws of variance 1: normal ones or, with [weights.Reference], the uniform ones of the reference
// cases.
func (s *Session) unit(draws *stream.Stream, dst []float32) {
	if s.Scheme == weights.Reference {
		draws.FillUniform(dst, stream.UnitScale)
		return
	}
	for i := range dst {
		dst[i] = float32(draws.Norm())
	}
}

// drawn are parameters of the session's network: those of convolutions and linear layers as fill draws them, from a
// stream of the parameter's name behind the prefix, batch norms fresh and biases 0.
func (s *Session) drawn(prefix string, seed uint64, fill func(draws *stream.Stream, dst []float32, fanIn int)) [][]float32 {
	return drawnFor(s.Graph, prefix, seed, fill)
}

func drawnFor(g *spaces.Graph, prefix string, seed uint64, fill func(draws *stream.Stream, dst []float32, fanIn int)) [][]float32 {
	params := make([][]float32, len(g.Params()))
	for i, p := range g.Params() {
		params[i] = make([]float32, p.Size())
		switch l := &g.Layers[p.Layer]; {
		case scoredWeight(g, &p):
			fill(stream.New(prefix+p.Name, seed), params[i], p.Size()/p.Shape[0])
		case l.Kind == spaces.BatchNorm && p.Name == l.Name+".weight":
			for j := range params[i] {
				params[i][j] = 1
			}
		}
	}
	return params
}
