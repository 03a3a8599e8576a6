package main

import (
	"fmt"
	"go/format"
	"strings"
)

// sets is the text of the file that gathers each instruction set's functions in the Sets of package kernels.
func sets() string {
	var b strings.Builder
	b.WriteString(header("go:build amd64") + "\npackage kernels\n")
	for _, m := range []isa{avx512, avx2} {
		for _, e := range []elem{f32, f64} {
			target{m, e}.set(&b)
		}
	}
	text, err := format.Source([]byte(b.String()))
	if err != nil {
		panic(fmt.Sprintf("gen: the sets are no Go: %v", err))
	}
	return string(text)
}

// fn is the name of a kernel's function.
func (t target) fn(kernel string) string { return t.isa.name + t.elem.name + kernel }

// set writes the function that makes a target's Set.
func (t target) set(b *strings.Builder) {
	start, doc := "&Set[%s]{}", ""
	if t.partial() {
		start = "portableSet[%s]()"
		doc = " It has assembly for the convolutions alone."
	}
	fmt.Fprintf(b, "\n// %s gathers the kernels of %s for %s.%s\nfunc %s() *Set[%s] {\n", t.fn("Set"), t.isa.name, t.goName, doc, t.fn("Set"), t.goName)
	fmt.Fprintf(b, "s := "+start+"\n", t.goName)
	passes := t.vecs() / t.convVecs()
	for _, kind := range []string{"Conv", "Depthwise"} {
		fmt.Fprintf(b, "s.%s = tiles[%s]{\n", kind, t.goName)
		for i, half := range []string{"one", "two"} {
			fmt.Fprintf(b, "%s: []tileFunc[%s]{nil", half, t.goName)
			for p := 1; p <= t.convPixels(); p++ {
				fmt.Fprintf(b, ", %s%dx%d", t.fn(kind), i+1, p)
			}
			b.WriteString("},\n")
		}
		fmt.Fprintf(b, "passes: %d,\n}.%s()\n", passes, strings.ToLower(kind))
	}
	fmt.Fprintf(b, "s.Wgrad = wgradBlocks[%s]{\n", t.goName)
	for _, s := range t.wgradShapes() {
		fmt.Fprintf(b, "{%d, %d, %s%dx%d},\n", s[0], s[1], t.fn("Wgrad"), s[0], s[1])
	}
	fmt.Fprintf(b, "}.wgrad(%d)\n", passes)
	if !t.partial() {
		t.rows(b)
	}
	b.WriteString("return s\n}\n")
}

// rows writes the kernels beside convolutions, each behind the function that checks its arguments.
func (t target) rows(b *strings.Builder) {
	fmt.Fprintf(b, "s.DepthwiseWgrad = depthwiseWgradOf(%s)\n", t.fn("DepthwiseWgrad"))
	kernels := []string{}
	for _, k := range rowKernels {
		kernels = append(kernels, k.name)
	}
	for _, name := range append(kernels, "Moments", "Cross", "Codes") {
		check, shared := checks[name]
		if !shared {
			fmt.Fprintf(b, "s.%s = row%s(%s)\n", name, name, t.fn(name))
			continue
		}
		fmt.Fprintf(b, "s.%s = %s(%q, %s)\n", name, check, name, t.fn(name))
	}
	fmt.Fprintf(b, "s.BoxRow = boxRows[%s]{\n", t.goName)
	for _, acc := range []string{"", "Acc"} {
		for rows := 1; rows <= 3; rows++ {
			fmt.Fprintf(b, "%s%d%s,", t.fn("BoxRow"), rows, acc)
		}
		b.WriteString("\n")
	}
	b.WriteString("}.boxRow()\n")
}

// checks are the functions that check the arguments of several kernels, and take their names; all others are row…
// with the kernel's name.
var checks = map[string]string{
	"Affine": "rowAffine", "AffineAcc": "rowAffine", "Lin2": "rowLin2", "Lin2Acc": "rowLin2", "Mask": "rowMask", "MaskAcc": "rowMask",
	"Add": "rowAdd", "Mul": "rowAdd", "MaxArg": "rowTap", "SelectAcc": "rowTap",
}

// partial reports whether a target has assembly for convolutions alone: float64 on AVX2, whose other kernels run
// once or twice per network and stay in Go.
func (t target) partial() bool { return t.isa == avx2 && t.elem == f64 }
