package plotting

import (
	"fmt"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/table"
)

// Shower is what [Show] can display: a [Figure] or a [Table].
type Shower interface {
	// Bundle is the figure or table in several forms, by MIME type. A front end shows the richest form that it
	// trusts; none needs anything from outside.
	Bundle() (*protocol.DisplayData, error)
}

// maxInlineSVG is the size above which a figure is shown as PNG only: a scatter of thousands of points makes an SVG
// that swells the notebook and slows the browser.
const maxInlineSVG = 60_000

// Bundle is the figure as PNG, as SVG unless that would be large, and as the text that describes it. Code hosts and
// notebooks that are not trusted show the PNG: they remove drawings from HTML.
func (f *Figure) Bundle() (*protocol.DisplayData, error) {
	if f == nil {
		return nil, fmt.Errorf("plotting: no figure to show (nil)")
	}
	png, err := f.inlinePNG()
	if err != nil {
		return nil, err
	}
	w, h := f.Size()
	const pixel = 96.0 / 72 // of CSS, per point
	d := &protocol.DisplayData{
		Data: map[protocol.MIMEType]any{protocol.MIMEImagePNG: png, protocol.MIMETextPlain: f.alt},
		// The PNG has the pixels of a fine screen; its size on the page is that on paper.
		Metadata: map[string]any{string(protocol.MIMEImagePNG): map[string]int{
			"width": int(w.Points()*pixel + 0.5), "height": int(h.Points()*pixel + 0.5)}},
	}
	svg, err := f.render("svg")
	if err != nil {
		return nil, err
	}
	if len(svg) <= maxInlineSVG {
		d.Data[protocol.MIMEImageSVG] = string(svg)
	}
	return d, nil
}

// photoDPI is the resolution of pictures in a notebook, where all their colours are kept.
const photoDPI = 130

// inlinePNG is the figure as a PNG that is not large: of few colours, or of few pixels.
func (f *Figure) inlinePNG() ([]byte, error) {
	if f.photos {
		small := *f
		small.cfg.dpi = min(f.cfg.dpi, photoDPI)
		return small.render("png")
	}
	png, err := f.render("png")
	if err != nil {
		return nil, err
	}
	return canvas.SmallPNG(png)
}

// Bundle is the table as HTML, Markdown and text.
func (t *Table) Bundle() (*protocol.DisplayData, error) {
	if t == nil {
		return nil, fmt.Errorf("plotting: no table to show (nil)")
	}
	md := t.Markdown()
	return &protocol.DisplayData{Data: map[protocol.MIMEType]any{
		protocol.MIMETextHTML: t.HTML(), protocol.MIMETextMarkdown: md, protocol.MIMETextPlain: md}}, nil
}

// Show displays things in the output of a GoNB notebook cell, one below the other: figures and tables, and what the
// other packages find, each in the form that [Drawn] gives it. An error among them is returned, and a nil one is nothing,
// so that the results of a call can be shown as they are: Show(HeatMapOf(matrix)). Outside a notebook it checks that
// all can be drawn and displays nothing, so that the same code runs as a plain program.
func Show(items ...any) error {
	for _, it := range items {
		if err, ok := it.(error); ok {
			return err
		}
	}
	shown := 0
	for i, it := range items {
		if it == nil && i > 0 { // the nil error of a call
			continue
		}
		s, err := Drawn(it)
		if err != nil {
			return err
		}
		d, err := s.Bundle()
		if err != nil {
			return err
		}
		shown++
		if gonbui.IsNotebook {
			gonbui.SendData(d)
		}
	}
	if gonbui.IsNotebook && shown > 0 {
		gonbui.Sync() // what the cell prints next comes after it
	}
	return nil
}

// MustShow is [Show], but panics on an error. It is for notebook cells.
func MustShow(items ...any) {
	if err := Show(items...); err != nil {
		panic(err)
	}
}

// Drawn is the form in which [Show] displays something:
//
//   - figures and tables, and whatever else has a Bundle, as they are;
//   - a score table as the table of its first architectures, [ScoresOf];
//   - correlations as a table with intervals, [CorrelationsOf];
//   - results as the table of [TableOf], average ranks as that of [RanksTableOf];
//   - a matrix as its heat map, profiles and critical differences as their figures.
//
// Errors: nothing (nil), or something else.
func Drawn(item any) (Shower, error) {
	var s Shower
	var err error
	switch v := item.(type) {
	case nil:
		return nil, fmt.Errorf("plotting: nothing to show (nil)")
	case Shower:
		return v, nil
	case *table.Table:
		s, err = ScoresOf(v)
	case *compare.Correlations:
		s, err = CorrelationsOf(v)
	case compare.Results:
		s, err = TableOf(v, nil)
	case *compare.RankTable:
		s, err = RanksTableOf(v)
	case *compare.Matrix:
		s, err = HeatMapOf(v)
	case *compare.Profiles:
		s, err = ProfilesOf(v)
	case *compare.CriticalDifference:
		s, err = CriticalDifferenceOf(v)
	default:
		return nil, fmt.Errorf("plotting: no way to show a %T", item)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// MustSave is [Save], but panics on an error. It is for notebook cells.
func MustSave(f *Figure, names ...string) {
	if err := Save(f, names...); err != nil {
		panic(err)
	}
}
