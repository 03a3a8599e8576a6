package netdraw

import (
	"testing"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"github.com/zcnas/zcnas/spaces"
	"gonum.org/v1/plot/vg"
)

var tssCell = spaces.Cell{Title: "cell", Nodes: []string{"input", "1", "2", "output"}, Edges: []spaces.CellEdge{
	{From: 0, To: 1, Label: "nor_conv_3x3"}, {From: 0, To: 2, Label: "skip_connect"}, {From: 1, To: 2, Label: "avg_pool_3x3"},
	{From: 0, To: 3, Label: "nor_conv_1x1"}, {From: 1, To: 3, Label: "none"}, {From: 2, To: 3, Label: "nor_conv_3x3"}}}

var dartsCell = spaces.Cell{Title: "normal cell", Nodes: []string{"cell k-2", "cell k-1", "0", "1", "2", "3", "cell k"}, Edges: []spaces.CellEdge{
	{From: 0, To: 2, Label: "sep_conv_5x5"}, {From: 1, To: 2, Label: "sep_conv_3x3"}, {From: 0, To: 3, Label: "skip_connect"},
	{From: 1, To: 3, Label: "avg_pool_3x3"}, {From: 0, To: 4, Label: "skip_connect"}, {From: 2, To: 4, Label: "avg_pool_3x3"},
	{From: 0, To: 5, Label: "avg_pool_3x3"}, {From: 2, To: 5, Label: "sep_conv_3x3"},
	{From: 2, To: 6}, {From: 3, To: 6}, {From: 4, To: 6}, {From: 5, To: 6}}}

func TestDARTSCellGolden(t *testing.T) {
	f, err := Cell(dartsCell, plotting.WithWidth(plotting.TwoColumn), plotting.WithTheme(plotting.Dark()), small)
	checkGolden(t, "cell_darts", f, err)
}

// No label may cover another label or a node, at either width.
func TestCellLabelsStandApart(t *testing.T) {
	for _, c := range []spaces.Cell{tssCell, dartsCell} {
		for _, w := range []vg.Length{plotting.OneColumn, plotting.TwoColumn} {
			d := cellFigure{c}
			l := d.best(&canvas.Pen{Theme: plotting.Light()}, w-2*canvas.Margin)
			for i, e := range l.edges {
				if e.label == "" {
					continue
				}
				for j, o := range l.edges[:i] {
					if o.label != "" && overlap(e.box, o.box, 0) > 0 {
						t.Errorf("%s, %v wide: labels of edges %d and %d overlap", c.Title, w, j, i)
					}
				}
				for j, r := range l.nodes {
					if overlap(e.box, r, 0) > 0 {
						t.Errorf("%s, %v wide: the label of edge %d covers node %d", c.Title, w, i, j)
					}
				}
			}
		}
	}
}

func TestCellDrawingBadInput(t *testing.T) {
	for name, c := range map[string]spaces.Cell{
		"no nodes":  {},
		"backwards": {Nodes: []string{"a", "b"}, Edges: []spaces.CellEdge{{From: 1, To: 0}}},
		"loop":      {Nodes: []string{"a"}, Edges: []spaces.CellEdge{{From: 0, To: 0}}},
		"outside":   {Nodes: []string{"a", "b"}, Edges: []spaces.CellEdge{{From: 0, To: 2}}},
		"negative":  {Nodes: []string{"a", "b"}, Edges: []spaces.CellEdge{{From: -1, To: 1}}},
		"text":      {Nodes: []string{"\xff"}},
	} {
		if _, err := Cell(c); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	f, err := Cell(spaces.Cell{Nodes: []string{"alone"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Bundle(); err != nil {
		t.Error(err)
	}
}
