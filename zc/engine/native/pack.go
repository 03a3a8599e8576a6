package native

import "github.com/zcnas/zcnas/zc/engine/native/kernels"

// reader writes elements lo…hi of a block's image of one sample.
type reader[T kernels.Float] func(dst []T, block, lo, hi int)

// packIn packs a block of the in side of a geometry into its phases, with fill outside the map.
func packIn[T kernels.Float](g *geom, out []T, b int, fill T, row *[]T, read reader[T]) {
	s := g.stride
	width := g.inW * lanes
	if g.flatIn() {
		read(out, b, 0, g.inH*width)
		return
	}
	around := func(line []T) {
		if fill == 0 {
			clear(line)
			return
		}
		for i := range line {
			line[i] = fill
		}
	}
	if s == 1 {
		// columns that are inside the map
		left := min(max(g.pad, 0), g.cols)
		skip := max(-g.pad, 0)
		n := max(0, min(g.inW-skip, g.cols-left))
		for u := range g.rows {
			line := out[u*g.cols*lanes : (u+1)*g.cols*lanes]
			i := u - g.pad
			if i < 0 || i >= g.inH {
				around(line)
				continue
			}
			around(line[:left*lanes])
			around(line[(left+n)*lanes:])
			if n > 0 {
				read(line[left*lanes:(left+n)*lanes], b, i*width+skip*lanes, i*width+(skip+n)*lanes)
			}
		}
		return
	}
	plane := g.rows * g.cols * lanes
	line := grow(row, width)
	for u := range g.rows * s {
		i := u - g.pad
		inside, have := i >= 0 && i < g.inH, false
		for px := range s {
			p := u%s*s + px
			if !g.reads[p] {
				continue
			}
			dst := out[p*plane+u/s*g.cols*lanes:][:g.cols*lanes]
			if !inside {
				around(dst)
				continue
			}
			if !have {
				read(line, b, i*width, (i+1)*width)
				have = true
			}
			// columns v·s + px − pad of the map
			first := min(g.cols, max(0, (g.pad-px+s-1)/s))
			end := max(first, min(g.cols, (g.inW-1+g.pad-px)/s+1))
			around(dst[:first*lanes])
			around(dst[end*lanes:])
			for v := first; v < end; v++ {
				pixel(dst, v, line, v*s+px-g.pad)
			}
		}
	}
}

// pixel copies pixel j of src to pixel i of dst.
func pixel[T kernels.Float](dst []T, i int, src []T, j int) {
	*(*[lanes]T)(dst[i*lanes:]) = *(*[lanes]T)(src[j*lanes:])
}

// unpackIn brings a block of a packed in side back into its map: pixels that no tap reads get 0.
func unpackIn[T kernels.Float](g *geom, dst, packed []T) {
	s := g.stride
	plane := g.rows * g.cols * lanes
	for i := range g.inH {
		u := i + g.pad
		for j := range g.inW {
			v := j + g.pad
			d := dst[(i*g.inW+j)*lanes:][:lanes]
			if u < 0 || v < 0 || u/s >= g.rows || v/s >= g.cols || !g.reads[u%s*s+v%s] {
				clear(d)
				continue
			}
			pixel(d, 0, packed[(u%s*s+v%s)*plane:], u/s*g.cols+v/s)
		}
	}
}

// packOut packs a block of the out side of a geometry into a padded image.
func packOut[T kernels.Float](g *geom, out []T, b int, read reader[T]) {
	width := g.outW * lanes
	if g.flatOut() {
		read(out, b, 0, g.outH*width)
		return
	}
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

// inner is the part of a packed out side that starts at its first pixel.
func (g *geom) inner() int { return (g.lead*g.padW + g.lead) * lanes }

// toOut computes one block of one sample's out side from its packed in side.
func (c *core[T]) toOut(g *geom, w *weight[T], dst, packed []T, block int) {
	forward := w.forward[block*w.block() : (block+1)*w.block()]
	if g.depthwise {
		c.k.Depthwise(dst, packed[block*g.inSize:(block+1)*g.inSize], forward, g.forward, g.outH, g.outW, g.cols*lanes, g.outW*lanes, false)
		return
	}
	c.taps(dst, packed, forward, g.forward, g.inLanes, g.outH, g.outW, g.cols*lanes, g.outW*lanes, false)
}

// taps is the kernel Conv, a few taps at a time: short chains of additions that are then added to each other
// keep float32's rounding small in layers with many channels, where one long chain would flip ReLUs.
func (c *core[T]) taps(dst, x, w []T, offs []int, nic, rows, width, xStride, dstStride int, acc bool) {
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
	for i := range g.backward {
		p := &g.backward[i]
		if p.rows == 0 || p.cols == 0 || len(p.offs) == 0 && acc {
			continue
		}
		out, stride, add := dst, g.inW*lanes, acc
		if s > 1 {
			out, stride, add = grow(&wk.img, p.rows*p.cols*lanes), p.cols*lanes, false
		}
		switch {
		case len(p.offs) == 0: // no tap reads these pixels
			clear(out)
		case g.depthwise:
			c.k.Depthwise(out, packed, back[p.weights*lanes:][:len(p.offs)*lanes], p.offs, p.rows, p.cols, g.padW*lanes, stride, add)
		default:
			c.taps(out, packed, back[p.weights*g.outLanes*lanes:][:len(p.offs)*g.outLanes*lanes], p.offs, g.outLanes,
				p.rows, p.cols, g.padW*lanes, stride, add)
		}
		if s == 1 {
			continue
		}
		for r := range p.rows {
			for col := range p.cols {
				d, from := dst[((p.row+s*r)*g.inW+p.col+s*col)*lanes:][:lanes], r*p.cols+col
				if !acc {
					pixel(d, 0, out, from)
					continue
				}
				for l, x := range out[from*lanes:][:lanes] {
					d[l] += x
				}
			}
		}
	}
}

// wgrad adds one block of the weight gradient of some samples (of one, where the layer is depthwise), from their
// packed in sides and their packed out sides.
func (c *core[T]) wgrad(g *geom, dw, in, out []T, block, samples int) {
	d := out[block*g.outSize+g.inner():]
	if g.depthwise {
		c.k.DepthwiseWgrad(dw, in[block*g.inSize:(block+1)*g.inSize], d, g.forward, g.outH, g.outW, g.cols*lanes, g.padW*lanes)
		return
	}
	c.k.Wgrad(dw, in, d, g.forward, g.inLanes, g.outH, g.outW, g.cols*lanes, g.padW*lanes, samples, g.inBlocks*g.inSize, g.outBlocks*g.outSize)
}
