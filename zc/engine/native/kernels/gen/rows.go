package main

import "fmt"

// rowKernel describes a kernel over n contiguous pixels.
type rowKernel struct {
	name    string
	inputs  []string // pixel arguments beside dst; z for g, which names a register
	coefs   []string // one value per lane
	scalars []string
	// emit computes one vector of one pixel. It leaves the result in e.t(0).
	emit func(e *rowEmitter)
}

var rowKernels = []rowKernel{
	{"Affine", names("y"), names("a", "b"), nil, func(e *rowEmitter) {
		e.fma("a", "y", "b", 0)
	}},
	{"AffineReLU", names("y"), names("a", "b"), names("slope"), func(e *rowEmitter) {
		e.fma("a", "y", "b", 0)
		e.scaleInactive(0, 0)
	}},
	{"AffineAcc", names("y"), names("a", "b"), nil, func(e *rowEmitter) {
		e.fma("a", "y", "b", 0)
		e.ps("VADD", e.in("dst"), e.t(0), e.t(0))
	}},
	{"Lin2", names("d", "y"), names("a", "b", "c"), nil, func(e *rowEmitter) {
		e.fma("b", "y", "c", 0)
		e.ps("VFMADD231", e.in("d"), e.coef("a"), e.t(0))
	}},
	{"Lin2Acc", names("d", "y"), names("a", "b", "c"), nil, func(e *rowEmitter) {
		e.fma("b", "y", "c", 0)
		e.ps("VFMADD231", e.in("d"), e.coef("a"), e.t(0))
		e.ps("VADD", e.in("dst"), e.t(0), e.t(0))
	}},
	{"Lin2Mask", names("d", "y"), names("p", "q", "r", "a", "b"), names("slope"), func(e *rowEmitter) {
		e.fma("q", "y", "r", 0)
		e.ps("VFMADD231", e.in("d"), e.coef("p"), e.t(0))
		e.fma("a", "y", "b", 1)
		e.scaleInactive(1, 0)
	}},
	{"Lin4", names("d", "e", "y", "z"), names("a", "b", "c", "f", "h"), nil, func(e *rowEmitter) {
		e.fma("f", "z", "h", 0)
		e.ps("VFMADD231", e.in("y"), e.coef("c"), e.t(0))
		e.ps("VFMADD231", e.in("e"), e.coef("b"), e.t(0))
		e.ps("VFMADD231", e.in("d"), e.coef("a"), e.t(0))
	}},
	{"Mask", names("z", "y"), names("a", "b"), names("slope"), func(e *rowEmitter) {
		e.fma("a", "y", "b", 1)
		e.ps("VMOVU", e.in("z"), e.t(0))
		e.scaleInactive(1, 0)
	}},
	{"MaskAcc", names("z", "y"), names("a", "b"), names("slope"), func(e *rowEmitter) {
		e.fma("a", "y", "b", 1)
		e.ps("VMOVU", e.in("z"), e.t(0))
		e.scaleInactive(1, 0)
		e.ps("VADD", e.in("dst"), e.t(0), e.t(0))
	}},
	{"Add", names("x"), nil, nil, func(e *rowEmitter) {
		e.ps("VMOVU", e.in("dst"), e.t(0))
		e.ps("VADD", e.in("x"), e.t(0), e.t(0))
	}},
	{"Mul", names("x"), nil, nil, func(e *rowEmitter) {
		e.ps("VMOVU", e.in("dst"), e.t(0))
		e.ps("VMUL", e.in("x"), e.t(0), e.t(0))
	}},
	{"MaxArg", names("arg", "x"), nil, names("tap"), func(e *rowEmitter) {
		e.ps("VMOVU", e.in("dst"), e.t(0))
		e.ps("VMOVU", e.in("x"), e.t(1))
		if e.isa == avx512 {
			mask := e.mask()
			e.ps("VCMP", above, e.t(0), e.t(1), mask)
			e.ps("VMOVA", e.t(1), mask, e.t(0))
			// A masked store to arg would take 70 times as long on Zen 4.
			e.ps("VMOVU", e.in("arg"), e.t(2))
			e.ps("VMOVA", e.scalar("tap"), mask, e.t(2))
			e.ps("VMOVU", e.t(2), e.in("arg"))
			return
		}
		e.ps("VCMP", above, e.t(0), e.t(1), e.t(2))
		e.ps("VBLENDV", e.t(2), e.t(1), e.t(0), e.t(0))
		e.ps("VMOVU", e.in("arg"), e.t(1))
		e.ps("VBLENDV", e.t(2), e.scalar("tap"), e.t(1), e.t(1))
		e.ps("VMOVU", e.t(1), e.in("arg"))
	}},
	{"SelectAcc", names("x", "arg"), nil, names("tap"), func(e *rowEmitter) {
		const equal = "$0"
		e.ps("VMOVU", e.in("dst"), e.t(0))
		if e.isa == avx512 {
			mask := e.mask()
			e.ps("VCMP", equal, e.in("arg"), e.scalar("tap"), mask)
			e.ps("VADD", e.in("x"), e.t(0), mask, e.t(0))
			return
		}
		e.ps("VCMP", equal, e.in("arg"), e.scalar("tap"), e.t(1))
		e.ps("VAND", e.in("x"), e.t(1), e.t(1))
		e.ps("VADD", e.t(1), e.t(0), e.t(0))
	}},
	{"AddScaled", names("x"), nil, names("s"), func(e *rowEmitter) {
		e.ps("VMOVU", e.in("dst"), e.t(0))
		e.ps("VFMADD231", e.in("x"), e.scalar("s"), e.t(0))
	}},
}

