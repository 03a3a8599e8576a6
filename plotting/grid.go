package plotting

import (
	"fmt"
	"slices"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot/vg"
)

func init() {
	uses["Grid"] = []string{"WithColumns"}
}

// Grid sets figures side by side in rows, for example a [Scatter] per proxy. All get the same size and the grid's
// theme. The default width is [TwoColumn] with three columns ([WithColumns] changes it).
func Grid(figures []*Figure, opts ...Option) (*Figure, error) {
	opts = append([]Option{WithWidth(TwoColumn)}, opts...)
	return newFigure("Grid", opts, func(f *Figure) error {
		if len(figures) == 0 {
			return fmt.Errorf("no figures given; give at least one")
		}
		for i, g := range figures {
			if g == nil {
				return fmt.Errorf("figure %d is nil", i+1)
			}
		}
		// What several of the figures explain is said once, below the grid.
		figs := make([]*Figure, len(figures))
		for i, g := range figures {
			own := *g
			own.explains = nil
			figs[i] = &own
			for _, e := range g.explains {
				if !slices.Contains(f.explains, e) {
					f.explains = append(f.explains, e)
				}
			}
		}
		cols := f.cfg.columns
		if cols == 0 {
			cols = max(1, int(f.cfg.width/(2*vg.Inch)))
		}
		cols = min(cols, len(figs))
		rows := (len(figs) + cols - 1) / cols
		const gap = 6
		cellW := func(w vg.Length) vg.Length { return (w - gap*vg.Length(cols-1)) / vg.Length(cols) }
		cellH := func(p *canvas.Pen, w vg.Length) vg.Length {
			var h vg.Length
			for _, g := range figs {
				q := *p
				q.Max.X = q.Min.X + cellW(w)
				h = max(h, g.natural(&q, cellW(w)))
			}
			return h
		}
		f.alt = canvas.Counted(len(figs), "figure") + " side by side; the first: " + figs[0].alt
		f.body = func(p *canvas.Pen, w vg.Length) vg.Length {
			return cellH(p, w)*vg.Length(rows) + gap*vg.Length(rows-1)
		}
		f.draw = func(p *canvas.Pen) {
			w := cellW(p.Max.X - p.Min.X)
			h := (p.Max.Y - p.Min.Y - gap*vg.Length(rows-1)) / vg.Length(rows)
			for i, g := range figs {
				x := p.Min.X + vg.Length(i%cols)*(w+gap)
				y := p.Max.Y - vg.Length(i/cols)*(h+gap)
				g.drawIn(p.In(canvas.Rect(x, y-h, x+w, y)))
			}
		}
		return nil
	})
}
