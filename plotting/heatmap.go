package plotting

import (
	"fmt"
	"math"
	"slices"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot/vg"
)

func init() {
	uses["HeatMap"] = []string{"WithStatistic", "WithColorMap", "WithLowerTriangle", "WithoutLegend"}
	uses["HeatMapGrid"] = []string{"WithStatistic", "WithColorMap", "WithLowerTriangle", "WithoutLegend", "WithColumns"}
}

// HeatMap draws a matrix of rank correlations, [len(names)][len(names)] with values in −1…1, as an annotated
// heat map with a colour bar: the all-pairs Spearman of the post's Figures 3–6. NaN cells are hatched. The numbers
// are left out where the cells are too small to hold them legibly. The colours are [BlueYellow] unless
// [WithColorMap] says otherwise.
func HeatMap(names []string, matrix [][]float64, opts ...Option) (*Figure, error) {
	return newFigure("HeatMap", opts, func(f *Figure) error {
		h, err := newHeat(f.cfg, []Panel{{Names: names, Matrix: matrix}}, 1)
		if err != nil {
			return err
		}
		f.alt = "heat map of rank correlations between " + canvas.Counted(len(names), "score")
		f.body, f.draw = h.height, h.draw
		return nil
	})
}

// Panel is one heat map of a [HeatMapGrid].
type Panel struct {
	Title  string
	Names  []string
	Matrix [][]float64 // [len(Names)][len(Names)], values in −1…1 or NaN
}

// HeatMapGrid draws several heat maps with one colour bar for all. Where all panels have the same names, the
// labels are written once per row and once per column of panels. The default width is [TwoColumn], with as many
// columns as leave the numbers legible (4.5 points), four at most; where not even one column does, as many as leave
// the names legible.
func HeatMapGrid(panels []Panel, opts ...Option) (*Figure, error) {
	opts = append([]Option{WithWidth(TwoColumn)}, opts...)
	return newFigure("HeatMapGrid", opts, func(f *Figure) error {
		cols := f.cfg.columns
		if cols == 0 {
			cols = min(max(1, int(f.cfg.width/(2*vg.Inch))), 4)
		}
		h, err := newHeat(f.cfg, panels, min(cols, max(1, len(panels))))
		if err != nil {
			return err
		}
		if f.cfg.columns == 0 {
			h.cols = h.legibleColumns(&canvas.Pen{Theme: f.cfg.theme}, f.cfg.width)
		}
		f.alt = canvas.Counted(len(panels), "heat map") + " of rank correlations"
		f.body, f.draw = h.height, h.draw
		return nil
	})
}

type heat struct {
	cfg    config
	panels []Panel
	cols   int
	shared bool // all panels have the same names
}

func newHeat(cfg config, panels []Panel, cols int) (*heat, error) {
	if len(panels) == 0 {
		return nil, fmt.Errorf("no panels given; give at least one")
	}
	h := &heat{cfg: cfg, cols: cols, shared: true}
	for i, pn := range panels {
		at := func(err error) error {
			if len(panels) > 1 {
				return fmt.Errorf("panel %d (%s): %w", i+1, pn.Title, err)
			}
			return err
		}
		if err := checkNames("name", pn.Names); err != nil {
			return nil, at(err)
		}
		if err := checkCorrelations("the matrix", pn.Matrix, pn.Names, pn.Names); err != nil {
			return nil, at(err)
		}
		h.panels = append(h.panels, Panel{pn.Title, slices.Clone(pn.Names), copyMatrix(pn.Matrix)})
		h.shared = h.shared && slices.Equal(pn.Names, panels[0].Names)
	}
	return h, nil
}

// heatGeometry is where things stand when the figure is w wide.
type heatGeometry struct {
	cell               []vg.Length // per column of panels
	size               vg.Length   // of the labels
	rowLabel, colLabel vg.Length
	panelW             []vg.Length // matrix only
	gap, titleH, bar   vg.Length
	titleSize          vg.Length // of the panels' titles
	steep              bool      // column labels at 90° instead of 45°
}

// legibleColumns is the largest number of columns of panels up to h.cols at which the numbers fit into the cells; if
// there is none, the largest at which the names stand apart, or one.
func (h *heat) legibleColumns(p *canvas.Pen, w vg.Length) int {
	fits := func(cols int, ok func(heatGeometry) bool) bool {
		try := *h
		try.cols = cols
		return ok(try.geometry(p, w))
	}
	for _, ok := range []func(heatGeometry) bool{
		func(g heatGeometry) bool { return h.numberSize(p, g.cell[0]) > 0 },
		func(g heatGeometry) bool { return g.cell[0] >= g.size },
	} {
		for cols := h.cols; cols > 0; cols-- {
			if fits(cols, ok) {
				return cols
			}
		}
	}
	return 1
}

const barWidth vg.Length = 8

