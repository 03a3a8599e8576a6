package plotting

import (
	"fmt"

	"github.com/zcnas/zcnas/spaces"
)

// CellsOf draws all cells of an architecture, one below the other.
func CellsOf(s spaces.Space, a spaces.Arch, opts ...Option) (*Figure, error) {
	if s == nil {
		return nil, fmt.Errorf("plotting: CellsOf: the space is nil")
	}
	cells, err := s.Cells(a)
	if err != nil {
		return nil, fmt.Errorf("plotting: CellsOf: %w", err)
	}
	if len(cells) == 1 {
		return CellDrawing(cells[0], opts...)
	}
	var figs []*Figure
	for _, c := range cells {
		f, err := CellDrawing(c, append(append([]Option(nil), opts...), WithTitle(c.Title), WithNote(""), WithHeight(0))...)
		if err != nil {
			return nil, err
		}
		figs = append(figs, f)
	}
	return Grid(figs, append([]Option{WithWidth(OneColumn), WithColumns(1)}, opts...)...)
}
