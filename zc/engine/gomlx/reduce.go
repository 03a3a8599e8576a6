package gomlx

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	gx "github.com/gomlx/gomlx/core/graph"

	"github.com/zcnas/zcnas/zc/engine"
)

// Reduce implements [engine.Device].
func (d *Device) Reduce(r engine.Reduction, in []engine.Operand) engine.Scalars {
	switch r := r.(type) {
	case engine.Map:
		return d.readMap(in[0])
	case engine.Channel:
		return d.channel(in[0], r.C)
	case engine.AbsDiff:
		return d.absDiff(in[0], in[1])
	case engine.Covariance:
		return d.covariance(in[0])
	case engine.NormVariance:
		return scalars{stats: in[0].Norm.(*normState).stats}
	case engine.CodeKernel:
		return d.codeKernel(in, r.Times)
	case engine.CodeBits:
		return d.codeBits(in[0])
	case engine.Correct:
		return d.correct(in[0], r)
	}
	d.fail(fmt.Errorf("the reduction %T: %w", r, engine.ErrNotImplemented))
	return scalars{}
}

// readMap delivers a map; one that is stored as it is read takes no execution.
func (d *Device) readMap(in engine.Operand) engine.Scalars {
	var b *buffer
	switch {
	case in.ReLU:
		c := d.call("map")
		v := c.view(in, false)
		b = c.run1(v.value)
	case in.Norm != nil:
		b = alias(in.Norm.(*normState).value).buffer
	default:
		b = alias(in.Y).buffer
	}
	s := d.whole(b)
	s.isMap = true
	return s
}

// channel delivers one channel. Which one is an argument, so that all of a map compile once.
func (d *Device) channel(in engine.Operand, channel int) engine.Scalars {
	c := d.call("channel")
	v := c.view(in, false)
	at := c.arg(d.resident([]float32{float32(channel)}))
	return d.whole(c.run1(func(in []*gx.Node) *gx.Node {
		x := v.value(in)
		index := gx.Iota(x.Graph(), shapes.Make(dtypes.Float32, v.shape...), 3)
		here := gx.Equal(index, gx.BroadcastToDims(in[at], v.shape...))
		return gx.ReduceSum(gx.Where(here, x, gx.ZerosLike(x)), 3)
	}))
}

func (d *Device) absDiff(a, b engine.Operand) engine.Scalars {
	c := d.call("absdiff")
	x, y := c.view(a, false), c.view(b, false)
	return d.whole(c.run1(func(in []*gx.Node) *gx.Node {
		return gx.ReduceSum(double(gx.Abs(gx.Sub(x.value(in), y.value(in)))), 1, 2, 3)
	}))
}

func (d *Device) covariance(in engine.Operand) engine.Scalars {
	c := d.call("covariance")
	v := c.view(in, false)
	return d.whole(c.run1(func(in []*gx.Node) *gx.Node {
		channels := v.shape[3]
		x := double(gx.Reshape(v.value(in), -1, channels))
		rows := float64(x.Shape().Dimensions[0])
		x = gx.Sub(x, gx.InsertAxes(gx.DivScalar(gx.ReduceSum(x, 0), rows), 0))
		return gx.DivScalar(gx.Dot(x, x).General([]int{0}, nil, []int{0}, nil), rows)
	}))
}

// codeKernel adds up a kernel for each map. With s = ±1 for the sign of each ReLU input, two samples agree in
// (s·s' + n)/2 of n. Each product is a whole number that float32 holds; their sum is kept in float64.
func (d *Device) codeKernel(maps []engine.Operand, times []int) engine.Scalars {
	sum := d.zeros(dtypes.Float64, d.batch, d.batch)
	for i, in := range maps {
		c := d.call("codes")
		in.ReLU = false // its input is asked for
		v := c.view(in, false)
		weight := c.arg(d.resident([]float32{0.5 * float32(times[i])}))
		old := c.arg(sum)
		k := c.run1(func(in []*gx.Node) *gx.Node {
			s := flatten(signs(in[v.y]))
			k := double(gx.Dot(s, s).General([]int{1}, nil, []int{1}, nil))
			k = gx.Mul(gx.AddScalar(k, float64(s.Shape().Dimensions[1])), double(in[weight]))
			return gx.Add(in[old], k)
		})
		d.drop(sum)
		sum = k
	}
	return d.whole(sum)
}

// codeBits packs signs into numbers, which are whole and below 2³².
func (d *Device) codeBits(in engine.Operand) engine.Scalars {
	const each = 32
	c := d.call("bits")
	in.ReLU = false
	v := c.view(in, false)
	return d.whole(c.run1(func(in []*gx.Node) *gx.Node {
		x := flatten(in[v.y])
		n, size := x.Shape().Dimensions[0], x.Shape().Dimensions[1]
		bits := gx.ConvertDType(gx.GreaterThan(x, gx.ScalarZero(x.Graph(), x.DType())), dtypes.Float64)
		words := (size + each - 1) / each
		if spare := words*each - size; spare > 0 {
			bits = gx.Pad(bits, gx.ScalarZero(x.Graph(), dtypes.Float64), gx.PadAxis{}, gx.PadAxis{End: spare})
		}
		powers := make([]float64, each)
		for i := range powers {
			powers[i] = float64(uint64(1) << i)
		}
		scale := constant(x.Graph(), shapes.Make(dtypes.Float64, 1, 1, each), powers)
		return gx.ReduceSum(gx.Mul(gx.Reshape(bits, n, words, each), scale), 2)
	}))
}

// correct counts labels whose output fewer than K others exceed.
func (d *Device) correct(in engine.Operand, r engine.Correct) engine.Scalars {
	c := d.call("correct")
	v := c.view(in, false)
	labels := c.arg(d.labels(r.Labels, in.Shape.H, in.Shape.W))
	k := c.arg(d.resident([]float32{float32(r.K)}))
	return scalars{to: 1, buffer: c.run1(func(in []*gx.Node) *gx.Node {
		o := v.value(in)
		class := gx.Iota(o.Graph(), shapes.Make(dtypes.Float32, v.shape...), 3)
		own := gx.Equal(class, gx.BroadcastToDims(in[labels], v.shape...))
		at := sumClasses(gx.Where(own, o, gx.ZerosLike(o)))
		above := gx.ConvertDType(gx.GreaterThan(o, gx.BroadcastToDims(at, v.shape...)), dtypes.Float64)
		rank := sumClasses(above)
		good := gx.LessThan(rank, gx.BroadcastToDims(double(in[k]), rank.Shape().Dimensions...))
		return numbers(gx.ReduceAllSum(gx.ConvertDType(good, dtypes.Float64)))
	})}
}
