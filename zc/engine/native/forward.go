package native

import (
	"fmt"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/native/kernels"
)

// Forward implements [engine.Device].
func (c *core[T]) Forward(s *engine.Step, in []engine.Operand, feed []float32) (engine.Tensor, engine.Tensor) {
	var y, t *tensor[T]
	switch s.Kind {
	case engine.StepInput:
		y = c.input(feed, s.Layer.Out)
	case engine.StepZero:
		y = c.zero(s.Layer.Out)
	case engine.StepConv:
		y, t = c.conv(s, in[0])
	case engine.StepLinear:
		y, t = c.linear(s, in[0])
	case engine.StepSum:
		y, t = c.sum(s, in)
	case engine.StepPool:
		y, t = c.pool(s, in[0])
	case engine.StepGlobalPool:
		y, t = c.globalPool(s, in[0])
	case engine.StepConcat:
		y, t = c.concat(s, in)
	case engine.StepSlice:
		y, t = c.slice(s, in[0])
	case engine.StepTanh:
		y, t = c.tanh(s, in[0])
	case engine.StepGate:
		y, t = c.gate(s, in[0], feed)
	default:
		panic(fmt.Sprintf("native: no forward pass of a step of kind %d", s.Kind))
	}
	return y, nilable(t)
}

// nilable keeps a missing tensor an untyped nil.
func nilable[E any](t *E) engine.Tensor {
	if t == nil {
		return nil
	}
	return t
}

// Backward implements [engine.Device].
func (c *core[T]) Backward(b *engine.StepGrad) engine.Scalars {
	switch b.Step.Kind {
	case engine.StepConv, engine.StepLinear:
		return c.convGrad(b)
	case engine.StepSum:
		c.sumGrad(b)
	case engine.StepPool:
		c.poolGrad(b)
	case engine.StepGlobalPool:
		c.globalPoolGrad(b)
	case engine.StepConcat:
		c.concatGrad(b)
	case engine.StepSlice:
		c.sliceGrad(b)
	case engine.StepTanh:
		c.tanhGrad(b)
	case engine.StepGate:
		return c.gateGrad(b)
	default:
		panic(fmt.Sprintf("native: no backward pass of a step of kind %d", b.Step.Kind))
	}
	return nil
}

// Seed implements [engine.Device].
func (c *core[T]) Seed(s *engine.Seed, o engine.Operand, to engine.Target) engine.Scalars {
	const loss, tan = engine.LossGrad, engine.TangentGrad
	if s.Cotangent != nil {
		if to.Want[loss] {
			seed(c, to.D, loss, s.Cotangent, o.Shape)
		}
		if to.Want[tan] && to.D[tan] == nil {
			to.D[tan] = c.zero(o.Shape)
		}
		return []float64{0}
	}
	var tangent []float64
	if to.Want[tan] {
		tangent = c.readTangent(o)
	}
	value, g, h := s.Loss.Eval(c.read(o), tangent, c.n, o.Shape)
	for _, which := range []int{loss, engine.OutputGrad} {
		if to.Want[which] {
			seed(c, to.D, which, g, o.Shape)
		}
	}
	if to.Want[tan] {
		seed(c, to.D, tan, h, o.Shape)
	}
	return []float64{value}
}

// readTangent delivers an operand's whole tangent as [N, C, H, W].
func (c *core[T]) readTangent(o engine.Operand) []float64 {
	t := c.wholeTangent(c.view(o))
	defer c.Free(t)
	return c.read(engine.Operand{Y: t, Shape: o.Shape})
}

// seed adds a gradient [N, C, H, W] to a cotangent, or starts it.
func seed[T, S kernels.Float](c *core[T], d *engine.Cotangents, which int, g []S, s spaces.Shape) {
	t := c.tensor(s)
	c.samples(func(n int, _ *worker[T]) { pack(t.sample(n), g[n*s.Size():(n+1)*s.Size()], s) })
	if d[which] == nil {
		d[which] = t
		return
	}
	c.k.Add(c.cast(d[which]).data, t.data)
	c.Free(t)
}
