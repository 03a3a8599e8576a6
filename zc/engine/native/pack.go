package native

import "github.com/zcnas/zcnas/zc/engine/native/kernels"

// reader writes elements lo…hi of a block's image of one sample.
type reader[T kernels.Float] func(dst []T, block, lo, hi int)

// packIn packs the in side of a geometry: every block into its phases, with zeros outside the map.
func packIn[T kernels.Float](g *geom, dst []T, row *[]T, read reader[T]) {
	s := g.stride
	plane := g.rows * g.cols * lanes
	width := g.inW * lanes
	for b := range g.inBlocks {
		out := dst[b*g.inSize : (b+1)*g.inSize]
		if s == 1 {
			// columns that are inside the map
			left := min(max(g.pad, 0), g.cols)
			skip := max(-g.pad, 0)
			n := max(0, min(g.inW-skip, g.cols-left))
			for u := range g.rows {
				line := out[u*g.cols*lanes : (u+1)*g.cols*lanes]
				i := u - g.pad
				if i < 0 || i >= g.inH {
					clear(line)
					continue
				}
				clear(line[:left*lanes])
				clear(line[(left+n)*lanes:])
				if n > 0 {
					read(line[left*lanes:(left+n)*lanes], b, i*width+skip*lanes, i*width+(skip+n)*lanes)
				}
			}
			continue
		}
		clear(out)
		line := grow(row, width)
		for i := range g.inH {
			u := i + g.pad
			if u < 0 || u/s >= g.rows {
				continue
			}
			read(line, b, i*width, (i+1)*width)
			for j := range g.inW {
				v := j + g.pad
				if v < 0 || v/s >= g.cols {
					continue
				}
				p := ((u%s)*s+v%s)*plane + ((u/s)*g.cols+v/s)*lanes
				copy(out[p:p+lanes], line[j*lanes:(j+1)*lanes])
			}
		}
	}
}

// packOut packs the out side of a geometry: every block into one padded image.
func packOut[T kernels.Float](g *geom, dst []T, read reader[T]) {
	width := g.outW * lanes
	for b := range g.outBlocks {
		out := dst[b*g.outSize : (b+1)*g.outSize]
		for u := range g.padRows {
			line := out[u*g.padW*lanes : (u+1)*g.padW*lanes]
			i := u - g.lead
			if i < 0 || i >= g.outH {
				clear(line)
				continue
			}
			clear(line[:g.lead*lanes])
			clear(line[(g.lead+g.outW)*lanes:])
			read(line[g.lead*lanes:(g.lead+g.outW)*lanes], b, i*width, (i+1)*width)
		}
	}
}

// inner is the part of a packed out side that starts at its first pixel.
func (g *geom) inner() int { return (g.lead*g.padW + g.lead) * lanes }

// toOut computes one sample's out side from its packed in side; with acc it adds.
func (c *core[T]) toOut(g *geom, w *weight[T], dst, packed []T, acc bool) {
	size := g.outH * g.outW * lanes
	for b := range g.outBlocks {
		if g.depthwise {
			c.k.Depthwise(dst[b*size:(b+1)*size], packed[b*g.inSize:(b+1)*g.inSize], w.forward[b*w.block():(b+1)*w.block()], g.forward,
				g.outH, g.outW, g.cols*lanes, g.outW*lanes, acc)
			continue
		}
		c.conv(dst[b*size:(b+1)*size], packed, w.forward[b*w.block():(b+1)*w.block()], g.forward, g.inLanes,
			g.outH, g.outW, g.cols*lanes, g.outW*lanes, acc)
	}
}

// conv is the kernel Conv, a few taps at a time: short chains of additions that are then added to each other
// keep float32's rounding small in layers with many channels, where one long chain would flip ReLUs.
func (c *core[T]) conv(dst, x, w []T, offs []int, nic, rows, width, xStride, dstStride int, acc bool) {
	const most = 9
	for len(offs) > 0 {
		n := min(most, len(offs))
		c.k.Conv(dst, x, w[:n*nic*lanes], offs[:n], nic, rows, width, xStride, dstStride, acc)
		offs, w, acc = offs[n:], w[n*nic*lanes:], true
	}
}

// toIn computes one block of one sample's in side from its packed out side; with acc it adds.
func (c *core[T]) toIn(g *geom, w *weight[T], dst, packed []T, block int, wk *worker[T], acc bool) {
	back := w.backward[block*w.backBlock() : (block+1)*w.backBlock()]
	if g.depthwise {
		packed = packed[block*g.outSize : (block+1)*g.outSize]
	}
	s := g.stride
	if s > 1 && !acc {
		clear(dst)
	}
	for i := range g.backward {
		p := &g.backward[i]
		if len(p.offs) == 0 {
			if s == 1 && !acc {
				clear(dst)
			}
			continue
		}
		out, stride, add := dst, g.inW*lanes, acc
		if s > 1 {
			out, stride, add = grow(&wk.img, p.rows*p.cols*lanes), p.cols*lanes, false
		}
		if p.rows == 0 || p.cols == 0 {
			continue
		}
		if g.depthwise {
			c.k.Depthwise(out, packed, back[p.weights*lanes:][:len(p.offs)*lanes], p.offs, p.rows, p.cols, g.padW*lanes, stride, add)
		} else {
			c.conv(out, packed, back[p.weights*g.outLanes*lanes:][:len(p.offs)*g.outLanes*lanes], p.offs, g.outLanes,
				p.rows, p.cols, g.padW*lanes, stride, add)
		}
		if s == 1 {
			continue
		}
		for r := range p.rows {
			for col := range p.cols {
				d := dst[((p.row+s*r)*g.inW+p.col+s*col)*lanes:][:lanes]
				v := out[(r*p.cols+col)*lanes:][:lanes]
				for l, x := range v {
					d[l] += x
				}
			}
		}
	}
}

// wgrad adds one sample's weight gradient, from its packed in side and its packed out side.
func (c *core[T]) wgrad(g *geom, dw, in, out []T) {
	block := len(dw) / g.outBlocks
	for b := range g.outBlocks {
		d := out[b*g.outSize+g.inner() : (b+1)*g.outSize]
		if g.depthwise {
			c.k.DepthwiseWgrad(dw[b*block:(b+1)*block], in[b*g.inSize:(b+1)*g.inSize], d, g.forward, g.outH, g.outW, g.cols*lanes, g.padW*lanes)
			continue
		}
		c.k.Wgrad(dw[b*block:(b+1)*block], in, d, g.forward, g.inLanes, g.outH, g.outW, g.cols*lanes, g.padW*lanes)
	}
}
