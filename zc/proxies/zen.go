package proxies

import (
	"errors"
	"math"

	"github.com/zcnas/zcnas/datasets/stream"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

func init() {
	MustRegister(Proxy{
		Name: "zen", Title: "Zen-Score", Family: DataIndependent, Needs: Weights,
		Paper:     "Lin et al. 2021, “Zen-NAS: a zero-shot NAS for high-performance image recognition”, algorithm 1, as NASLib computes it",
		Tolerance: Tolerance{Relative: 1e-5},
		Run:       zen,
	})
}

// zen is log(mean over samples of Σ|f(x1) − f(x2)|) + Σ over batch norms of log √(mean running variance), f the input of
// the one global average pooling, x1 and x2 = x1 + 0.01·noise standard normal, and the running variances (momentum 0.1,
// starting at 1, unbiased) those after both forward passes.
func zen(s *Session) (float64, error) {
	plan, err := s.Plan()
	if err != nil {
		return 0, err
	}
	pool, err := plan.GlobalPool()
	if errors.Is(err, engine.ErrNoGlobalPool) {
		return 0, Undefined(err.Error())
	}
	if err != nil {
		return 0, err
	}
	n, err := s.Load(zenWeights(s), s.Batch, engine.Mode{})
	if err != nil {
		return 0, err
	}
	var features [2]engine.Operand
	var variances []engine.Scalars // the batch variances of the norms in the first pass, then in the second
	for k, x := range zenInputs(s) {
		t, err := n.Forward(engine.Feed{Inputs: x, Dead: true, Only: []int{pool}})
		if err != nil {
			return 0, err
		}
		features[k] = t.Operand(pool)
		v, err := t.NormVariances()
		if err != nil {
			return 0, err
		}
		variances = append(variances, v...)
	}
	apart, err := n.Reduce(engine.AbsDiff{}, features[0], features[1])
	if err != nil {
		return 0, err
	}
	numbers, err := n.Fetch(append([]engine.Scalars{apart}, variances...)...)
	if err != nil {
		return 0, err
	}
	var mean float64
	for _, v := range numbers[0] {
		mean += v / float64(s.Batch)
	}
	if mean <= 0 {
		return 0, Undefined("the features do not depend on the input")
	}
	score := math.Log(mean)
	for _, v := range runningVariances(plan, s.Batch, numbers[1:]) {
		score += math.Log(v) / 2
	}
	return score, nil
}

// runningVariances are the means over channels of the running variances, of the norms that share one and of the others,
// after the norms have seen their batches with these variances. A running variance is linear in the batches' variances,
// so the means move as the channels do.
func runningVariances(p *engine.Plan, batch int, variances [][]float64) []float64 {
	out := make([]float64, len(p.Running))
	for i := range out {
		out[i] = 1
	}
	for k, v := range variances {
		norm := &p.Norms[k%len(p.Norms)]
		shape := norm.Layer.Out
		count := float64(batch * shape.H * shape.W)
		running := &out[norm.Running]
		*running = 0.9**running + 0.1*v[0]*count/(count-1)
	}
	return out
}

// zenWeights draws the weights of convolutions and linear layers; batch norms are fresh and biases 0.
func zenWeights(s *Session) [][]float32 {
	g := s.Graph
	params := make([][]float32, len(g.Params()))
	for i, p := range g.Params() {
		params[i] = make([]float32, p.Size())
		switch l := &g.Layers[p.Layer]; {
		case scoredWeight(g, &p) && l.Kind == spaces.ConvTranspose:
			// as NASLib: only Conv2d and Linear are redrawn; networks with these have no global pooling anyway
		case scoredWeight(g, &p):
			s.unit(stream.New("zen."+p.Name, s.Seed), params[i])
		case l.Kind == spaces.BatchNorm && p.Name == l.Name+".weight":
			for j := range params[i] {
				params[i][j] = 1
			}
		}
	}
	return params
}

// zenInputs draws x1 and x2.
func zenInputs(s *Session) [2][]float32 {
	n := s.Batch * s.Graph.Input().Size()
	x1, x2 := make([]float32, n), make([]float32, n)
	s.unit(stream.New("zen_input1", s.Seed), x1)
	s.unit(stream.New("zen_input2", s.Seed), x2)
	const gamma = 0.01
	for i := range x2 {
		x2[i] = x1[i] + gamma*x2[i]
	}
	return [2][]float32{x1, x2}
}
