package netdraw

import (
	"fmt"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/spaces"
)

// Cells draws all cells of an architecture, one below the other.
func Cells(s spaces.Space, a spaces.Arch, opts ...plotting.Option) (*plotting.Figure, error) {
	if s == nil {
		return nil, fmt.Errorf("netdraw: cells: the space is nil")
	}
	cells, err := spaces.Cells(s, a)
	if err != nil {
		return nil, fmt.Errorf("netdraw: cells: %w", err)
	}
	if len(cells) == 1 {
		return Cell(cells[0], opts...)
	}
	var figs []*plotting.Figure
	for _, c := range cells {
		f, err := Cell(c, append(append([]plotting.Option(nil), opts...), plotting.WithTitle(c.Title), plotting.WithNote(""), plotting.WithHeight(0))...)
		if err != nil {
			return nil, err
		}
		figs = append(figs, f)
	}
	return plotting.Grid(figs, append([]plotting.Option{plotting.WithWidth(plotting.OneColumn), plotting.WithColumns(1)}, opts...)...)
}
