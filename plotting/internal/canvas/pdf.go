package canvas

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// pdfCanvas draws PDF. gonum's own PDF canvas (v0.17.0) knows only the characters of Windows code page 1252 (no ρ,
// no minus sign), embeds whole fonts, and mixes up the files of two fonts in one document, so that bold text comes
// out regular. This one embeds just the letters in use, as Unicode, and writes equal files for equal figures.
type pdfCanvas struct {
	doc   *fpdf.Fpdf
	w, h  vg.Length
	width []vg.Length // of lines, one per Push
	fonts map[string]bool
	image int
}

func newPDF(w, h vg.Length, title string) *pdfCanvas {
	c := &pdfCanvas{w: w, h: h, width: make([]vg.Length, 1), fonts: map[string]bool{},
		doc: fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: w.Points(), Ht: h.Points()}})}
	c.doc.SetMargins(0, 0, 0)
	c.doc.SetAutoPageBreak(false, 0)
	c.doc.SetCatalogSort(true)
	c.doc.SetCreationDate(time.Unix(0, 0).UTC())
	c.doc.SetModificationDate(time.Unix(0, 0).UTC())
	c.doc.SetTitle(basic(title), true)
	c.doc.AddPage()
	vg.Initialize(c)
	// fpdf counts from the upper left corner, vg from the lower left.
	c.Push()
	c.Translate(vg.Point{Y: h})
	c.Scale(1, -1)
	return c
}

func (c *pdfCanvas) Size() (w, h vg.Length) { return c.w, c.h }

func (c *pdfCanvas) SetLineWidth(w vg.Length) {
	c.width[len(c.width)-1] = w
	c.doc.SetLineWidth(w.Points())
}

func (c *pdfCanvas) SetLineDash(dashes []vg.Length, offset vg.Length) {
	ds := make([]float64, len(dashes))
	for i, d := range dashes {
		ds[i] = d.Points()
	}
	c.doc.SetDashPattern(ds, offset.Points())
}

func (c *pdfCanvas) SetColor(col color.Color) {
	if col == nil {
		col = color.Black
	}
	n := color.NRGBAModel.Convert(col).(color.NRGBA)
	r, g, b := int(n.R), int(n.G), int(n.B)
	c.doc.SetFillColor(r, g, b)
	c.doc.SetDrawColor(r, g, b)
	c.doc.SetTextColor(r, g, b)
	c.doc.SetAlpha(float64(n.A)/255, "Normal")
}

func (c *pdfCanvas) Rotate(rad float64) { c.doc.TransformRotate(-rad*180/math.Pi, 0, 0) }

func (c *pdfCanvas) Translate(pt vg.Point) { c.doc.TransformTranslate(pt.X.Points(), pt.Y.Points()) }

func (c *pdfCanvas) Scale(x, y float64) { c.doc.TransformScale(x*100, y*100, 0, 0) }

func (c *pdfCanvas) Push() {
	c.width = append(c.width, c.width[len(c.width)-1])
	c.doc.TransformBegin()
}

func (c *pdfCanvas) Pop() {
	c.doc.TransformEnd()
	c.width = c.width[:len(c.width)-1]
}

func (c *pdfCanvas) Stroke(q vg.Path) {
	if c.width[len(c.width)-1] > 0 {
		c.path(q, "D")
	}
}

func (c *pdfCanvas) Fill(q vg.Path) { c.path(q, "F") }

func (c *pdfCanvas) path(q vg.Path, style string) {
	xy := func(p vg.Point) (float64, float64) { return p.X.Points(), p.Y.Points() }
	var at vg.Point
	begun := false
	for _, e := range q {
		switch e.Type {
		case vg.MoveComp:
			c.doc.MoveTo(xy(e.Pos))
		case vg.LineComp:
			c.doc.LineTo(xy(e.Pos))
		case vg.CurveComp:
			a, b := e.Control[0], e.Control[len(e.Control)-1]
			if len(e.Control) == 1 { // quadratic
				a, b = at.Add(a.Sub(at).Scale(2./3)), e.Pos.Add(a.Sub(e.Pos).Scale(2./3))
			}
			c.doc.CurveBezierCubicTo(a.X.Points(), a.Y.Points(), b.X.Points(), b.Y.Points(), e.Pos.X.Points(), e.Pos.Y.Points())
		case vg.ArcComp:
			at = c.arc(e, begun)
			begun = true
			continue
		case vg.CloseComp:
			c.doc.ClosePath()
		}
		if e.Type != vg.CloseComp {
			at = e.Pos
		}
		begun = true
	}
	c.doc.DrawPath(style)
}

