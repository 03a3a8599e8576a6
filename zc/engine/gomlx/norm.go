package gomlx

import (
	gx "github.com/gomlx/gomlx/core/graph"

	"github.com/zcnas/zcnas/zc/engine"
)

// Norm implements [engine.Device]. The variance is the mean of squared differences from the mean.
func (d *Device) Norm(n *engine.Norm, v engine.Operand) engine.NormState {
	c := d.call("norm", n.Layer.Eps)
	o := c.view(v, true)
	gamma, beta := -1, -1
	if n.Gamma >= 0 {
		gamma, beta = c.arg(d.param(n.Gamma)), c.arg(d.param(n.Beta))
	}
	stats := c.run1(func(in []*gx.Node) *gx.Node {
		y := in[o.y]
		count := float64(o.shape[0] * o.shape[1] * o.shape[2])
		mean := gx.DivScalar(overPositions(y), count)
		centred := gx.Sub(y, perChannel(mean))
		variance := gx.DivScalar(overPositions(gx.Mul(centred, centred)), count)
		r := gx.Div(gx.OnesLike(variance), gx.Sqrt(gx.AddScalar(variance, n.Layer.Eps)))
		rows := []*gx.Node{mean, r, gx.OnesLike(r), gx.ZerosLike(r), variance}
		if gamma >= 0 {
			rows[rowGamma], rows[rowBeta] = in[gamma], in[beta]
		}
		if o.t >= 0 {
			t := in[o.t]
			rows = append(rows, gx.DivScalar(overPositions(t), count),
				gx.Mul(r, gx.DivScalar(overPositions(gx.Mul(centred, t)), count)))
		}
		return gx.Stack(rows, 0)
	})
	return &normState{norm: n, stats: stats}
}

// NormVariance implements [engine.Device].
func (d *Device) NormVariance(st engine.NormState) []float64 {
	s := st.(*normState)
	c := s.norm.Layer.Out.C
	v := d.download(s.stats)
	if v == nil {
		return make([]float64, c)
	}
	return v[rowVar*c : (rowVar+1)*c]
}

// NormGrad implements [engine.Device].
func (d *Device) NormGrad(n *engine.Norm, st engine.NormState, v engine.Operand, cot engine.Cotangents) {
	s := st.(*normState)
	c := d.call("normgrad", n.Layer.Eps)
	v.Norm = st
	o := c.view(v, true)
	p := c.cotangents(cot)
	s.grads = c.run1(func(in []*gx.Node) *gx.Node {
		count := float64(o.shape[0] * o.shape[1] * o.shape[2])
		mean := func(x *gx.Node) *gx.Node { return gx.DivScalar(overPositions(x), count) }
		xhat := o.xhat(in)
		g := p.nodes(in)
		rows := make([]*gx.Node, gradRows)
		for i := range rows {
			rows[i] = gx.Zeros(xhat.Graph(), mean(xhat).Shape())
		}
		for i, x := range g {
			if x != nil {
				rows[2*i], rows[2*i+1] = mean(x), mean(gx.Mul(x, xhat))
			}
		}
		if x := g[engine.LossGrad]; x != nil {
			if t := o.xhatTangent(in); t != nil {
				rows[rowTangentX] = gx.Add(rows[rowTangentX], mean(gx.Mul(x, t)))
			}
		}
		return gx.Stack(rows, 0)
	})
}

// throughNorm carries cotangents of norm(Y) back to Y:
//
//	δy = γr(δ − mean δ − x̂·mean(δx̂))
//	δ̇y = e1·δy + γr(δ̇ − mean δ̇ − x̂̇·mean(δx̂) − x̂·(mean(δ̇x̂) + mean(δx̂̇)))
//
// For the outputs of convolutions e1 counts the δy that the scaling of the weight adds to δ̇y.
func (v view) throughNorm(in []*gx.Node, grads *gx.Node, d [3]*gx.Node) [3]*gx.Node {
	st := in[v.stats]
	scale := gx.Mul(row(st, rowR), row(st, rowGamma))
	xhat := v.xhat(in)
	var out [3]*gx.Node
	for _, i := range []int{engine.LossGrad, engine.OutputGrad} {
		if d[i] != nil {
			out[i] = gx.Mul(scale, gx.Sub(gx.Sub(d[i], row(grads, 2*i)), gx.Mul(xhat, row(grads, 2*i+1))))
		}
	}
	if loss := d[engine.LossGrad]; loss != nil {
		xt := v.xhatTangent(in)
		t := gx.Neg(gx.Add(row(grads, rowTangent), gx.Mul(xhat, row(grads, rowTangentX))))
		if d[engine.TangentGrad] != nil {
			t = gx.Add(d[engine.TangentGrad], t)
		}
		if xt != nil {
			t = gx.Sub(t, gx.Mul(xt, row(grads, rowLossX)))
		}
		t = gx.Mul(scale, t)
		if e := v.e1(in); e != nil {
			t = gx.Add(t, gx.Mul(e, out[engine.LossGrad]))
		}
		out[engine.TangentGrad] = t
	}
	return out
}

// NormBackward implements [engine.Device].
func (d *Device) NormBackward(st engine.NormState, v engine.Operand, cot engine.Cotangents, to engine.Target) {
	s := st.(*normState)
	c := d.call("normbackward")
	v.Norm = st
	o := c.view(v, true)
	p := c.cotangents(cot)
	g := c.arg(s.grads)
	c.gradient(o, p, to, func(in []*gx.Node, x [3]*gx.Node) [3]*gx.Node {
		out := o.throughNorm(in, in[g], x)
		if o.scaled && out[engine.TangentGrad] != nil {
			out[engine.TangentGrad] = gx.Sub(out[engine.TangentGrad], out[engine.LossGrad])
		}
		return out
	})
}
