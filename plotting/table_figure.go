package plotting

import (
	"fmt"
	"math"
	"strings"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot/vg"
)

func init() {
	uses["TableFigure"] = []string{}
}

// Sizes of a table drawn as a figure, as shares of the text size.
const (
	tableLine   = 1.35 // from one line of text to the next
	tableColGap = 1.25 // between columns
	tableGroup  = 0.75 // more between groups of columns
	asideSize   = 0.8  // of what stands beside a value
)

// leastTable is the text size below which a table grows wider than [TwoColumn] rather than smaller.
const leastTable vg.Length = 6

// TableFigure draws the table as a figure, for formats that hold no tables (PDF, SVG, PNG): rules as booktabs sets
// them, groups of columns and sources with their headings, the best values bold, intervals in smaller type, caption
// above and notes below. Headings wrap, and long text does; where headings would make a table too wide they are
// turned upright.
//
// The figure is as wide as its contents need, at the theme's text size up to [TwoColumn]; wider tables are set in
// smaller type, down to 6 points, and then grow wider. [WithWidth] sets the width instead, and the text follows. It
// is an error if the table is nil, or needs type below 4.5 points at that width.
func TableFigure(t *Table, opts ...Option) (*Figure, error) {
	if t == nil {
		return nil, fmt.Errorf("plotting: TableFigure: the table is nil")
	}
	d := &tableFigure{t: t, notes: strings.Join(t.notes(), " ")}
	probe := config{theme: Light()}
	for _, o := range opts {
		if o != nil {
			o(&probe)
		}
	}
	if probe.width == 0 && probe.theme.FontSize > 0 {
		p := &canvas.Pen{Theme: probe.theme}
		l := d.fit(p, TwoColumn-2*canvas.Margin, leastTable)
		opts = append([]Option{WithWidth(max(l.width+2*canvas.Margin, 1.5*vg.Inch))}, opts...)
	}
	return newFigure("TableFigure", opts, func(f *Figure) error {
		p := &canvas.Pen{Theme: f.cfg.theme}
		if l := d.fit(p, f.cfg.width-2*canvas.Margin, canvas.MinText); l.width > f.cfg.width-2*canvas.Margin+0.01 {
			return fmt.Errorf("%d columns are %.3g in wide in the smallest type, but the width is %.3g in; leave WithWidth out or give a larger one",
				len(t.cols)+1, (l.width+2*canvas.Margin)/vg.Inch, f.cfg.width/vg.Inch)
		}
		f.alt = fmt.Sprintf("table of %s and %s", canvas.Counted(len(t.rows), "row"), canvas.Counted(len(t.cols), "column"))
		if t.caption != "" {
			f.alt = t.caption
		}
		f.body = func(p *canvas.Pen, w vg.Length) vg.Length {
			l := d.fit(p, w-2*canvas.Margin, canvas.MinText)
			return 2*canvas.Margin + d.above(p, w) + l.height() + d.below(p, w)
		}
		f.draw = d.draw
		return nil
	})
}

type tableFigure struct {
	t     *Table
	notes string
}

// tableLayout is a table laid out at one text size.
type tableLayout struct {
	size            vg.Length
	cols            []tableColumn // the first is that of the row names
	width           vg.Length
	turned          bool      // headings stand upright
	head            vg.Length // height of the headings
	rows            []int     // lines of each row
	groups, sources []columnRun
}

type tableColumn struct {
	x, w   vg.Length
	aside  vg.Length // part of w that intervals and the like take, with the gap before them
	turned bool
	head   []string   // lines
	cells  [][]string // lines of text
}

// column gives the name, whether it holds numbers, and the entries of printed column j.
func (d *tableFigure) column(j int) (name string, number bool, entries []string) {
	if j == 0 {
		return d.t.rowHeader, false, d.t.rows
	}
	for _, r := range d.t.cells {
		entries = append(entries, d.t.value(r[j-1]))
	}
	return d.t.cols[j-1].name, d.t.numeric(j), entries
}

