package plotting

import (
	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot/vg"
)

// legend names the entries of a figure outside its axes.
type legend struct {
	names  []string
	sample func(p *canvas.Pen, i int, x0, x1, y vg.Length) // draws the look of entry i
}

const sampleLen vg.Length = 20

// sideLegend says whether a figure of that width has room for a legend at its right.
func sideLegend(w vg.Length) bool { return w >= 4.5*vg.Inch }

func (l *legend) entryWidth(p *canvas.Pen) vg.Length {
	return sampleLen + 4 + p.MaxWidth(l.names, canvas.TextStyle{})
}

// columns is the number of columns of a legend below the figure, and its height.
func (l *legend) columns(p *canvas.Pen, w vg.Length) (int, vg.Length) {
	gap := 1.2 * p.Theme.FontSize
	n := int((w - 2*canvas.Margin + gap) / (l.entryWidth(p) + gap))
	n = max(1, min(n, len(l.names)))
	rows := (len(l.names) + n - 1) / n
	n = (len(l.names) + rows - 1) / rows // even rows
	return n, vg.Length(rows)*1.45*p.Theme.FontSize + 2
}

// below draws the legend in rows at the lower edge of p, centred, and returns what is left above it.
func (l *legend) below(p *canvas.Pen) vg.Rectangle {
	w := p.Max.X - p.Min.X
	cols, h := l.columns(p, w)
	gap := 1.2 * p.Theme.FontSize
	ew := l.entryWidth(p)
	x0 := p.Min.X + max(canvas.Margin, (w-vg.Length(cols)*ew-vg.Length(cols-1)*gap)/2)
	for i, n := range l.names {
		x := x0 + vg.Length(i%cols)*(ew+gap)
		y := p.Min.Y + h - (vg.Length(i/cols)+0.5)*1.45*p.Theme.FontSize
		l.entry(p, i, n, x, y)
	}
	r := p.Rectangle
	r.Min.Y += h
	return r
}

// right draws the legend in one column at the right edge of p, centred in height, and returns what is left.
func (l *legend) right(p *canvas.Pen) vg.Rectangle {
	ew := l.entryWidth(p)
	step := min(1.6*p.Theme.FontSize, (p.Max.Y-p.Min.Y-2*canvas.Margin)/vg.Length(len(l.names)))
	y := (p.Min.Y+p.Max.Y)/2 + step*vg.Length(len(l.names)-1)/2
	x := p.Max.X - canvas.Margin - ew
	for i, n := range l.names {
		l.entry(p, i, n, x, y-step*vg.Length(i))
	}
	r := p.Rectangle
	r.Max.X = x - 4
	return r
}

// place draws the legend where the figure has room for it and returns what is left.
func (l *legend) place(p *canvas.Pen) vg.Rectangle {
	if sideLegend(p.Max.X - p.Min.X) {
		return l.right(p)
	}
	return l.below(p)
}

// extra is the height that the legend adds to a figure of that width.
func (l *legend) extra(p *canvas.Pen, w vg.Length) vg.Length {
	if sideLegend(w) {
		return 0
	}
	_, h := l.columns(p, w)
	return h
}

func (l *legend) entry(p *canvas.Pen, i int, name string, x, y vg.Length) {
	l.sample(p, i, x, x+sampleLen, y)
	p.Text(vg.Point{X: x + sampleLen + 4, Y: y}, name, canvas.TextStyle{AY: 0.5})
}

// lineLegend shows lines with their markers.
func lineLegend(names []string, st []ProxyStyle) *legend {
	return &legend{names, func(p *canvas.Pen, i int, x0, x1, y vg.Length) {
		c := p.Theme.Ink(st[i].Color)
		p.Line(c, lineWidth, st[i].Dashes, vg.Point{X: x0, Y: y}, vg.Point{X: x1, Y: y})
		drawMarker(p, st[i].Marker, c, vg.Point{X: (x0 + x1) / 2, Y: y}, 2)
	}}
}

const lineWidth vg.Length = 1.1
