package netdraw_test

import (
	"log"
	"testing"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/internal/golden"
	"github.com/zcnas/zcnas/plotting/netdraw"
	"github.com/zcnas/zcnas/spaces"
)

func ExampleCell() {
	cell := spaces.Cell{Title: "cell", Nodes: []string{"input", "1", "2", "output"}, Edges: []spaces.CellEdge{
		{From: 0, To: 1, Label: "nor_conv_3x3"}, {From: 0, To: 2, Label: "skip_connect"}, {From: 1, To: 2, Label: "avg_pool_3x3"},
		{From: 0, To: 3, Label: "nor_conv_1x1"}, {From: 1, To: 3, Label: "none"}, {From: 2, To: 3, Label: "nor_conv_3x3"}}}
	fig, err := netdraw.Cell(cell, plotting.WithDPI(80))
	if err != nil {
		log.Panic(err)
	}
	if err := plotting.Save(fig, "testdata/cell.png"); err != nil {
		log.Panic(err)
	}
}

func TestCellGolden(t *testing.T) { golden.Example(t, "cell", ExampleCell) }
