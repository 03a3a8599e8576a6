package main

import (
	"fmt"
	"slices"
)

// boxRow is one output row of a 3×3 box sum from the given number of rows.
// It walks along the row with the scaled column sums u[p-1], u[p], u[p+1].
func (t target) boxRow(rows int, acc bool) *function {
	name := fmt.Sprintf("BoxRow%d", rows)
	if acc {
		name += "Acc"
	}
	// The scale of each row, between the edges and at them.
	mids, edges := []string{"m0", "m1", "m2"}[:rows], []string{"e0", "e1", "e2"}[:rows]
	scalars := slices.Concat(mids, edges, []string{"postMid", "postEdge"})
	args := pointers(t.goName, append([]string{"dst"}, []string{"r0", "r1", "r2"}[:rows]...)...)
	args = append(args, params(t.goName, scalars)...)
	args = append(args, ints("width")...)
	f := t.function(name, fmt.Sprintf("is the kernel BoxRow for %d rows.", rows), args...)

	v := t.vecs()
	// Scalars count down from the last register; u takes three vectors of a
	// pixel and the output one more register.
	reg := map[string]string{}
	for i, n := range scalars {
		reg[n] = f.v(t.regs - 1 - i)
		f.broadcast(f.at(n), reg[n])
	}
	u := func(which, k int) string { return f.v(which*v + k) }
	left, mid, right, tmp := 0, 1, 2, f.v(3*v)
	ptr := []string{"SI", "DX", "R8"}[:rows]
	for i, p := range ptr {
		f.load(fmt.Sprintf("r%d", i), p)
	}
	f.load("dst", "DI")
	f.load("width", "CX")

	// column reads the next pixel of the rows into u(which).
	column := func(which int, scale []string) {
		for k := range v {
			f.ps("VMUL", mem(ptr[0], k*t.bytes), reg[scale[0]], u(which, k))
			for i := 1; i < rows; i++ {
				f.ps("VFMADD231", mem(ptr[i], k*t.bytes), reg[scale[i]], u(which, k))
			}
		}
		for _, p := range ptr {
			f.op("ADDQ", imm(t.pixel()), p)
		}
	}
	clear := func(which int) {
		for k := range v {
			f.zero(u(which, k))
		}
	}
	// emit writes the next output pixel and moves u along.
	emit := func(post string) {
		for k := range v {
			f.ps("VADD", u(mid, k), u(left, k), tmp)
			f.ps("VADD", u(right, k), tmp, tmp)
			place := mem("DI", k*t.bytes)
			f.ps("VMUL", reg[post], tmp, tmp)
			if acc {
				f.ps("VADD", place, tmp, tmp)
			}
			f.ps("VMOVU", tmp, place)
			f.ps("VMOVA", u(mid, k), u(left, k))
			f.ps("VMOVA", u(right, k), u(mid, k))
		}
		f.op("ADDQ", imm(t.pixel()), "DI")
	}

	one, two, loop, before := f.newLabel("one"), f.newLabel("two"), f.newLabel("pixel"), f.newLabel("before")
	clear(left)
	column(mid, edges)
	f.op("CMPQ", "CX", imm(2))
	f.op("JLT", one)
	f.op("JEQ", two)
	column(right, mids)
	emit("postEdge")
	f.op("SUBQ", imm(3), "CX")
	f.op("JEQ", before)
	f.mark(loop)
	column(right, mids)
	emit("postMid")
	f.op("DECQ", "CX")
	f.op("JNE", loop)
	f.mark(before)
	column(right, edges)
	emit("postMid")
	f.op("JMP", one)
	f.mark(two)
	column(right, edges)
	emit("postEdge")
	f.mark(one)
	clear(right)
	emit("postEdge")
	f.ret()
	return f
}
