package plotting

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func init() {
	uses["FromPlot"] = []string{}
	uses["FromDrawing"] = []string{}
}

// Figure is a figure ready to be shown or exported. Figures are made by the constructors of this package
// ([HeatMap], [Scatter], …); they hold their data and draw themselves, at any size, on any canvas.
type Figure struct {
	cfg config
	alt string // what the figure shows, for readers who cannot see it
	// explains are notes on what the drawing does with the data. They stand after the note of the options.
	explains []string
	// body is the height that the figure wants below its title when it is w wide.
	body func(p *canvas.Pen, w vg.Length) vg.Length
	// photos says that the figure holds pictures of many colours, which [canvas.SmallPNG] would spoil.
	photos bool
	draw   func(p *canvas.Pen)
}

// Size is the width and height of the figure on paper. The height follows from the contents unless
// [WithHeight] has set it.
func (f *Figure) Size() (w, h vg.Length) {
	w, h = f.cfg.width, f.cfg.height
	if h == 0 {
		p := &canvas.Pen{Theme: f.cfg.theme}
		p.Max.X = w
		h = f.natural(p, w)
	}
	return w, h
}

func (f *Figure) natural(p *canvas.Pen, w vg.Length) vg.Length {
	return f.body(p, w) + f.titleHeight(p, w) + f.noteHeight(p, w)
}

func (f *Figure) noteLines(p *canvas.Pen, w vg.Length) []string {
	note := strings.Join(append([]string{f.cfg.note}, f.explains...), " ")
	if note = strings.TrimSpace(note); note == "" {
		return nil
	}
	return p.Wrap(note, w-2*canvas.Margin, p.Theme.FontSize-1, false)
}

func (f *Figure) noteHeight(p *canvas.Pen, w vg.Length) vg.Length {
	n := len(f.noteLines(p, w))
	if n == 0 {
		return 0
	}
	return canvas.Margin + vg.Length(n)*1.25*(p.Theme.FontSize-1)
}

// Draw draws the figure on the canvas, as large as the canvas is.
func (f *Figure) Draw(c draw.Canvas) {
	p := &canvas.Pen{Canvas: c, Theme: f.cfg.theme}
	p.FillRect(c.Rectangle, f.cfg.theme.Background)
	f.drawIn(p)
}

func (f *Figure) drawIn(p *canvas.Pen) {
	r := p.Rectangle
	lines := f.titleLines(p, r.Max.X-r.Min.X)
	size := p.Theme.FontSize + 1
	y := r.Max.Y - canvas.Margin - 0.75*size
	for _, l := range lines {
		p.Text(vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: y}, l, canvas.TextStyle{Size: size, Bold: true, AX: 0.5})
		y -= 1.25 * size
	}
	size = p.Theme.FontSize - 1
	lines = f.noteLines(p, r.Max.X-r.Min.X)
	for i, l := range lines {
		y := r.Min.Y + canvas.Margin + (vg.Length(len(lines)-1-i)*1.25+0.25)*size
		p.Text(vg.Point{X: r.Min.X + canvas.Margin, Y: y}, l, canvas.TextStyle{Size: size, Color: p.Theme.Muted})
	}
	w := r.Max.X - r.Min.X
	r.Max.Y -= f.titleHeight(p, w)
	r.Min.Y += f.noteHeight(p, w)
	f.draw(p.In(r))
}

func (f *Figure) titleLines(p *canvas.Pen, w vg.Length) []string {
	if f.cfg.title == "" {
		return nil
	}
	return p.Wrap(f.cfg.title, w-2*canvas.Margin, p.Theme.FontSize+1, true)
}

func (f *Figure) titleHeight(p *canvas.Pen, w vg.Length) vg.Length {
	n := len(f.titleLines(p, w))
	if n == 0 {
		return 0
	}
	return canvas.Margin + vg.Length(n)*1.25*(p.Theme.FontSize+1)
}

// Formats are the file formats that [Save] and [WriterTo] know, by their file name extension.
func Formats() []string { return []string{"eps", "pdf", "png", "svg", "tex"} }

// WriterTo renders the figure in a format of [Formats] and returns it ready to be written.
//
// PDF and SVG keep text as text (the fonts are embedded in the PDF; the SVG names common ones and fixes the
// width of every label, so that it looks the same with any font). EPS draws text as outlines, because it has
// no fonts of its own. TeX is a standalone PGF document whose labels are set by LaTeX.
func WriterTo(f *Figure, format string) (io.WriterTo, error) {
	if f == nil {
		return nil, fmt.Errorf("plotting: no figure to write (nil)")
	}
	b, err := f.render(strings.ToLower(format))
	if err != nil {
		return nil, err
	}
	return bytes.NewBuffer(b), nil
}

