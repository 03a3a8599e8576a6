package spaces

import "fmt"

// TransNASMicroSpace is the cell-level space of TransNAS-Bench-101: an operation (0 none, 1 skip, 2 1×1
// convolution, 3 3×3 convolution) on each of the six edges of a four-node cell, in the fixed skeleton 41414. Its
// Parse reads the official string, "64-41414-1_02_333" (one group for each of the nodes 1, 2, 3 with a digit for
// each earlier node), and NASLib's op indices, "(1, 0, 2, 3, 3, 3)", the same digits.
type TransNASMicroSpace struct{ digits }

// TransNASMicro makes the space "transnas-micro".
func TransNASMicro() *TransNASMicroSpace {
	return &TransNASMicroSpace{digits{name: "transnas-micro", radix: []int{4, 4, 4, 4, 4, 4},
		parse: func(text string) ([]uint8, error) {
			m, err := parseMicro(text)
			return m[:], err
		},
		write: func(d []uint8) Arch { return transMicro(d).arch() }}}
}

func init() {
	register("transnas-micro", func(*Options) (Space, error) { return TransNASMicro(), nil })
}

// FormatNASLib is the architecture as NASLib's op indices, for example "(1, 0, 2, 3, 3, 3)".
func (s *TransNASMicroSpace) FormatNASLib(a Arch) (string, error) {
	m, err := parseMicro(string(a))
	if err != nil {
		return "", err
	}
	v := make([]int, len(m))
	for e, d := range m {
		v[e] = int(d)
	}
	return formatTuple(v), nil
}

// Network builds the network for the task that t names, one of [TransNASTasks] (none means class_object):
// stem.{conv,bn,reduce.conv,reduce.bn}, cells.{k}.edge_{to}_{from}, then classifier or decoder.{i}.
// It fails where the input is too small for the strides, and on dense tasks where a map would have one position or
// the output not the input's size.
func (s *TransNASMicroSpace) Network(a Arch, t Task) (*Graph, error) {
	m, err := parseMicro(string(a))
	if err != nil {
		return nil, err
	}
	return transNetwork(s.Name(), transModules{4, 1, 4, 1, 4}, m.cell, t)
}

// cell adds a micro cell. Edges from node 0 carry its stride and its change of channels.
func (m transMicro) cell(b *Builder, x int, name string, out, stride int) int {
	in := b.Out(x)
	shape := Shape{out, (in.H + stride - 1) / stride, (in.W + stride - 1) / stride}
	nodes := [4]int{x}
	var terms []int
	for e, op := range m {
		to, from := natsEdges[e][0], natsEdges[e][1]
		edge := fmt.Sprintf("%s.edge_%d_%d", name, to, from)
		y, s := nodes[from], 1
		if from == 0 {
			s = stride
		}
		switch {
		case op >= 2:
			terms = append(terms, reluConvBN(b, y, edge, out, 2*int(op)-3, s))
		case op == 1 && (s != 1 || b.Out(y).C != out):
			f := factorised(b, y, edge, [2]string{".conv_a", ".conv_b"}, out, s)
			terms = append(terms, b.BatchNorm(f, edge+".bn"))
		case op == 1:
			terms = append(terms, y)
		}
		if from == to-1 { // the node's last edge
			b.Within(fmt.Sprintf("%s, node %d", name, to))
			if len(terms) == 0 {
				nodes[to] = b.Zero(shape)
			} else {
				nodes[to] = b.Add(terms...)
			}
			terms = nil
		}
	}
	return nodes[3]
}

// Cells returns the one cell.
func (s *TransNASMicroSpace) Cells(a Arch) ([]Cell, error) {
	m, err := parseMicro(string(a))
	if err != nil {
		return nil, err
	}
	c := Cell{Title: "cell", Nodes: []string{"input", "1", "2", "output"}}
	for e, op := range m {
		c.Edges = append(c.Edges, CellEdge{natsEdges[e][1], natsEdges[e][0], transMicroOps[op]})
	}
	return []Cell{c}, nil
}
