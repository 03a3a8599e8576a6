package gomlx

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	gx "github.com/gomlx/gomlx/core/graph"

	"github.com/zcnas/zcnas/zc/engine"
)

// gradient is the engine.Gradient of this device: g and h, its tangent less g where the weight is scored, in PyTorch's
// layout, one for each sample before that with bySample; or what the sinks deliver, where they were served when it was
// made.
type gradient struct {
	param     int
	g, h      *buffer
	bySample  bool
	delivered results
	freed     bool
}

func hasGradient(g *engine.Gradient) bool { return g != nil && *g != nil }

// accumulator is what there is already of a gradient, by position among the arguments, −1 for none.
type accumulator struct{ g, h int }

var noGradient = accumulator{-1, -1}

// accumulate adds what there is of a gradient to the arguments.
func (c *call) accumulate(to *engine.Gradient) accumulator {
	a := noGradient
	if !hasGradient(to) {
		return a
	}
	old := (*to).(*gradient)
	c.attr("accumulate")
	a.g = c.arg(old.g)
	if old.h != nil {
		a.h = c.arg(old.h)
	}
	return a
}

// add names a gradient and its tangent, added to what there was.
func (a accumulator) add(in []*gx.Node, out *outputs, name string, g, h *gx.Node) {
	if a.g >= 0 {
		g = gx.Add(g, in[a.g])
	}
	if a.h >= 0 {
		h = plus(h, in[a.h])
	}
	out.add(name, g)
	out.add(name+" tangent", h)
}

// collect leaves a gradient among results where it is collected, instead of what was there.
func (d *Device) collect(to *engine.Gradient, param int, r results, name string) *gradient {
	if to == nil {
		return nil
	}
	if hasGradient(to) {
		d.Free(*to)
	}
	g := &gradient{param: param, g: r.must(name), h: r[name+" tangent"]}
	*to = g
	return g
}

// vector is the length of all vectors of few numbers, so that they can be joined by the same executables.
const vector = 5

// numbers makes a vector of a few numbers, in float64.
func numbers(x ...*gx.Node) *gx.Node {
	zero := gx.ScalarZero(x[0].Graph(), dtypes.Float64)
	for len(x) < vector {
		x = append(x, zero)
	}
	for i := range x {
		x[i] = double(x[i])
	}
	return gx.Stack(x, 0)
}

// reducible reports sinks that can be served where the gradient is made.
func reducible(sinks []engine.Sink) bool {
	for _, s := range sinks {
		switch s.(type) {
		case engine.Sums, engine.Squares, engine.Signs:
		default:
			return false
		}
	}
	return len(sinks) > 0
}

// apart reports sinks that need the gradient of each sample.
func apart(sinks []engine.Sink) bool {
	for _, s := range sinks {
		if _, ok := s.(engine.Signs); ok {
			return true
		}
	}
	return false
}

func hasSums(sinks []engine.Sink) bool {
	for _, s := range sinks {
		if _, ok := s.(engine.Sums); ok {
			return true
		}
	}
	return false
}

var sumsName = sinkName(engine.Sums{})

func sinkName(s engine.Sink) string { return fmt.Sprintf("%T", s) }

func (c *call) sinks(sinks []engine.Sink) {
	for _, s := range sinks {
		c.attr(sinkName(s))
	}
}

// delivers is how many numbers the sinks of few deliver.
func delivers(s engine.Sink) int {
	if _, ok := s.(engine.Sums); ok {
		return 4
	}
	return 1
}

// longSum is the size from which on PyTorch's sum of squares in float32 is so far from the exact one, by up to 1e-4 for
// millions of values, that it matters how it is added up.
const longSum = 1 << 16

// squaresName is the output that holds a gradient whose squares the host adds up, see [Device.onHost].
const squaresName = "squares"

// onHost reports gradients of as many values whose squares the host adds up: the backend would not do it in PyTorch's
// order.
func (d *Device) onHost(size int) bool { return !d.cache.inOrder && !d.mode.Double && size >= longSum }

// reduced names what sinks deliver of a gradient g of w and its tangent less g, nil without. Fisher's term, where there
// is one, goes with the sums, as the vector's last number.
func (d *Device) reduced(out *outputs, sinks []engine.Sink, g, h, w, fisher *gx.Node, bySample bool) {
	whole := g
	if bySample {
		if whole = gx.ReduceSum(g, 0); h != nil {
			h = gx.ReduceSum(h, 0)
		}
	}
	for _, s := range sinks {
		switch s.(type) {
		case engine.Sums:
			wg := gx.Mul(w, whole)
			gh := gx.ScalarZero(g.Graph(), dtypes.Float64)
			if h != nil {
				gh = total(gx.Mul(whole, h))
			}
			four := []*gx.Node{sumSquares(whole), total(gx.Abs(wg)), total(wg), gh}
			if fisher != nil {
				four = append(four, fisher)
			}
			out.add(sinkName(s), numbers(four...))
			if d.onHost(whole.Shape().Size()) {
				out.add(squaresName, whole)
			}
		case engine.Squares:
			x := double(whole)
			out.add(sinkName(s), numbers(total(gx.Mul(x, x))))
		case engine.Signs:
			out.add(sinkName(s), numbers(total(gx.Abs(gx.ReduceSum(gx.Sign(g), 0)))))
		}
	}
}

