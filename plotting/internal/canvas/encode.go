package canvas

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/color"
	"math"
	"regexp"
	"strings"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgeps"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
	"gonum.org/v1/plot/vg/vgtex"

	"github.com/zcnas/zcnas/internal/plain"
)

// Page is what a file of a drawing says beside it.
type Page struct {
	Width, Height vg.Length
	Title         string
	Alt           string // what is to be seen, for readers who cannot see it
	Background    color.Color
	DPI           int // of PNG
}

// Encode draws in a format, "eps", "pdf", "png", "svg" or "tex", and returns the file's bytes.
func Encode(format string, page Page, drawOn func(draw.Canvas)) ([]byte, error) {
	w, h := page.Width, page.Height
	var out vg.CanvasWriterTo
	var on vg.Canvas
	var svg *svgCanvas
	switch format {
	case "png":
		c := vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(page.DPI), vgimg.UseBackgroundColor(page.Background))
		out, on = vgimg.PngCanvas{Canvas: c}, pngCanvas{c}
	case "pdf":
		c := newPDF(w, h, page.Title)
		out, on = c, c
	case "svg":
		c := vgsvg.New(w, h)
		svg = &svgCanvas{Canvas: c}
		out, on = c, svg
	case "eps":
		c := vgeps.NewTitle(w, h, page.Title)
		out, on = c, epsCanvas{c, RGBA8(page.Background)}
	case "tex":
		c := vgtex.NewDocument(w, h)
		out, on = c, texCanvas{c}
	default:
		return nil, fmt.Errorf("unknown format %q", format)
	}
	drawOn(draw.NewCanvas(on, w, h))
	var b bytes.Buffer
	if _, err := out.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("encoding it as %s: %w", format, err)
	}
	switch format {
	case "svg":
		return svg.finish(b.Bytes(), page.Alt), nil
	case "eps":
		return finishEPS(b.Bytes(), w, h), nil
	case "tex":
		return bytes.Replace(b.Bytes(), []byte(`\usepackage{pgf}`),
			[]byte("\\IfFileExists{lmodern.sty}{\\usepackage[T1]{fontenc}\\usepackage{lmodern}}{}\n\\usepackage{pgf}"), 1), nil
	}
	return b.Bytes(), nil
}

// pngCanvas draws text as outlines: vgimg turns finished letters, which blurs labels at an angle.
type pngCanvas struct{ *vgimg.Canvas }

func (c pngCanvas) FillString(f font.Face, pt vg.Point, s string) {
	if q := outline(f, pt, s); len(q) > 0 {
		c.Fill(q)
	}
}

// outline is the shape of a text, set with its baseline's start at pt.
func outline(f font.Face, pt vg.Point, s string) vg.Path {
	var buf sfnt.Buffer
	var q vg.Path
	ppem := fixed.Int26_6(f.Face.UnitsPerEm())
	scale := f.Font.Size / vg.Length(ppem)
	at := func(p fixed.Point26_6) vg.Point {
		return vg.Point{X: pt.X + scale*vg.Length(p.X), Y: pt.Y - scale*vg.Length(p.Y)}
	}
	for _, r := range s {
		gi, err := f.Face.GlyphIndex(&buf, r)
		if err != nil {
			continue
		}
		segs, err := f.Face.LoadGlyph(&buf, gi, ppem, nil)
		if err != nil {
			continue // a font we ship with; a glyph that it cannot load is left out
		}
		var last vg.Point
		for i, g := range segs {
			a := at(g.Args[0])
			switch g.Op {
			case sfnt.SegmentOpMoveTo:
				if i > 0 {
					q.Close()
				}
				q.Move(a)
				last = a
			case sfnt.SegmentOpLineTo:
				q.Line(a)
				last = a
			case sfnt.SegmentOpQuadTo: // as a cubic: not every format has quadratic curves
				b := at(g.Args[1])
				q.CubeTo(last.Add(a.Sub(last).Scale(2./3)), b.Add(a.Sub(b).Scale(2./3)), b)
				last = b
			case sfnt.SegmentOpCubeTo:
				last = at(g.Args[2])
				q.CubeTo(a, at(g.Args[1]), last)
			}
		}
		if len(segs) > 0 {
			q.Close()
		}
		pt.X += f.Width(string(r))
	}
	return q
}

