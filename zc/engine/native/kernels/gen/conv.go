package main

import "fmt"

// convPixels is how many pixels half a convolution tile holds. Two halves of
// 16 lanes fill 16 AVX-512 or 8 AVX2 accumulators.
func (t target) convPixels() int { return 16 / 2 / t.convVecs() * t.regs / 32 }

// convVecs is how many vectors of a pixel one pass computes: one on AVX-512
// for float32, otherwise two. (float64 on AVX2 takes two passes.)
func (t target) convVecs() int { return min(2, t.vecs()) }

var convArgs = func(t target) []arg {
	args := pointers(t.goName, "dst", "x", "w")
	args = append(args, arg{"offs", "*int"})
	return append(args, ints("taps", "nic", "rows", "cols", "xRow", "dRow", "xCol", "dCol", "xHalf", "dHalf", "acc")...)
}

// conv computes rows×cols tiles of halves×p pixels. All strides are in bytes:
// xRow and dRow lead to the next row of tiles, xCol and dCol to the next tile
// of a row, xHalf and dHalf to the second half of a tile.
func (t target) conv(p, halves int) *function {
	f := t.function(fmt.Sprintf("Conv%dx%d", halves, p),
		fmt.Sprintf("adds up convolution taps for tiles of %d×%d pixels.", halves, p), convArgs(t)...)
	f.taps(p, halves, func() {
		const unroll = 4
		tail, next, quad, single := f.newLabel("tail"), f.newLabel("next"), f.newLabel("quad"), f.newLabel("single")
		f.load("nic", "CX")
		f.op("CMPQ", "CX", imm(unroll))
		f.op("JLT", tail)
		f.mark(quad)
		for i := range unroll {
			f.inputLane(p, halves, i)
		}
		f.op("ADDQ", imm(unroll*t.size), "AX")
		if halves == 2 {
			f.op("ADDQ", imm(unroll*t.size), "BX")
		}
		f.op("ADDQ", imm(unroll*t.pixel()), "R12")
		f.op("SUBQ", imm(unroll), "CX")
		f.op("CMPQ", "CX", imm(unroll))
		f.op("JGE", quad)
		f.mark(tail)
		f.op("TESTQ", "CX", "CX")
		f.op("JEQ", next)
		f.mark(single)
		f.inputLane(p, halves, 0)
		f.op("ADDQ", imm(t.size), "AX")
		if halves == 2 {
			f.op("ADDQ", imm(t.size), "BX")
		}
		f.op("ADDQ", imm(t.pixel()), "R12")
		f.op("DECQ", "CX")
		f.op("JNE", single)
		f.mark(next)
	})
	return f
}

// inputLane adds input lane i of every pixel of the tile times its weights.
func (f *function) inputLane(p, halves, i int) {
	v := f.convVecs()
	accs := halves * p * v
	weight := func(k int) string { return f.v(accs + k) }
	for k := range v {
		f.ps("VMOVU", mem("R12", i*f.pixel()+k*f.bytes), weight(k))
	}
	for h := range halves {
		for q := range p {
			src := mem([]string{"AX", "BX"}[h], q*f.pixel()+i*f.size)
			acc := (h*p + q) * v
			if v == 1 {
				f.op("VFMADD231"+f.elem.ps+".BCST", src, weight(0), f.v(acc))
				continue
			}
			// Two vectors share the broadcast value: one load for two products.
			x := f.v(accs + v + q%2)
			f.broadcast(src, x)
			for k := range v {
				f.ps("VFMADD231", x, weight(k), f.v(acc+k))
			}
		}
	}
}

// depthwise is conv with one weight per lane: tap by tap, lane times lane.
func (t target) depthwise(p, halves int) *function {
	f := t.function(fmt.Sprintf("Depthwise%dx%d", halves, p),
		fmt.Sprintf("adds up depthwise taps for tiles of %d×%d pixels.", halves, p), convArgs(t)...)
	v := t.convVecs()
	accs := halves * p * v
	f.taps(p, halves, func() {
		for k := range v {
			f.ps("VMOVU", mem("R12", k*t.bytes), f.v(accs+k))
		}
		for h := range halves {
			for q := range p {
				for k := range v {
					src := mem([]string{"AX", "BX"}[h], q*t.pixel()+k*t.bytes)
					f.ps("VFMADD231", src, f.v(accs+k), f.v((h*p+q)*v+k))
				}
			}
		}
		f.op("ADDQ", imm(t.pixel()), "R12")
	})
	return f
}

// taps emits the loops over tiles and taps around tap, which finds the inputs
// of the two halves at AX and BX and the weights at R12, and moves R12 on.
func (f *function) taps(p, halves int, tap func()) {
	rowLoop, colLoop, tapLoop := f.newLabel("row"), f.newLabel("col"), f.newLabel("tap")
	sum, store := f.newLabel("sum"), f.newLabel("store")
	v := f.convVecs()
	// each visits the accumulators and their places in dst.
	each := func(do func(place, reg string)) {
		for h := range halves {
			for q := range p {
				for k := range v {
					do(mem([]string{"DI", "R13"}[h], q*f.pixel()+k*f.bytes), f.v((h*p+q)*v+k))
				}
			}
		}
	}
	if halves == 2 {
		f.load("xHalf", "R8")
	}
	f.mark(rowLoop)
	f.load("x", "SI")
	f.load("dst", "DI")
	f.load("cols", "DX")
	f.mark(colLoop)
	if halves == 2 {
		f.load("dHalf", "R13")
		f.op("ADDQ", "DI", "R13")
	}
	each(func(_, reg string) { f.zero(reg) })
	f.load("offs", "R10")
	f.load("w", "R12")
	f.load("taps", "R11")
	f.op("TESTQ", "R11", "R11")
	f.op("JEQ", sum)
	f.mark(tapLoop)
	f.op("MOVQ", "(R10)", "AX")
	f.op("LEAQ", fmt.Sprintf("(SI)(AX*%d)", f.size), "AX")
	if halves == 2 {
		f.op("LEAQ", "(AX)(R8*1)", "BX")
	}
	tap()
	f.op("ADDQ", imm(8), "R10")
	f.op("DECQ", "R11")
	f.op("JNE", tapLoop)
	f.mark(sum)
	// What is there is added last, so that a caller can cut a long chain of additions into short ones.
	f.op("CMPQ", f.at("acc"), imm(0))
	f.op("JEQ", store)
	each(func(place, reg string) { f.ps("VADD", place, reg, reg) })
	f.mark(store)
	each(func(place, reg string) { f.ps("VMOVU", reg, place) })
	f.op("ADDQ", f.at("xCol"), "SI")
	f.op("ADDQ", f.at("dCol"), "DI")
	f.op("DECQ", "DX")
	f.op("JNE", colLoop)
	f.load("xRow", "AX")
	f.op("ADDQ", "AX", f.at("x"))
	f.load("dRow", "AX")
	f.op("ADDQ", "AX", f.at("dst"))
	f.op("DECQ", f.at("rows"))
	f.op("JNE", rowLoop)
	f.ret()
}
