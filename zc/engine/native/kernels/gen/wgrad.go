package main

import "fmt"

// wgradShapes lists the register blocks of the weight gradient as pairs of
// taps and input lanes, the most input lanes first.
func (t target) wgradShapes() [][2]int {
	switch {
	case t.isa == avx2:
		return [][2]int{{1, 4}, {3, 2}, {3, 1}}
	case t.elem == f64:
		return [][2]int{{1, 8}, {3, 4}, {3, 3}, {3, 2}, {3, 1}}
	}
	return [][2]int{{1, 16}, {3, 8}, {3, 4}, {3, 3}, {3, 2}, {3, 1}}
}

var tapRegs = []string{"AX", "BX", "CX"}

// wgrad adds the weight gradient of up to n taps (taps says how many) and nic
// input lanes over all pixels, kept in registers from first to last. o0 to o2
// and the strides are in bytes.
func (t target) wgrad(n, nic int) *function {
	args := append(pointers(t.goName, "dw0", "dw1", "dw2", "x", "d"), ints("o0", "o1", "o2", "taps", "rows", "width", "xRow", "dRow", "images", "xImage", "dImage")...)
	f := t.function(fmt.Sprintf("Wgrad%dx%d", n, nic), fmt.Sprintf("adds weight gradients of %d taps × %d input lanes.", n, nic), args...)
	v := t.convVecs()
	accs := n * nic * v
	acc := func(tap, i, k int) string { return f.v((tap*nic+i)*v + k) }
	f.pixels(n, accs, 1, func(_ int) {
		for k := range v {
			f.ps("VMOVU", mem("DI", k*t.bytes), f.v(accs+k))
		}
		for tap := range n {
			for i := range nic {
				src := mem(tapRegs[tap], i*t.size)
				if v == 1 {
					f.op("VFMADD231"+t.elem.ps+".BCST", src, f.v(accs), acc(tap, i, 0))
					continue
				}
				x := f.v(accs + v + i%2)
				f.broadcast(src, x)
				for k := range v {
					f.ps("VFMADD231", x, f.v(accs+k), acc(tap, i, k))
				}
			}
		}
	})
	f.storeTaps(n, func(tap int, base string) {
		for i := range nic {
			for k := range v {
				place := mem(base, i*t.pixel()+k*t.bytes)
				f.ps("VADD", place, acc(tap, i, k), acc(tap, i, k))
				f.ps("VMOVU", acc(tap, i, k), place)
			}
		}
	})
	return f
}

// depthwiseWgrad is wgrad for one weight per lane, on three taps. Each of
// several neighbouring pixels has its own accumulators.
func (t target) depthwiseWgrad() *function {
	args := append(pointers(t.goName, "dw0", "dw1", "dw2", "x", "d"), ints("o0", "o1", "o2", "taps", "rows", "width", "xRow", "dRow", "images", "xImage", "dImage")...)
	f := t.function("DepthwiseWgrad", "adds depthwise weight gradients of 3 taps.", args...)
	const n = 3
	v := t.vecs()
	unroll := 4 / v
	accs := n * v * unroll
	acc := func(u, tap, k int) string { return f.v((u*n+tap)*v + k) }
	f.pixels(n, accs, unroll, func(u int) {
		for k := range v {
			d := f.v(accs + k)
			f.ps("VMOVU", mem("DI", u*t.pixel()+k*t.bytes), d)
			for tap := range n {
				f.ps("VFMADD231", mem(tapRegs[tap], u*t.pixel()+k*t.bytes), d, acc(u, tap, k))
			}
		}
	})
	f.storeTaps(n, func(tap int, base string) {
		for k := range v {
			for u := 1; u < unroll; u++ {
				f.ps("VADD", acc(u, tap, k), acc(0, tap, k), acc(0, tap, k))
			}
			f.ps("VADD", mem(base, k*t.bytes), acc(0, tap, k), acc(0, tap, k))
			f.ps("VMOVU", acc(0, tap, k), mem(base, k*t.bytes))
		}
	})
	return f
}

// pixels emits the loop over all pixels of all images, unroll at a time, then one by one.
// body finds d at DI and x of the taps at tapRegs.
func (f *function) pixels(n, accs, unroll int, body func(u int)) {
	image, rowLoop, group, tail, single, next := f.newLabel("image"), f.newLabel("row"), f.newLabel("group"), f.newLabel("tail"), f.newLabel("pixel"), f.newLabel("next")
	for i := range accs {
		f.zero(f.v(i))
	}
	f.mark(image)
	f.load("x", "SI")
	f.load("d", "R8")
	f.load("rows", "R9")
	advance := func(pixels int) {
		for tap := range n {
			f.op("ADDQ", imm(pixels*f.pixel()), tapRegs[tap])
		}
		f.op("ADDQ", imm(pixels*f.pixel()), "DI")
	}
	f.mark(rowLoop)
	for tap := range n {
		f.load(fmt.Sprintf("o%d", tap), tapRegs[tap])
		f.op("ADDQ", "SI", tapRegs[tap])
	}
	f.op("MOVQ", "R8", "DI")
	f.load("width", "DX")
	if unroll > 1 {
		f.op("CMPQ", "DX", imm(unroll))
		f.op("JLT", tail)
		f.mark(group)
		for u := range unroll {
			body(u)
		}
		advance(unroll)
		f.op("SUBQ", imm(unroll), "DX")
		f.op("CMPQ", "DX", imm(unroll))
		f.op("JGE", group)
		f.mark(tail)
		f.op("TESTQ", "DX", "DX")
		f.op("JEQ", next)
	}
	f.mark(single)
	body(0)
	advance(1)
	f.op("DECQ", "DX")
	f.op("JNE", single)
	f.mark(next)
	f.op("ADDQ", f.at("xRow"), "SI")
	f.op("ADDQ", f.at("dRow"), "R8")
	f.op("DECQ", "R9")
	f.op("JNE", rowLoop)
	f.load("xImage", "SI")
	f.op("ADDQ", "SI", f.at("x"))
	f.load("dImage", "R8")
	f.op("ADDQ", "R8", f.at("d"))
	f.op("DECQ", f.at("images"))
	f.op("JNE", image)
}

// storeTaps stores the taps the caller asked for and returns.
func (f *function) storeTaps(n int, store func(tap int, base string)) {
	done := f.newLabel("done")
	for tap := range n {
		if tap > 0 {
			f.op("CMPQ", f.at("taps"), imm(tap))
			f.op("JLE", done)
		}
		f.load(fmt.Sprintf("dw%d", tap), "AX")
		store(tap, "AX")
	}
	f.mark(done)
	f.ret()
}
