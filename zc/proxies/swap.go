package proxies

import (
	"fmt"
	"math"

	"github.com/zcnas/zcnas/datasets/stream"
	"github.com/zcnas/zcnas/zc/engine"
)

func init() {
	const paper = "Peng et al. 2024, “SWAP-NAS: sample-wise activation patterns for ultra-fast NAS”, "
	settings := []Setting{
		{Name: "swap.repeats", About: "initialisations that are averaged over", Default: 32, Min: 1, Max: 1e4, Whole: true},
		{Name: "swap.samples", About: "samples of the minibatch, at most", Default: 16, Min: 2, Max: 24, Whole: true},
	}
	MustRegister(Proxy{
		Name: "swap", Title: "Sample-wise activation patterns", Family: DataDependent, Needs: Weights,
		Paper:     paper + "definition 3.2",
		Tolerance: Tolerance{Relative: 1e-3, Absolute: 2, Narrow: 1e-12},
		Settings:  settings, Run: swap,
	})
	MustRegister(Proxy{
		Name: "swap_regularised", Title: "SWAP, regularised by the number of parameters", Family: DataDependent, Needs: Weights,
		Paper:     paper + "definition 3.3",
		Tolerance: Tolerance{Relative: 1e-3, Absolute: 2, Narrow: 1e-9},
		Settings: append([]Setting{
			{Name: "swap.mu", About: "number of parameters in thousands that is not damped", Default: 900, Min: 0, Max: 1e9},
			{Name: "swap.sigma", About: "how fast others are damped, in thousands squared", Default: 900 * 900, Min: 1e-9, Max: 1e18},
		}, settings...),
		Run: func(s *Session) (float64, error) {
			v, err := swap(s)
			off := float64(s.Graph.ParamCount())/1e3 - s.Setting("swap.mu")
			return v * math.Exp(-off*off/s.Setting("swap.sigma")), err
		},
	})
}

// swap is the mean over initialisations of the number of different patterns that the network's ReLU inputs show over the
// samples: bit n of a pattern is whether the input is positive for sample n.
func swap(s *Session) (float64, error) {
	if s.Graph.Input().C == 1 && s.Graph.Input().H == 1 && s.Graph.Input().W == 1 {
		return 0, Undefined("an input of one value has at most two patterns for each sample")
	}
	return s.Shared("swap", func() (float64, error) {
		samples := min(s.Batch, int(s.Setting("swap.samples")))
		repeats := int(s.Setting("swap.repeats"))
		inputs := s.Inputs[:samples*s.Graph.Input().Size()]
		var sum float64
		for r := range repeats {
			count, err := s.patterns(s.unitWeights(fmt.Sprintf("swap.%d.", r), s.Seed), samples, inputs)
			if err != nil {
				return 0, err
			}
			sum += float64(count)
		}
		return sum / float64(repeats), nil
	})
}

// patterns counts the different patterns of the ReLU inputs of a network with these weights.
func (s *Session) patterns(params [][]float32, samples int, inputs []float32) (int, error) {
	n, err := s.Load(params, samples, engine.Mode{})
	if err != nil {
		return 0, err
	}
	t, err := n.Forward(engine.Feed{Inputs: inputs, Dead: true})
	if err != nil {
		return 0, err
	}
	defer t.Close()
	seen := make([]uint64, (1<<samples+63)/64)
	count := 0
	in, _ := t.Rectified()
	for _, o := range in {
		handle, err := t.Reduce(engine.CodeBits{}, o)
		if err != nil {
			return 0, err
		}
		numbers, err := t.Fetch(handle)
		if err != nil {
			return 0, err
		}
		count += mark(seen, numbers[0], samples, o.Shape.Size())
	}
	return count, nil
}

// mark notes the patterns of one map's bits, 32 of a sample in a number, and counts the new ones.
func mark(seen []uint64, bits []float64, samples, size int) (fresh int) {
	words := len(bits) / samples
	row := make([]uint32, samples)
	for w := range words {
		for n := range samples {
			row[n] = uint32(bits[n*words+w])
		}
		for b := range min(32, size-32*w) {
			var pattern uint32
			for n, v := range row {
				pattern |= v >> b & 1 << n
			}
			if seen[pattern/64]>>(pattern%64)&1 == 0 {
				seen[pattern/64] |= 1 << (pattern % 64)
				fresh++
			}
		}
	}
	return fresh
}

// unitWeights draws the weights of convolutions and linear layers, of variance 1 and from the streams of their names behind
// the prefix; batch norms are fresh and biases 0.
func (s *Session) unitWeights(prefix string, seed uint64) [][]float32 {
	return s.drawn(prefix, seed, func(draws *stream.Stream, dst []float32, _ int) { s.unit(draws, dst) })
}
