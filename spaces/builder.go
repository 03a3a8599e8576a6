package spaces

import (
	"errors"
	"fmt"
	"math"
)

// Builder makes a [Graph], layer by layer. Its methods return the index of the layer they add. The first
// impossible layer is remembered and returned as an error by Build; later calls do nothing. Build also refuses
// networks so large that their counts would overflow.
type Builder struct {
	g      Graph
	scope  string
	params float64 // how many so far
	flops  float64 // for one sample, about
	// wide refuses maps of one position before the global pooling: their batch norms would have one value per
	// sample and channel.
	wide bool
	err  error
}

// NewBuilder starts a graph whose layer 0 is an input of that shape.
func NewBuilder(input Shape) *Builder {
	b := &Builder{}
	b.g.byName = map[string]int{}
	if why := input.possible(); why != "" {
		b.err = fmt.Errorf("spaces: input shape %v: %s", input, why)
	}
	b.g.Layers = []Layer{{Kind: Input, Out: input}}
	return b
}

// Out is the output shape of a layer.
func (b *Builder) Out(id int) Shape {
	if id < 0 || id >= len(b.g.Layers) {
		return Shape{}
	}
	return b.g.Layers[id].Out
}

// Within names the part of the network that the next layers belong to, for example "cells.3.edge_2_1". It
// serves error messages and drawings: layers without parameters have no name of their own.
func (b *Builder) Within(part string) { b.scope = part }

func (b *Builder) fail(l *Layer, format string, args ...any) {
	if b.err == nil {
		name := l.Name
		if name == "" {
			name = fmt.Sprintf("layer %d", len(b.g.Layers))
			if b.scope != "" {
				name = b.scope + ", " + name
			}
		}
		b.err = fmt.Errorf("spaces: %s (%v): %s", name, l.Kind, fmt.Sprintf(format, args...))
	}
}

func (b *Builder) add(l Layer) int {
	if b.err != nil {
		return 0
	}
	for _, i := range l.In {
		if i < 0 || i >= len(b.g.Layers) {
			b.fail(&l, "reads layer %d, which does not exist", i)
			return 0
		}
	}
	if why := l.Out.possible(); why != "" {
		in := Shape{}
		if len(l.In) > 0 {
			in = b.Out(l.In[0])
		}
		b.fail(&l, "input %v gives the impossible output %v: %s", in, l.Out, why)
		return 0
	}
	if b.wide && l.Out.H == 1 && l.Out.W == 1 && l.Kind != GlobalAvgPool && l.Kind != Linear {
		b.fail(&l, "its map %v has one position, too few for batch norm; give the network a larger input", l.Out)
		return 0
	}
	if l.Name == "" {
		l.Part = b.scope
	}
	id := len(b.g.Layers)
	if id == maxLayers {
		b.fail(&l, "the network has more than %d layers; give it fewer cells", maxLayers)
		return 0
	}
	b.count(&l)
	b.g.Layers = append(b.g.Layers, l)
	return id
}

func (b *Builder) param(l *Layer, suffix string, shape ...int) {
	if b.err != nil {
		return
	}
	name := l.Name + suffix
	if l.Name == "" {
		b.fail(l, "a layer with parameters needs a name")
		return
	}
	if i, ok := b.g.byName[name]; ok {
		if !equal(b.g.params[i].Shape, shape) {
			b.fail(l, "%s is shared, but has shape %v here and %v before", name, shape, b.g.params[i].Shape)
		}
		return
	}
	n := 1.0
	for _, d := range shape {
		n *= float64(d)
	}
	b.params += n
	b.g.byName[name] = len(b.g.params)
	b.g.params = append(b.g.params, Param{Name: name, Shape: shape, Layer: len(b.g.Layers)})
}

