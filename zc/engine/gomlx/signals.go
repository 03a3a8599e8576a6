package gomlx

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	gx "github.com/gomlx/gomlx/core/graph"

	"github.com/zcnas/zcnas/zc/engine"
)

// scalars is the engine.Scalars of this device: part of a vector of five on the device, see sums, or numbers
// that the host knows.
type scalars struct {
	buffer   *buffer
	from, to int
	host     []float64
}

const (
	vector = 5  // numbers per layer
	bundle = 64 // vectors that one execution joins
)

// Fetch implements [engine.Device]: the vectors are joined on the device, whatever their number by the same two
// executables, and come back in one transfer (one per 4096 layers).
func (d *Device) Fetch(handles []engine.Scalars) [][]float64 {
	index := map[*buffer]int{}
	var all []*buffer
	for _, h := range handles {
		if b := h.(scalars).buffer; b != nil {
			if _, ok := index[b]; !ok {
				index[b] = len(all)
				all = append(all, b)
			}
		}
	}
	values := make([]float64, 0, len(all)*vector)
	for from := 0; from < len(all); from += bundle * bundle {
		part := all[from:min(from+bundle*bundle, len(all))]
		values = append(values, d.joined(part)...)
	}
	out := make([][]float64, len(handles))
	for i, h := range handles {
		s := h.(scalars)
		switch {
		case s.buffer == nil:
			out[i] = s.host
		case d.err != nil:
			out[i] = make([]float64, s.to-s.from)
		default:
			at := index[s.buffer] * vector
			out[i] = values[at+s.from : at+s.to]
		}
	}
	return out
}

// joined downloads vectors, at most bundle², in one transfer.
func (d *Device) joined(v []*buffer) []float64 {
	n := len(v)
	for len(v) > 1 {
		var next []*buffer
		for from := 0; from < len(v); from += bundle {
			c := d.call("join")
			for i := range bundle {
				c.arg(v[min(from+i, len(v)-1)]) // the last fills up
			}
			next = append(next, c.run1(func(in []*gx.Node) *gx.Node { return gx.Stack(in, 0) }))
		}
		v = next
	}
	values := d.download(v[0])
	if values == nil {
		return nil
	}
	return values[:n*vector]
}

// Loss implements [engine.Device]. The outputs are few, so the loss and its derivatives are the host's work.
func (d *Device) Loss(l engine.Loss, out engine.Operand, want [3]bool) (engine.Scalars, engine.Cotangents) {
	var cot engine.Cotangents
	shape := out.Shape
	o := d.Read(out.Y)
	var t []float64
	if want[engine.TangentGrad] && o != nil {
		t = make([]float64, len(o))
		if out.T != nil {
			if v := d.Read(out.T); v != nil {
				copy(t, v)
			}
		}
		if out.Scaled {
			for i := range t {
				t[i] += o[i]
				if out.Bias >= 0 {
					t[i] -= float64(d.values(out.Bias)[i/(shape.H*shape.W)%shape.C])
				}
			}
		}
	}
	if d.err != nil || o == nil {
		return scalars{host: []float64{0}}, cot
	}
	var loss float64
	var g, h []float64
	if want[engine.LossGrad] { // else there may be no targets
		loss, g, h = l.Eval(o, t, d.batch, shape)
	}
	send := func(v []float64) engine.Tensor {
		x := make([]float64, len(v)) // channels last
		hw := shape.H * shape.W
		for i := range d.batch {
			for p := range hw {
				for c := range shape.C {
					x[(i*hw+p)*shape.C+c] = v[(i*shape.C+c)*hw+p]
				}
			}
		}
		return &tensor{buffer: d.upload64(x, d.batch, shape.H, shape.W, shape.C)}
	}
	if want[engine.LossGrad] {
		cot[engine.LossGrad] = send(g)
	}
	if want[engine.TangentGrad] {
		cot[engine.TangentGrad] = send(h)
	}
	if want[engine.OutputGrad] {
		ones := make([]float64, len(o))
		for i := range ones {
			ones[i] = 1
		}
		cot[engine.OutputGrad] = send(ones)
	}
	return scalars{host: []float64{loss}}, cot
}

// AbsDiff implements [engine.Device].
func (d *Device) AbsDiff(a, b engine.Operand) []float64 {
	c := d.call("absdiff")
	x, y := c.view(a, false), c.view(b, false)
	out := c.run1(func(in []*gx.Node) *gx.Node {
		return gx.ReduceSum(gx.ReduceSum(gx.Abs(gx.Sub(x.value(in), y.value(in))), 1, 2), 1)
	})
	defer d.drop(out)
	if v := d.download(out); v != nil {
		return v
	}
	return make([]float64, d.batch)
}

// Codes implements [engine.Device]. With s = ±1 for the sign of each ReLU input, two samples agree in
// (s·s' + n)/2 of n. Each product is a whole number that float32 holds; their sum is kept in float64.
func (d *Device) Codes(in engine.Operand, times int) {
	c := d.call("codes")
	in.ReLU = false // its input is asked for
	v := c.view(in, false)
	weight := c.arg(d.transfer([]float64{0.5 * float64(times)}, shapes.Make(dtypes.Float64)))
	if d.codes == nil {
		d.codes = d.transfer(make([]float64, d.batch*d.batch), shapes.Make(dtypes.Float64, d.batch, d.batch))
	}
	old := c.arg(d.codes)
	k := c.run1(func(in []*gx.Node) *gx.Node {
		s := flatten(signs(in[v.y]))
		k := gx.ConvertDType(gx.Dot(s, s).General([]int{1}, nil, []int{1}, nil), dtypes.Float64)
		k = gx.Mul(gx.AddScalar(k, float64(s.Shape().Dimensions[1])), in[weight])
		return gx.Add(in[old], k)
	})
	d.drop(d.codes)
	d.codes = k
}

// CodeKernel implements [engine.Device].
func (d *Device) CodeKernel() []float64 {
	if d.codes != nil {
		if v := d.download(d.codes); v != nil {
			return v
		}
	}
	return make([]float64, d.batch*d.batch)
}