// fit lays the table out in at most that width: in the theme's type or a smaller one, with headings upright where
// that is not enough. At the smallest type the layout may still be too wide.
func (d *tableFigure) fit(p *canvas.Pen, w, least vg.Length) *tableLayout {
	for size := p.Theme.FontSize; size > max(least, leastTable); size -= 0.5 {
		if l := d.layout(p, size, w, false); l.width <= w {
			return l
		}
	}
	for size := p.Theme.FontSize; ; size -= 0.25 {
		size = max(size, min(least, p.Theme.FontSize))
		if l := d.layout(p, size, w, true); l.width <= w || size <= least {
			return l
		}
	}
}

func (d *tableFigure) layout(p *canvas.Pen, size, room vg.Length, turned bool) *tableLayout {
	l := &tableLayout{size: size, turned: turned, groups: d.t.groups(), sources: d.t.sources()}
	ts := canvas.TextStyle{Size: size}
	n := len(d.t.cols) + 1
	gaps := make([]vg.Length, n) // before each column
	var least []vg.Length
	for j := range n {
		name, number, entries := d.column(j)
		c := tableColumn{}
		if number {
			c.w, c.aside = d.numberWidth(p, size, j)
			least = append(least, 0)
		} else {
			c.w = p.MaxWidth(entries, ts)
			least = append(least, max(longestWord(p, ts, entries...), longestWord(p, ts, name)))
		}
		word := longestWord(p, ts, name)
		c.turned = turned && j > 0 && word > c.w && word > size*tableLine
		if !c.turned {
			if c.w = max(c.w, word); !number {
				c.w = max(c.w, p.Width(name, ts))
			}
		}
		c.w = max(c.w, size*tableLine)
		if j > 0 {
			gaps[j] = tableColGap * size
			if j > 1 && d.t.cols[j-2].group != d.t.cols[j-1].group {
				gaps[j] += tableGroup * size
			}
		}
		l.cols = append(l.cols, c)
	}
	l.shrinkText(room-sum(gaps), least)
	for _, runs := range [][]columnRun{l.groups, l.sources} {
		for _, r := range runs {
			l.widen(longestWord(p, ts, r.name), r.from+1, r.to+1, gaps)
		}
	}
	x := vg.Length(0)
	for j := range l.cols {
		c := &l.cols[j]
		x += gaps[j]
		c.x = x
		x += c.w
		name, number, entries := d.column(j)
		if c.turned {
			c.head = []string{name}
			l.head = max(l.head, p.Width(name, ts)+0.5*size)
		} else {
			c.head = wrapWords(p, headingWords(name), c.w, ts)
			l.head = max(l.head, (vg.Length(len(c.head))*tableLine+0.15)*size)
		}
		for i, e := range entries {
			lines := []string{e}
			if !number {
				lines = wrapWords(p, strings.Fields(e), c.w, ts)
			}
			c.cells = append(c.cells, lines)
			if i == len(l.rows) {
				l.rows = append(l.rows, 1)
			}
			l.rows[i] = max(l.rows[i], len(lines))
		}
	}
	l.width = x
	for _, runs := range [][]columnRun{l.groups, l.sources} {
		l.head += l.runsHeight(p, runs)
	}
	return l
}

// numberWidth is what a column of numbers needs below its heading, and the share of intervals and the like in it.
func (d *tableFigure) numberWidth(p *canvas.Pen, size vg.Length, j int) (w, aside vg.Length) {
	var value vg.Length
	for _, r := range d.t.cells {
		c := r[j-1]
		value = max(value, p.Width(d.t.value(c), canvas.TextStyle{Size: size, Bold: c.bold}))
		if iv := d.t.aside(c); iv != "" {
			aside = max(aside, p.Width(iv, canvas.TextStyle{Size: size * asideSize})+0.4*size)
		}
	}
	return value + aside, aside
}

// shrinkText narrows the widest columns of text until the table fits in the room or none can give more.
func (l *tableLayout) shrinkText(room vg.Length, least []vg.Length) {
	for {
		var total, widest, next vg.Length
		var at []int
		for j, c := range l.cols {
			total += c.w
			if least[j] == 0 || c.w <= least[j]+0.01 {
				continue
			}
			switch {
			case c.w > widest+0.01:
				next, widest, at = widest, c.w, []int{j}
			case c.w > widest-0.01:
				at = append(at, j)
			default:
				next = max(next, c.w)
			}
		}
		if total <= room || len(at) == 0 {
			return
		}
		to := max(next, widest-(total-room)/vg.Length(len(at)))
		for _, j := range at {
			l.cols[j].w = max(to, least[j])
		}
	}
}

