package spaces

import (
	"fmt"
)

// Shape is the shape of one sample's map, channels first: [C, H, W]. Features after the global pooling
// and the outputs of a Linear layer have H = W = 1.
type Shape struct{ C, H, W int }

// Size is the number of values in one sample's map.
func (s Shape) Size() int { return s.C * s.H * s.W }

func (s Shape) String() string { return fmt.Sprintf("%d×%d×%d", s.C, s.H, s.W) }

// Kind says what a layer computes.
type Kind uint8

// The kinds of layer. Geometry and attributes are fields of [Layer].
const (
	Input         Kind = iota // the minibatch
	Zero                      // a map of zeros: what the operation "none" leaves
	Conv                      // convolution, grouped or depthwise with Groups > 1
	ConvTranspose             // transposed convolution
	BatchNorm                 // batch normalisation over batch and positions
	ReLU                      // max(x, 0), or LeakyReLU with Slope > 0
	Tanh                      // hyperbolic tangent
	AvgPool                   // average pooling, divided by the number of positions inside the map
	MaxPool                   // max pooling, padded with -Inf
	GlobalAvgPool             // mean over all positions
	Linear                    // fully connected, on a flattened map
	Add                       // sum of equally shaped maps
	Concat                    // concatenation along channels
	Slice                     // the channels Offset … Offset+C-1 of a map
	Gate                      // a map times one factor per sample, given with the minibatch; 1 where none is
	numKinds
)

var kindNames = [numKinds]string{"input", "zero", "conv", "conv_transpose", "batch_norm", "relu", "tanh",
	"avg_pool", "max_pool", "global_avg_pool", "linear", "add", "concat", "slice", "gate"}

func (k Kind) String() string {
	if k < numKinds {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", k)
}

// Layer is one node of a layer graph. Fields that a kind has no use for are zero.
type Layer struct {
	Kind Kind
	// Name prefixes the parameters (Name + ".weight", Name + ".bias"). Layers with the same name share them.
	Name string
	Part string // what a layer without a name is a part of, as told by [Builder.Within]; else empty
	In   []int  // indices of the layers whose outputs this one reads
	Out  Shape  // output, one sample

	// Windows of Conv, ConvTranspose, AvgPool and MaxPool, equal in both directions: output position o reads
	// the input positions o·Stride − Pad + k·Dilation for k in 0…Kernel-1; positions outside count as zero
	// (as absent in pools). Pad may be negative: it then skips rows and columns at the start.
	Kernel, Stride, Pad, Dilation int
	Groups                        int     // Conv: groups of channels; Groups = C is depthwise
	Bias                          bool    // Conv, ConvTranspose, Linear: has a bias
	Affine                        bool    // BatchNorm: has weight (gamma) and bias (beta)
	Eps                           float64 // BatchNorm
	Slope                         float64 // ReLU: slope below zero
	Offset                        int     // Slice: first channel
	Factor                        int     // Gate: which of the factors; gates may share one
}

// Scored reports whether the layer's weight is one that proxies score: convolutions and linear layers.
func (l *Layer) Scored() bool { return l.Kind == Conv || l.Kind == ConvTranspose || l.Kind == Linear }

// Param is a named parameter tensor of a graph.
type Param struct {
	Name  string // for example "cells.3.edge_2_1.conv.weight"
	Shape []int  // as in PyTorch: conv [out, in/groups, k, k], transposed conv [in, out, k, k], linear [out, in]
	Layer int    // the first layer that uses it
}

// Size is the number of values in the tensor.
func (p *Param) Size() int {
	n := 1
	for _, d := range p.Shape {
		n *= d
	}
	return n
}

// FanIn is the product of the shape without the first axis, as the initialisation schemes use it.
// For a bias it is 0.
func (p *Param) FanIn() int {
	if len(p.Shape) < 2 {
		return 0
	}
	return p.Size() / p.Shape[0]
}

// Graph is a network as an explicit directed acyclic graph of layers, in an order in which every layer comes
// after its inputs. Layers[0] is the input; Output is the index of the layer whose map is the network's output.
// Graphs are made by a [Builder] and are read-only afterwards.
type Graph struct {
	Layers []Layer
	Output int
	params []Param
	byName map[string]int
}

// Params lists the parameters in the order of the layers, weight before bias, each once.
func (g *Graph) Params() []Param { return g.params }

// Param returns the parameter of that full name, or nil.
func (g *Graph) Param(name string) *Param {
	if i, ok := g.byName[name]; ok {
		return &g.params[i]
	}
	return nil
}

// Input is the shape of one input sample.
func (g *Graph) Input() Shape { return g.Layers[0].Out }

// ParamCount is the number of trainable parameters: weights, biases and the affine parameters of batch norms.
func (g *Graph) ParamCount() int {
	n := 0
	for i := range g.params {
		n += g.params[i].Size()
	}
	return n
}

// Live reports, for every layer, whether the network's output depends on it through the graph.
func (g *Graph) Live() []bool {
	live := make([]bool, len(g.Layers))
	live[g.Output] = true
	for i := len(g.Layers) - 1; i >= 0; i-- {
		if live[i] {
			for _, j := range g.Layers[i].In {
				live[j] = true
			}
		}
	}
	return live
}