func (h *heat) geometry(p *canvas.Pen, w vg.Length) heatGeometry {
	g := heatGeometry{size: p.Theme.FontSize, gap: 9}
	n := 0
	for _, pn := range h.panels {
		n = max(n, len(pn.Names))
	}
	if h.cfg.legend {
		g.bar = 8 + barWidth + tickLen + p.Width("−0.5", canvas.TextStyle{}) + 1.6*p.Theme.FontSize
	}
	// The labels shrink with the cells, so the two are found together.
	for range 8 {
		g.rowLabel = 0
		for _, pn := range h.panels {
			g.rowLabel = max(g.rowLabel, p.MaxWidth(pn.Names, canvas.TextStyle{Size: g.size})+4)
		}
		blocks := vg.Length(1)
		if !h.shared {
			blocks = vg.Length(h.cols)
		}
		per := (w - 2*canvas.Margin - g.bar - blocks*g.rowLabel - vg.Length(h.cols-1)*g.gap) / vg.Length(h.cols)
		cell := min(per/vg.Length(n), 40)
		if h.cols == 1 && len(h.panels) == 1 {
			cell = min(cell, 30)
		}
		g.cell = nil
		g.panelW = nil
		for range h.cols {
			g.cell = append(g.cell, cell)
			g.panelW = append(g.panelW, cell*vg.Length(n))
		}
		if cell >= g.size*1.12 || g.size <= canvas.MinText {
			break
		}
		g.size = max(canvas.MinText, min(g.size-0.5, cell/1.12))
	}
	g.titleSize = p.Theme.FontSize
	lines := 0
	for _, pn := range h.panels {
		if pn.Title == "" {
			continue
		}
		wrapped := p.Wrap(pn.Title, g.panelW[0], p.Theme.FontSize, true)
		lines = max(lines, len(wrapped))
		for _, l := range wrapped { // one size for all panels: that which the longest word needs
			g.titleSize = p.Fit(l, g.panelW[0]+g.gap-2, canvas.TextStyle{Size: g.titleSize, Bold: true})
		}
	}
	if lines > 0 {
		g.titleH = (vg.Length(lines)*1.2 + 0.25) * p.Theme.FontSize
	}
	g.steep = g.cell[0]*math.Sqrt2/2 < 1.05*g.size
	if h.shared && h.rows() > 1 && len(h.panels)%h.cols != 0 {
		g.steep = true // slanted names above the gap in the last row would reach into the panel beside it
	}
	g.colLabel = g.rowLabel + 1
	if !g.steep {
		g.colLabel = g.rowLabel*math.Sqrt2/2 + 0.8*g.size
	}
	return g
}

func (h *heat) rows() int { return (len(h.panels) + h.cols - 1) / h.cols }

// labelled says whether the panel carries the column names: all do when names differ, else the lowest of each
// column of panels.
func (h *heat) labelled(i int) bool { return !h.shared || i+h.cols >= len(h.panels) }

// rowHeights are the heights of the rows of panels, labels included.
func (h *heat) rowHeights(g heatGeometry) []vg.Length {
	out := make([]vg.Length, h.rows())
	for i, pn := range h.panels {
		v := g.titleH + g.cell[i%h.cols]*vg.Length(len(pn.Names))
		if h.labelled(i) && i/h.cols == h.rows()-1 || !h.shared {
			v += g.colLabel
		}
		out[i/h.cols] = max(out[i/h.cols], v)
	}
	// A panel above an empty place of the last row needs room for its own labels only if the row below is too
	// low, which it never is: panels of one figure are as high as each other.
	return out
}

func (h *heat) height(p *canvas.Pen, w vg.Length) vg.Length {
	g := h.geometry(p, w)
	total := 2 * canvas.Margin
	for _, v := range h.rowHeights(g) {
		total += v
	}
	return total + vg.Length(h.rows()-1)*g.gap
}

func (h *heat) draw(p *canvas.Pen) {
	g := h.geometry(p, p.Max.X-p.Min.X)
	heights := h.rowHeights(g)
	// centre the block
	used := g.rowLabel + g.bar + vg.Length(h.cols-1)*g.gap
	if !h.shared {
		used += vg.Length(h.cols-1) * g.rowLabel
	}
	for _, v := range g.panelW {
		used += v
	}
	x0 := p.Min.X + max(canvas.Margin, (p.Max.X-p.Min.X-used)/2)
	y := p.Max.Y - canvas.Margin
	barTop, barBottom := y-g.titleH, y
	for row := range h.rows() {
		x := x0
		for col := range h.cols {
			i := row*h.cols + col
			if col == 0 || !h.shared {
				x += g.rowLabel
			}
			if i < len(h.panels) {
				top := y - g.titleH
				h.panel(p, h.panels[i], g, vg.Point{X: x, Y: top}, g.cell[col], col == 0 || !h.shared, h.labelled(i))
				barBottom = min(barBottom, top-g.cell[col]*vg.Length(len(h.panels[i].Names)))
			}
			x += g.panelW[col] + g.gap
		}
		y -= heights[row] + g.gap
	}
	if h.cfg.legend {
		h.bar(p, canvas.Rect(x0+used-g.bar+8, barBottom, x0+used-g.bar+8+barWidth, barTop))
	}
}

