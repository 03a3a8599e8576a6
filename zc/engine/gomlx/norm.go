package gomlx

import (
	gx "github.com/gomlx/gomlx/core/graph"

	"github.com/zcnas/zcnas/zc/engine"
)

// normState is the engine.NormState of this device.
type normState struct {
	norm  *engine.Norm
	stats *buffer // [rows, C], float64
	// What the norm makes of its value, stored because several layers read it and because one executable then
	// serves values with and without norms. Freed with the value.
	value, tangent *tensor
}

// Rows of a norm's statistics [rows, C]. The last two are there with tangents.
const (
	rowMean   = iota
	rowR      // 1/√(variance + eps)
	rowGamma  // 1 without affine parameters
	rowVar    // biased
	rowMeanT  // mean of the stored tangent T
	rowMeanXT // mean of x̂·T
)

// row is a row of statistics as [1, 1, 1, C], in float64.
func row(stats *gx.Node, i int) *gx.Node {
	return gx.Reshape(gx.Slice(stats, gx.AxisElem(i), gx.AxisRange()), 1, 1, 1, stats.Shape().Dimensions[1])
}

// normed describes a norm over a value to a graph: positions of arrays among the arguments, −1 for none.
type normed struct {
	y, t        int
	gamma, beta int
	stats       int
	scaled      bool
	eps         float64
}

// norm adds what computing a norm takes, but for the value itself, to the arguments.
func (c *call) norm(n *engine.Norm, scaled bool) normed {
	m := normed{y: -1, t: -1, gamma: -1, beta: -1, stats: -1, scaled: scaled && c.d.mode.Tangent, eps: n.Layer.Eps}
	c.attr("norm")
	c.attr(m.eps)
	if n.Gamma >= 0 {
		m.gamma, m.beta = c.param(n.Gamma), c.param(n.Beta)
		c.attr("affine")
	}
	return m
}

// apply normalises y, and its tangent of which t is stored: value, tangent (nil for zero) and statistics.
func (m normed) apply(in []*gx.Node, y, t *gx.Node) (value, tangent, stats *gx.Node) {
	mean := perChannelMean(y)
	centred := gx.Sub(y, perChannel(mean, y))
	variance := perChannelMean(gx.Mul(centred, centred)) // two passes: exact where the mean is large
	r := gx.Div(gx.OnesLike(variance), gx.Sqrt(gx.AddScalar(variance, m.eps)))
	gamma := gx.OnesLike(r)
	if m.gamma >= 0 {
		gamma = double(in[m.gamma])
	}
	rows := []*gx.Node{mean, r, gamma, variance}
	if t != nil {
		rows = append(rows, perChannelMean(t), gx.Mul(r, perChannelMean(gx.Mul(centred, t))))
	}
	stats = gx.Stack(rows, 0)
	value = gx.Mul(centred, perChannel(gx.Mul(r, gamma), y))
	if m.beta >= 0 {
		value = gx.Add(value, perChannel(in[m.beta], y))
	}
	if x := m.xhatTangent(stats, y, t); x != nil {
		tangent = gx.Mul(x, perChannel(gamma, y))
	}
	return value, tangent, stats
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

// xhatTangent is the tangent of xhat, e1·x̂ + r·(T − mean T), nil for zero.
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
	if y.normed != nil {
		y.normed.norm = n
		return y.normed
	}
	c := d.call("norm", d.mode.Tangent, v.Scaled)
	m := c.norm(n, v.Scaled)
	m.y = c.arg(y.buffer)
	switch {
	case !d.mode.Tangent:
	case v.T != nil:
		m.t = c.arg(v.T.(*tensor).buffer)
	case y.zeros:
		m.t = c.arg(y.buffer)
	}
	if m.t >= 0 {
		c.attr("tangent")
	}
	parts := 2
	if m.t >= 0 || m.scaled {
		parts = 3
	}
	out := c.run(parts, func(in []*gx.Node) []*gx.Node {
		var t *gx.Node
		if m.t >= 0 {
			t = in[m.t]
		}
		value, tangent, stats := m.apply(in, in[m.y], t)
		if parts == 3 {
			return []*gx.Node{stats, value, tangent}
		}
		return []*gx.Node{stats, value}
	})
	return y.attach(n, out)
}

// attach keeps what a norm made of a value: statistics, value and perhaps tangent.
func (y *tensor) attach(n *engine.Norm, out []*buffer) *normState {
	st := &normState{norm: n, stats: out[0], value: &tensor{buffer: out[1]}}
	if len(out) > 2 {
		st.tangent = &tensor{buffer: out[2]}
	}
	y.with = append(y.with, out[1:]...)
	return st
}

// MeanVariance implements [engine.Device]. Fetch takes it from the statistics.
func (d *Device) MeanVariance(st engine.NormState) engine.Scalars {
	return scalars{stats: st.(*normState).stats}
}

// NormGrad implements [engine.Device]: nothing to do, whatever carries gradients back through the norm has the
// same gradients at hand and takes the means it needs itself.
func (d *Device) NormGrad(n *engine.Norm, st engine.NormState, v engine.Operand, cot engine.Cotangents) {
}

// reading adds a norm over a stored value to the arguments of a backward pass.
func (c *call) reading(st engine.NormState, v engine.Operand) normed {
	s := st.(*normState)
	y := v.Y.(*tensor)
	m := normed{y: c.arg(y.buffer), t: -1, gamma: -1, beta: -1, stats: c.arg(s.stats),
		scaled: v.Scaled && c.d.mode.Tangent, eps: s.norm.Layer.Eps}
	c.attr("reading")
	c.attr(m.eps)
	c.attr(m.scaled)
	switch {
	case !c.d.mode.Tangent:
	case v.T != nil:
		m.t = c.arg(v.T.(*tensor).buffer)
	case y.zeros:
		m.t = c.arg(y.buffer)
	}
	if m.t >= 0 {
		c.attr("tangent")
	}
	return m
}

// back carries cotangents of norm(Y) back to Y:
//
//	δy = γr(δ − mean δ − x̂·mean(δx̂))
//	δ̇y = e1·δy + γr(δ̇ − mean δ̇ − x̂̇·mean(δx̂) − x̂·(mean(δ̇x̂) + mean(δx̂̇)))
//
// For the outputs of convolutions e1 counts the δy that the scaling of the weight adds to δ̇y.
func (m normed) back(in []*gx.Node, d [3]*gx.Node) (out [3]*gx.Node) {
	stats, y := in[m.stats], in[m.y]
	scale := perChannel(gx.Mul(row(stats, rowR), row(stats, rowGamma)), y)
	xhat := m.xhat(stats, y)
	mean := func(x *gx.Node) *gx.Node { return perChannel(perChannelMean(x), y) }
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

// NormBackward implements [engine.Device].
func (d *Device) NormBackward(st engine.NormState, v engine.Operand, cot engine.Cotangents, to engine.Target) {
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