// svgCanvas remembers the width of every text, for finish.
type svgCanvas struct {
	*vgsvg.Canvas
	widths []vg.Length
}

func (c *svgCanvas) FillString(f font.Face, pt vg.Point, s string) {
	c.Canvas.FillString(f, pt, s)
	c.widths = append(c.widths, f.Width(s))
}

var (
	svgText = regexp.MustCompile(`<text `)
	svgOpen = regexp.MustCompile(`(?s)^.*?(<svg [^>]*>)`)
)

// finish makes the drawing fit for any browser: common fonts to fall back on, the width of each text fixed (with
// another font the letters move a little instead of the labels running into each other), a size that shrinks with
// the page, a description for screen readers, and no XML prologue, so that it can stand inside HTML.
func (c *svgCanvas) finish(b []byte, alt string) []byte {
	b = bytes.ReplaceAll(b, []byte("font-family:Liberation Sans;"),
		[]byte("font-family:'Liberation Sans',Arial,Helvetica,'Nimbus Sans','DejaVu Sans',sans-serif;"))
	b = bytes.ReplaceAll(b, []byte("font-variant:normal;"), nil)
	i := 0
	b = svgText.ReplaceAllFunc(b, func([]byte) []byte {
		w := c.widths[i]
		i++
		return fmt.Appendf(nil, `<text textLength="%.2f" lengthAdjust="spacingAndGlyphs" `, w)
	})
	var title bytes.Buffer
	_ = xml.EscapeText(&title, []byte(plain.Line(alt))) // a bytes.Buffer takes everything
	return svgOpen.ReplaceAllFunc(b, func(m []byte) []byte {
		open := m[bytes.Index(m, []byte("<svg ")):]
		open = append([]byte(`<svg role="img" style="max-width:100%;height:auto" `), open[len("<svg "):]...)
		return append(open, fmt.Sprintf("\n<title>%s</title>", title.String())...)
	})
}

// epsCanvas draws text as outlines, because gonum's EPS embeds no fonts, and mixes transparent colours with the
// background, because PostScript knows no transparency.
type epsCanvas struct {
	*vgeps.Canvas
	background color.RGBA
}

func (c epsCanvas) FillString(f font.Face, pt vg.Point, s string) {
	if q := outline(f, pt, s); len(q) > 0 {
		c.Fill(q)
	}
}

func (c epsCanvas) SetColor(col color.Color) {
	if col != nil {
		n := color.NRGBAModel.Convert(col).(color.NRGBA)
		if n.A < 255 {
			col = Mix(c.background, color.RGBA{n.R, n.G, n.B, 255}, float64(n.A)/255)
		}
	}
	c.Canvas.SetColor(col)
}

// finishEPS repairs the header that gonum writes: its first line has one percent sign too many, and the standard
// wants a bounding box of whole numbers. The date goes, so that equal figures are equal files.
func finishEPS(b []byte, w, h vg.Length) []byte {
	b = bytes.Replace(b, []byte("%%!PS-Adobe"), []byte("%!PS-Adobe"), 1)
	b = regexp.MustCompile(`(?m)^%%CreationDate:.*\n`).ReplaceAll(b, nil)
	box := fmt.Sprintf("%%%%BoundingBox: 0 0 %d %d\n%%%%HiResBoundingBox: 0 0 %.3f %.3f",
		int(math.Ceil(w.Points())), int(math.Ceil(h.Points())), w.Points(), h.Points())
	return regexp.MustCompile(`(?m)^%%BoundingBox:.*$`).ReplaceAll(b, []byte(box))
}

