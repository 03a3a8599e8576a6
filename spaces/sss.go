package spaces

import (
	"fmt"
	"strconv"
	"strings"
)

// SSSSize is the number of architectures of NATS-Bench SSS: eight widths at five places.
const SSSSize = 32768

// SSSSpace is NATS-Bench's size search space. The cell is fixed; the architecture "c1:c2:c3:c4:c5" gives the
// widths, 8, 16 … 64 channels, of the stem and first cell, a reduction, a cell, a reduction and a cell. Its
// Parse reads that notation and NATS-Bench's index "0"…"32767", which counts the widths with the last place
// as the lowest digit.
type SSSSpace struct{ digits }

// SSS makes the space "nats-sss".
func SSS() *SSSSpace {
	return &SSSSpace{digits{name: "nats-sss", radix: sssRadix,
		parse: func(text string) ([]uint8, error) {
			w, err := parseSSS(text)
			return w.digits(), err
		},
		write: func(d []uint8) Arch { return sssOf(d).arch() }}}
}

func init() { register("nats-sss", func(*Options) (Space, error) { return SSS(), nil }) }

// sssWidths are the five widths in channels.
type sssWidths [5]int

// sssCell is the cell of all architectures.
var sssCell = tssCell{natsConv3, natsConv3, natsConv3, natsSkip, natsConv3, natsConv3}

func (w sssWidths) arch() Arch {
	return Arch(fmt.Sprintf("%d:%d:%d:%d:%d", w[0], w[1], w[2], w[3], w[4]))
}

// digits are the widths in eighths, less one.
func (w sssWidths) digits() []uint8 {
	d := make([]uint8, len(w))
	for i, c := range w {
		d[i] = uint8(c/8 - 1)
	}
	return d
}

// sssOf is the inverse of digits.
func sssOf(d []uint8) (w sssWidths) {
	for i, v := range d {
		w[i] = 8 * (int(v) + 1)
	}
	return w
}

// sssRadix is the number of widths at each place.
var sssRadix = []int{8, 8, 8, 8, 8}

func parseSSS(text string) (w sssWidths, err error) {
	sc := &scanner{space: "nats-sss", text: text}
	sc.blanks()
	if isNumber(strings.TrimSpace(text)) {
		w = sssOf((&digits{radix: sssRadix}).decode(sc.number("the index", 0, SSSSize-1)))
		sc.end()
		return w, sc.err
	}
	for i := range w {
		if i > 0 {
			sc.expect(":")
		}
		start := sc.pos
		w[i] = sc.number("a width", 8, 64)
		if w[i]%8 != 0 {
			sc.failAt(start, "width %d is not a multiple of 8", w[i])
		}
	}
	sc.end()
	return w, sc.err
}

// At returns the architecture of that NATS-Bench index. It fails outside 0…32767.
func (s *SSSSpace) At(index int) (Arch, error) {
	if err := s.checkNumber(index); err != nil {
		return "", err
	}
	return s.write(s.at(index)), nil
}

// Index is the architecture's NATS-Bench index, 0…32767.
func (s *SSSSpace) Index(a Arch) (int, error) {
	w, err := parseSSS(string(a))
	if err != nil {
		return 0, err
	}
	return s.code(w.digits()), nil
}

// Network builds the network: stem.{conv,bn}, cells.0…4 (cells at 0, 2, 4, reductions at 1, 3), head.bn,
// classifier. Where a cell changes the width its skip is a 1×1 convolution and batch norm, edge_3_0. It fails
// where the input is too small for, or not divisible by, the two halvings.
func (s *SSSSpace) Network(a Arch, t Task) (*Graph, error) {
	w, err := parseSSS(string(a))
	if err != nil {
		return nil, err
	}
	if t.Dense {
		return nil, fmt.Errorf("spaces: nats-sss: no network gives an output at every position, as the task %q asks; nats-tss and darts do", t.Name)
	}
	b := NewBuilder(t.Input)
	x := convBN(b, 0, "stem", w[0], 3, 1)
	for i, c := range w {
		name := "cells." + strconv.Itoa(i)
		if i%2 == 1 {
			x = natsReduction(b, x, name, c)
		} else {
			x = natsCellLayers(b, x, name, sssCell, c)
		}
	}
	return natsHead(b, x, t.Outputs)
}

// Cells returns the fixed cell three times, each titled with its widths.
func (s *SSSSpace) Cells(a Arch) ([]Cell, error) {
	w, err := parseSSS(string(a))
	if err != nil {
		return nil, err
	}
	var list []Cell
	for i := 0; i < len(w); i += 2 {
		list = append(list, natsDrawing(fmt.Sprintf("cell %d: %d → %d channels", i, w[max(i-1, 0)], w[i]), sssCell))
	}
	return list, nil
}
