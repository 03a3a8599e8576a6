package spaces

import (
	"errors"
	"fmt"
)

// Supernet is a network that holds every architecture of a space at once: each edge of a cell has all operations, and
// gates say how much of each. One network with one set of weights then stands for all of them, as in one-shot search.
type Supernet struct {
	*Graph
	// Choices has the operations of each decision, "none" among them.
	Choices [][]string
	space   *TSSSpace
}

// Supernet builds the space's networks in one (Liu, Simonyan and Yang, "DARTS: Differentiable Architecture Search", ICLR
// 2019, on NAS-Bench-201's cell as in its public code): an edge is the weighted sum of its operations. Every operation
// but none has a gate before it, to feed it zeros where it is removed, and one behind it for its weight;
// [Supernet.Factors] sets them. All cells share their weights' gates. Only networks for classes: it fails on dense tasks.
func (s *TSSSpace) Supernet(t Task) (*Supernet, error) {
	if t.Dense {
		return nil, errors.New("spaces: nats-tss: there is no supernet for dense tasks")
	}
	if s.cells < 0 || s.cells > maxCells {
		return nil, fmt.Errorf("spaces: nats-tss: %d cells per stage, want 0 to %d", s.cells, maxCells)
	}
	if err := checkWidth(s.Name(), s.channels); err != nil {
		return nil, err
	}
	b := NewBuilder(t.Input)
	x := convBN(b, 0, "stem", s.channels, 3, 1)
	cells := 0
	for stage := range 3 {
		c := s.channels << stage
		if stage > 0 {
			x = natsReduction(b, x, fmt.Sprintf("cells.%d", cells), c)
			cells++
		}
		for range s.cells {
			x = natsMixedCell(b, x, fmt.Sprintf("cells.%d", cells), c)
			cells++
		}
	}
	g, err := natsHead(b, x, t.Outputs)
	if err != nil {
		return nil, err
	}
	n := &Supernet{Graph: g, space: s}
	for range natsEdges {
		n.Choices = append(n.Choices, natsOps)
	}
	return n, nil
}

// natsMixedCell adds a cell with all operations on every edge.
func natsMixedCell(b *Builder, x int, name string, out int) int {
	nodes := [4]int{x}
	var terms []int
	for e, edge := range natsEdges {
		to, from := edge[0], edge[1]
		for op := range natsOps {
			if op == natsNone {
				continue
			}
			prefix := fmt.Sprintf("%s.edge_%d_%d.%s", name, to, from, natsOps[op])
			b.Within(prefix)
			y := b.Gate(nodes[from], natsFactor(e, op))
			switch op {
			case natsConv1:
				y = reluConvBN(b, y, prefix, out, 1, 1)
			case natsConv3:
				y = reluConvBN(b, y, prefix, out, 3, 1)
			case natsPool:
				y = b.AvgPool(y, 3, 1, 1)
			}
			terms = append(terms, b.Gate(y, natsFactor(e, op)+1))
		}
		if from == to-1 { // the node's last edge
			b.Within(fmt.Sprintf("%s, node %d", name, to))
			nodes[to] = b.Add(terms...)
			terms = nil
		}
	}
	return nodes[3]
}

// natsFactor is the number of the gate before an operation; the one behind it follows.
func natsFactor(edge, op int) int { return 2 * (edge*len(natsOps) + op) }

// Factors are the gates' factors for a minibatch of n samples: weights has one for each choice of each decision, 0
// for what is removed, as [Supernet.Choices] orders them. It fails on weights of another shape.
func (s *Supernet) Factors(weights [][]float64, n int) ([][]float32, error) {
	if len(weights) != len(s.Choices) {
		return nil, fmt.Errorf("spaces: weights of %d decisions; the supernet has %d", len(weights), len(s.Choices))
	}
	out := make([][]float32, natsFactor(len(natsEdges)-1, len(natsOps)-1)+2)
	for e, w := range weights {
		if len(w) != len(s.Choices[e]) {
			return nil, fmt.Errorf("spaces: decision %d has %d weights for %d choices", e, len(w), len(s.Choices[e]))
		}
		for op, v := range w {
			before, behind := make([]float32, n), make([]float32, n)
			for i := range n {
				if behind[i] = float32(v); v != 0 {
					before[i] = 1
				}
			}
			out[natsFactor(e, op)], out[natsFactor(e, op)+1] = before, behind
		}
	}
	return out, nil
}

// Arch is the architecture that has the given choice at each decision. It fails on other choices than there are.
func (s *Supernet) Arch(choices []int) (Arch, error) {
	var cell tssCell
	if len(choices) != len(cell) {
		return "", fmt.Errorf("spaces: %d choices for %d decisions", len(choices), len(cell))
	}
	for e, op := range choices {
		if op < 0 || op >= len(natsOps) {
			return "", fmt.Errorf("spaces: decision %d has no choice %d", e, op)
		}
		cell[e] = uint8(op)
	}
	return cell.arch(), nil
}
