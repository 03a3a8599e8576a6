package plotting

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

func TestCellDrawingGolden(t *testing.T) {
	f, err := CellDrawing(tssCell)
	checkGolden(t, "cell", f, err)
	f, err = CellDrawing(dartsCell, WithWidth(TwoColumn), WithTheme(Dark()))
	checkGolden(t, "cell_darts", f, err)
}

// No label may cover another label or a node, at either width.
func TestCellLabelsStandApart(t *testing.T) {
	for _, c := range []spaces.Cell{tssCell, dartsCell} {
		for _, w := range []vg.Length{OneColumn, TwoColumn} {
			d := cellFigure{c}
			l := d.best(&pen{th: Light()}, w-2*margin)
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
		if _, err := CellDrawing(c); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	f, err := CellDrawing(spaces.Cell{Nodes: []string{"alone"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Bundle(); err != nil {
		t.Error(err)
	}
}

// smallNet has a stem, three cells, the first of which is different, and a classifier.
func smallNet(t *testing.T) *spaces.Graph {
	t.Helper()
	b := spaces.NewBuilder(spaces.Shape{C: 3, H: 32, W: 32})
	x := b.Conv(0, "stem.conv", spaces.ConvOpts{Out: 16, Kernel: 3, Pad: 1})
	x = b.BatchNorm(x, "stem.bn")
	x = b.ReLU(x)
	x = b.Conv(x, "cells.0.edge.conv", spaces.ConvOpts{Out: 32, Kernel: 3, Pad: 1, Stride: 2})
	x = b.ReLU(x)
	x = b.Conv(x, "cells.1.edge.conv", spaces.ConvOpts{Out: 32, Kernel: 3, Pad: 1})
	x = b.ReLU(x)
	x = b.Conv(x, "cells.2.edge.conv", spaces.ConvOpts{Out: 32, Kernel: 3, Pad: 1})
	x = b.GlobalAvgPool(x)
	g, err := b.Build(b.Linear(x, "classifier", 10))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestBlocks(t *testing.T) {
	g := smallNet(t)
	var got []string
	sum := 0
	for _, b := range blocksOf(g) {
		title, params := b.lines()
		got = append(got, strings.TrimSpace(title+" "+params)+" → "+b.out.String())
		sum += b.params * b.count
	}
	want := []string{"input → 3×32×32", "stem 464 → 16×32×32", "cell 0 4.61k → 32×16×16", "cells 1–2 2 × 9.22k → 32×16×16", "mean → 32×1×1", "classifier 330 → 10×1×1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mismatch (-want +got)\n%s", diff)
	}
	if sum != g.ParamCount() {
		t.Errorf("the blocks have %d parameters, the network %d", sum, g.ParamCount())
	}
}

func TestNetworkDrawingGolden(t *testing.T) {
	f, err := NetworkDrawing(smallNet(t))
	checkGolden(t, "network", f, err)
	if _, err := NetworkDrawing(nil); err == nil {
		t.Error("a nil network is accepted")
	}
	if _, err := NetworkDrawing(&spaces.Graph{}); err == nil {
		t.Error("an empty network is accepted")
	}
	f, err = NetworkDrawing(&spaces.Graph{Layers: []spaces.Layer{{Kind: spaces.Input, Out: spaces.Shape{C: 1, H: 1, W: 1}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Bundle(); err != nil {
		t.Error(err)
	}
}