// Drain implements [engine.Device].
func (d *Device) Drain(param int, to *engine.Gradient, sinks []engine.Sink) []engine.Scalars {
	var g *gradient
	if hasGradient(to) {
		g = (*to).(*gradient)
	}
	out := make([]engine.Scalars, len(sinks))
	for i, s := range sinks {
		switch s := s.(type) {
		case engine.Sums, engine.Squares, engine.Signs:
			out[i] = d.drainNumbers(param, g, s)
		case engine.Values:
			if g == nil {
				out[i] = scalars{host: make([]float64, d.plan.Graph.Params()[param].Size())}
			} else {
				out[i] = d.whole(d.summed(g))
			}
		case engine.Keep:
			if g != nil {
				d.keep(g)
			}
		case engine.Ratio:
			out[i] = d.ratio(param, append(s.Before[:len(s.Before):len(s.Before)], handle(g)))
		case engine.Gram:
			out[i] = d.gram(param, append(s.Before[:len(s.Before):len(s.Before)], handle(g)))
		case engine.Update:
			d.update(param, g, s)
		default:
			d.fail(fmt.Errorf("the sink %T: %w", s, engine.ErrNotImplemented))
			out[i] = scalars{}
		}
	}
	return out
}

// handle is a gradient as the engine has it: nil for none.
func handle(g *gradient) engine.Gradient {
	if g == nil {
		return nil
	}
	return g
}

func (d *Device) drainNumbers(param int, g *gradient, s engine.Sink) engine.Scalars {
	n := delivers(s)
	switch {
	case g == nil:
		return scalars{host: make([]float64, n)}
	case g.delivered != nil:
		if b := g.delivered[sinkName(s)]; b != nil || d.err != nil {
			return scalars{buffer: b, to: n, squares: squaresOf(s, g.delivered)}
		}
		d.fail(fmt.Errorf("the gradient of parameter %d was made for other sinks than %T", param, s))
		return scalars{host: make([]float64, n)}
	}
	if _, ok := s.(engine.Signs); ok && !g.bySample {
		d.fail(fmt.Errorf("the gradient of parameter %d was made without keeping samples apart", param))
		return scalars{host: make([]float64, n)}
	}
	c := d.call("drain", sinkName(s), g.h != nil, g.bySample)
	c.arg(g.g)
	w := -1
	if _, ok := s.(engine.Sums); ok {
		w = c.param(param)
	}
	h := -1
	if g.h != nil && w >= 0 {
		h = c.arg(g.h)
	}
	out := c.run(func(in []*gx.Node, out *outputs) {
		var weight, tangent *gx.Node
		if w >= 0 {
			weight = in[w]
		}
		if h >= 0 {
			tangent = in[h]
		}
		d.reduced(out, []engine.Sink{s}, in[0], tangent, weight, nil, g.bySample)
	})
	return scalars{buffer: out.must(sinkName(s)), to: n, squares: squaresOf(s, out)}
}

// squaresOf is the gradient whose squares the host adds up for a sink, nil for none.
func squaresOf(s engine.Sink, r results) *buffer {
	if _, ok := s.(engine.Sums); ok {
		return r[squaresName]
	}
	return nil
}

// summed is the gradient of the batch. What the caller gets is his to drop.
func (d *Device) summed(g *gradient) *buffer {
	if !g.bySample {
		g.g.refs++
		return g.g
	}
	c := d.call("sum samples")
	c.arg(g.g)
	return c.run1(func(in []*gx.Node) *gx.Node { return gx.ReduceSum(in[0], 0) })
}

// keep lets a gradient outlive the network.
func (d *Device) keep(g *gradient) {
	b := d.summed(g)
	b.refs--
	if g.bySample {
		d.drop(g.g)
		g.g, g.bySample = b, false
	}
	if g.h != nil {
		d.drop(g.h)
		g.h = nil
	}
	delete(d.live, g.g)
}

// stack joins gradients of one parameter as rows, [passes, W]; missing ones are zeros.
func (d *Device) stack(c *call, param int, list []engine.Gradient) {
	for _, g := range list {
		if g == nil {
			c.arg(d.zeros(d.dtype(), d.plan.Graph.Params()[param].Shape...))
		} else {
			c.arg(g.(*gradient).g)
		}
	}
}

func rowsOf(in []*gx.Node) *gx.Node {
	var rows []*gx.Node
	for _, x := range in {
		rows = append(rows, double(gx.Reshape(x, x.Shape().Size())))
	}
	return gx.Stack(rows, 0)
}

func (d *Device) ratio(param int, list []engine.Gradient) engine.Scalars {
	c := d.call("ratio")
	d.stack(c, param, list)
	return scalars{to: 1, buffer: c.run1(func(in []*gx.Node) *gx.Node {
		x := rowsOf(in)
		n := float64(len(in))
		mean := gx.DivScalar(gx.ReduceSum(x, 0), n)
		centred := gx.Sub(x, gx.InsertAxes(mean, 0))
		std := gx.Sqrt(gx.DivScalar(gx.ReduceSum(gx.Mul(centred, centred), 0), n))
		size := gx.DivScalar(gx.ReduceSum(gx.Abs(x), 0), n)
		spread := gx.GreaterThan(std, gx.ScalarZero(std.Graph(), std.DType()))
		quotient := gx.Div(size, gx.Where(spread, std, gx.OnesLike(std)))
		return numbers(gx.ReduceAllSum(gx.Where(spread, quotient, gx.ZerosLike(quotient))))
	})}
}

func (d *Device) gram(param int, list []engine.Gradient) engine.Scalars {
	c := d.call("gram")
	d.stack(c, param, list)
	return d.whole(c.run1(func(in []*gx.Node) *gx.Node {
		x := rowsOf(in)
		return gx.Dot(x, x).General([]int{1}, nil, []int{1}, nil)
	}))
}
