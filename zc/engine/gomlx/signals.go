package gomlx

import (
	"github.com/gomlx/compute/dtypes"
	gx "github.com/gomlx/gomlx/core/graph"

	"github.com/zcnas/zcnas/zc/engine"
)

// scalars is the engine.Scalars of this device: part of a vector of five on the device, see sums; the mean variance
// of a norm's statistics; or numbers that the host knows.
type scalars struct {
	buffer   *buffer
	from, to int
	stats    *buffer
	host     []float64
}

const (
	vector = 5  // numbers per layer
	bundle = 64 // vectors that one execution joins
)

// Fetch implements [engine.Device]: the vectors are joined on the device, whatever their number by the same two
// executables, and come back in one transfer (one per 4096 layers).
func (d *Device) Fetch(given []engine.Scalars) [][]float64 {
	handles := d.variances(given)
	index := map[*buffer]int{}
	var all []*buffer
	for _, h := range handles {
		if b := h.buffer; b != nil {
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
		switch {
		case h.buffer == nil:
			out[i] = h.host
		case d.err != nil:
			out[i] = make([]float64, h.to-h.from)
		default:
			at := index[h.buffer] * vector
			out[i] = values[at+h.from : at+h.to]
		}
	}
	return out
}

// variances turns handles of norms' statistics into parts of vectors, many norms of as many channels in one
// execution.
func (d *Device) variances(given []engine.Scalars) []scalars {
	handles := make([]scalars, len(given))
	alike := map[int][]int{} // handles by number of channels
	var widths []int
	for i, g := range given {
		if handles[i] = g.(scalars); handles[i].stats == nil {
			continue
		}
		if d.err != nil {
			handles[i] = scalars{host: []float64{0}}
			continue
		}
		c := handles[i].stats.dims[1]
		if alike[c] == nil {
			widths = append(widths, c)
		}
		alike[c] = append(alike[c], i)
	}
	const each = bundle / vector * vector
	for _, width := range widths {
		list := alike[width]
		for from := 0; from < len(list); from += each {
			part := list[from:min(from+each, len(list))]
			c := d.anyMode("variances")
			for i := range each {
				c.arg(handles[part[min(i, len(part)-1)]].stats) // the last fills up
			}
			out := c.run(each/vector, func(in []*gx.Node) (out []*gx.Node) {
				means := make([]*gx.Node, vector)
				for i, stats := range in {
					means[i%vector] = gx.ReduceAllMean(row(stats, rowVar))
					if (i+1)%vector == 0 {
						out = append(out, gx.Stack(means, 0))
					}
				}
				return out
			})
			for i, k := range part {
				handles[k] = scalars{buffer: out[i/vector], from: i % vector, to: i%vector + 1}
			}
		}
	}
	return handles
}

// joined downloads vectors, at most bundle², in one transfer.
func (d *Device) joined(v []*buffer) []float64 {
	n := len(v)
	for len(v) > 1 {
		var next []*buffer
		for from := 0; from < len(v); from += bundle {
			c := d.anyMode("join")
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
	var o, t []float64
	if want[engine.TangentGrad] { // both in one transfer
		c := d.call("outputs")
		v := c.view(out, true)
		both := c.run1(func(in []*gx.Node) *gx.Node {
			return gx.Concatenate([]*gx.Node{in[v.y], orZero(v.tangent(in), in[v.y])}, 0)
		})
		if o = d.Read(&tensor{buffer: both}); o != nil {
			o, t = o[:len(o)/2], o[len(o)/2:]
		}
		d.drop(both)
	} else {
		o = d.Read(out.Y)
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
		return &tensor{buffer: d.upload(x, d.batch, shape.H, shape.W, shape.C)}
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
		return gx.ReduceSum(double(gx.Abs(gx.Sub(x.value(in), y.value(in)))), 1, 2, 3)
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
	weight := c.arg(d.resident([]float32{0.5 * float32(times)}))
	if d.codes == nil {
		d.codes = d.zeros(dtypes.Float64, d.batch, d.batch)
	}
	old := c.arg(d.codes)
	k := c.run1(func(in []*gx.Node) *gx.Node {
		s := flatten(signs(in[v.y]))
		k := double(gx.Dot(s, s).General([]int{1}, nil, []int{1}, nil))
		k = gx.Mul(gx.AddScalar(k, float64(s.Shape().Dimensions[1])), double(in[weight]))
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