func names(n ...string) []string { return n }

// pixelRegs hold the pixel arguments, dst first.
var pixelRegs = []string{"DI", "SI", "DX", "R8", "R9"}

// rowEmitter emits a row kernel.
type rowEmitter struct {
	*function
	k    rowKernel
	u, c int // pixel of the unrolled group, vector of the pixel
	unit int // counts vectors, to take turns in temporaries
}

// t is temporary i of the current vector; three rotate over four turns, less
// on AVX2, which has half the registers.
func (e *rowEmitter) t(i int) string {
	turns := 4
	if e.isa == avx2 {
		turns = 1
	}
	return e.v(e.unit%turns*3 + i)
}

// in is the operand of a pixel argument.
func (e *rowEmitter) in(name string) string {
	for i, n := range append([]string{"dst"}, e.k.inputs...) {
		if n == name {
			return mem(pixelRegs[i], e.u*e.pixel()+e.c*e.bytes)
		}
	}
	panic("gen: no pixel argument " + name)
}

// coef is the register of a coefficient for the current vector of a pixel.
// Coefficients count down from the last register.
func (e *rowEmitter) coef(name string) string {
	for i, n := range e.k.coefs {
		if n == name {
			return e.v(e.regs - 1 - i*e.vecs() - e.c)
		}
	}
	panic("gen: no coefficient " + name)
}

func (e *rowEmitter) scalar(name string) string {
	for i, n := range e.k.scalars {
		if n == name {
			return e.v(e.regs - 1 - len(e.k.coefs)*e.vecs() - i)
		}
	}
	panic("gen: no scalar " + name)
}

// zeroReg holds zeros for comparisons.
func (e *rowEmitter) zeroReg() string {
	return e.v(e.regs - 1 - len(e.k.coefs)*e.vecs() - len(e.k.scalars))
}

// fma sets temporary i to a*y + b.
func (e *rowEmitter) fma(a, y, b string, i int) {
	e.ps("VMOVA", e.coef(b), e.t(i))
	e.ps("VFMADD231", e.in(y), e.coef(a), e.t(i))
}

// Comparisons, both quiet: notAbove is true for NaN, above is false.
const (
	notAbove = "$26"
	above    = "$30"
)

// mask is the mask register of the current vector.
func (e *rowEmitter) mask() string { return fmt.Sprintf("K%d", 1+e.unit%4) }

// scaleInactive multiplies temporary to by slope where temporary v is not > 0.
func (e *rowEmitter) scaleInactive(v, to int) {
	if e.isa == avx512 {
		mask := e.mask()
		e.ps("VCMP", notAbove, e.zeroReg(), e.t(v), mask)
		e.ps("VMUL", e.scalar("slope"), e.t(to), mask, e.t(to))
		return
	}
	// Temporary 1 becomes the mask, 2 the scaled value.
	e.ps("VMUL", e.scalar("slope"), e.t(to), e.t(2))
	e.ps("VCMP", notAbove, e.zeroReg(), e.t(v), e.t(1))
	e.ps("VBLENDV", e.t(1), e.t(2), e.t(to), e.t(to))
}

