package spaces

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// TSSSize is the number of architectures of NATS-Bench TSS: five operations on each of six edges.
const TSSSize = 15625

// TSSSpace is NATS-Bench's topology search space, which is NAS-Bench-201 (Dong and Yang, "NAS-Bench-201:
// Extending the Scope of Reproducible Neural Architecture Search", ICLR 2020). A cell has four nodes and an
// operation on each of its six edges: none, skip_connect, nor_conv_1x1, nor_conv_3x3 or avg_pool_3x3. The
// network is a stem, three stages of equal cells with a residual block of stride 2 between them, and a head.
//
// [TSSSpace.Parse] reads three encodings:
//
//   - the official string, "|op~0|+|op~0|op~1|+|op~0|op~1|op~2|", which is also the notation of its [Arch];
//   - NASLib's op indices, "(0, 2, 3, 2, 3, 1)": the edges 0→1, 0→2, 0→3, 1→2, 1→3, 2→3, and skip_connect,
//     none, nor_conv_3x3, nor_conv_1x1, avg_pool_3x3 as 0…4;
//   - NATS-Bench's index, "0"…"15624".
type TSSSpace struct {
	digits
	channels, cells int
}

// TSSOption changes how the networks of [TSS] are built: [WithChannels], [WithCellsPerStage].
type TSSOption interface{ applyTSS(*TSSSpace) }

// TSS makes the space "nats-tss".
func TSS(options ...TSSOption) *TSSSpace {
	s := &TSSSpace{digits: digits{name: "nats-tss", radix: tssRadix, parse: parseTSSDigits,
		write: func(d []uint8) Arch { return tssCell(d).arch() },
		codes: func() []uint16 { return tssNumbering().byIndex }}, channels: 16, cells: 5}
	for _, o := range options {
		o.applyTSS(s)
	}
	return s
}

func init() {
	register("nats-tss", func(o *Options) (Space, error) {
		return TSS(WithChannels(o.Int("channels", 16, 1, maxWidth, "width of the first stage; the others have twice and four times as many")),
			WithCellsPerStage(o.Int("cells_per_stage", 5, 0, maxCells, "cells in each of the three stages"))), nil
	})
}

// Options are those of the networks that are not the default.
func (s *TSSSpace) Options() string {
	var l optionList
	l.add("cells_per_stage", strconv.Itoa(s.cells), "5")
	l.add("channels", strconv.Itoa(s.channels), "16")
	return l.String()
}

// NASLib's order of the operations and of the edges.
var (
	tssNASLibOps   = [5]uint8{natsSkip, natsNone, natsConv3, natsConv1, natsPool}
	tssNASLibEdges = [6]int{0, 1, 3, 2, 4, 5} // positions in tssCell of 0→1, 0→2, 0→3, 1→2, 1→3, 2→3
)

func parseTSSDigits(text string) ([]uint8, error) {
	cell, err := parseTSS(text)
	return cell[:], err
}

func parseTSS(text string) (cell tssCell, err error) {
	sc := &scanner{space: "nats-tss", text: text}
	sc.blanks()
	switch trimmed := strings.TrimSpace(text); {
	case isNumber(trimmed):
		cell = tssAt(sc.number("the index", 0, TSSSize-1))
		sc.end()
	case strings.HasPrefix(trimmed, "("):
		ops, _ := sc.tuple(6, 6, "an op index", 0, 4)
		for i, op := range ops {
			cell[tssNASLibEdges[i]] = tssNASLibOps[op]
		}
	default:
		for e, edge := range natsEdges {
			if edge[1] == 0 {
				if e > 0 {
					sc.expect("+")
				}
				sc.expect("|")
			}
			cell[e] = uint8(sc.op(natsOps))
			sc.expect("~" + strconv.Itoa(edge[1]))
			sc.expect("|")
		}
		sc.end()
	}
	return cell, sc.err
}

// arch is the official notation.
func (c tssCell) arch() Arch {
	var b strings.Builder
	for e, op := range c {
		if natsEdges[e][1] == 0 {
			if e > 0 {
				b.WriteByte('+')
			}
			b.WriteByte('|')
		}
		fmt.Fprintf(&b, "%s~%d|", natsOps[op], natsEdges[e][1])
	}
	return Arch(b.String())
}

// tssNumbering is NATS-Bench's numbering: it listed the codes in order and shuffled them with Python's
// random.Random(88). byIndex maps an index to its code, byCode a code to its index.
var tssNumbering = sync.OnceValue(func() struct{ byIndex, byCode []uint16 } {
	n := struct{ byIndex, byCode []uint16 }{make([]uint16, TSSSize), make([]uint16, TSSSize)}
	for i := range n.byIndex {
		n.byIndex[i] = uint16(i)
	}
	newMersenne(88).shuffle(TSSSize, func(i, j int) {
		n.byIndex[i], n.byIndex[j] = n.byIndex[j], n.byIndex[i]
	})
	for i, code := range n.byIndex {
		n.byCode[code] = uint16(i)
	}
	return n
})

func tssAt(index int) tssCell {
	return tssCell((&digits{radix: tssRadix}).decode(int(tssNumbering().byIndex[index])))
}

