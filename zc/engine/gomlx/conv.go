package gomlx

import (
	"github.com/gomlx/compute/dtypes"
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

// undense is the adjoint of dense.
func (k convolution) undense(w *gx.Node) *gx.Node {
	if k.groups == 1 {
		return w
	}
	s := w.Shape().Dimensions
	n := k.groups
	w = gx.Mul(gx.Reshape(w, n, s[0]/n, n, s[1]/n, s[2], s[3]), k.blocks(w))
	return gx.Reshape(gx.ReduceSum(w, 2), s[0], s[1]/n, s[2], s[3])
}

func (k convolution) blocks(like *gx.Node) *gx.Node {
	v := make([]float64, k.groups*k.groups)
	for i := range k.groups {
		v[i*k.groups+i] = 1
	}
	return constant(like.Graph(), shapes.Make(like.DType(), k.groups, 1, k.groups, 1, 1, 1), v)
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

// weight is the gradient with respect to the weight for an input x, in PyTorch's layout.
func (a *adjoint) weight(x *gx.Node) *gx.Node {
	k := a.k
	kk := k.kernel
	if k.depthwise() {
		var rows []*gx.Node
		for _, t := range a.list() {
			rows = append(rows, gx.ConvertDType(overPositions(gx.Mul(x, t)), x.DType()))
		}
		w := gx.Stack(rows, 1) // [C, k·k]
		return gx.Reshape(w, k.in.C, 1, kk, kk)
	}
	contract := []int{0}
	var w *gx.Node
	if k.stride > 1 && !k.transposed {
		// The output gradient spread over the input's positions is mostly zeros: gather the input instead.
		d := gx.Reshape(a.d, a.d.Shape().Size()/k.out.C, k.out.C)
		w = gx.Dot(columns(k.gather(x)), d).General(contract, nil, contract, nil)
		w = gx.TransposeAllAxes(gx.Reshape(w, kk, kk, k.in.C, k.out.C), 3, 2, 0, 1)
		return k.undense(w)
	}
	x = gx.Reshape(x, x.Shape().Size()/k.in.C, k.in.C)
	w = gx.Reshape(gx.Dot(x, a.columns()).General(contract, nil, contract, nil), k.in.C, kk, kk, k.out.C)
	if k.transposed {
		return gx.TransposeAllAxes(w, 0, 3, 1, 2)
	}
	return k.undense(gx.TransposeAllAxes(w, 3, 0, 1, 2))
}

// Conv implements [engine.Device]. Where one norm reads the output, the same executable computes it.
func (d *Device) Conv(s *engine.Step, in engine.Operand) (y, t engine.Tensor) {
	k := newConvolution(s.Layer, in.Shape)
	c := d.call("conv", k, d.mode.Tangent)
	// Without norms every reader of the tangent would come in two kinds, by whether it is of a scaled value: store
	// it whole. The output's is for the engine to read.
	whole := d.mode.Tangent && d.mode.SkipNorm && s.Scored && s.Out != d.plan.Output
	if whole {
		c.attr("whole")
	}
	x := c.view(in, true)
	w := c.param(s.Weight)
	bias := -1
	if s.Bias >= 0 {
		bias = c.param(s.Bias)
		c.attr("bias")
	}
	maps, n := 1, 1
	if d.mode.Tangent {
		maps, n = 2, 2
	}
	var norm *engine.Norm
	var m normed
	if i := d.norms[s.Out]; i >= 0 && !d.mode.SkipNorm {
		norm = &d.plan.Norms[i]
		m = c.norm(norm, true)
		n += maps + 1
	}
	out := c.run(n, func(in []*gx.Node) []*gx.Node {
		y := k.forward(x.value(in), in[w])
		var t *gx.Node
		if maps == 2 {
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
		out := []*gx.Node{y, t}[:maps]
		if norm != nil {
			value, tangent, stats := m.apply(in, y, t)
			out = append(out, []*gx.Node{stats, value, tangent}[:maps+1]...)
		}
		return out
	})
	y, t = pair(out[:maps])
	if whole {
		t.(*tensor).whole = true
	}
	if norm != nil {
		v := y.(*tensor)
		v.normed = v.attach(norm, out[maps:])
	}
	return y, t
}

func pair(out []*buffer) (y, t engine.Tensor) {
	y = &tensor{buffer: out[0]}
	if len(out) > 1 {
		t = &tensor{buffer: out[1]}
	}
	return y, t
}

// weighted is what a layer with a weight does in its backward pass, convolution or linear.
type weighted struct {
	input  func(d, w *gx.Node) *gx.Node // gradient with respect to the input, from the output's
	weight func(x, d *gx.Node) *gx.Node // gradient with respect to the weight
}

// ConvGrad implements [engine.Device].
//
// With δy the gradient of the output and δ̇ its tangent, which includes the δy that comes of scaling the weight,
// g = wgrad(x, δy) and h = wgrad(ẋ, δy) + wgrad(x, δ̇), which counts g once too much for the tangent of g.
func (d *Device) ConvGrad(s *engine.Step, in, out engine.Operand, g engine.Grad, to engine.Target) engine.Scalars {
	k := newConvolution(s.Layer, in.Shape)
	c := d.call("convgrad", k)
	adjoints := map[*gx.Node]*adjoint{}
	of := func(d *gx.Node) *adjoint {
		if adjoints[d] == nil {
			adjoints[d] = k.adjoint(d)
		}
		return adjoints[d]
	}
	return d.weightedGrad(c, s, in, out, g, to, weighted{
		input:  func(d, w *gx.Node) *gx.Node { return of(d).input(w) },
		weight: func(x, d *gx.Node) *gx.Node { return of(d).weight(x) },
	})
}

// LinearGrad implements [engine.Device].
func (d *Device) LinearGrad(s *engine.Step, in, out engine.Operand, g engine.Grad, to engine.Target) engine.Scalars {
	c := d.call("lineargrad")
	dims := in.Y.(*tensor).dims
	flat := func(d *gx.Node) *gx.Node { return gx.Reshape(d, d.Shape().Dimensions[0], s.Layer.Out.C) }
	return d.weightedGrad(c, s, in, out, g, to, weighted{
		input: func(d, w *gx.Node) *gx.Node {
			return gx.Reshape(gx.Dot(flat(d), linearWeight(w, in.Shape)).Product(), dims...)
		},
		weight: func(x, d *gx.Node) *gx.Node {
			w := gx.Dot(flat(d), flatten(x)).General([]int{0}, nil, []int{0}, nil) // [out, H·W·C]
			return torchLinear(w, in.Shape)
		},
	})
}

func (d *Device) weightedGrad(c *call, s *engine.Step, in, out engine.Operand, g engine.Grad, to engine.Target, layer weighted) engine.Scalars {
	x := c.view(in, true)
	p := c.cotangents(g.D)
	w := c.param(s.Weight)
	var y int
	var m normed
	if g.Norm != nil {
		m = c.reading(g.Norm, out)
		y = m.y
	} else {
		y = c.arg(out.Y.(*tensor).buffer)
	}
	want := c.wanted(p, to)
	shared := d.shared[s.Weight]
	loss := p[engine.LossGrad] >= 0
	fisher := loss && d.mode.Fisher
	c.attr(shared)
	c.attr(fisher)
	c.attr(d.mode.Tangent)
	c.attr(s.Scored)
	old := weightGrad{}
	gi, hi := -1, -1
	if shared && loss {
		if old = d.weight[s.Weight]; old.g != nil {
			gi = c.arg(old.g)
			if old.h != nil {
				hi = c.arg(old.h)
			}
			c.attr("accumulate")
		}
	}
	n := 0
	for _, v := range want {
		if v {
			n++
		}
	}
	extra := 0
	switch {
	case loss && shared && d.mode.Tangent:
		extra = 3
	case loss && shared:
		extra = 2
	case loss:
		extra = 1
	}
	if n+extra == 0 {
		return nil
	}
	if in.Norm == nil && in.Y.(*tensor).zeros && s.Bias < 0 && n == 0 && !shared {
		// Zeros in, zeros out: no gradient, and nothing in the output for fisher to weigh.
		if fisher {
			return scalars{host: []float64{0}}
		}
		return nil
	}
	perOutput := 1
	for _, k := range d.plan.Graph.Params()[s.Weight].Shape[1:] {
		perOutput *= k
	}
	tangents := d.mode.Tangent
	res := c.run(n+extra, func(in []*gx.Node) (res []*gx.Node) {
		cot := p.nodes(in)
		if g.Norm != nil {
			cot = m.back(in, cot)
		} else if loss && tangents && s.Scored {
			cot[engine.TangentGrad] = plus(cot[engine.LossGrad], cot[engine.TangentGrad])
		}
		for i, v := range want {
			if v {
				if cot[i] == nil {
					cot[i] = gx.Zeros(in[y].Graph(), in[y].Shape())
				}
				res = append(res, x.throughReLU(in, layer.input(cot[i], in[w])))
			}
		}
		if !loss {
			return res
		}
		dy := cot[engine.LossGrad]
		a := x.value(in)
		gw := layer.weight(a, dy)
		var hw *gx.Node
		if tangents {
			if dt := cot[engine.TangentGrad]; dt != nil {
				hw = layer.weight(a, dt)
			}
			if t := x.tangent(in); t != nil {
				hw = plus(hw, layer.weight(t, dy))
			}
			hw = orZero(hw, gw)
		}
		var f *gx.Node
		if fisher {
			act := gx.ReduceSum(double(gx.Mul(in[y], dy)), 1, 2) // [N, C]
			f = gx.MulScalar(total(gx.Mul(act, act)), 0.5*float64(perOutput)/float64(d.batch))
		}
		if !shared {
			return append(res, sums(gw, hw, in[w], f))
		}
		if gi >= 0 {
			gw = gx.Add(gw, in[gi])
		}
		if hi >= 0 {
			hw = gx.Add(hw, in[hi])
		}
		res = append(res, fisherOnly(gw, f), gw)
		if tangents {
			res = append(res, hw)
		}
		return res
	})
	d.deliver(to, want, res[:n])
	res = res[n:]
	if !loss {
		return nil
	}
	if shared {
		for _, b := range []*buffer{old.g, old.h} {
			if b != nil {
				d.drop(b)
			}
		}
		d.weight[s.Weight].g = res[1]
		if tangents {
			d.weight[s.Weight].h = res[2]
		}
	} else {
		d.weight[s.Weight].sums = res[0]
	}
	if !fisher {
		return nil
	}
	return scalars{buffer: res[0], from: 4, to: 5}
}

// sums are ‖g‖², Σ|w·g|, Σw·g, Σg·(h−g) and fisher's term, [5] in float64.
func sums(g, h, w, fisher *gx.Node) *gx.Node {
	wg := gx.Mul(w, g)
	gh := gx.ScalarZero(g.Graph(), dtypes.Float64)
	if h != nil {
		gh = total(gx.Mul(g, gx.Sub(h, g)))
	}
	if fisher == nil {
		fisher = gx.ScalarZero(g.Graph(), dtypes.Float64)
	}
	return gx.Stack([]*gx.Node{double(sumSquares(g)), total(gx.Abs(wg)), total(wg), gh, fisher}, 0)
}

func fisherOnly(like, fisher *gx.Node) *gx.Node {
	zero := gx.ScalarZero(like.Graph(), dtypes.Float64)
	if fisher == nil {
		fisher = zero
	}
	return gx.Stack([]*gx.Node{zero, zero, zero, zero, fisher}, 0)
}

// WeightSums implements [engine.Device].
func (d *Device) WeightSums(param int) engine.Scalars {
	g := d.weight[param]
	if g.sums == nil {
		if g.g == nil {
			return scalars{host: make([]float64, 4)}
		}
		c := d.call("sums", g.h != nil)
		c.arg(g.g)
		c.param(param)
		if g.h != nil {
			c.arg(g.h)
		}
		g.sums = c.run1(func(in []*gx.Node) *gx.Node {
			var h *gx.Node
			if len(in) > 2 {
				h = in[2]
			}
			return sums(in[0], h, in[1], nil)
		})
		d.weight[param] = g
	}
	return scalars{buffer: g.sums, from: 0, to: 4}
}
