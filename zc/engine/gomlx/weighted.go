package gomlx

import (
	gx "github.com/gomlx/gomlx/core/graph"

	"github.com/zcnas/zcnas/zc/engine"
)

// weighted is what a layer with a weight does in its backward pass, convolution or linear.
type weighted struct {
	input  func(d, w *gx.Node) *gx.Node                // gradient with respect to the input, from the output's
	weight func(x, d *gx.Node, bySample bool) *gx.Node // gradient with respect to the weight
}

func (d *Device) convGrad(b *engine.StepGrad) engine.Scalars {
	k := newConvolution(b.Step.Layer, b.In.Shape)
	adjoints := map[*gx.Node]*adjoint{}
	of := func(d *gx.Node) *adjoint {
		if adjoints[d] == nil {
			adjoints[d] = k.adjoint(d)
		}
		return adjoints[d]
	}
	return d.weightedGrad(d.call("convgrad", k), b, weighted{
		input:  func(d, w *gx.Node) *gx.Node { return of(d).input(w) },
		weight: func(x, d *gx.Node, bySample bool) *gx.Node { return of(d).weight(x, bySample) },
	})
}

func (d *Device) linearGrad(b *engine.StepGrad) engine.Scalars {
	in := b.In.Shape
	dims := b.In.Y.(*tensor).dims
	flat := func(d *gx.Node) *gx.Node { return gx.Reshape(d, d.Shape().Dimensions[0], b.Step.Layer.Out.C) }
	return d.weightedGrad(d.call("lineargrad"), b, weighted{
		input: func(d, w *gx.Node) *gx.Node {
			return gx.Reshape(gx.Dot(flat(d), linearWeight(w, in)).Product(), dims...)
		},
		weight: func(x, d *gx.Node, bySample bool) *gx.Node {
			if bySample {
				w := gx.Mul(gx.InsertAxes(flat(d), -1), gx.InsertAxes(flatten(x), 1)) // [N, out, H·W·C]
				return torchLinear(w, in)
			}
			w := gx.Dot(flat(d), flatten(x)).General([]int{0}, nil, []int{0}, nil) // [out, H·W·C]
			return torchLinear(w, in)
		},
	})
}

// weightedGrad is the backward pass of a layer with a weight.
//
// With δy the gradient of the output and δ̇ its tangent, which includes the δy that comes of scaling a scored weight,
// g = wgrad(x, δy) and h = wgrad(ẋ, δy) + wgrad(x, δ̇), which counts g once too much for the tangent of g.
func (d *Device) weightedGrad(c *call, b *engine.StepGrad, layer weighted) engine.Scalars {
	s := b.Step
	x := c.view(b.In, true)
	p := c.cotangents(b.Grad.D)
	w := c.param(s.Weight)
	y := -1
	var m normed
	if b.Grad.Norm != nil {
		m = c.reading(b.Grad.Norm, b.Out)
		y = m.y
	} else {
		y = c.arg(b.Out.Y.(*tensor).buffer)
	}
	want := c.wanted(p, b.To)
	loss := p[engine.LossGrad] >= 0
	ofWeight, ofBias, fisher := loss && b.Weight != nil, loss && b.Bias != nil, loss && b.Fisher
	if b.Fisher && !loss {
		return scalars{host: []float64{0}}
	}
	if want == [3]bool{} && !ofWeight && !ofBias && !fisher {
		return nil
	}
	if b.In.Norm == nil && b.In.Y.(*tensor).zeros && s.Bias < 0 && want == [3]bool{} && !hasGradient(b.Weight) {
		// Zeros in, zeros out: no gradient, and nothing in the output for fisher to weigh.
		if fisher {
			return scalars{host: []float64{0}}
		}
		return nil
	}
	reduce := ofWeight && b.Complete && !hasGradient(b.Weight) && reducible(b.Sinks)
	// Fisher's term joins the sums, so that there are fewer vectors to bring back.
	joint := fisher && reduce && hasSums(b.Sinks)
	bySample := ofWeight && apart(b.Sinks)
	tangents := d.mode.Tangent
	for _, attribute := range []any{ofWeight, ofBias, fisher, bySample, tangents, s.Scored} {
		c.attr(attribute)
	}
	if reduce {
		c.sinks(b.Sinks)
	}
	weightSoFar, biasSoFar := noGradient, noGradient
	if ofWeight {
		weightSoFar = c.accumulate(b.Weight)
	}
	if ofBias {
		biasSoFar = c.accumulate(b.Bias)
	}
	perOutput := 1
	for _, k := range d.plan.Graph.Params()[s.Weight].Shape[1:] {
		perOutput *= k
	}
	out := c.run(func(in []*gx.Node, out *outputs) {
		cot := p.nodes(in)
		if b.Grad.Norm != nil {
			cot = m.back(in, cot)
		} else if loss && tangents && s.Scored {
			cot[engine.TangentGrad] = plus(cot[engine.LossGrad], cot[engine.TangentGrad])
		}
		for i, v := range want {
			if v {
				if cot[i] == nil {
					cot[i] = gx.Zeros(in[y].Graph(), in[y].Shape())
				}
				out.add(cotangentNames[i], x.throughReLU(in, layer.input(cot[i], in[w])))
			}
		}
		dy, dt := cot[engine.LossGrad], cot[engine.TangentGrad]
		var term *gx.Node
		if fisher {
			act := gx.ReduceSum(double(gx.Mul(in[y], dy)), 1, 2) // [N, C]
			term = gx.MulScalar(total(gx.Mul(act, act)), 0.5*float64(perOutput)/float64(d.batch))
		}
		if term != nil && !joint {
			out.add("fisher", numbers(term))
		}
		if ofBias {
			g := gx.ConvertDType(overPositions(dy, false), dy.DType())
			biasSoFar.add(in, out, "bias", g, nil)
		}
		if !ofWeight {
			return
		}
		a := x.value(in)
		g := layer.weight(a, dy, bySample)
		var h *gx.Node
		if tangents {
			if dt != nil {
				h = layer.weight(a, dt, bySample)
			}
			if t := x.tangent(in); t != nil {
				h = plus(h, layer.weight(t, dy, bySample))
			}
			h = orZero(h, g)
			if s.Scored {
				h = gx.Sub(h, g)
			}
		}
		if reduce {
			d.reduced(out, b.Sinks, g, h, in[w], term, bySample)
		} else {
			weightSoFar.add(in, out, "weight", g, h)
		}
	})
	d.deliver(b.To, out)
	if ofBias {
		d.collect(b.Bias, s.Bias, out, "bias")
	}
	switch {
	case reduce:
		*b.Weight = &gradient{param: s.Weight, delivered: out}
	case ofWeight:
		d.collect(b.Weight, s.Weight, out, "weight").bySample = bySample
	}
	switch {
	case !fisher:
		return nil
	case joint:
		return scalars{buffer: out.must(sumsName), from: vector - 1, to: vector}
	}
	return scalars{buffer: out.must("fisher"), to: 1}
}