// tssRadix is the number of operations on each edge.
var tssRadix = []int{5, 5, 5, 5, 5, 5}

// At returns the architecture of that NATS-Bench index. It fails outside 0…15624.
func (s *TSSSpace) At(index int) (Arch, error) {
	if err := s.checkNumber(index); err != nil {
		return "", err
	}
	return tssAt(index).arch(), nil
}

// Index is the architecture's NATS-Bench index, 0…15624.
func (s *TSSSpace) Index(a Arch) (int, error) {
	cell, err := parseTSS(string(a))
	if err != nil {
		return 0, err
	}
	return int(tssNumbering().byCode[s.code(cell[:])]), nil
}

// FormatNASLib is the architecture as NASLib's op indices, for example "(0, 2, 3, 2, 3, 1)".
func (s *TSSSpace) FormatNASLib(a Arch) (string, error) {
	cell, err := parseTSS(string(a))
	if err != nil {
		return "", err
	}
	v := make([]int, 6)
	for i, e := range tssNASLibEdges {
		v[i] = slices.Index(tssNASLibOps[:], cell[e])
	}
	return formatTuple(v), nil
}

// Canonical is the string by which NAS-Bench-201 tells isomorphic cells: architectures with equal strings
// compute the same function. It writes the output node as an expression of the input "0": skip_connect is its
// operand, none and anything computed from a single zero is "#", and the terms of a node are sorted. 6,466 of
// the 15,625 architectures are distinct by this rule.
//
// The rule is not complete. It keeps zero terms in sums ("#+0" is not "0") and does not merge a sum that is
// skipped into another sum with that sum's terms; with both simplifications 4,930 remain. Nor does it promise
// equal scores: isomorphic architectures differ in dead edges, which count in params and some proxies.
func (s *TSSSpace) Canonical(a Arch) (string, error) {
	cell, err := parseTSS(string(a))
	if err != nil {
		return "", err
	}
	return cell.canonical(), nil
}

func (c tssCell) canonical() string {
	nodes := [4]string{"0"}
	var terms []string
	for e, op := range c {
		to, from := natsEdges[e][0], natsEdges[e][1]
		switch {
		case op == natsNone || nodes[from] == "#":
			terms = append(terms, "#")
		case op == natsSkip:
			terms = append(terms, nodes[from])
		default:
			terms = append(terms, "("+nodes[from]+")@"+natsOps[op])
		}
		if from == to-1 {
			slices.Sort(terms)
			nodes[to] = strings.Join(terms, "+")
			terms = nil
		}
	}
	return nodes[3]
}

// Distinct lists the first architecture of each class of [TSSSpace.Canonical], in the order of their index:
// 6,466 in all.
func (s *TSSSpace) Distinct() iter.Seq[Arch] {
	return func(yield func(Arch) bool) {
		seen := map[string]bool{}
		for i := range TSSSize {
			cell := tssAt(i)
			if c := cell.canonical(); !seen[c] {
				seen[c] = true
				if !yield(cell.arch()) {
					return
				}
			}
		}
	}
}

// Network builds the network: stem.{conv,bn}, cells.{i}, head.bn, classifier. In a cell every edge with
// weights is built, also those that cannot reach the output. It fails where the input is too small for, or
// not divisible by, the two halvings.
//
// For dense tasks it is the network that NAS-Bench-360 trained on Darcy Flow (its precompute/darcyflow,
// tiny_network.py): cells take the place of the two residual blocks, so that the resolution stays, their edges from
// node 0 change the channels, and the classifier looks at every position: a 1×1 convolution with a bias.
func (s *TSSSpace) Network(a Arch, t Task) (*Graph, error) {
	cell, err := parseTSS(string(a))
	if err != nil {
		return nil, err
	}
	if s.cells < 0 || s.cells > maxCells {
		return nil, fmt.Errorf("spaces: nats-tss: %d cells per stage, want 0 to %d", s.cells, maxCells)
	}
	if err := checkWidth(s.Name(), s.channels); err != nil {
		return nil, err
	}
	b := NewBuilder(t.Input)
	x := convBN(b, 0, "stem", s.channels, 3, 1)
	n := 0
	name := func() string {
		n++
		return fmt.Sprintf("cells.%d", n-1)
	}
	for stage := range 3 {
		c := s.channels << stage
		if stage > 0 && t.Dense {
			x = natsCellLayers(b, x, name(), cell, c)
		} else if stage > 0 {
			x = natsReduction(b, x, name(), c)
		}
		for range s.cells {
			x = natsCellLayers(b, x, name(), cell, c)
		}
	}
	if t.Dense {
		b.Within("head")
		x = b.ReLU(b.BatchNorm(x, "head.bn"))
		b.Within("classifier")
		return b.Build(b.Conv(x, "classifier", ConvOpts{Out: t.Outputs, Kernel: 1, Bias: true}))
	}
	return natsHead(b, x, t.Outputs)
}

// Cells returns the one cell.
func (s *TSSSpace) Cells(a Arch) ([]Cell, error) {
	cell, err := parseTSS(string(a))
	if err != nil {
		return nil, err
	}
	return []Cell{natsDrawing("cell", cell)}, nil
}
