package native

import (
	"math"

	"github.com/zcnas/zcnas/zc/engine/native/kernels"
)

// weight is a weight tensor packed for the kernels.
type weight[T kernels.Float] struct {
	g *geom
	// forward is [out block][in block][tap][in lane][16 out lanes]; depthwise [block][tap][16].
	forward []T
	// backward is [in block] of the phases of g.backward, each [out block][tap][out lane][16 in lanes];
	// depthwise [block][tap in phase order][16].
	backward []T
}

// block is the number of elements of one output block of forward.
func (w *weight[T]) block() int {
	if w.g.depthwise {
		return w.g.taps * lanes
	}
	return w.g.inBlocks * w.g.taps * w.g.inLanes * lanes
}

// backBlock is the number of elements of one input block of backward.
func (w *weight[T]) backBlock() int {
	if w.g.depthwise {
		return w.g.taps * lanes
	}
	return w.g.outBlocks * w.g.taps * w.g.outLanes * lanes
}

// weightOf packs a step's weight once. The backward form is packed on first use.
func (c *core[T]) weightOf(param int, g *geom) *weight[T] {
	if w := c.weights[param]; w != nil {
		return w
	}
	w := &weight[T]{g: g}
	c.weights[param] = w
	if g.depthwise {
		w.forward = c.buffer(g.inBlocks * g.taps * lanes)
		clear(w.forward)
		for ch := range g.inC {
			for t := range g.taps {
				w.forward[(ch/lanes*g.taps+t)*lanes+ch%lanes] = c.value(param, ch*g.taps+t)
			}
		}
		return w
	}
	w.forward = c.buffer(g.outBlocks * w.block())
	if g.out%lanes != 0 || g.inC%g.inLanes != 0 || g.groups > 1 {
		clear(w.forward)
	}
	src := c.params[param]
	c.eachRun(g, func(place, step, first, n int) {
		for k, v := range src[first : first+n] {
			if c.mode.Abs {
				v = float32(math.Abs(float64(v)))
			}
			w.forward[place+k*step] = T(v)
		}
	})
	return w
}

// eachRun calls f for runs of weights of one out channel of a dense geometry that follow each other in PyTorch's
// order, from first to first+n: there they are at place, place+step, … of the packed forward form.
func (c *core[T]) eachRun(g *geom, f func(place, step, first, n int)) {
	ins, outs := g.inC/g.groups, g.out/g.groups
	c.each(g.outBlocks, func(b int, _ *worker[T]) {
		for k := 0; k < ins; {
			n := 1
			for o := b * lanes; o < min((b+1)*lanes, g.out); o++ {
				i := o/outs*ins + k
				place := (b*g.inBlocks+i/lanes)*g.taps*g.inLanes*lanes + i%lanes*lanes + o%lanes
				if g.taps == 1 && g.groups == 1 { // the in channels of a block
					n = min(lanes, ins-k)
					f(place, lanes, o*ins+k, n)
					continue
				}
				f(place, g.inLanes*lanes, (o*ins+k)*g.taps, g.taps)
			}
			k += n
		}
	})
}

func (c *core[T]) value(param, i int) T {
	v := c.params[param][i]
	if c.mode.Abs {
		v = float32(math.Abs(float64(v)))
	}
	return T(v)
}

// back packs the backward form.
func (c *core[T]) back(w *weight[T]) []T {
	if w.backward != nil {
		return w.backward
	}
	g := w.g
	w.backward = c.buffer(g.inBlocks * w.backBlock())
	c.each(g.inBlocks, func(ib int, _ *worker[T]) {
		dst := w.backward[ib*w.backBlock() : (ib+1)*w.backBlock()]
		if g.depthwise {
			src := w.forward[ib*g.taps*lanes:]
			for _, p := range g.backward {
				for i, t := range p.taps {
					copy(dst[(p.weights+i)*lanes:][:lanes], src[t*lanes:])
				}
			}
			return
		}
		if g.inC%lanes != 0 {
			clear(dst)
		}
		for _, p := range g.backward {
			for ob := range g.outBlocks {
				for k, t := range p.taps {
					d := dst[(p.weights+ob*len(p.taps)+k)*g.outLanes*lanes:]
					s := w.forward[((ob*g.inBlocks+ib)*g.taps+t)*g.inLanes*lanes:]
					for i := range min(lanes, g.inC-ib*lanes) {
						for o := range g.outLanes {
							d[o*lanes+i] = s[i*lanes+o]
						}
					}
				}
			}
		}
	})
	return w.backward
}

// done frees what is packed of a weight that nothing reads any more, or whose values have changed.
func (c *core[T]) done(param int) {
	if w := c.weights[param]; w != nil {
		c.release(w.forward)
		c.release(w.backward)
		c.weights[param] = nil
	}
}

// unpack brings a packed gradient into PyTorch's order, in scratch memory.
func (c *core[T]) unpack(g *geom, packed []T, scratch *[]T) []T {
	if g.depthwise {
		out := grow(scratch, g.inC*g.taps)
		for i := range out {
			ch, t := i/g.taps, i%g.taps
			out[i] = packed[(ch/lanes*g.taps+t)*lanes+ch%lanes]
		}
		return out
	}
	out := grow(scratch, g.out*g.inC/g.groups*g.taps)
	c.eachRun(g, func(place, step, first, n int) {
		for k := range out[first : first+n] {
			out[first+k] = packed[place+k*step]
		}
	})
	return out
}

// bias is a bias vector, padded to whole blocks.
func (c *core[T]) bias(param, channels int) []T {
	out := make([]T, blocks(channels)*lanes)
	for i := range channels {
		out[i] = c.value(param, i)
	}
	return out
}