// widen makes columns from…to-1 together at least w wide.
func (l *tableLayout) widen(w vg.Length, from, to int, gaps []vg.Length) {
	have := -gaps[from]
	for j := from; j < to; j++ {
		have += gaps[j] + l.cols[j].w
	}
	for j := from; j < to && have < w; j++ {
		l.cols[j].w += (w - have) / vg.Length(to-from)
	}
}

// runWidth is the width over columns from…to-1 of the table's data.
func (l *tableLayout) runWidth(r columnRun) vg.Length {
	last := l.cols[r.to]
	return last.x + last.w - l.cols[r.from+1].x
}

func (l *tableLayout) runLines(p *canvas.Pen, r columnRun) []string {
	return wrapWords(p, headingWords(r.name), l.runWidth(r), canvas.TextStyle{Size: l.size})
}

func (l *tableLayout) runsHeight(p *canvas.Pen, runs []columnRun) vg.Length {
	lines := 0
	for _, r := range runs {
		lines = max(lines, len(l.runLines(p, r)))
	}
	if lines == 0 {
		return 0
	}
	return (vg.Length(lines)*tableLine + 0.25) * l.size
}

// The three rules and the space around them, as shares of the text size.
const tableRules = 3 * 0.35

func (l *tableLayout) height() vg.Length {
	h := l.head + tableRules*l.size
	for _, n := range l.rows {
		h += vg.Length(n) * tableLine * l.size
	}
	return h
}

func (d *tableFigure) captionLines(p *canvas.Pen, w vg.Length) []string {
	if d.t.caption == "" {
		return nil
	}
	return p.Wrap(d.t.caption, w-2*canvas.Margin, p.Theme.FontSize, false)
}

func (d *tableFigure) noteLines(p *canvas.Pen, w vg.Length) []string {
	if d.notes == "" {
		return nil
	}
	return p.Wrap(d.notes, w-2*canvas.Margin, p.Theme.FontSize-1, false)
}

func (d *tableFigure) above(p *canvas.Pen, w vg.Length) vg.Length {
	if n := len(d.captionLines(p, w)); n > 0 {
		return (vg.Length(n)*1.25 + 0.4) * p.Theme.FontSize
	}
	return 0
}

func (d *tableFigure) below(p *canvas.Pen, w vg.Length) vg.Length {
	if n := len(d.noteLines(p, w)); n > 0 {
		return (vg.Length(n)*1.25 + 0.3) * (p.Theme.FontSize - 1)
	}
	return 0
}

func (d *tableFigure) draw(p *canvas.Pen) {
	w := p.Max.X - p.Min.X
	y := p.Max.Y - canvas.Margin
	fs := p.Theme.FontSize
	for i, s := range d.captionLines(p, w) {
		p.Text(vg.Point{X: p.Min.X + canvas.Margin, Y: y - (vg.Length(i)*1.25+0.9)*fs}, s, canvas.TextStyle{})
	}
	y -= d.above(p, w)
	l := d.fit(p, w-2*canvas.Margin, canvas.MinText)
	x := p.Min.X + (w-l.width)/2
	y = d.drawHead(p, l, x, y)
	y = d.drawRows(p, l, x, y)
	fs--
	for i, s := range d.noteLines(p, w) {
		p.Text(vg.Point{X: p.Min.X + canvas.Margin, Y: y - (vg.Length(i)*1.25+1.2)*fs}, s, canvas.TextStyle{Size: fs, Color: p.Theme.Muted})
	}
}

// rule draws a rule from x0 to x1 with its space and returns where the next line starts.
func (l *tableLayout) rule(p *canvas.Pen, width, x0, x1, y vg.Length) vg.Length {
	p.Line(p.Theme.Foreground, width, nil, vg.Point{X: x0, Y: y}, vg.Point{X: x1, Y: y})
	return y - 0.35*l.size
}