func (t target) row(k rowKernel) *function {
	args := pointers(t.goName, append(append([]string{"dst"}, k.inputs...), k.coefs...)...)
	args = append(args, params(t.goName, k.scalars)...)
	args = append(args, ints("n")...)
	f := t.function(k.name, "is the row kernel "+k.name+" on n pixels.", args...)
	e := &rowEmitter{function: f, k: k}
	regs := pixelRegs[:1+len(k.inputs)]
	f.load("dst", regs[0])
	for i, n := range k.inputs {
		f.load(n, regs[i+1])
	}
	for _, n := range k.coefs {
		f.load(n, "AX")
		for e.c = range t.vecs() {
			f.ps("VMOVU", mem("AX", e.c*t.bytes), e.coef(n))
		}
	}
	for _, n := range k.scalars {
		f.broadcast(f.at(n), e.scalar(n))
		if n == "slope" {
			f.zero(e.zeroReg())
		}
	}
	f.groups(max(1, 4/t.vecs()), regs, func(u int) {
		e.u = u
		for e.c = range t.vecs() {
			k.emit(e)
			f.ps("VMOVU", e.t(0), e.in("dst"))
			e.unit++
		}
	})
	f.ret()
	return f
}

// groups emits a loop over n pixels, unroll at a time and then one by one,
// that moves the pointers regs along.
func (f *function) groups(unroll int, regs []string, body func(u int)) {
	group, tail, single, done := f.newLabel("group"), f.newLabel("tail"), f.newLabel("pixel"), f.newLabel("done")
	f.load("n", "CX")
	f.groupsOf("CX", unroll, group, tail, single, done, regs, body)
}

func (f *function) groupsOf(count string, unroll int, group, tail, single, done string, regs []string, body func(u int)) {
	f.op("CMPQ", count, imm(unroll))
	f.op("JLT", tail)
	f.mark(group)
	for u := range unroll {
		body(u)
	}
	for _, r := range regs {
		f.op("ADDQ", imm(unroll*f.pixel()), r)
	}
	f.op("SUBQ", imm(unroll), count)
	f.op("CMPQ", count, imm(unroll))
	f.op("JGE", group)
	f.mark(tail)
	f.op("TESTQ", count, count)
	f.op("JEQ", done)
	f.mark(single)
	body(0)
	for _, r := range regs {
		f.op("ADDQ", imm(f.pixel()), r)
	}
	f.op("DECQ", count)
	f.op("JNE", single)
	f.mark(done)
}

// codes packs the activity of n pixels into 16 bits each.
func (t target) codes() *function {
	args := append([]arg{{"bits", "*uint16"}}, pointers(t.goName, "y", "a", "b")...)
	args = append(args, ints("n")...)
	f := t.function("Codes", "is the kernel Codes on n pixels.", args...)
	v := t.vecs()
	f.load("bits", "DI")
	f.load("y", "SI")
	f.load("a", "AX")
	f.load("b", "BX")
	f.load("n", "CX")
	a := func(k int) string { return f.v(t.regs - 1 - k) }
	b := func(k int) string { return f.v(t.regs - 1 - v - k) }
	zero := f.v(t.regs - 1 - 2*v)
	for k := range v {
		f.ps("VMOVU", mem("AX", k*t.bytes), a(k))
		f.ps("VMOVU", mem("BX", k*t.bytes), b(k))
	}
	f.zero(zero)
	loop := f.newLabel("pixel")
	f.mark(loop)
	for k := range v {
		f.ps("VMOVA", b(k), f.v(k))
		f.ps("VFMADD231", mem("SI", k*t.bytes), a(k), f.v(k))
		switch {
		case t.isa == avx2:
			f.ps("VCMP", above, zero, f.v(k), f.v(k))
			f.op("VMOVMSKPS", f.v(k), []string{"DX", "R8"}[k])
		default:
			f.ps("VCMP", above, zero, f.v(k), fmt.Sprintf("K%d", k+1))
		}
	}
	switch {
	case t.isa == avx2:
		f.op("SHLQ", imm(8), "R8")
		f.op("ORQ", "R8", "DX")
		f.op("MOVW", "DX", "(DI)")
	case v == 1:
		f.op("KMOVW", "K1", "(DI)")
	default:
		f.op("KMOVB", "K1", "(DI)")
		f.op("KMOVB", "K2", "1(DI)")
	}
	f.op("ADDQ", imm(t.pixel()), "SI")
	f.op("ADDQ", imm(2), "DI")
	f.op("DECQ", "CX")
	f.op("JNE", loop)
	f.ret()
	return f
}
