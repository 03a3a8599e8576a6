package main

// sumPixels is how many pixels Moments and Cross add before they go on in
// float64; the portable twin has the same number.
const sumPixels = 64

// sums is Moments (Σ y, Σ y²) or Cross (Σ d, Σ d·y).
func (t target) sums(name string) *function {
	cross := name == "Cross"
	ins, outs := []string{"y"}, []string{"sum", "sumSq"}
	if cross {
		ins, outs = []string{"d", "y"}, []string{"sum", "dot"}
	}
	args := append(pointers(t.goName, ins...), pointers("float64", outs...)...)
	args = append(args, ints("n")...)
	f := t.function(name, "is the kernel "+name+" on n pixels.", args...)

	v := t.vecs()
	unroll := 4
	if t.isa == avx2 {
		unroll = 2
	}
	acc := func(which, u, k int) string { return f.v((which*unroll+u)*v + k) }
	free := 2 * unroll * v
	regs := []string{"SI", "DX"}[:len(ins)]
	for i, n := range ins {
		f.load(n, regs[i])
	}
	f.load("n", "R9")
	block, last := f.newLabel("block"), f.newLabel("last")
	f.mark(block)
	f.op("MOVQ", imm(sumPixels), "CX")
	f.op("CMPQ", "R9", "CX")
	f.op("JGE", last)
	f.op("MOVQ", "R9", "CX")
	f.mark(last)
	f.op("SUBQ", "CX", "R9")
	for i := range free {
		f.zero(f.v(i))
	}
	f.groupsOf("CX", unroll, f.newLabel("group"), f.newLabel("tail"), f.newLabel("pixel"), f.newLabel("done"), regs, func(u int) {
		for k := range v {
			tmp := f.v(free + k)
			f.ps("VMOVU", mem("SI", u*t.pixel()+k*t.bytes), tmp)
			f.ps("VADD", tmp, acc(0, u, k), acc(0, u, k))
			second := tmp
			if cross {
				second = mem("DX", u*t.pixel()+k*t.bytes)
			}
			f.ps("VFMADD231", second, tmp, acc(1, u, k))
		}
	})
	for which, out := range outs {
		f.load(out, "AX")
		for k := range v {
			for step := 1; step < unroll; step *= 2 {
				for u := 0; u < unroll; u += 2 * step {
					f.ps("VADD", acc(which, u+step, k), acc(which, u, k), acc(which, u, k))
				}
			}
			f.addFloat64(which*unroll*v+k, free, "AX", k)
		}
	}
	f.op("TESTQ", "R9", "R9")
	f.op("JNE", block)
	f.ret()
	return f
}

// addFloat64 adds vector k of a pixel, in register r, to 16 float64 at base.
func (f *function) addFloat64(r, tmp int, base string, k int) {
	if f.elem == f64 {
		place := mem(base, k*f.bytes)
		f.op("VADDPD", place, f.v(r), f.v(r))
		f.op("VMOVUPD", f.v(r), place)
		return
	}
	half := map[string]string{"Z": "Y", "Y": "X"}[f.reg]
	low, high := half+f.v(r)[1:], half+f.v(tmp)[1:]
	if f.isa == avx512 {
		f.op("VEXTRACTF64X4", imm(1), f.v(r), high)
	} else {
		f.op("VEXTRACTF128", imm(1), f.v(r), high)
	}
	for i, src := range []string{low, high} {
		place := mem(base, (2*k+i)*f.bytes)
		wide := f.v([]int{r, tmp}[i])
		f.op("VCVTPS2PD", src, wide)
		f.op("VADDPD", place, wide, wide)
		f.op("VMOVUPD", wide, place)
	}
}
