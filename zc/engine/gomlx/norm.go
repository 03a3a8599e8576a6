package gomlx

import (
	gx "github.com/gomlx/gomlx/core/graph"

	"github.com/zcnas/zcnas/zc/engine"
)

// normState is the engine.NormState of this device.
type normState struct {
	norm  *engine.Norm
	mode  engine.NormMode
	stats *buffer // [rows, C], of each sample by itself [rows, N, C]; float64
	// What the norm makes of its value, stored because several layers read it and because one executable then
	// serves values with and without norms. Freed with the value.
	value, tangent *tensor
}

// Rows of a norm's statistics. The last two are there with tangents, unless the statistics are running ones.
const (
	rowMean   = iota
	rowR      // 1/√(variance + eps)
	rowGamma  // 1 without affine parameters
	rowVar    // biased
	rowMeanT  // mean of the stored tangent T
	rowMeanXT // mean of x̂·T
)

// row is a row of statistics as [1 or N, 1, 1, C], in float64.
func row(stats *gx.Node, i int) *gx.Node {
	dims := stats.Shape().Dimensions
	axes := []gx.SliceAxisSpec{gx.AxisElem(i)}
	n := 1
	for range dims[1:] {
		axes = append(axes, gx.AxisRange())
	}
	if len(dims) == 3 {
		n = dims[1]
	}
	return gx.Reshape(gx.Slice(stats, axes...), n, 1, 1, dims[len(dims)-1])
}

// normed describes a norm over a value to a graph: positions of arrays among the arguments, −1 for none.
type normed struct {
	y, t        int
	gamma, beta int
	stats       int
	running     int // running statistics [2, C], mean and variance
	bias        int // of a scaled value
	scaled      bool
	mode        engine.NormMode
	eps         float64
}

// frozen reports statistics that do not depend on the value.
func (m normed) frozen() bool { return m.mode == engine.NormRunning }

// mean over what is normalised together, as statistics have it.
func (m normed) mean(x *gx.Node) *gx.Node {
	s := x.Shape().Dimensions
	if m.mode == engine.NormSample {
		return gx.DivScalar(overPositions(x, true), float64(s[1]*s[2]))
	}
	return gx.DivScalar(overPositions(x, false), float64(s[0]*s[1]*s[2]))
}

// normMode is what a norm normalises with.
func (d *Device) normMode(n *engine.Norm) engine.NormMode {
	if d.mode.Norm == engine.NormRunning && n.Untracked {
		return engine.NormBatch
	}
	return d.mode.Norm
}

// norm adds what computing a norm takes, but for the value itself, to the arguments.
func (c *call) norm(n *engine.Norm, scaled bool) normed {
	m := normed{y: -1, t: -1, gamma: -1, beta: -1, stats: -1, running: -1, bias: -1, scaled: scaled && c.d.mode.Tangent,
		mode: c.d.normMode(n), eps: n.Layer.Eps}
	c.attr("norm")
	c.attr(m.eps)
	c.attr(m.scaled)
	c.attr(int(m.mode))
	if m.frozen() {
		m.running = c.arg(c.d.running(n))
	}
	if n.Gamma >= 0 {
		m.gamma, m.beta = c.param(n.Gamma), c.param(n.Beta)
		c.attr("affine")
	}
	return m
}

// apply normalises y, and its tangent of which t is stored, and names value, tangent (none for zero) and statistics.
func (m normed) apply(in []*gx.Node, out *outputs, y, t *gx.Node) {
	var mean, variance *gx.Node
	if m.frozen() {
		mean, variance = double(gx.Slice(in[m.running], gx.AxisElem(0))), double(gx.Slice(in[m.running], gx.AxisElem(1)))
		c := y.Shape().Dimensions[3]
		mean, variance = gx.Reshape(mean, c), gx.Reshape(variance, c)
	} else {
		mean = m.mean(y)
	}
	centred := gx.Sub(y, perChannel(mean, y))
	if variance == nil {
		variance = m.mean(gx.Mul(centred, centred)) // two passes: exact where the mean is large
	}
	r := gx.Div(gx.OnesLike(variance), gx.Sqrt(gx.AddScalar(variance, m.eps)))
	gamma := gx.OnesLike(r)
	if m.gamma >= 0 {
		gamma = gx.Mul(gamma, gx.BroadcastPrefix(double(in[m.gamma]), r.Shape().Dimensions[:r.Rank()-1]...))
	}
	rows := []*gx.Node{mean, r, gamma, variance}
	if t != nil && !m.frozen() {
		rows = append(rows, m.mean(t), gx.Mul(r, m.mean(gx.Mul(centred, t))))
	}
	stats := gx.Stack(rows, 0)
	value := gx.Mul(centred, perChannel(gx.Mul(r, gamma), y))
	if m.beta >= 0 {
		value = gx.Add(value, perChannel(in[m.beta], y))
	}
	out.add("statistics", stats)
	out.add("normed", value)
	if m.frozen() {
		if t = m.whole(in, y, t); t != nil {
			out.add("normed tangent", gx.Mul(t, perChannel(gx.Mul(r, gamma), y)))
		}
	} else if x := m.xhatTangent(stats, y, t); x != nil {
		out.add("normed tangent", gx.Mul(x, perChannel(gamma, y)))
	}
}

