package native

import (
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/native/kernels"
)

// view is an operand with the coefficients, per channel, that the kernels read it with:
//
//	value   act(a·y + b)
//	tangent act'(a·y + b) · (p·y + q·t + r)
type view[T kernels.Float] struct {
	k       *kernels.Set[T]
	y, t    *tensor[T]
	a, b    []T // nil: 1 and 0
	p, q, r []T // p nil: the tangent is t itself
	// stride is how far the coefficients of a sample are from those of the next: 0 where all have the same
	stride int
	zero   []T // 16 zeros
	relu   bool
	slope  T
	// tangent is whether the tangent is anything but zero
	tangent bool
}

func (c *core[T]) view(o engine.Operand) *view[T] {
	v := &view[T]{k: c.k, zero: c.nothing, y: c.cast(o.Y), t: c.cast(o.T), relu: o.ReLU, slope: T(o.Slope)}
	n := v.y.blocks * lanes
	v.tangent = c.mode.Tangent && (o.Scaled || v.t != nil)
	switch {
	case o.Norm != nil:
		s := o.Norm.(*norm[T])
		v.a, v.b, v.p, v.q, v.r, v.stride = s.scale, s.shift, s.ofValue, s.ofTangent, s.constant, s.stride
	case o.Scaled && c.mode.Tangent:
		v.p, v.q, v.r = fill(n, T(1)), fill(n, T(1)), make([]T, n)
		if o.Bias >= 0 {
			for i, x := range c.bias(o.Bias, o.Shape.C) {
				v.r[i] = -x
			}
		}
	}
	if v.relu && v.a == nil {
		v.a, v.b = fill(n, T(1)), make([]T, n)
	}
	return v
}

func fill[T any](n int, x T) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = x
	}
	return s
}

// raw reports whether the value is the stored map.
func (v *view[T]) raw() bool { return v.a == nil && !v.relu }

// at is the part of per-channel values that belongs to a block.
func at[T any](values []T, block int) []T { return values[block*lanes : (block+1)*lanes] }

// at is the part of coefficients that belongs to a block of a sample.
func (v *view[T]) at(coef []T, n, block int) []T { return coef[n*v.stride+block*lanes:][:lanes] }

// value writes elements lo…hi of a block's image of a sample.
func (v *view[T]) value(dst []T, n, block, lo, hi int) {
	size := v.y.image()
	y := v.y.data[(n*v.y.blocks+block)*size:][lo:hi]
	switch {
	case v.relu:
		v.k.AffineReLU(dst, y, v.at(v.a, n, block), v.at(v.b, n, block), v.slope)
	case v.a != nil:
		v.k.Affine(dst, y, v.at(v.a, n, block), v.at(v.b, n, block))
	default:
		copy(dst, y)
	}
}

// valueTangent writes the same elements of the tangent.
func (v *view[T]) valueTangent(dst []T, n, block, lo, hi int) {
	if !v.tangent {
		clear(dst)
		return
	}
	size := v.y.image()
	y := v.y.data[(n*v.y.blocks+block)*size:][lo:hi]
	if v.p == nil { // the tangent is stored whole
		t := v.t.data[(n*v.y.blocks+block)*size:][lo:hi]
		if v.relu {
			v.k.Mask(dst, t, y, v.at(v.a, n, block), v.at(v.b, n, block), v.slope)
		} else {
			copy(dst, t)
		}
		return
	}
	p, r := v.at(v.p, n, block), v.at(v.r, n, block)
	q, t := p, y // a zero stored tangent: p·y is written as q·t, and the second product drops out
	second := v.zero
	if v.t != nil {
		q, t = v.at(v.q, n, block), v.t.data[(n*v.y.blocks+block)*size:][lo:hi]
		second = p
	}
	if v.relu {
		v.k.Lin2Mask(dst, t, y, q, second, r, v.at(v.a, n, block), v.at(v.b, n, block), v.slope)
	} else {
		v.k.Lin2(dst, t, y, q, second, r)
	}
}

// store leaves the gradient with respect to the view's rectified value in its slot: g is one block's image of a
// sample, masked by the view's ReLU; with acc it is added.
func (v *view[T]) store(to *tensor[T], g []T, n, block int, acc bool) {
	size := v.y.image()
	dst := to.data[(n*to.blocks+block)*size:][:size]
	y := v.y.data[(n*v.y.blocks+block)*size:][:size]
	switch {
	case v.relu && acc:
		v.k.MaskAcc(dst, g, y, v.at(v.a, n, block), v.at(v.b, n, block), v.slope)
	case v.relu:
		v.k.Mask(dst, g, y, v.at(v.a, n, block), v.at(v.b, n, block), v.slope)
	case acc:
		v.k.Add(dst, g)
	default:
		copy(dst, g)
	}
}

// slots are the tensors of a target, made where they are missing; acc says which had something in them.
func (c *core[T]) slots(v *view[T], to engine.Target) (d [3]*tensor[T], acc [3]bool) {
	for i, want := range to.Want {
		if !want {
			continue
		}
		if to.D[i] != nil {
			d[i], acc[i] = c.cast(to.D[i]), true
			continue
		}
		d[i] = c.tensor(v.y.shape)
		to.D[i] = d[i]
	}
	return d, acc
}

// gradView reads the cotangents of a convolution's output, carried back through a norm where there is one.
type gradView[T kernels.Float] struct {
	k    *kernels.Set[T]
	d    [3]*tensor[T]
	y, t *tensor[T] // value and stored tangent of the output
	st   *normGrad[T]
	// scored is whether the weight is: the scaling of unscored weights is no part of the tangents' direction
	scored     bool
	unit, zero []T // 16 ones, 16 zeros
}

func (c *core[T]) gradView(s *engine.Step, out engine.Operand, g engine.Grad) *gradView[T] {
	v := &gradView[T]{k: c.k, scored: s.Scored, unit: c.unit, zero: c.nothing, y: c.cast(out.Y), t: c.cast(out.T)}
	for i, d := range g.D {
		v.d[i] = c.cast(d)
	}
	if g.Norm != nil {
		v.st = g.Back.(*normGrad[T])
	}
	return v
}

// read writes elements lo…hi of a block's image of a sample of one cotangent. The tangent one includes the loss
// gradient once more, which is what the scaling of the weights adds to it on the way to the input.
func (v *gradView[T]) read(dst []T, which, n, block, lo, hi int) {
	size := v.y.image()
	part := func(t *tensor[T]) []T { return t.data[(n*v.y.blocks+block)*size:][lo:hi] }
	if v.st == nil {
		if which == engine.TangentGrad && v.scored {
			v.k.Lin2(dst, part(v.d[which]), part(v.d[engine.LossGrad]), v.unit, v.unit, v.zero)
			return
		}
		copy(dst, part(v.d[which]))
		return
	}
	s := v.st
	co := &s.coef[which]
	at := func(coef []T) []T { return coef[n*s.stride+block*lanes:][:lanes] }
	y := part(v.y)
	if which != engine.TangentGrad {
		v.k.Lin2(dst, part(v.d[which]), y, at(co.own), at(co.value), at(co.constant))
		return
	}
	t, ofTangent := y, v.zero
	if v.t != nil {
		t, ofTangent = part(v.t), at(co.tangent)
	}
	v.k.Lin4(dst, part(v.d[engine.LossGrad]), part(v.d[which]), y, t, at(co.loss), at(co.own), at(co.value), ofTangent, at(co.constant))
}
