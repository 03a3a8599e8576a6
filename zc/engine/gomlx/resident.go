package gomlx

import (
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// residentRuns is how many runs a resident array outlives its last use. A network takes up to four: the minibatch,
// synflow, synflow_bn and zen.
const residentRuns = 4

// resident is an array of the host that stays on the device from network to network: the minibatch, the parameters
// of the network's next run, and those that the next network has too, as all draws from one seed have in common.
type resident struct {
	values []float32 // a copy, because the caller may use his slice again
	buffer *buffer
	used   int // the run that used it last
}

// resident is an array with these values, in float32, moved to the device unless an equal one is there.
func (d *Device) resident(values []float32, dims ...int) *buffer {
	key := fingerprint(values)
	for _, r := range d.residents[key] {
		if slices.Equal(r.buffer.dims, dims) && slices.EqualFunc(r.values, values, sameBits) {
			r.used = d.runs
			return r.buffer
		}
	}
	b := d.transfer(values, shapes.Make(dtypes.Float32, dims...))
	if b.t == nil {
		return b
	}
	delete(d.live, b) // so that the end of the run leaves it alone
	d.residents[key] = append(d.residents[key], &resident{values: slices.Clone(values), buffer: b, used: d.runs})
	return b
}

// evict frees the resident arrays that no run from this one on has used.
func (d *Device) evict(since int) {
	for key, list := range d.residents {
		list = slices.DeleteFunc(list, func(r *resident) bool {
			if r.used >= since {
				return false
			}
			r.buffer.refs = 1
			d.drop(r.buffer)
			return true
		})
		if d.residents[key] = list; len(list) == 0 {
			delete(d.residents, key)
		}
	}
}

func sameBits(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }

// fingerprint is a hash (FNV-1a) of the number of values and of a hundred of them: enough to find an array that
// is then compared in full.
func fingerprint(values []float32) uint64 {
	const offset, prime, samples = 0xCBF29CE484222325, 0x100000001B3, 64
	h := (offset ^ uint64(len(values))) * prime
	step := max(1, len(values)/samples)
	for i := 0; i < len(values); i += step {
		h = (h ^ uint64(math.Float32bits(values[i]))) * prime
	}
	return h
}
