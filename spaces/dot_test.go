package spaces_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/spaces"
)

func TestDOTQuotes(t *testing.T) {
	got := spaces.DOT(spaces.Cell{Title: `a "b"\`, Nodes: []string{"x", "y"}, Edges: []spaces.CellEdge{{From: 0, To: 1, Label: "none"}}})
	for _, want := range []string{`label="a \"b\"\\";`, `n0 -> n1 [label="none", style=dotted`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

// Every space's cells are drawn with edges that go forward between nodes that exist.
func TestCells(t *testing.T) {
	for _, s := range spaces.All() {
		list, err := s.Sample(3, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list {
			cells, err := spaces.Cells(s, a)
			if err != nil || len(cells) == 0 {
				t.Fatalf("%s %s: %d cells, %v", s.Name(), a, len(cells), err)
			}
			for _, c := range cells {
				for _, e := range c.Edges {
					if e.From < 0 || e.From >= e.To || e.To >= len(c.Nodes) {
						t.Errorf("%s %s: edge %v of %q", s.Name(), a, e, c.Nodes)
					}
				}
				if dot := spaces.DOT(c); strings.Count(dot, "->") != len(c.Edges) {
					t.Errorf("%s %s: %d edges, drawn as\n%s", s.Name(), a, len(c.Edges), dot)
				}
			}
		}
	}
}

func TestNetworkDOT(t *testing.T) {
	s := spaces.TSS(spaces.WithCellsPerStage(1))
	g := mustNetwork(t, s, "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|", cifar10)
	dot := spaces.NetworkDOT(g)
	for _, want := range []string{`label="stem.conv\nconv 3×3\n16×32×32"];`,
		`label="cells.0.edge_1_0.conv\nconv 3×3\n16×32×32", style=dotted];`} {
		if !strings.Contains(dot, want) {
			t.Errorf("no %s in\n%s", want, dot)
		}
	}
}

func ExampleDOT() {
	s := spaces.TransNASMicro()
	cells, err := s.Cells("64-41414-1_02_333")
	if err != nil {
		panic(err)
	}
	fmt.Print(spaces.DOT(cells[0]))
	// Output:
	// digraph cell {
	// 	rankdir=LR;
	// 	node [shape=box, style=rounded];
	// 	label="cell";
	// 	n0 [label="input"];
	// 	n1 [label="1"];
	// 	n2 [label="2"];
	// 	n3 [label="output"];
	// 	n0 -> n1 [label="skip"];
	// 	n0 -> n2 [label="none", style=dotted, color=gray, fontcolor=gray];
	// 	n1 -> n2 [label="conv_1x1"];
	// 	n0 -> n3 [label="conv_3x3"];
	// 	n1 -> n3 [label="conv_3x3"];
	// 	n2 -> n3 [label="conv_3x3"];
	// }
}