func (d *tableFigure) drawHead(p *canvas.Pen, l *tableLayout, x, y vg.Length) vg.Length {
	s := l.size
	y = l.rule(p, 0.9, x, x+l.width, y)
	bottom := y - l.head
	runs := func(rs []columnRun, top vg.Length, ruled bool) {
		for _, r := range rs {
			x0 := x + l.cols[r.from+1].x
			lines := l.runLines(p, r)
			for i, line := range lines {
				p.Text(vg.Point{X: x0 + l.runWidth(r)/2, Y: top - (vg.Length(i)*tableLine+0.9)*s}, line, canvas.TextStyle{Size: s, Italic: !ruled, AX: 0.5})
			}
			if ruled && r.name != "" {
				under := top - l.runsHeight(p, rs) + 0.2*s
				l.rule(p, 0.4, x0, x0+l.runWidth(r), under)
			}
		}
	}
	runs(l.groups, y, true)
	runs(l.sources, bottom+l.runsHeight(p, l.sources), false)
	base := bottom + l.runsHeight(p, l.sources) + 0.45*s // of the headings' last line
	for j, c := range l.cols {
		if c.turned {
			p.Text(vg.Point{X: x + c.x + c.w/2 + canvas.CapShare*s/2, Y: base - 0.1*s}, c.head[0], canvas.TextStyle{Size: s, Rot: math.Pi / 2})
			continue
		}
		for i, line := range c.head {
			at := vg.Point{X: x + c.x, Y: base + vg.Length(len(c.head)-1-i)*tableLine*s}
			ts := canvas.TextStyle{Size: s}
			if d.t.numeric(j) {
				at.X, ts.AX = x+c.x+c.w, 1
			}
			p.Text(at, line, ts)
		}
	}
	return l.rule(p, 0.5, x, x+l.width, bottom)
}

func (d *tableFigure) drawRows(p *canvas.Pen, l *tableLayout, x, y vg.Length) vg.Length {
	s := l.size
	for i, lines := range l.rows {
		for j, c := range l.cols {
			base := y - 0.9*s
			if j > 0 && d.t.numeric(j) {
				cell := d.t.cells[i][j-1]
				right := x + c.x + c.w
				p.Text(vg.Point{X: right, Y: base}, d.t.aside(cell), canvas.TextStyle{Size: s * asideSize, AX: 1})
				p.Text(vg.Point{X: right - c.aside, Y: base}, d.t.value(cell), canvas.TextStyle{Size: s, Bold: cell.bold, AX: 1})
				continue
			}
			for k, line := range c.cells[i] {
				p.Text(vg.Point{X: x + c.x, Y: base - vg.Length(k)*tableLine*s}, line, canvas.TextStyle{Size: s})
			}
		}
		y -= vg.Length(lines) * tableLine * s
	}
	return l.rule(p, 0.9, x, x+l.width, y-0.1*s)
}

// headingWords are the pieces between which a heading may break: its words, those in brackets held together.
func headingWords(s string) []string {
	var out []string
	open := 0
	for _, w := range strings.Fields(s) {
		if open > 0 {
			out[len(out)-1] += " " + w
		} else {
			out = append(out, w)
		}
		open = max(0, open+strings.Count(w, "(")-strings.Count(w, ")"))
	}
	return out
}

func longestWord(p *canvas.Pen, ts canvas.TextStyle, texts ...string) vg.Length {
	var w vg.Length
	for _, s := range texts {
		w = max(w, p.MaxWidth(headingWords(s), ts))
	}
	return w
}

// wrapWords sets words in lines of at most that width; a longer word has a line of its own.
func wrapWords(p *canvas.Pen, words []string, w vg.Length, ts canvas.TextStyle) []string {
	var lines []string
	for _, word := range words {
		if n := len(lines); n > 0 && p.Width(lines[n-1]+" "+word, ts) <= w+0.01 {
			lines[n-1] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	if len(lines) == 0 {
		return []string{""}
	}
	return lines
}

func sum(vs []vg.Length) vg.Length {
	var out vg.Length
	for _, v := range vs {
		out += v
	}
	return out
}