// render draws the figure in a format and returns the file's bytes.
func (f *Figure) render(format string) ([]byte, error) {
	if !slices.Contains(Formats(), format) {
		return nil, fmt.Errorf("plotting: unknown format %q; the formats are %s", format, strings.Join(Formats(), ", "))
	}
	w, h := f.Size()
	b, err := canvas.Encode(format, canvas.Page{Width: w, Height: h, Title: f.cfg.title, Alt: f.alt, Background: f.cfg.theme.Background, DPI: f.cfg.dpi}, f.Draw)
	if err != nil {
		return nil, fmt.Errorf("plotting: the figure: %w", err)
	}
	return b, nil
}

// Save writes the figure to one or more files. The extension of each name (.pdf, .svg, .png, .eps, .tex)
// says the format. Missing folders are made. On an error no half-written file is left behind.
func Save(f *Figure, names ...string) error {
	for _, name := range names {
		w, err := WriterTo(f, strings.TrimPrefix(filepath.Ext(name), "."))
		if err != nil {
			return fmt.Errorf("%w (saving %s)", err, name)
		}
		if err := writeFile(name, w); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes beside the target and renames, so that a full disk or a killed run leaves no broken file.
func writeFile(name string, from io.WriterTo) error {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("plotting: cannot make the folder of %s: %w", name, err)
	}
	tmp, err := os.CreateTemp(dir, ".tmp-*")
	if err != nil {
		return fmt.Errorf("plotting: cannot write %s: %w", name, err)
	}
	_, err = from.WriteTo(tmp)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(tmp.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
		return fmt.Errorf("plotting: cannot write %s: %w", name, err)
	}
	return nil
}

// FromPlot makes a Figure of any gonum plot, so that it can be shown and exported as the others are. Its colours
// and fonts are the plot's own. The height is 0.75 of the width unless [WithHeight] is given.
func FromPlot(p *plot.Plot, opts ...Option) (*Figure, error) {
	if p == nil {
		return nil, fmt.Errorf("plotting: FromPlot: the plot is nil")
	}
	return newFigure("FromPlot", opts, func(f *Figure) error {
		f.alt = p.Title.Text
		f.body = func(_ *canvas.Pen, w vg.Length) vg.Length { return 0.75 * w }
		f.draw = func(pn *canvas.Pen) { p.Draw(pn.Canvas) }
		return nil
	})
}

// Drawing is what a figure shows below its title: what [FromDrawing] makes a figure of.
type Drawing struct {
	// Title and Note stand where the options give none.
	Title, Note string
	// Alt says what is to be seen, for readers who cannot see it; see [WithAlt].
	Alt string
	// Height is the height that it wants when it is that wide.
	Height func(p *canvas.Pen, width vg.Length) vg.Length
	Draw   func(p *canvas.Pen)
}

// FromDrawing makes a figure of a drawing. It is for packages of this module that draw what is not a plot; [FromPlot]
// is for plots of one's own.
func FromDrawing(d Drawing, opts ...Option) (*Figure, error) {
	return newFigure("FromDrawing", opts, func(f *Figure) error {
		if d.Height == nil || d.Draw == nil {
			return errors.New("the drawing has no Height or no Draw")
		}
		f.cfg.title, f.cfg.note = cmp.Or(f.cfg.title, d.Title), cmp.Or(f.cfg.note, d.Note)
		f.alt, f.body, f.draw = d.Alt, d.Height, d.Draw
		return nil
	})
}

// Alt is the text that describes the figure to readers who cannot see it; see [WithAlt].
func (f *Figure) Alt() string { return f.alt }

// newFigure applies the options and lets init complete the figure; what names the constructor in errors.
func newFigure(what string, opts []Option, init func(f *Figure) error) (*Figure, error) {
	f := &Figure{cfg: defaultConfig()}
	for _, o := range opts {
		if o != nil {
			o(&f.cfg)
		}
	}
	err := f.cfg.check()
	if name := f.cfg.useless(what); name != "" && err == nil {
		err = fmt.Errorf("%s is for other figures; leave it out", name)
	}
	if err == nil {
		err = init(f)
	}
	if err != nil {
		return nil, fmt.Errorf("plotting: %s: %w", what, err)
	}
	if f.cfg.alt != "" {
		f.alt = f.cfg.alt
	} else if f.cfg.title != "" {
		f.alt = f.cfg.title + ": " + f.alt
	}
	return f, nil
}