// arc draws a circular arc as Bézier curves of at most 45° and returns its end.
func (c *pdfCanvas) arc(e vg.PathComp, begun bool) vg.Point {
	n := int(math.Ceil(math.Abs(e.Angle)/(math.Pi/4) - 1e-9))
	n = max(n, 1)
	step := e.Angle / float64(n)
	k := vg.Length(4.0/3*math.Tan(step/4)) * e.Radius
	on := func(t float64) (p, tangent vg.Point) {
		s, co := math.Sincos(t)
		return vg.Point{X: e.Pos.X + e.Radius*vg.Length(co), Y: e.Pos.Y + e.Radius*vg.Length(s)}, vg.Point{X: -vg.Length(s), Y: vg.Length(co)}
	}
	p, t := on(e.Start)
	if begun {
		c.doc.LineTo(p.X.Points(), p.Y.Points())
	} else {
		c.doc.MoveTo(p.X.Points(), p.Y.Points())
	}
	for i := 1; i <= n; i++ {
		q, u := on(e.Start + step*float64(i))
		a, b := p.Add(t.Scale(k)), q.Sub(u.Scale(k))
		c.doc.CurveBezierCubicTo(a.X.Points(), a.Y.Points(), b.X.Points(), b.Y.Points(), q.X.Points(), q.Y.Points())
		p, t = q, u
	}
	return p
}

func (c *pdfCanvas) FillString(f font.Face, pt vg.Point, s string) {
	if f.Font.Size == 0 || s == "" {
		return
	}
	style := ""
	if f.Font.Weight >= xfont.WeightSemiBold {
		style += "B"
	}
	if f.Font.Style != xfont.StyleNormal {
		style += "I"
	}
	family := strings.ReplaceAll(string(f.Font.Typeface)+string(f.Font.Variant), " ", "")
	if key := family + style; !c.fonts[key] {
		var ttf bytes.Buffer
		if _, err := f.Face.WriteSourceTo(nil, &ttf); err != nil {
			c.doc.SetError(fmt.Errorf("the font %s cannot be embedded: %w", f.Name(), err))
			return
		}
		c.doc.AddUTF8FontFromBytes(family, style, ttf.Bytes())
		c.fonts[key] = true
	}
	c.doc.SetFont(family, style, f.Font.Size.Points())
	c.Push()
	c.Translate(pt)
	c.Scale(1, -1)
	c.doc.Text(0, 0, basic(s))
	c.Pop()
}

// basic replaces characters beyond U+FFFF, which fpdf cannot embed; the fonts have none of them.
func basic(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xffff {
			return '\ufffd'
		}
		return r
	}, s)
}

func (c *pdfCanvas) DrawImage(r vg.Rectangle, img image.Image) {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		c.doc.SetError(fmt.Errorf("cannot encode an image: %w", err))
		return
	}
	c.image++
	name := fmt.Sprintf("image%d", c.image)
	opts := fpdf.ImageOptions{ImageType: "png"}
	c.doc.RegisterImageOptionsReader(name, opts, &b)
	size := r.Size()
	c.Push()
	c.Translate(vg.Point{X: r.Min.X, Y: r.Max.Y})
	c.Scale(1, -1)
	c.doc.ImageOptions(name, 0, 0, size.X.Points(), size.Y.Points(), false, opts, 0, "")
	c.Pop()
}

// WriteTo writes the document; the canvas can then draw no more.
func (c *pdfCanvas) WriteTo(w io.Writer) (int64, error) {
	c.Pop()
	cw := &countWriter{w: w}
	err := c.doc.Output(cw)
	return cw.n, err
}

type countWriter struct {
	w io.Writer
	n int64
}

func (c *countWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