// whole is the tangent of a value of which t is stored, nil for zero.
func (m normed) whole(in []*gx.Node, y, t *gx.Node) *gx.Node {
	if !m.scaled {
		return t
	}
	t = plus(y, t)
	if m.bias >= 0 {
		t = gx.Sub(t, perChannel(in[m.bias], t))
	}
	return t
}

// xhat is the normalised value without gamma and beta.
func (m normed) xhat(stats, y *gx.Node) *gx.Node {
	return gx.Mul(gx.Sub(y, perChannel(row(stats, rowMean), y)), perChannel(row(stats, rowR), y))
}

// e1 is f·ε' − r·mean(x̂·T), ε' = eps·r² and f = 1 for scaled values: the factor of x̂ in its tangent, which also
// is the relative change of r, less the change that scaling the weights makes. It is nil for zero.
func (m normed) e1(stats *gx.Node, tangent bool) *gx.Node {
	r := row(stats, rowR)
	var e *gx.Node
	if tangent {
		e = gx.Neg(gx.Mul(r, row(stats, rowMeanXT)))
	}
	if m.scaled {
		e = plus(e, gx.MulScalar(gx.Mul(r, r), m.eps))
	}
	return e
}

// xhatTangent is the tangent of xhat where the statistics depend on the value, e1·x̂ + r·(T − mean T), nil for zero.
func (m normed) xhatTangent(stats, y, t *gx.Node) *gx.Node {
	e := m.e1(stats, t != nil)
	if e == nil {
		return nil
	}
	x := gx.Mul(perChannel(e, y), m.xhat(stats, y))
	if t != nil {
		r := row(stats, rowR)
		x = gx.Add(x, gx.Sub(gx.Mul(perChannel(r, y), t), perChannel(gx.Mul(r, row(stats, rowMeanT)), y)))
	}
	return x
}

// Norm implements [engine.Device]. Norms over convolutions are computed with them.
func (d *Device) Norm(n *engine.Norm, v engine.Operand) engine.NormState {
	y := v.Y.(*tensor)
	st := y.normed
	if st == nil {
		c := d.call("norm", d.mode.Tangent)
		m := c.norm(n, v.Scaled)
		m.y = c.arg(y.buffer)
		c.tangent(&m, v)
		if m.frozen() && m.scaled && v.Bias >= 0 {
			c.attr("bias")
			m.bias = c.param(v.Bias)
		}
		st = y.attach(n, m.mode, c.run(func(in []*gx.Node, out *outputs) {
			var t *gx.Node
			if m.t >= 0 {
				t = in[m.t]
			}
			m.apply(in, out, in[m.y], t)
		}))
	}
	st.norm = n
	if d.mode.Momentum != 0 && !n.Untracked {
		d.move(n, st, y.dims)
	}
	return st
}

// tangent adds the stored tangent of a norm's value to the arguments, where there is one.
func (c *call) tangent(m *normed, v engine.Operand) {
	switch y := v.Y.(*tensor); {
	case !c.d.mode.Tangent:
	case v.T != nil:
		m.t = c.arg(v.T.(*tensor).buffer)
	case y.zeros:
		m.t = c.arg(y.buffer)
	}
	if m.t >= 0 {
		c.attr("tangent")
	}
}

// attach keeps what a norm made of a value: statistics, value and perhaps tangent.
func (y *tensor) attach(n *engine.Norm, mode engine.NormMode, out results) *normState {
	st := &normState{norm: n, mode: mode, stats: out.must("statistics"), value: &tensor{buffer: out.must("normed")}}
	y.with = append(y.with, st.value.buffer)
	if t := out["normed tangent"]; t != nil {
		st.tangent = &tensor{buffer: t}
		y.with = append(y.with, t)
	}
	return st
}

// reading adds a norm over a stored value to the arguments of a backward pass.
func (c *call) reading(st engine.NormState, v engine.Operand) normed {
	s := st.(*normState)
	m := normed{y: c.arg(v.Y.(*tensor).buffer), t: -1, gamma: -1, beta: -1, stats: c.arg(s.stats), running: -1, bias: -1,
		scaled: v.Scaled && c.d.mode.Tangent, mode: s.mode, eps: s.norm.Layer.Eps}
	c.attr("reading")
	c.attr(m.eps)
	c.attr(m.scaled)
	c.attr(int(m.mode))
	if !m.frozen() {
		c.tangent(&m, v)
	}
	return m
}

