package enginetest

import (
	"fmt"
	"math"
	"math/cmplx"

	"github.com/zcnas/zcnas/spaces"
)

// Step is the size of the imaginary step. A value computed at x + i·Step·ẋ by functions that are analytic (here:
// piecewise) has the derivative along ẋ as its imaginary part, divided by Step, exact to float64: nothing is subtracted,
// so the step can be so small that its square vanishes beside 1 (Squire and Trapp 1998).
const Step = 1e-40

// Map is an array of values and, in their imaginary parts, tangents: see [Net.Along].
type Map []complex128

// Values are the values.
func (m Map) Values() []float64 {
	v := make([]float64, len(m))
	for i, x := range m {
		v[i] = real(x)
	}
	return v
}

// Tangents are the derivatives of the values along the direction of [Net.Along], zeros without one.
func (m Map) Tangents() []float64 {
	t := make([]float64, len(m))
	for i, x := range m {
		t[i] = imag(x) / Step
	}
	return t
}

// Values32 makes a map of float32 values.
func Values32(x []float32) Map {
	m := make(Map, len(x))
	for i, v := range x {
		m[i] = complex(float64(v), 0)
	}
	return m
}

// NormMode says whose statistics batch norms use.
type NormMode string

// The norm modes.
const (
	BatchNorm   NormMode = "batch"   // over all samples and positions
	RunningNorm NormMode = "running" // what earlier batches left
	SampleNorm  NormMode = "sample"  // over the positions of each sample
	NoNorm      NormMode = "none"    // norms are the identity
)

// momentum is the share of a batch in the running statistics, PyTorch's default.
const momentum = 0.1

// Stats are running statistics of a batch norm, one number per channel.
type Stats struct{ Mean, Var []float64 }

// Net is a layer graph with parameters, evaluated layer by layer in float64.
type Net struct {
	Graph  *spaces.Graph
	Params []Map // in the order of Graph.Params(), in PyTorch's layout
	Norm   NormMode
	// Running are the statistics of each batch norm by the index of the first layer of its name. A pass in mode
	// [BatchNorm] moves them, sharing layers in their order.
	Running map[int]*Stats
	Gates   []Map // the factors that gates read, one for each sample; nil, and single nils, for 1
}

// NewNet makes a network with these parameters, batch statistics, and running ones as PyTorch starts them.
func NewNet(g *spaces.Graph, params [][]float32) *Net {
	n := &Net{Graph: g, Norm: BatchNorm, Running: map[int]*Stats{}}
	for _, p := range params {
		n.Params = append(n.Params, Values32(p))
	}
	for i := range g.Layers {
		if l := &g.Layers[i]; l.Kind == spaces.BatchNorm && n.module(i) == i {
			s := &Stats{Mean: make([]float64, l.Out.C), Var: make([]float64, l.Out.C)}
			for c := range s.Var {
				s.Var[c] = 1
			}
			n.Running[i] = s
		}
	}
	return n
}

// module is the first layer with the name of layer i, i itself without a name.
func (n *Net) module(i int) int {
	name := n.Graph.Layers[i].Name
	for j := range n.Graph.Layers[:i] {
		if l := &n.Graph.Layers[j]; name != "" && l.Name == name && l.Kind == n.Graph.Layers[i].Kind {
			return j
		}
	}
	return i
}

// Along sets the direction of all tangents: the derivative of each parameter, nil for those that stay.
func (n *Net) Along(direction [][]float64) {
	for i, d := range direction {
		for k := range n.Params[i] {
			n.Params[i][k] = complex(real(n.Params[i][k]), 0)
			if d != nil {
				n.Params[i][k] += complex(0, Step*d[k])
			}
		}
	}
}

// param is the index of a layer's parameter.
func (n *Net) param(l *spaces.Layer, suffix string) int {
	for i := range n.Graph.Params() {
		if n.Graph.Params()[i].Name == l.Name+suffix {
			return i
		}
	}
	panic(fmt.Sprintf("enginetest: the network has no parameter %s%s", l.Name, suffix))
}

// Pass is a forward pass. Values holds, for each layer, its map [N, C, H, W].
type Pass struct {
	Net    *Net
	N      int
	Values []Map
	norms  map[int]*normed
}

// Output is the network's output [N, C, H, W].
func (p *Pass) Output() Map { return p.Values[p.Net.Graph.Output] }

// Forward evaluates all layers, those that the output does not depend on as well, for n samples x [N, C, H, W].
func (n *Net) Forward(x Map, samples int) *Pass {
	p := &Pass{Net: n, N: samples, norms: map[int]*normed{}}
	for i := range n.Graph.Layers {
		p.Values = append(p.Values, p.layer(i, x))
	}
	return p
}

