package proxies

import (
	"fmt"
	"math"

	"github.com/zcnas/zcnas/datasets/stream"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/weights"
)

func init() {
	MustRegister(Proxy{
		Name: "linear_regions", Title: "Number of linear regions of the thin network", Family: DataIndependent, Needs: Weights,
		Paper:     "Chen et al. 2021, “Neural architecture search on ImageNet in four GPU hours: a theoretically inspired perspective” (TE-NAS), section 3.2",
		Tolerance: Tolerance{Relative: 1e-3, Absolute: 2, Narrow: 1e-12},
		Settings:  []Setting{{Name: "te_nas.repeats", About: "initialisations and minibatches", Default: 3, Min: 1, Max: 100, Whole: true}},
		Run:       linearRegions,
	})
}

// linearRegions is the mean over repeats of the number of different activation patterns that a thin network of the same
// cell shows for 3·1000 inputs of 1×3×3, every thousand normalised by itself.
func linearRegions(s *Session) (float64, error) {
	space, ok := s.Space.(spaces.Thin)
	if !ok {
		return 0, Undefined("the network's space has no cell that could stand alone in a thin network")
	}
	g, err := space.ThinNetwork(s.Arch)
	if err != nil {
		return 0, err
	}
	plan, err := engine.NewPlan(g)
	if err != nil {
		return 0, err
	}
	repeats := int(s.Setting("te_nas.repeats"))
	var sum float64
	for r := range repeats {
		count, err := s.regions(plan, s.Seed+uint64(1000*r))
		if err != nil {
			return 0, err
		}
		sum += float64(count)
	}
	return sum / float64(repeats), nil
}

// regions counts the patterns of one initialisation.
func (s *Session) regions(plan *engine.Plan, seed uint64) (int, error) {
	const batches, samples = 3, 1000
	params := drawnFor(plan.Graph, "te_nas.lr.", seed, func(draws *stream.Stream, dst []float32, fanIn int) {
		if s.Scheme == weights.Reference {
			draws.FillUniform(dst, math.Sqrt(6/float64(fanIn)))
			return
		}
		deviation := math.Sqrt(2 / float64(fanIn))
		for i := range dst {
			dst[i] = float32(deviation * draws.Norm())
		}
	})
	n, err := s.LoadPlan(plan, params, samples, engine.Mode{})
	if err != nil {
		return 0, err
	}
	seen := map[string]bool{}
	inputs := make([]float32, samples*plan.Graph.Input().Size())
	for b := range batches {
		s.unit(stream.New(fmt.Sprintf("te_nas.lr.input.%d", b), seed), inputs)
		t, err := n.Forward(engine.Feed{Inputs: inputs, Dead: true})
		if err != nil {
			return 0, err
		}
		rows, err := codeRows(t, samples)
		t.Close()
		if err != nil {
			return 0, err
		}
		for _, row := range rows {
			seen[string(row)] = true
		}
	}
	return len(seen), nil
}

// codeRows are the bits of all ReLU inputs of each sample.
func codeRows(t *engine.Tape, samples int) ([][]byte, error) {
	rows := make([][]byte, samples)
	in, _ := t.Rectified()
	for _, o := range in {
		handle, err := t.Reduce(engine.CodeBits{}, o)
		if err != nil {
			return nil, err
		}
		numbers, err := t.Fetch(handle)
		if err != nil {
			return nil, err
		}
		words := len(numbers[0]) / samples
		for n := range rows {
			for _, v := range numbers[0][n*words : (n+1)*words] {
				w := uint32(v)
				rows[n] = append(rows[n], byte(w), byte(w>>8), byte(w>>16), byte(w>>24))
			}
		}
	}
	return rows, nil
}
