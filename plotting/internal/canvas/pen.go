// Package canvas is what figures are drawn with: a pen with a theme, text, colours, and the file formats.
package canvas

import (
	"image/color"
	"math"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/zcnas/zcnas/internal/plain"
)

const (
	Margin   vg.Length = 3    // around a figure
	MinText  vg.Length = 4.5  // no text smaller than this
	CapShare vg.Length = 0.69 // height of capitals and digits, as a share of the text size
)

// The fonts are Liberation Sans, which has the widths of Arial and Helvetica and comes with gonum.
var fonts = font.NewCache(liberation.Collection())

// Face is the typeface of a size.
func Face(size vg.Length, bold, italic bool) font.Face {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = xfont.WeightBold
	}
	if italic {
		f.Style = xfont.StyleItalic
	}
	return fonts.Lookup(f, size)
}

// Pen draws on a part of a canvas in a theme.
type Pen struct {
	draw.Canvas
	Theme Theme
}

// In is a pen for a part of the canvas.
func (p *Pen) In(r vg.Rectangle) *Pen {
	return &Pen{Canvas: draw.Canvas{Canvas: p.Canvas.Canvas, Rectangle: r}, Theme: p.Theme}
}

// TextStyle says how text is set: AX and AY are the point of the text that lies on the given position
// (0 left or baseline, 0.5 centre, 1 right or top of capitals).
type TextStyle struct {
	Size         vg.Length // 0: the theme's
	Color        color.Color
	Bold, Italic bool
	AX, AY       float64
	Rot          float64 // radians, counter-clockwise, about the position
}

// run is a piece of text with its own size and rise.
type run struct {
	s    string
	sub  bool
	rise vg.Length // share of the text size
}

// runs splits "10^{3}" and "c_{k-1}" into pieces; an underscore without brace is itself, as in grad_norm.
func runs(s string) []run {
	s = plain.Line(s)
	var out []run
	for {
		i := strings.Index(s, "^{")
		if j := strings.Index(s, "_{"); j >= 0 && (i < 0 || j < i) {
			i = j
		}
		if i < 0 {
			break
		}
		end := strings.IndexByte(s[i:], '}')
		if end < 0 {
			break
		}
		if i > 0 {
			out = append(out, run{s: s[:i]})
		}
		r := run{s: s[i+2 : i+end], sub: true, rise: 0.36}
		if s[i] == '_' {
			r.rise = -0.18
		}
		out = append(out, r)
		s = s[i+end+1:]
	}
	if s != "" {
		out = append(out, run{s: s})
	}
	return out
}

// Size is the size of text in that style.
func (p *Pen) Size(ts TextStyle) vg.Length {
	if ts.Size == 0 {
		return p.Theme.FontSize
	}
	return ts.Size
}

// Width is how wide text is.
func (p *Pen) Width(s string, ts TextStyle) vg.Length {
	var w vg.Length
	for _, r := range runs(s) {
		size := p.Size(ts)
		if r.sub {
			size *= 0.72
		}
		f := Face(size, ts.Bold, ts.Italic)
		w += f.Width(r.s)
	}
	return w
}

// Text sets text at a position.
func (p *Pen) Text(pt vg.Point, s string, ts TextStyle) {
	if s == "" {
		return
	}
	size := p.Size(ts)
	col := ts.Color
	if col == nil {
		col = p.Theme.Foreground
	}
	p.SetColor(col)
	off := vg.Point{X: -vg.Length(ts.AX) * p.Width(s, ts), Y: -vg.Length(ts.AY) * CapShare * size}
	if ts.Rot != 0 {
		p.Push()
		p.Translate(pt)
		p.Rotate(ts.Rot)
		defer p.Pop()
		pt = off
	} else {
		pt = pt.Add(off)
	}
	for _, r := range runs(s) {
		rs := size
		if r.sub {
			rs *= 0.72
		}
		f := Face(rs, ts.Bold, ts.Italic)
		p.FillString(f, vg.Point{X: pt.X, Y: pt.Y + r.rise*size}, r.s)
		pt.X += f.Width(r.s)
	}
}

// MaxWidth is the widest of the strings.
func (p *Pen) MaxWidth(ss []string, ts TextStyle) vg.Length {
	var w vg.Length
	for _, s := range ss {
		w = max(w, p.Width(s, ts))
	}
	return w
}