func (p *Pass) layer(i int, input Map) Map {
	g := p.Net.Graph
	l := &g.Layers[i]
	var x Map // the first operand
	var in spaces.Shape
	if len(l.In) > 0 {
		x, in = p.Values[l.In[0]], g.Layers[l.In[0]].Out
	}
	y := make(Map, p.N*l.Out.Size())
	switch l.Kind {
	case spaces.Input:
		copy(y, input)
	case spaces.Zero:
	case spaces.Conv, spaces.ConvTranspose, spaces.Linear:
		w := p.Net.Params[p.Net.param(l, ".weight")]
		products(l, in, func(to, from, weight int) {
			for s := range p.N {
				y[s*l.Out.Size()+to] += w[weight] * x[s*in.Size()+from]
			}
		})
		if l.Bias {
			b := p.Net.Params[p.Net.param(l, ".bias")]
			for k := range y {
				y[k] += b[channel(l.Out, k)]
			}
		}
	case spaces.BatchNorm:
		copy(y, p.norm(i, x))
	case spaces.ReLU:
		for k, v := range x {
			y[k] = complex(slope(l, v), 0) * v
		}
	case spaces.Tanh:
		for k, v := range x {
			t := math.Tanh(real(v)) // cmplx.Tanh overflows
			y[k] = complex(t, (1-t*t)*imag(v))
		}
	case spaces.AvgPool, spaces.MaxPool, spaces.GlobalAvgPool:
		p.pools(l, in, x, func(to int, from []int) {
			for _, k := range from {
				y[to] += x[k] / complex(float64(len(from)), 0)
			}
		})
	case spaces.Add:
		for _, j := range l.In {
			for k, v := range p.Values[j] {
				y[k] += v
			}
		}
	case spaces.Concat, spaces.Slice:
		p.copies(l, func(to, operand, from int) { y[to] = p.Values[operand][from] })
	case spaces.Gate:
		for k, v := range x {
			y[k] = p.gate(l, k) * v
		}
	default:
		panic(fmt.Sprintf("enginetest: layer %d: unknown kind %v", i, l.Kind))
	}
	return y
}

// gate is the factor of value k of a gate's map.
func (p *Pass) gate(l *spaces.Layer, k int) complex128 {
	if p.Net.Gates == nil || p.Net.Gates[l.Factor] == nil {
		return 1
	}
	return p.Net.Gates[l.Factor][k/l.Out.Size()]
}

// slope is the derivative of a ReLU layer at x.
func slope(l *spaces.Layer, x complex128) float64 {
	if real(x) > 0 {
		return 1
	}
	return l.Slope
}

// channel is the channel of a value of a map [N, C, H, W].
func channel(s spaces.Shape, k int) int { return k / (s.H * s.W) % s.C }

// products calls f for every product that a convolution, transposed convolution or linear layer adds up for one
// sample: an output value, an input value and a weight, each by index.
func products(l *spaces.Layer, in spaces.Shape, f func(to, from, weight int)) {
	out := l.Out
	if l.Kind == spaces.Linear {
		for o := range out.C {
			for i := range in.Size() {
				f(o, i, o*in.Size()+i)
			}
		}
		return
	}
	// The layer reads the large map through windows; a transposed convolution writes the large map through them.
	large, small := in, out
	if l.Kind == spaces.ConvTranspose {
		large, small = out, in
	}
	each := in.C / l.Groups // input channels of a group
	for o := range out.C {
		group := o / (out.C / l.Groups)
		for c := range each {
			i := group*each + c
			for y := range small.H {
				for x := range small.W {
					for ky := range l.Kernel {
						for kx := range l.Kernel {
							ly, lx := y*l.Stride-l.Pad+ky*l.Dilation, x*l.Stride-l.Pad+kx*l.Dilation
							if ly < 0 || lx < 0 || ly >= large.H || lx >= large.W {
								continue
							}
							if l.Kind == spaces.Conv {
								f((o*out.H+y)*out.W+x, (i*in.H+ly)*in.W+lx, ((o*each+c)*l.Kernel+ky)*l.Kernel+kx)
							} else {
								f((o*out.H+ly)*out.W+lx, (i*in.H+y)*in.W+x, ((i*out.C+o)*l.Kernel+ky)*l.Kernel+kx)
							}
						}
					}
				}
			}
		}
	}
}

