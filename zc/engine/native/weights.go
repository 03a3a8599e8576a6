package native

import (
	"math"

	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/native/kernels"
)

// weight is a weight tensor packed for the kernels, with its gradients.
type weight[T kernels.Float] struct {
	g *geom
	// forward is [out block][in block][tap][in lane][16 out lanes]; depthwise [block][tap][16].
	forward []T
	// backward is [in block] of the phases of g.backward, each [out block][tap][out lane][16 in lanes];
	// depthwise [block][tap in phase order][16].
	backward []T
	// loss gradient, and the second-order sums of [engine.WeightSums], packed as forward
	grad, hess []T
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
	if g.out%lanes != 0 || g.inC%g.inLanes != 0 {
		clear(w.forward)
	}
	c.eachWeight(g, func(o, i, t, src int) {
		w.forward[g.index(o, i, t)] = c.value(param, src)
	})
	return w
}

// index is the place of a weight in the packed forward form.
func (g *geom) index(o, i, t int) int {
	return ((o/lanes*g.inBlocks+i/lanes)*g.taps+t)*g.inLanes*lanes + i%lanes*lanes + o%lanes
}

// eachWeight calls f for each weight of a dense geometry: out channel, in channel, tap, index in PyTorch's order.
func (c *core[T]) eachWeight(g *geom, f func(o, i, t, src int)) {
	c.each(g.outBlocks, func(b int, _ *worker[T]) {
		for o := b * lanes; o < min((b+1)*lanes, g.out); o++ {
			src := o * g.inC * g.taps
			for i := range g.inC {
				for t := range g.taps {
					f(o, i, t, src)
					src++
				}
			}
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

// groups is the number of groups of samples that add to a weight gradient on their own: enough to keep threads
// busy, few enough to keep memory small; a function of sizes only, so that sums do not depend on threads.
func (c *core[T]) groups(size int) int {
	return max(1, min(c.n, 8, (8<<20)/max(size, 1)))
}

// WeightSums implements [engine.Device].
func (c *core[T]) WeightSums(param int) engine.Scalars {
	w := c.weights[param]
	grad := c.unpack(w, w.grad)
	var abs, dot, gh float64
	for i, g := range grad {
		wg := float64(c.value(param, i)) * float64(g)
		abs += math.Abs(wg)
		dot += wg
	}
	if w.hess != nil {
		// The cotangents that made hess count the gradient once too much.
		for i, g := range w.grad {
			gh += float64(g) * (float64(w.hess[i]) - float64(g))
		}
	}
	var sq float64
	switch g := any(grad).(type) {
	case []float32:
		sq = engine.SumSquares(g)
	case []float64:
		for _, v := range g {
			sq += v * v
		}
	}
	return []float64{sq, abs, dot, gh}
}

// unpack brings a packed gradient into PyTorch's order, in scratch memory.
func (c *core[T]) unpack(w *weight[T], packed []T) []T {
	g := w.g
	if g.depthwise {
		out := grow(&c.work[0].img, g.inC*g.taps)
		for i := range out {
			ch, t := i/g.taps, i%g.taps
			out[i] = packed[(ch/lanes*g.taps+t)*lanes+ch%lanes]
		}
		return out
	}
	out := grow(&c.work[0].img, g.out*g.inC*g.taps)
	c.eachWeight(g, func(o, i, t, src int) { out[src] = packed[g.index(o, i, t)] })
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
