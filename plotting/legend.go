package plotting

import "gonum.org/v1/plot/vg"

// legend names the entries of a figure outside its axes.
type legend struct {
	names  []string
	sample func(p *pen, i int, x0, x1, y vg.Length) // draws the look of entry i
}

const sampleLen vg.Length = 20

// sideLegend says whether a figure of that width has room for a legend at its right.
func sideLegend(w vg.Length) bool { return w >= 4.5*vg.Inch }

func (l *legend) entryWidth(p *pen) vg.Length {
	return sampleLen + 4 + p.maxWidth(l.names, textStyle{})
}

// columns is the number of columns of a legend below the figure, and its height.
func (l *legend) columns(p *pen, w vg.Length) (int, vg.Length) {
	gap := 1.2 * p.th.FontSize
	n := int((w - 2*margin + gap) / (l.entryWidth(p) + gap))
	n = max(1, min(n, len(l.names)))
	rows := (len(l.names) + n - 1) / n
	n = (len(l.names) + rows - 1) / rows // even rows
	return n, vg.Length(rows)*1.45*p.th.FontSize + 2
}

// below draws the legend in rows at the lower edge of p, centred, and returns what is left above it.
func (l *legend) below(p *pen) vg.Rectangle {
	w := p.Max.X - p.Min.X
	cols, h := l.columns(p, w)
	gap := 1.2 * p.th.FontSize
	ew := l.entryWidth(p)
	x0 := p.Min.X + max(margin, (w-vg.Length(cols)*ew-vg.Length(cols-1)*gap)/2)
	for i, n := range l.names {
		x := x0 + vg.Length(i%cols)*(ew+gap)
		y := p.Min.Y + h - (vg.Length(i/cols)+0.5)*1.45*p.th.FontSize
		l.entry(p, i, n, x, y)
	}
	r := p.Rectangle
	r.Min.Y += h
	return r
}

// right draws the legend in one column at the right edge of p, centred in height, and returns what is left.
func (l *legend) right(p *pen) vg.Rectangle {
	ew := l.entryWidth(p)
	step := min(1.6*p.th.FontSize, (p.Max.Y-p.Min.Y-2*margin)/vg.Length(len(l.names)))
	y := (p.Min.Y+p.Max.Y)/2 + step*vg.Length(len(l.names)-1)/2
	x := p.Max.X - margin - ew
	for i, n := range l.names {
		l.entry(p, i, n, x, y-step*vg.Length(i))
	}
	r := p.Rectangle
	r.Max.X = x - 4
	return r
}

// place draws the legend where the figure has room for it and returns what is left.
func (l *legend) place(p *pen) vg.Rectangle {
	if sideLegend(p.Max.X - p.Min.X) {
		return l.right(p)
	}
	return l.below(p)
}

// extra is the height that the legend adds to a figure of that width.
func (l *legend) extra(p *pen, w vg.Length) vg.Length {
	if sideLegend(w) {
		return 0
	}
	_, h := l.columns(p, w)
	return h
}

func (l *legend) entry(p *pen, i int, name string, x, y vg.Length) {
	l.sample(p, i, x, x+sampleLen, y)
	p.text(vg.Point{X: x + sampleLen + 4, Y: y}, name, textStyle{ay: 0.5})
}

// lineLegend shows lines with their markers.
func lineLegend(names []string, st []ProxyStyle) *legend {
	return &legend{names, func(p *pen, i int, x0, x1, y vg.Length) {
		c := p.th.ink(st[i].Color)
		p.line(c, lineWidth, st[i].Dashes, vg.Point{X: x0, Y: y}, vg.Point{X: x1, Y: y})
		drawMarker(p, st[i].Marker, c, vg.Point{X: (x0 + x1) / 2, Y: y}, 2)
	}}
}

const lineWidth vg.Length = 1.1