// pools calls f with every output value of a pooling layer and the input values that it is the mean of: all of an
// average pool's window inside the map, the first largest one of a max pool's.
func (p *Pass) pools(l *spaces.Layer, in spaces.Shape, v Map, f func(to int, from []int)) {
	for to := range p.N * l.Out.Size() {
		plane := to / (l.Out.H * l.Out.W) * in.H * in.W
		oy, ox := to/l.Out.W%l.Out.H, to%l.Out.W
		y, x, height, width := oy*l.Stride-l.Pad, ox*l.Stride-l.Pad, l.Kernel, l.Kernel
		if l.Kind == spaces.GlobalAvgPool {
			y, x, height, width = 0, 0, in.H, in.W
		}
		var from []int
		for iy := max(0, y); iy < min(in.H, y+height); iy++ {
			for ix := max(0, x); ix < min(in.W, x+width); ix++ {
				from = append(from, plane+iy*in.W+ix)
			}
		}
		if l.Kind == spaces.MaxPool {
			largest := from[0]
			for _, k := range from {
				if real(v[k]) > real(v[largest]) {
					largest = k
				}
			}
			from = []int{largest}
		}
		f(to, from)
	}
}

// copies calls f for every value that a concatenation or slice copies: to the output from a layer's output.
func (p *Pass) copies(l *spaces.Layer, f func(to, operand, from int)) {
	plane := l.Out.H * l.Out.W
	for s := range p.N {
		to := s * l.Out.Size()
		for _, j := range l.In {
			in := p.Net.Graph.Layers[j].Out
			first, channels := 0, in.C
			if l.Kind == spaces.Slice {
				first, channels = l.Offset, l.Out.C
			}
			for k := range channels * plane {
				f(to, j, s*in.Size()+first*plane+k)
				to++
			}
		}
	}
}

// normed is what a batch norm keeps of its forward pass.
type normed struct {
	sets   [][]int // the values that are normalised together
	scale  []complex128
	xhat   Map
	frozen bool // the statistics do not depend on the values
}

// norm is a batch norm's output: (x − mean) / √(variance + eps), times gamma, plus beta.
func (p *Pass) norm(i int, x Map) Map {
	l := &p.Net.Graph.Layers[i]
	if p.Net.Norm == NoNorm {
		return x
	}
	m := &normed{xhat: make(Map, len(x)), frozen: p.Net.Norm == RunningNorm}
	p.norms[i] = m
	m.sets = make([][]int, l.Out.C)
	if p.Net.Norm == SampleNorm {
		m.sets = make([][]int, l.Out.C*p.N)
	}
	for k := range x {
		set := k / (l.Out.H * l.Out.W) % len(m.sets)
		m.sets[set] = append(m.sets[set], k)
	}
	running := p.Net.Running[p.Net.module(i)]
	for set, members := range m.sets {
		n := complex(float64(len(members)), 0)
		var mean, variance complex128
		if m.frozen {
			mean, variance = complex(running.Mean[set], 0), complex(running.Var[set], 0)
		} else {
			for _, k := range members {
				mean += x[k] / n
			}
			for _, k := range members {
				variance += (x[k] - mean) * (x[k] - mean) / n
			}
		}
		if p.Net.Norm == BatchNorm {
			unbiased := real(variance * n / (n - 1))
			running.Mean[set] = (1-momentum)*running.Mean[set] + momentum*real(mean)
			running.Var[set] = (1-momentum)*running.Var[set] + momentum*unbiased
		}
		scale := 1 / cmplx.Sqrt(variance+complex(l.Eps, 0))
		m.scale = append(m.scale, scale)
		for _, k := range members {
			m.xhat[k] = (x[k] - mean) * scale
		}
	}
	if !l.Affine {
		return m.xhat
	}
	gamma, beta := p.Net.Params[p.Net.param(l, ".weight")], p.Net.Params[p.Net.param(l, ".bias")]
	y := make(Map, len(x))
	for k, v := range m.xhat {
		c := channel(l.Out, k)
		y[k] = gamma[c]*v + beta[c]
	}
	return y
}

// Codes is the kernel of the ReLU codes [N, N]: for each pair of samples the number of inputs of ReLU layers, over
// all of the network, that have the same sign in both.
func (p *Pass) Codes() []float64 {
	kernel := make([]float64, p.N*p.N)
	for i := range p.Net.Graph.Layers {
		l := &p.Net.Graph.Layers[i]
		if l.Kind != spaces.ReLU {
			continue
		}
		x, size := p.Values[l.In[0]], l.Out.Size()
		for a := range p.N {
			for b := range p.N {
				for k := range size {
					if (real(x[a*size+k]) > 0) == (real(x[b*size+k]) > 0) {
						kernel[a*p.N+b]++
					}
				}
			}
		}
	}
	return kernel
}
