package main

import (
	"fmt"
	"strings"
)

// lanes is the number of channels in a channel block.
const lanes = 16

// isa is an instruction set.
type isa struct {
	name  string
	reg   string // prefix of a vector register
	bytes int    // of a vector register
	regs  int
}

var (
	avx512 = isa{"avx512", "Z", 64, 32}
	avx2   = isa{"avx2", "Y", 32, 16}
)

// elem is an element type.
type elem struct {
	name   string // in function names
	goName string
	size   int
	ps, ss string // suffix of packed and of scalar instructions
}

var (
	f32 = elem{"F32", "float32", 4, "PS", "SS"}
	f64 = elem{"F64", "float64", 8, "PD", "SD"}
)

// target is an instruction set used for an element type.
type target struct {
	isa
	elem
}

// pixel is the size of a pixel in bytes.
func (t target) pixel() int { return lanes * t.size }

// vecs is how many vectors a pixel has.
func (t target) vecs() int { return t.pixel() / t.bytes }

// v names vector register i.
func (t target) v(i int) string {
	if i < 0 || i >= t.regs {
		panic(fmt.Sprintf("gen: %s has no register %d", t.isa.name, i))
	}
	return fmt.Sprintf("%s%d", t.reg, i)
}

// arg is a parameter of a function.
type arg struct{ name, typ string }

// function is an assembly function under construction.
type function struct {
	target
	name  string
	doc   string
	args  []arg
	body  strings.Builder
	label int
}

func (t target) function(name, doc string, args ...arg) *function {
	return &function{target: t, name: t.isa.name + t.elem.name + name, doc: doc, args: args}
}

// pointers and ints make parameters of one type.
func pointers(typ string, names ...string) []arg { return params("*"+typ, names) }
func ints(names ...string) []arg                 { return params("int", names) }

func params(typ string, names []string) []arg {
	as := make([]arg, len(names))
	for i, n := range names {
		as[i] = arg{n, typ}
	}
	return as
}

func (a arg) size() int {
	if a.typ == "float32" {
		return 4
	}
	return 8
}

// at is the stack operand of a parameter.
func (f *function) at(name string) string {
	off := 0
	for _, a := range f.args {
		off = (off + a.size() - 1) &^ (a.size() - 1)
		if a.name == name {
			return fmt.Sprintf("%s+%d(FP)", name, off)
		}
		off += a.size()
	}
	panic("gen: " + f.name + " has no parameter " + name)
}

func (f *function) frame() int {
	off := 0
	for _, a := range f.args {
		off = (off+a.size()-1)&^(a.size()-1) + a.size()
	}
	return (off + 7) &^ 7
}

// op emits an instruction; operands are in Go order, the destination last.
func (f *function) op(name string, operands ...string) {
	fmt.Fprintf(&f.body, "\t%s", name)
	if len(operands) > 0 {
		fmt.Fprintf(&f.body, " %s", strings.Join(operands, ", "))
	}
	f.body.WriteByte('\n')
}

// newLabel returns a label unique in the function.
func (f *function) newLabel(name string) string {
	f.label++
	return fmt.Sprintf("%s%d", name, f.label)
}

func (f *function) mark(label string) { fmt.Fprintf(&f.body, "\n%s:\n", label) }

func (f *function) load(name, reg string) { f.op("MOVQ", f.at(name), reg) }

// ps emits a packed instruction of the element type.
func (f *function) ps(name string, operands ...string) { f.op(name+f.elem.ps, operands...) }

func (f *function) zero(reg string) {
	if f.isa == avx512 {
		f.op("VPXORD", reg, reg, reg)
		return
	}
	f.op("VXORPS", reg, reg, reg)
}

// broadcast fills reg with the scalar at src.
func (f *function) broadcast(src, reg string) { f.op("VBROADCAST"+f.ss, src, reg) }

func (f *function) ret() {
	f.op("VZEROUPPER")
	f.op("RET")
}

func (f *function) text() string {
	return fmt.Sprintf("\n// %s\nTEXT ·%s(SB), NOSPLIT, $0-%d\n%s", f.signature(), f.name, f.frame(), f.body.String())
}

func (f *function) signature() string {
	var parts []string
	for i, a := range f.args {
		if i+1 < len(f.args) && f.args[i+1].typ == a.typ {
			parts = append(parts, a.name)
			continue
		}
		parts = append(parts, a.name+" "+a.typ)
	}
	return fmt.Sprintf("func %s(%s)", f.name, strings.Join(parts, ", "))
}

func (f *function) declaration() string {
	return fmt.Sprintf("\n// %s %s\n//\n//go:noescape\n%s\n", f.name, f.doc, f.signature())
}

// mem is the operand at base plus disp bytes.
func mem(base string, disp int) string {
	if disp == 0 {
		return "(" + base + ")"
	}
	return fmt.Sprintf("%d(%s)", disp, base)
}

// imm is an immediate operand.
func imm(v int) string { return fmt.Sprintf("$%d", v) }
