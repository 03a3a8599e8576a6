package plotting

import (
	"encoding/base64"
	"fmt"
	"html"

	"github.com/janpfeifer/gonb/gonbui"
)

// Shower is what [Show] can display: a [Figure] or a [Table].
type Shower interface {
	// InlineHTML is the figure or table as a piece of HTML that needs nothing from outside.
	InlineHTML() (string, error)
}

// maxInlineSVG is the size above which a figure is shown as PNG: a scatter of thousands of points makes an SVG
// that swells the notebook and slows the browser.
const maxInlineSVG = 200_000

// InlineHTML is the figure as a piece of HTML: an SVG, or a PNG where the SVG would be very large.
func (f *Figure) InlineHTML() (string, error) {
	if f == nil {
		return "", fmt.Errorf("plotting: no figure to show (nil)")
	}
	svg, err := f.render("svg")
	if err != nil {
		return "", err
	}
	if len(svg) <= maxInlineSVG {
		return "<div>" + string(svg) + "</div>", nil
	}
	png, err := f.render("png")
	if err != nil {
		return "", err
	}
	w, _ := f.Size()
	return fmt.Sprintf(`<div><img style="max-width:100%%" width="%.0f" alt="%s" src="data:image/png;base64,%s"></div>`,
		w.Points()*96/72, html.EscapeString(f.alt), base64.StdEncoding.EncodeToString(png)), nil
}

// Show displays figures and tables in the output of a GoNB notebook cell, one below the other. Outside a notebook
// it checks that they can be drawn and displays nothing, so that the same code runs as a plain program.
func Show(items ...Shower) error {
	for _, it := range items {
		if it == nil {
			return fmt.Errorf("plotting: nothing to show (nil)")
		}
		s, err := it.InlineHTML()
		if err != nil {
			return err
		}
		if gonbui.IsNotebook {
			gonbui.DisplayHTML(s)
		}
	}
	return nil
}

// MustShow is [Show], but panics on an error. It is for notebook cells.
func MustShow(items ...Shower) {
	if err := Show(items...); err != nil {
		panic(err)
	}
}

// MustSave is [Save], but panics on an error. It is for notebook cells.
func MustSave(f *Figure, names ...string) {
	if err := Save(f, names...); err != nil {
		panic(err)
	}
}
