package gomlx

import (
	"fmt"

	gx "github.com/gomlx/gomlx/core/graph"

	"github.com/zcnas/zcnas/zc/engine"
)

// scalars is the engine.Scalars of this device: part of a vector of few numbers on the device; an array of any size
// there; the mean variance of a norm's statistics; numbers that the host knows; or what is computed when it is asked for.
type scalars struct {
	buffer   *buffer
	from, to int
	squares  *buffer // whose sum of squares replaces the first number
	array    *buffer
	isMap    bool // the array is [N, H, W, C], to be delivered as [N, C, H, W]
	stats    *buffer
	host     []float64
	later    func() scalars
}

// bundle is how many vectors one execution joins.
const bundle = 64

// whole is a handle to all of an array, which belongs to it.
func (d *Device) whole(b *buffer) scalars { return scalars{array: b} }

// Fetch implements [engine.Device]: the vectors are joined on the device, whatever their number by the same two
// executables, and come back in one transfer (one per 4096 layers); every array is a transfer of its own.
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
		case h.host != nil:
			out[i] = h.host
		case h.array != nil:
			out[i] = d.readArray(h)
		case d.err != nil || h.buffer == nil:
			out[i] = make([]float64, h.to-h.from)
		default:
			at := index[h.buffer] * vector
			out[i] = values[at+h.from : at+h.to]
			if h.squares != nil {
				out[i] = append([]float64{d.sumSquares(h.squares)}, out[i][1:]...)
			}
		}
	}
	return out
}

func (d *Device) readArray(h scalars) []float64 {
	v := d.download(h.array)
	dims := h.array.dims
	if v == nil {
		size := 1
		for _, n := range dims {
			size *= n
		}
		return make([]float64, size)
	}
	if h.isMap {
		return channelsFirst(v, dims[0], dims[1]*dims[2], dims[3])
	}
	return v
}

// sumSquares adds up squares on the host.
func (d *Device) sumSquares(b *buffer) float64 {
	v := d.download(b)
	x := make([]float32, len(v))
	for i, f := range v {
		x[i] = float32(f)
	}
	return engine.SumSquares(x)
}

// channelsFirst turns [n, positions, c] into [n, c, positions].
func channelsFirst(v []float64, n, positions, c int) []float64 {
	out := make([]float64, len(v))
	for i := range n {
		for p := range positions {
			for k := range c {
				out[(i*c+k)*positions+p] = v[(i*positions+p)*c+k]
			}
		}
	}
	return out
}

// variances turns handles of norms' statistics into parts of vectors, many norms of as many channels in one
// execution.
func (d *Device) variances(given []engine.Scalars) []scalars {
	handles := make([]scalars, len(given))
	alike := map[string][]int{} // handles by shape of the statistics
	var shapes []string
	for i, g := range given {
		if g == nil {
			continue
		}
		if handles[i] = g.(scalars); handles[i].later != nil {
			handles[i] = handles[i].later()
		}
		if handles[i].stats == nil {
			continue
		}
		if d.err != nil {
			handles[i] = scalars{host: []float64{0}}
			continue
		}
		shape := fmt.Sprint(handles[i].stats.dims)
		if alike[shape] == nil {
			shapes = append(shapes, shape)
		}
		alike[shape] = append(alike[shape], i)
	}
	const each = bundle / vector * vector
	for _, shape := range shapes {
		list := alike[shape]
		for from := 0; from < len(list); from += each {
			part := list[from:min(from+each, len(list))]
			c := d.anyMode("variances")
			for i := range each {
				c.arg(handles[part[min(i, len(part)-1)]].stats) // the last fills up
			}
			out := c.run(func(in []*gx.Node, out *outputs) {
				for i := 0; i < each; i += vector {
					means := make([]*gx.Node, vector)
					for k := range means {
						means[k] = gx.ReduceAllMean(row(in[i+k], rowVar))
					}
					out.add(fmt.Sprint(i/vector), gx.Stack(means, 0))
				}
			})
			for i, k := range part {
				handles[k] = scalars{buffer: out.must(fmt.Sprint(i / vector)), from: i % vector, to: i%vector + 1}
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