// panel draws one matrix with its upper left corner at pt.
func (h *heat) panel(p *canvas.Pen, pn Panel, g heatGeometry, pt vg.Point, cell vg.Length, rowNames, colNames bool) {
	n := len(pn.Names)
	num := h.numberSize(p, cell)
	digits := 2
	for i := range n {
		y := pt.Y - cell*vg.Length(i+1)
		for j := range n {
			if h.cfg.triangle && j > i {
				continue
			}
			x := pt.X + cell*vg.Length(j)
			const line = 0.35 // the background shows between the cells
			r := canvas.Rect(x+line/2, y+line/2, x+cell-line/2, y+cell-line/2)
			v := pn.Matrix[i][j]
			if math.IsNaN(v) {
				p.Hatch(r, p.Theme.Muted, max(2, cell/5))
				p.StrokeRect(r, p.Theme.Muted, 0.3)
				continue
			}
			c := h.cfg.colorMap(v)
			p.FillRect(r, c)
			if num > 0 {
				p.Text(vg.Point{X: x + cell/2, Y: y + cell/2}, h.number(v, digits, cell, num), canvas.TextStyle{Size: num, Color: canvas.TextOn(c), AX: 0.5, AY: 0.5})
			}
		}
		if rowNames {
			p.Text(vg.Point{X: pt.X - 3, Y: y + cell/2}, pn.Names[i], canvas.TextStyle{Size: g.size, AX: 1, AY: 0.5})
		}
		if colNames {
			ts := canvas.TextStyle{Size: g.size, AX: 1, AY: 0.5, Rot: math.Pi / 4}
			if g.steep {
				ts.Rot = math.Pi / 2
			}
			at := vg.Point{X: pt.X + cell*(vg.Length(i)+0.5), Y: pt.Y - cell*vg.Length(n) - 3}
			if !g.steep {
				at.X += 0.2 * g.size
				at.Y -= 0.15 * g.size
			}
			p.Text(at, pn.Names[i], ts)
		}
	}
	if pn.Title != "" {
		w := cell * vg.Length(n)
		lines := p.Wrap(pn.Title, w, p.Theme.FontSize, true)
		for i, l := range lines {
			y := pt.Y + (0.4+1.2*vg.Length(len(lines)-1-i))*p.Theme.FontSize
			p.Text(vg.Point{X: pt.X + w/2, Y: y}, l, canvas.TextStyle{Size: g.titleSize, Bold: true, AX: 0.5})
		}
	}
}

// numberSize is the size of the numbers in the cells, 0 for none.
func (h *heat) numberSize(p *canvas.Pen, cell vg.Length) vg.Length {
	size := min(p.Theme.FontSize, cell*0.55)
	w := p.Width("−.00", canvas.TextStyle{Size: size})
	if room := cell - 1.6; w > room {
		size *= room / w
	}
	if size < canvas.MinText {
		return 0
	}
	return size
}

// number prints 0.88 where it fits, else .88.
func (h *heat) number(v float64, digits int, cell, size vg.Length) string {
	if cell > 3.1*size {
		return canvas.Decimal(v, digits)
	}
	s := canvas.Short(v, digits)
	if s == "1.00" || s == "−1.00" {
		if math.Abs(v) == 1 {
			return s[:len(s)-3]
		}
		return s[:len(s)-1] // 0.996 is "1.0": nearly one, where "1" is one
	}
	return s
}

// bar draws the colour bar.
func (h *heat) bar(p *canvas.Pen, r vg.Rectangle) {
	const steps = 100
	hh := r.Max.Y - r.Min.Y
	for i := range steps {
		t := -1 + 2*(float64(i)+0.5)/steps
		// Each strip reaches to the top and is painted over by the next, so that no seams show.
		p.FillRect(canvas.Rect(r.Min.X, r.Min.Y+hh*vg.Length(i)/steps, r.Max.X, r.Max.Y), h.cfg.colorMap(t))
	}
	p.StrokeRect(r, p.Theme.Foreground, 0.4)
	for _, v := range []float64{-1, -0.5, 0, 0.5, 1} {
		y := r.Min.Y + hh*vg.Length((v+1)/2)
		p.Line(p.Theme.Foreground, 0.4, nil, vg.Point{X: r.Max.X, Y: y}, vg.Point{X: r.Max.X + tickLen, Y: y})
		s := canvas.Decimal(v, 1)
		if v == math.Trunc(v) {
			s = canvas.Decimal(v, 0)
		}
		p.Text(vg.Point{X: r.Max.X + tickLen + 2, Y: y}, s, canvas.TextStyle{AY: 0.5})
	}
	x := r.Max.X + tickLen + p.Width("−0.5", canvas.TextStyle{}) + 1.4*p.Theme.FontSize
	ts := canvas.TextStyle{AX: 0.5, Rot: math.Pi / 2}
	label := statisticLabel(h.cfg.statistic)
	ts.Size = p.Fit(label, hh, ts)
	p.Text(vg.Point{X: x, Y: (r.Min.Y + r.Max.Y) / 2}, label, ts)
}