func equal(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// ConvOpts are the attributes of a convolution; zero values of Stride, Dilation and Groups mean 1.
type ConvOpts struct {
	Out, Kernel           int
	Stride, Pad, Dilation int
	PadEnd                int // padding after the last row and column; 0 means as Pad. Set it with a negative Pad
	Groups                int
	Bias                  bool
}

// Conv adds a convolution with weight [Out, C/Groups, Kernel, Kernel].
func (b *Builder) Conv(in int, name string, o ConvOpts) int {
	s := b.Out(in)
	l := Layer{Kind: Conv, Name: name, In: []int{in}, Kernel: o.Kernel, Stride: max(o.Stride, 1), Pad: o.Pad,
		Dilation: max(o.Dilation, 1), Groups: max(o.Groups, 1), Bias: o.Bias}
	if o.PadEnd == 0 {
		o.PadEnd = o.Pad
	}
	if o.Kernel < 1 || o.Out < 1 {
		b.fail(&l, "kernel %d and output channels %d must be at least 1", o.Kernel, o.Out)
		return 0
	}
	if o.Stride < 0 || o.Dilation < 0 || o.Groups < 0 {
		b.fail(&l, "stride %d, dilation %d and groups %d must be at least 1, or 0 for 1", o.Stride, o.Dilation, o.Groups)
		return 0
	}
	if s.C%l.Groups != 0 || o.Out%l.Groups != 0 {
		b.fail(&l, "%d groups do not divide %d input and %d output channels", l.Groups, s.C, o.Out)
		return 0
	}
	if !b.window(&l, o.Kernel, l.Stride, o.Pad, o.PadEnd, l.Dilation) || !b.strides(&l) {
		return 0
	}
	span := (o.Kernel-1)*l.Dilation + 1
	l.Out = Shape{o.Out, window(s.H+o.Pad+o.PadEnd, span, l.Stride), window(s.W+o.Pad+o.PadEnd, span, l.Stride)}
	b.param(&l, ".weight", o.Out, s.C/l.Groups, o.Kernel, o.Kernel)
	if o.Bias {
		b.param(&l, ".bias", o.Out)
	}
	return b.add(l)
}

// window is the number of positions of a window of that span; 0 or less where it does not fit.
func window(size, span, stride int) int {
	if size < span {
		return 0
	}
	return (size-span)/stride + 1
}

// ConvTranspose adds a transposed convolution that multiplies the resolution by stride, with weight
// [C, out, kernel, kernel] and bias; padding (kernel-1)/2 and output padding stride-1. The kernel is odd.
func (b *Builder) ConvTranspose(in int, name string, out, kernel, stride int) int {
	s := b.Out(in)
	l := Layer{Kind: ConvTranspose, Name: name, In: []int{in}, Kernel: kernel, Stride: stride, Pad: (kernel - 1) / 2,
		Dilation: 1, Groups: 1, Bias: true}
	if kernel < 1 || kernel%2 == 0 || stride < 1 || out < 1 {
		b.fail(&l, "kernel %d must be odd, stride %d and output channels %d at least 1", kernel, stride, out)
		return 0
	}
	if !b.window(&l, kernel, stride) {
		return 0
	}
	l.Out = Shape{out, s.H * stride, s.W * stride}
	b.param(&l, ".weight", s.C, out, kernel, kernel)
	b.param(&l, ".bias", out)
	return b.add(l)
}

// BatchNorm adds an affine batch normalisation with eps 1e-5.
func (b *Builder) BatchNorm(in int, name string) int { return b.BatchNormOpts(in, name, true, 1e-5) }

// BatchNormOpts adds a batch normalisation. Without affine parameters the name may be empty.
func (b *Builder) BatchNormOpts(in int, name string, affine bool, eps float64) int {
	l := Layer{Kind: BatchNorm, Name: name, In: []int{in}, Out: b.Out(in), Affine: affine, Eps: eps}
	if !(eps >= 0) || math.IsInf(eps, 0) {
		b.fail(&l, "eps %v must be finite and not negative", eps)
		return 0
	}
	if affine {
		b.param(&l, ".weight", l.Out.C)
		b.param(&l, ".bias", l.Out.C)
	}
	return b.add(l)
}

// ReLU adds max(x, 0).
func (b *Builder) ReLU(in int) int { return b.LeakyReLU(in, 0) }

// LeakyReLU adds x where x > 0 and slope·x elsewhere.
func (b *Builder) LeakyReLU(in int, slope float64) int {
	return b.add(Layer{Kind: ReLU, In: []int{in}, Out: b.Out(in), Slope: slope})
}

// Tanh adds a hyperbolic tangent.
func (b *Builder) Tanh(in int) int { return b.add(Layer{Kind: Tanh, In: []int{in}, Out: b.Out(in)}) }

// AvgPool adds an average pooling that divides by the number of positions inside the map.
func (b *Builder) AvgPool(in, kernel, stride, pad int) int {
	return b.pool(AvgPool, in, kernel, stride, pad)
}

// MaxPool adds a max pooling.
func (b *Builder) MaxPool(in, kernel, stride, pad int) int {
	return b.pool(MaxPool, in, kernel, stride, pad)
}

func (b *Builder) pool(kind Kind, in, kernel, stride, pad int) int {
	s := b.Out(in)
	l := Layer{Kind: kind, In: []int{in}, Kernel: kernel, Stride: stride, Pad: pad, Dilation: 1}
	if !b.window(&l, kernel, stride, pad) {
		return 0
	}
	if kernel < 1 || stride < 1 || pad < 0 || 2*pad > kernel {
		b.fail(&l, "kernel %d and stride %d must be at least 1, padding %d from 0 to half the kernel", kernel, stride, pad)
		return 0
	}
	if !b.strides(&l) {
		return 0
	}
	l.Out = Shape{s.C, window(s.H+2*pad, kernel, stride), window(s.W+2*pad, kernel, stride)}
	return b.add(l)
}

// GlobalAvgPool adds the mean over all positions.
func (b *Builder) GlobalAvgPool(in int) int {
	return b.add(Layer{Kind: GlobalAvgPool, In: []int{in}, Out: Shape{b.Out(in).C, 1, 1}})
}

// Linear adds a fully connected layer with weight [out, C·H·W] and a bias.
func (b *Builder) Linear(in int, name string, out int) int {
	l := Layer{Kind: Linear, Name: name, In: []int{in}, Bias: true, Out: Shape{out, 1, 1}}
	b.param(&l, ".weight", out, b.Out(in).Size())
	b.param(&l, ".bias", out)
	return b.add(l)
}

// Add adds the sum of equally shaped maps. A sum of one map is that map.
func (b *Builder) Add(in ...int) int {
	if len(in) == 1 {
		return in[0]
	}
	l := Layer{Kind: Add, In: append([]int(nil), in...)}
	if len(in) == 0 {
		b.fail(&l, "a sum of no maps; use Zero")
		return 0
	}
	l.Out = b.Out(in[0])
	for _, i := range in {
		if b.Out(i) != l.Out {
			b.fail(&l, "cannot add %v and %v", l.Out, b.Out(i))
			return 0
		}
	}
	return b.add(l)
}

// Concat adds the concatenation of maps along channels.
func (b *Builder) Concat(in ...int) int {
	l := Layer{Kind: Concat, In: append([]int(nil), in...)}
	if len(in) == 0 {
		b.fail(&l, "a concatenation of no maps")
		return 0
	}
	l.Out = b.Out(in[0])
	l.Out.C = 0
	for _, i := range in {
		s := b.Out(i)
		if s.H != l.Out.H || s.W != l.Out.W {
			b.fail(&l, "cannot concatenate %v and %v", b.Out(in[0]), s)
			return 0
		}
		l.Out.C += s.C
	}
	return b.add(l)
}

// Slice adds the channels offset … offset+channels-1 of a map.
func (b *Builder) Slice(in, offset, channels int) int {
	s := b.Out(in)
	l := Layer{Kind: Slice, In: []int{in}, Offset: offset, Out: Shape{channels, s.H, s.W}}
	if offset < 0 || offset > s.C || channels > s.C-offset {
		b.fail(&l, "channels %d…%d of a map of %d", offset, offset+channels-1, s.C)
		return 0
	}
	return b.add(l)
}

// Gate adds a map times the factor of that number, one for each sample of a minibatch: drop path, or the share of an
// operation in a network of many. Where no factors are given they are 1.
func (b *Builder) Gate(in, factor int) int {
	l := Layer{Kind: Gate, In: []int{in}, Factor: factor, Out: b.Out(in)}
	if factor < 0 || factor >= maxLayers {
		b.fail(&l, "factor %d is not in 0…%d", factor, maxLayers-1)
		return 0
	}
	return b.add(l)
}

// Zero adds a map of zeros.
func (b *Builder) Zero(s Shape) int { return b.add(Layer{Kind: Zero, Out: s}) }

// Build ends the graph with the layer whose map is the network's output.
func (b *Builder) Build(output int) (*Graph, error) {
	if b.err != nil {
		return nil, b.err
	}
	if output < 0 || output >= len(b.g.Layers) {
		return nil, errors.New("spaces: the output is not a layer of the graph")
	}
	if err := b.tooLarge(); err != nil {
		return nil, err
	}
	b.g.Output = output
	g := b.g
	b.err = errors.New("spaces: the builder has been used")
	return &g, nil
}
