package spaces

import (
	"fmt"
	"strings"

	"github.com/zcnas/zcnas/internal/named"
)

// The operations of DARTS in NASLib's order.
const (
	dartsMaxPool = iota
	dartsAvgPool
	dartsSkip
	dartsSep3
	dartsSep5
	dartsDil3
	dartsDil5
)

var dartsOps = []string{"max_pool_3x3", "avg_pool_3x3", "skip_connect", "sep_conv_3x3", "sep_conv_5x5",
	"dil_conv_3x3", "dil_conv_5x5"}

// dartsEdge is an input of an intermediate node: where it comes from and the operation on it.
type dartsEdge struct{ from, op uint8 }

// dartsCell holds the two inputs of nodes 2, 3, 4, 5; node n's are 2(n-2) and 2(n-2)+1.
type dartsCell [8]dartsEdge

// dartsArch holds the normal and the reduction cell.
type dartsArch [2]dartsCell

// inputs is the number of nodes that edge e may come from.
func inputs(e int) int { return 2 + e/2 }

// arch is the compact notation.
func (a dartsArch) arch() Arch {
	var b strings.Builder
	for c, cell := range a {
		b.WriteString([]string{"[[", ", ["}[c])
		for e, edge := range cell {
			if e > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "(%d, %d)", edge.from, edge.op)
		}
		b.WriteString("]")
	}
	b.WriteString("]")
	return Arch(b.String())
}

// genotype is the notation of DARTS.
func (a dartsArch) genotype() string {
	var b strings.Builder
	b.WriteString("Genotype(")
	for c, cell := range a {
		name := []string{"normal", "reduce"}[c]
		if c > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s=[", name)
		for e, edge := range cell {
			if e > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "('%s', %d)", dartsOps[edge.op], edge.from)
		}
		fmt.Fprintf(&b, "], %s_concat=[2, 3, 4, 5]", name)
	}
	b.WriteString(")")
	return b.String()
}

func parseDARTS(text string) (dartsArch, error) {
	p := dartsParser{scanner: scanner{space: "darts", text: text}}
	p.blanks()
	if p.try("Genotype") {
		p.genotype()
	} else {
		p.open()
		for c := range p.arch {
			if c > 0 {
				p.comma()
			}
			p.open()
			for e := range p.arch[c] {
				if e > 0 {
					p.comma()
				}
				p.open()
				p.arch[c][e].from = p.input(e)
				p.comma()
				p.arch[c][e].op = uint8(p.number("an op index", 0, len(dartsOps)-1))
				p.close()
			}
			p.close()
		}
		p.close()
	}
	p.end()
	return p.arch, p.err
}

// dartsParser reads Python literals of tuples and lists, which are interchangeable; blanks are free.
type dartsParser struct {
	scanner
	arch dartsArch
	due  []byte // the brackets to be closed
}

func (p *dartsParser) open() {
	p.blanks()
	bracket := p.oneOf("[(")
	p.due = append(p.due, map[byte]byte{'[': ']', '(': ')'}[bracket])
	p.blanks()
}

func (p *dartsParser) close() {
	p.blanks()
	p.expect(string(p.due[len(p.due)-1:]))
	p.due = p.due[:len(p.due)-1]
	p.blanks()
}

func (p *dartsParser) comma() {
	p.blanks()
	p.expect(",")
	p.blanks()
}

// input reads the node that edge e comes from.
func (p *dartsParser) input(e int) uint8 { return uint8(p.number("the input node", 0, inputs(e)-1)) }

// genotype reads what follows the word Genotype. The four fields may come in any order.
func (p *dartsParser) genotype() {
	fields := []string{"normal", "normal_concat", "reduce", "reduce_concat"}
	seen := map[string]bool{}
	p.blanks()
	p.expect("(")
	for i := range fields {
		if i > 0 {
			p.comma()
		}
		p.blanks()
		start := p.pos
		name := p.word()
		p.blanks()
		p.expect("=")
		p.blanks()
		switch {
		case p.err != nil:
			return
		case seen[name]:
			p.failAt(start, "%s is given twice", name)
		case name == "normal":
			p.genotypeCell(&p.arch[0])
		case name == "reduce":
			p.genotypeCell(&p.arch[1])
		case name == "normal_concat" || name == "reduce_concat":
			p.concat()
		default:
			p.failAt(start, "unknown field %q%s", named.Clip(name), named.Hint(name, fields))
		}
		seen[name] = true
	}
	p.blanks()
	p.expect(")")
}

func (p *dartsParser) genotypeCell(cell *dartsCell) {
	p.open()
	for e := range cell {
		if e > 0 {
			p.comma()
		}
		p.open()
		quote := string(p.oneOf(`'"`))
		cell[e].op = uint8(p.op(dartsOps))
		p.expect(quote)
		p.comma()
		cell[e].from = p.input(e)
		p.close()
	}
	p.close()
}

// concat reads [2, 3, 4, 5] or range(2, 6), the only concatenation of the space.
func (p *dartsParser) concat() {
	if p.try("range") {
		p.blanks()
		p.expect("(")
		p.blanks()
		p.number("the concatenation's start", 2, 2)
		p.comma()
		p.number("the concatenation's end", 6, 6)
		p.blanks()
		p.expect(")")
		return
	}
	p.open()
	for n := 2; n < 6; n++ {
		if n > 2 {
			p.comma()
		}
		p.number("the concatenated node", n, n)
	}
	p.close()
}
