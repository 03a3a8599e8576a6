// Package weights initialises the parameters of a layer graph.
//
//	set, err := weights.Init(graph, weights.PyTorch, 0)
//
// Every parameter is drawn from a stream of its own, named by the parameter and a seed (package
// [github.com/zcnas/zcnas/datasets/stream]), so values depend neither on the other layers nor on the number of threads.
package weights

import (
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/zcnas/zcnas/datasets/stream"
	"github.com/zcnas/zcnas/spaces"
)

// Scheme names a rule of initialisation. In all of them the weights of batch norms are 1 and their biases 0,
// and the fan-in of a layer is the product of its weight's shape without the first axis (for a transposed
// convolution too, as PyTorch counts it).
type Scheme string

// The schemes. NAS-Bench-201's network, NASLib's zero-cost code and, by default, foresight's scripts leave layers
// as PyTorch makes them, so [PyTorch] is what NAS-Bench-Suite-Zero's scores were computed with.
const (
	// Reference is He-uniform: weights U(±√(6/fan_in)), biases U(±1/√fan_in). The reference cases use it.
	Reference Scheme = "reference"
	// PyTorch is PyTorch's default: weights U(±1/√fan_in), which is kaiming_uniform with a = √5, and biases
	// U(±1/√fan_in).
	PyTorch Scheme = "pytorch"
	// Kaiming is He-normal (He et al., 2015): weights N(0, 2/fan_in), biases 0.
	Kaiming Scheme = "kaiming"
)

// Schemes lists all schemes.
func Schemes() []Scheme { return []Scheme{Reference, PyTorch, Kaiming} }

// Set holds the values of a graph's parameters.
type Set struct {
	// Values are the tensors in the order of Graph.Params, each in C order of its shape.
	Values [][]float32
	byName map[string]int
}

// Named returns the values of the parameter of that full name, for example "stem.conv.weight", or nil.
func (s *Set) Named(name string) []float32 {
	if i, ok := s.byName[name]; ok {
		return s.Values[i]
	}
	return nil
}

// maxBytes bounds the weights, so that a mistyped size is an error and not a dead machine.
const maxBytes = 8 << 30

// block is how many values one task fills: small enough to share a large layer between threads.
const block = 1 << 15

// Init draws all parameters of the graph. Equal arguments give equal values, to the bit. It fails on an
// unknown scheme, and where the parameters need more than 8 GiB.
func Init(g *spaces.Graph, scheme Scheme, seed uint64) (*Set, error) {
	switch scheme {
	case Reference, PyTorch, Kaiming:
	default:
		return nil, fmt.Errorf("weights: unknown scheme %q; there are %q", scheme, Schemes())
	}
	params := g.Params()
	total := g.ParamCount()
	if total > maxBytes/4 {
		return nil, fmt.Errorf("weights: the network has %d parameters and needs %.1f GiB of weights, more than %d GiB; give it fewer channels or layers",
			total, float64(total)*4/(1<<30), maxBytes>>30)
	}
	s := &Set{Values: make([][]float32, len(params)), byName: make(map[string]int, len(params))}
	all := make([]float32, total) // one allocation: a network has hundreds of small tensors
	type task struct{ param, from, to int }
	var tasks []task
	for i := range params {
		n := params[i].Size()
		s.Values[i], all = all[:n:n], all[n:]
		s.byName[params[i].Name] = i
		for from := 0; from < n; from += block {
			tasks = append(tasks, task{i, from, min(from+block, n)})
		}
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), 1+total/block) {
		wg.Go(func() {
			for {
				k := int(next.Add(1)) - 1
				if k >= len(tasks) {
					return
				}
				t := tasks[k]
				fill(s.Values[t.param][t.from:t.to], g, &params[t.param], scheme, seed, t.from)
			}
		})
	}
	wg.Wait()
	return s, nil
}

// fill sets a part of a parameter, which starts at its value number from.
func fill(dst []float32, g *spaces.Graph, p *spaces.Param, scheme Scheme, seed uint64, from int) {
	layer, isBias := &g.Layers[p.Layer], len(p.Shape) == 1
	if layer.Kind == spaces.BatchNorm {
		if p.Name == layer.Name+".weight" {
			for i := range dst {
				dst[i] = 1
			}
		}
		return
	}
	fanIn := p.FanIn()
	if isBias {
		fanIn = g.Param(layer.Name + ".weight").FanIn()
	}
	st := stream.New(p.Name, seed)
	st.Skip(from)
	root := math.Sqrt(float64(fanIn))
	switch {
	case scheme == Kaiming && isBias:
		// zeros
	case scheme == Kaiming:
		std := math.Sqrt(2 / float64(fanIn))
		for i := range dst {
			dst[i] = float32(st.Norm() * std)
		}
	case scheme == Reference && !isBias:
		st.FillUniform(dst, math.Sqrt(6/float64(fanIn)))
	default:
		// A division, as the reference has it: times 1/root rounds differently.
		for i := range dst {
			dst[i] = float32((2*st.Uniform() - 1) / root)
		}
	}
}