// texCanvas escapes labels for LaTeX, sets them in the sans-serif font, closes paths (gonum leaves that out) and
// rounds coordinates, because TeX cannot read numbers such as 1e-15.
type texCanvas struct{ *vgtex.Canvas }

func (c texCanvas) FillString(f font.Face, pt vg.Point, s string) {
	c.Push()
	c.Translate(vg.Point{X: pt.X + f.Width(s)/2, Y: pt.Y})
	style := `\sffamily `
	if strings.Contains(f.Name(), "Bold") {
		style += `\bfseries `
	}
	// vgtex centres the text on pt.X + width/2 of the text it is given, which here includes commands.
	s = style + EscapeLaTeX(s)
	c.Canvas.FillString(f, vg.Point{X: -0.5 * f.Width(s)}, s)
	c.Pop()
}

func (c texCanvas) Translate(pt vg.Point) { c.Canvas.Translate(roundPoint(pt)) }

func (c texCanvas) Stroke(q vg.Path) { c.Canvas.Stroke(texPath(q)) }

func (c texCanvas) Fill(q vg.Path) { c.Canvas.Fill(texPath(q)) }

func roundPoint(p vg.Point) vg.Point {
	r := func(v vg.Length) vg.Length { return vg.Length(math.Round(float64(v)*1000) / 1000) }
	return vg.Point{X: r(p.X), Y: r(p.Y)}
}

func texPath(q vg.Path) vg.Path {
	out := make(vg.Path, 0, len(q))
	var start vg.Point
	for _, e := range q {
		e.Pos = roundPoint(e.Pos)
		control := make([]vg.Point, len(e.Control))
		for i, p := range e.Control {
			control[i] = roundPoint(p)
		}
		e.Control = control
		switch e.Type {
		case vg.MoveComp:
			start = e.Pos
		case vg.CloseComp:
			e = vg.PathComp{Type: vg.LineComp, Pos: start}
		}
		out = append(out, e)
	}
	return out
}

var latexEscapes = strings.NewReplacer(
	`\`, `\textbackslash{}`, `{`, `\{`, `}`, `\}`, `_`, `\_`, `%`, `\%`, `#`, `\#`, `&`, `\&`, `$`, `\$`,
	`~`, `\textasciitilde{}`, `^`, `\textasciicircum{}`, `<`, `\textless{}`, `>`, `\textgreater{}`, `|`, `\textbar{}`,
	`"`, `''`, "`", `\textasciigrave{}`,
	"−", `$-$`, "ρ", `$\rho$`, "τ", `$\tau$`, "σ", `$\sigma$`, "θ", `$\theta$`, "×", `$\times$`, "±", `$\pm$`, "·", `$\cdot$`,
	"–", `--`, "—", `---`, "≤", `$\le$`, "≥", `$\ge$`, "≈", `$\approx$`, "→", `$\rightarrow$`, "†", `$\dagger$`,
	"‡", `$\ddagger$`, "…", `\ldots{}`, "α", `$\alpha$`, "∅", `$\emptyset$`, "\u00a0", `~`, "⊙", `$\odot$`, "∞", `$\infty$`,
	"’", `'`, "‘", "`", "“", "``", "”", `''`, "λ", `$\lambda$`, "∆", `$\Delta$`, "Δ", `$\Delta$`, "Σ", `$\Sigma$`,
	"β", `$\beta$`, "γ", `$\gamma$`, "δ", `$\delta$`, "ε", `$\varepsilon$`, "κ", `$\kappa$`, "μ", `$\mu$`, "π", `$\pi$`,
	"φ", `$\varphi$`, "χ", `$\chi$`, "ω", `$\omega$`, "¹", `$^{1}$`, "²", `$^{2}$`, "³", `$^{3}$`,
	"\n", ` `, "\r", ` `)

// EscapeLaTeX makes text safe in LaTeX's text mode. Letters beyond those listed rely on LaTeX's own UTF-8 input.
func EscapeLaTeX(s string) string { return latexEscapes.Replace(s) }
