package gomlx

import (
	"slices"

	"github.com/gomlx/compute/shapes"
	gx "github.com/gomlx/gomlx/core/graph"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

// convolution is the geometry of a convolution between a large and a small map: a convolution gathers the large
// map into the small one, a transposed one scatters the small map into the large one.
type convolution struct {
	kernel, stride, pad, dilation, groups int
	transposed                            bool
	in, out                               spaces.Shape
}

func newConvolution(l *spaces.Layer, in spaces.Shape) convolution {
	return convolution{l.Kernel, l.Stride, l.Pad, l.Dilation, l.Groups, l.Kind == spaces.ConvTranspose, in, l.Out}
}

// depthwise reports one filter per channel.
func (k convolution) depthwise() bool {
	return k.groups > 1 && k.groups == k.in.C && k.in.C == k.out.C
}

// maps are the large and the small map.
func (k convolution) maps() (large, small spaces.Shape) {
	if k.transposed {
		return k.out, k.in
	}
	return k.in, k.out
}

// gather returns, for each offset of the kernel, what the small map's positions read there of a large map.
func (k convolution) gather(x *gx.Node) []*gx.Node {
	_, s := k.maps()
	return taps(x, gx.ScalarZero(x.Graph(), x.DType()), k.kernel, k.stride, k.dilation, k.pad, s.H, s.W)
}

// scatter is the adjoint of gather, spelt as a gathering too: for each offset of the kernel, what the large
// map's positions receive there of a small map.
func (k convolution) scatter(x *gx.Node) []*gx.Node {
	large, _ := k.maps()
	x = spread(x, k.stride)
	// Position q receives at offset k from q + pad − k·dilation: a window of reversed offsets.
	t := taps(x, gx.ScalarZero(x.Graph(), x.DType()), k.kernel, 1, k.dilation, (k.kernel-1)*k.dilation-k.pad, large.H, large.W)
	for i, j := 0, len(t)-1; i < j; i, j = i+1, j-1 {
		t[i], t[j] = t[j], t[i]
	}
	return t
}

// spread puts stride−1 zeros between positions.
func spread(x *gx.Node, stride int) *gx.Node {
	if stride == 1 {
		return x
	}
	p := gx.PadAxis{Interior: stride - 1}
	return padded(x, gx.ScalarZero(x.Graph(), x.DType()), gx.PadAxis{}, p, p, gx.PadAxis{})
}

// taps returns the kernel² maps of h×w positions that a window reads of x [N, H, W, C], row by row; positions
// outside the map read fill.
func taps(x, fill *gx.Node, kernel, stride, dilation, pad, h, w int) []*gx.Node {
	size := x.Shape().Dimensions
	span := (kernel - 1) * dilation
	border := func(in, out int) gx.PadAxis {
		return gx.PadAxis{Start: max(0, pad), End: max(0, (out-1)*stride-pad+span-(in-1))}
	}
	ph, pw := border(size[1], h), border(size[2], w)
	if ph != (gx.PadAxis{}) || pw != (gx.PadAxis{}) {
		x = padded(x, fill, gx.PadAxis{}, ph, pw, gx.PadAxis{})
	}
	var t []*gx.Node
	for i := range kernel {
		for j := range kernel {
			t = append(t, cut(x, ph.Start-pad+i*dilation, h, pw.Start-pad+j*dilation, w, stride))
		}
	}
	return t
}

// cut takes h×w positions from (y, x) on, stride apart.
func cut(m *gx.Node, y, h, x, w, stride int) *gx.Node {
	if s := m.Shape().Dimensions; y == 0 && x == 0 && stride == 1 && s[1] == h && s[2] == w {
		return m
	}
	along := func(from, n int) gx.SliceAxisSpec {
		return gx.AxisRange(from, from+(n-1)*stride+1).Stride(stride)
	}
	return gx.Slice(m, gx.AxisRange(), along(y, h), along(x, w), gx.AxisRange())
}

// columns joins taps along channels and flattens positions: [N·h·w, kernel²·C].
func columns(t []*gx.Node) *gx.Node {
	x := t[0]
	if len(t) > 1 {
		x = gx.Concatenate(t, 3)
	}
	s := x.Shape().Dimensions
	return gx.Reshape(x, s[0]*s[1]*s[2], s[3])
}

// dense gives a weight with groups its zeros: [out, in, k, k].
func (k convolution) dense(w *gx.Node) *gx.Node {
	if k.groups == 1 {
		return w
	}
	s := w.Shape().Dimensions
	n := k.groups
	w = gx.Mul(gx.Reshape(w, n, s[0]/n, 1, s[1], s[2], s[3]), k.blocks(w))
	return gx.Reshape(w, s[0], n*s[1], s[2], s[3])
}

// undense is the adjoint of dense, for weights [out, in, k, k] or one for each sample, [N, out, in, k, k].
func (k convolution) undense(w *gx.Node) *gx.Node {
	if k.groups == 1 {
		return w
	}
	dims := w.Shape().Dimensions
	lead, s := dims[:len(dims)-4], dims[len(dims)-4:]
	n := k.groups
	shape := func(tail ...int) []int { return append(slices.Clone(lead), tail...) }
	w = gx.Mul(gx.Reshape(w, shape(n, s[0]/n, n, s[1]/n, s[2], s[3])...), k.blocks(w))
	return gx.Reshape(gx.ReduceSum(w, len(lead)+2), shape(s[0], s[1]/n, s[2], s[3])...)
}

func (k convolution) blocks(like *gx.Node) *gx.Node {
	v := make([]float64, k.groups*k.groups)
	for i := range k.groups {
		v[i*k.groups+i] = 1
	}
	b := constant(like.Graph(), shapes.Make(like.DType(), k.groups, 1, k.groups, 1, 1, 1), v)
	if like.Rank() > 4 { // of each sample
		return gx.InsertAxes(b, 0)
	}
	return b
}

// tapWeights are a depthwise weight's kernel² vectors, [1, 1, 1, C].
func tapWeights(w *gx.Node) []*gx.Node {
	s := w.Shape().Dimensions
	w = gx.TransposeAllAxes(w, 2, 3, 0, 1) // [k, k, C, 1]
	var out []*gx.Node
	for i := range s[2] {
		for j := range s[3] {
			out = append(out, gx.Reshape(gx.Slice(w, gx.AxisElem(i), gx.AxisElem(j)), 1, 1, 1, s[0]))
		}
	}
	return out
}

// product is Σ taps·weights for a depthwise convolution.
func product(t, w []*gx.Node) *gx.Node {
	var sum *gx.Node
	for i := range t {
		sum = plus(sum, gx.Mul(t[i], w[i]))
	}
	return sum
}

// maxChain is how many terms of a forward convolution one matrix product adds up, at least the channels of a tap.
// Longer sums in float32 are off by enough to flip rectifiers, and with them gradients, in networks with hundreds
// of channels; there, a few products instead of one cost little.
const maxChain = 256

// forward is the convolution of x with weight w in PyTorch's layout, without bias.
func (k convolution) forward(x, w *gx.Node) *gx.Node {
	n := x.Shape().Dimensions[0]
	t := k.gather
	if k.transposed {
		t = k.scatter
	}
	if k.depthwise() {
		return product(t(x), tapWeights(w))
	}
	w = k.dense(w)
	if k.transposed {
		w = gx.TransposeAllAxes(w, 2, 3, 0, 1)
	} else {
		w = gx.TransposeAllAxes(w, 2, 3, 1, 0)
	}
	w = gx.Reshape(w, k.kernel*k.kernel*k.in.C, k.out.C)
	var sum *gx.Node
	all := t(x)
	each := max(1, maxChain/k.in.C)
	for from := 0; from < len(all); from += each {
		to := min(from+each, len(all))
		part := gx.Slice(w, gx.AxisRange(from*k.in.C, to*k.in.C), gx.AxisRange())
		sum = plus(sum, gx.Dot(columns(all[from:to]), part).Product())
	}
	return gx.Reshape(sum, n, k.out.H, k.out.W, k.out.C)
}

// adjoint holds what the input and the weight gradients share: the columns of an output gradient.
type adjoint struct {
	k    convolution
	d    *gx.Node
	taps []*gx.Node
	cols *gx.Node
}

func (k convolution) adjoint(d *gx.Node) *adjoint { return &adjoint{k: k, d: d} }

// columns of the output gradient as the input's positions read it.
func (a *adjoint) columns() *gx.Node {
	if a.cols == nil {
		a.cols = columns(a.list())
	}
	return a.cols
}

func (a *adjoint) list() []*gx.Node {
	if a.taps == nil {
		if a.k.transposed {
			a.taps = a.k.gather(a.d)
		} else {
			a.taps = a.k.scatter(a.d)
		}
	}
	return a.taps
}

// input is the gradient with respect to the input.
func (a *adjoint) input(w *gx.Node) *gx.Node {
	k := a.k
	if k.depthwise() {
		return product(a.list(), tapWeights(w))
	}
	w = k.dense(w)
	if k.transposed {
		w = gx.TransposeAllAxes(w, 2, 3, 1, 0) // [k, k, out, in]
	} else {
		w = gx.TransposeAllAxes(w, 2, 3, 0, 1)
	}
	w = gx.Reshape(w, k.kernel*k.kernel*k.out.C, k.in.C)
	n := a.d.Shape().Dimensions[0]
	return gx.Reshape(gx.Dot(a.columns(), w).Product(), n, k.in.H, k.in.W, k.in.C)
}

// weight is the gradient with respect to the weight for an input x, in PyTorch's layout; bySample one for each sample.
func (a *adjoint) weight(x *gx.Node, bySample bool) *gx.Node {
	k := a.k
	kk := k.kernel
	var lead []int // dimensions before the weight's own
	if bySample {
		lead = []int{x.Shape().Dimensions[0]}
	}
	n := len(lead)
	shape := func(tail ...int) []int { return append(slices.Clone(lead), tail...) }
	transposed := func(w *gx.Node, axes ...int) *gx.Node {
		order := []int{0}[:n]
		for _, a := range axes {
			order = append(order, n+a)
		}
		return gx.TransposeAllAxes(w, order...)
	}
	if k.depthwise() {
		var rows []*gx.Node
		for _, t := range a.list() {
			rows = append(rows, gx.ConvertDType(overPositions(gx.Mul(x, t), bySample), x.DType()))
		}
		return gx.Reshape(gx.Stack(rows, n+1), shape(k.in.C, 1, kk, kk)...)
	}
	rows := func(x *gx.Node, channels int) *gx.Node {
		if bySample {
			return gx.Reshape(x, lead[0], x.Shape().Size()/channels/lead[0], channels)
		}
		return gx.Reshape(x, x.Shape().Size()/channels, channels)
	}
	product := func(x, y *gx.Node) *gx.Node {
		batch := []int{0}[:n]
		return gx.Dot(x, y).General([]int{n}, batch, []int{n}, batch)
	}
	if k.stride > 1 && !k.transposed {
		// The output gradient spread over the input's positions is mostly zeros: gather the input instead.
		w := product(rows(columns(k.gather(x)), kk*kk*k.in.C), rows(a.d, k.out.C))
		return k.undense(transposed(gx.Reshape(w, shape(kk, kk, k.in.C, k.out.C)...), 3, 2, 0, 1))
	}
	w := gx.Reshape(product(rows(x, k.in.C), rows(a.columns(), kk*kk*k.out.C)), shape(k.in.C, kk, kk, k.out.C)...)
	if k.transposed {
		return transposed(w, 0, 3, 1, 2)
	}
	return k.undense(transposed(w, 3, 0, 1, 2))
}

// conv is a convolution's forward pass. Where one norm reads the output, the same executable computes it.
func (d *Device) conv(s *engine.Step, in engine.Operand) (y, t engine.Tensor) {
	k := newConvolution(s.Layer, in.Shape)
	c := d.call("conv", k, d.mode.Tangent)
	// Without norms every reader of the tangent would come in two kinds, by whether it is of a scaled value: store
	// it whole. The output's is for the engine to read.
	whole := d.mode.Tangent && d.mode.Norm == engine.NormSkip && s.Scored && s.Out != d.plan.Output
	if whole {
		c.attr("whole")
	}
	x := c.view(in, true)
	w := c.param(s.Weight)
	bias := c.bias(s)
	var norm *engine.Norm
	var m normed
	if i := d.norms[s.Out]; i >= 0 && d.mode.Norm != engine.NormSkip {
		norm = &d.plan.Norms[i]
		m = c.norm(norm, s.Scored)
		m.bias = bias
	}
	out := c.run(func(in []*gx.Node, out *outputs) {
		y := k.forward(x.value(in), in[w])
		var t *gx.Node
		if d.mode.Tangent {
			// A missing tangent becomes zeros, so that what follows needs no executables of its own.
			if t = x.tangent(in); t == nil {
				t = gx.Zeros(y.Graph(), y.Shape())
			} else {
				t = k.forward(t, in[w])
			}
			if whole {
				t = gx.Add(y, t) // before the bias
			}
		}
		if bias >= 0 {
			y = gx.Add(y, perChannel(in[bias], y))
		}
		out.add("y", y)
		out.add("t", t)
		if norm != nil {
			m.apply(in, out, y, t)
		}
	})
	y, t = out.pair()
	if whole && t != nil {
		t.(*tensor).whole = true
	}
	if norm != nil {
		v := y.(*tensor)
		v.normed = v.attach(norm, m.mode, out)
	}
	return y, t
}

// bias adds a step's bias to the arguments, where it has one.
func (c *call) bias(s *engine.Step) int {
	if s.Bias < 0 {
		return -1
	}
	c.attr("bias")
	return c.param(s.Bias)
}