// Wrap breaks text at spaces into lines of at most that width; a longer word stays whole.
func (p *Pen) Wrap(s string, w, size vg.Length, bold bool) []string {
	var lines []string
	ts := TextStyle{Size: size, Bold: bold}
	for _, par := range strings.Split(s, "\n") {
		line := ""
		for _, word := range strings.Fields(par) {
			switch {
			case line == "":
				line = word
			case p.Width(line+" "+word, ts) <= w:
				line += " " + word
			default:
				lines = append(lines, line)
				line = word
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// Fit is the largest text size up to the theme's (or ts.Size) at which s is at most w wide.
func (p *Pen) Fit(s string, w vg.Length, ts TextStyle) vg.Length {
	size := p.Size(ts)
	if have := p.Width(s, ts); have > w && have > 0 {
		size *= w / have
	}
	return size
}

// Line draws through points.
func (p *Pen) Line(col color.Color, width vg.Length, dashes []vg.Length, pts ...vg.Point) {
	p.StrokeLines(draw.LineStyle{Color: col, Width: width, Dashes: dashes}, pts)
}

// Outline draws along a path.
func (p *Pen) Outline(col color.Color, width vg.Length, dashes []vg.Length, path vg.Path) {
	p.SetLineStyle(draw.LineStyle{Color: col, Width: width, Dashes: dashes})
	p.Stroke(path)
}

// FillIn fills a path.
func (p *Pen) FillIn(col color.Color, path vg.Path) {
	p.SetColor(col)
	p.Fill(path)
}

// Rect is a rectangle by its corners.
func Rect(x0, y0, x1, y1 vg.Length) vg.Rectangle {
	return vg.Rectangle{Min: vg.Point{X: x0, Y: y0}, Max: vg.Point{X: x1, Y: y1}}
}

// FillRect fills a rectangle.
func (p *Pen) FillRect(r vg.Rectangle, col color.Color) { p.FillIn(col, r.Path()) }

// StrokeRect draws the border of a rectangle.
func (p *Pen) StrokeRect(r vg.Rectangle, col color.Color, width vg.Length) {
	p.Outline(col, width, nil, r.Path())
}

// Hatch fills a rectangle with diagonal lines: "no value here". The lines are cut by arithmetic, as not every
// format can clip.
func (p *Pen) Hatch(r vg.Rectangle, col color.Color, gap vg.Length) {
	w, h := r.Max.X-r.Min.X, r.Max.Y-r.Min.Y
	for d := gap / 2; d < w+h; d += gap {
		// the line x + y = d inside the rectangle
		x0, x1 := max(0, d-h), min(d, w)
		p.Line(col, 0.4, nil, vg.Point{X: r.Min.X + x0, Y: r.Min.Y + d - x0}, vg.Point{X: r.Min.X + x1, Y: r.Min.Y + d - x1})
	}
}

// RoundRect is a rectangle with round corners.
func RoundRect(r vg.Rectangle, rad vg.Length) vg.Path {
	const k = 0.5523 // a quarter circle as a Bézier curve
	x0, y0, x1, y1 := r.Min.X, r.Min.Y, r.Max.X, r.Max.Y
	rad = min(rad, (x1-x0)/2, (y1-y0)/2)
	c := rad * (1 - k)
	var q vg.Path
	pt := func(x, y vg.Length) vg.Point { return vg.Point{X: x, Y: y} }
	q.Move(pt(x0+rad, y0))
	q.Line(pt(x1-rad, y0))
	q.CubeTo(pt(x1-c, y0), pt(x1, y0+c), pt(x1, y0+rad))
	q.Line(pt(x1, y1-rad))
	q.CubeTo(pt(x1, y1-c), pt(x1-c, y1), pt(x1-rad, y1))
	q.Line(pt(x0+rad, y1))
	q.CubeTo(pt(x0+c, y1), pt(x0, y1-c), pt(x0, y1-rad))
	q.Line(pt(x0, y0+rad))
	q.CubeTo(pt(x0, y0+c), pt(x0+c, y0), pt(x0+rad, y0))
	q.Close()
	return q
}

// CirclePath is a circle.
func CirclePath(pt vg.Point, r vg.Length) vg.Path {
	return RoundRect(Rect(pt.X-r, pt.Y-r, pt.X+r, pt.Y+r), r)
}

// Polygon is a closed path through points around pt, given in units of r.
func Polygon(pt vg.Point, r vg.Length, xy ...float64) vg.Path {
	var q vg.Path
	for i := 0; i+1 < len(xy); i += 2 {
		v := vg.Point{X: pt.X + r*vg.Length(xy[i]), Y: pt.Y + r*vg.Length(xy[i+1])}
		if i == 0 {
			q.Move(v)
		} else {
			q.Line(v)
		}
	}
	q.Close()
	return q
}

// Finite reports whether v is a number that is not infinite.
func Finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