// back carries cotangents of norm(Y) back to Y:
//
//	δy = γr(δ − mean δ − x̂·mean(δx̂))
//	δ̇y = e1·δy + γr(δ̇ − mean δ̇ − x̂̇·mean(δx̂) − x̂·(mean(δ̇x̂) + mean(δx̂̇)))
//
// and without the means and their tangents where the statistics do not depend on Y. For the outputs of convolutions
// e1 counts the δy that the scaling of the weight adds to δ̇y.
func (m normed) back(in []*gx.Node, d [3]*gx.Node) (out [3]*gx.Node) {
	stats, y := in[m.stats], in[m.y]
	scale := perChannel(gx.Mul(row(stats, rowR), row(stats, rowGamma)), y)
	if m.frozen() {
		for i, x := range d {
			if x != nil {
				out[i] = gx.Mul(scale, x)
			}
		}
		if m.scaled {
			out[engine.TangentGrad] = plus(out[engine.TangentGrad], out[engine.LossGrad])
		}
		return out
	}
	xhat := m.xhat(stats, y)
	mean := func(x *gx.Node) *gx.Node { return perChannel(m.mean(x), y) }
	var lossX *gx.Node // mean(δx̂)
	for _, i := range []int{engine.LossGrad, engine.OutputGrad} {
		if d[i] == nil {
			continue
		}
		dx := mean(gx.Mul(d[i], xhat))
		if i == engine.LossGrad {
			lossX = dx
		}
		out[i] = gx.Mul(scale, gx.Sub(gx.Sub(d[i], mean(d[i])), gx.Mul(xhat, dx)))
	}
	loss, dt := d[engine.LossGrad], d[engine.TangentGrad]
	if loss == nil {
		return out
	}
	var t *gx.Node
	if m.t >= 0 {
		t = in[m.t]
	}
	var sum, along *gx.Node // of the bracket, and the factor of −x̂ in it
	if dt != nil {
		sum, along = gx.Sub(dt, mean(dt)), mean(gx.Mul(dt, xhat))
	}
	if xt := m.xhatTangent(stats, y, t); xt != nil {
		sum = plus(sum, gx.Neg(gx.Mul(xt, lossX)))
		along = plus(along, mean(gx.Mul(loss, xt)))
	}
	if sum == nil {
		return out
	}
	r := gx.Mul(scale, gx.Sub(sum, gx.Mul(xhat, along)))
	if e := m.e1(stats, t != nil); e != nil {
		r = gx.Add(r, gx.Mul(perChannel(e, y), out[engine.LossGrad]))
	}
	out[engine.TangentGrad] = r
	return out
}

// NormGrad implements [engine.Device]. There is nothing to hand over: whatever carries gradients back through the norm
// has the same gradients at hand and takes the means it needs itself.
func (d *Device) NormGrad(n *engine.Norm, st engine.NormState, v engine.Operand, cot engine.Cotangents, gamma, beta *engine.Gradient) engine.NormGrad {
	if n.Gamma < 0 || gamma == nil && beta == nil || cot[engine.LossGrad] == nil {
		return nil
	}
	c := d.call("normgrad", gamma != nil, beta != nil)
	m := c.reading(st, v)
	p := c.cotangents(engine.Cotangents{engine.LossGrad: cot[engine.LossGrad]})
	dgamma, dbeta := c.accumulate(gamma), c.accumulate(beta)
	out := c.run(func(in []*gx.Node, out *outputs) {
		dy := in[p[engine.LossGrad]]
		sum := func(x *gx.Node) *gx.Node { return gx.ConvertDType(overPositions(x, false), x.DType()) }
		if gamma != nil {
			dgamma.add(in, out, "gamma", sum(gx.Mul(dy, m.xhat(in[m.stats], in[m.y]))), nil)
		}
		if beta != nil {
			dbeta.add(in, out, "beta", sum(dy), nil)
		}
	})
	d.collect(gamma, n.Gamma, out, "gamma")
	d.collect(beta, n.Beta, out, "beta")
	return nil
}

// NormBackward implements [engine.Device].
func (d *Device) NormBackward(n *engine.Norm, st engine.NormState, _ engine.NormGrad, v engine.Operand, cot engine.Cotangents, to engine.Target) {
	c := d.call("normbackward")
	m := c.reading(st, v)
	p := c.cotangents(cot)
	c.gradient(view{y: m.y}, p, to, func(in []*gx.Node, x [3]*gx.Node) [3]*gx.Node {
		out := m.back(in, x)
		if m.scaled && out[engine.TangentGrad] != nil {
			out[engine.TangentGrad] = gx.Sub(out[engine.TangentGrad], out[engine.LossGrad])
		}
		return out
	})
}
