package plotting

import (
	"fmt"
	"math"
	"slices"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot/vg"
)

func init() {
	uses["Histogram"] = []string{"WithXLabel", "WithYLabel", "WithLogX", "WithStyleOf"}
}

// Histogram counts values in bins of equal width, of equal ratio with [WithLogX], and draws the counts as bars: the
// distribution of a score, or of a size, over architectures. NaN is left out and counted in the line above the plot.
// name labels the x axis and, if it is a proxy's, decides the colour ([Style], [WithStyleOf]).
//
// An infinite value, a value that a logarithmic axis cannot show, no value at all, or fewer than one bin are errors.
func Histogram(name string, values []float64, bins int, opts ...Option) (*Figure, error) {
	return newFigure("Histogram", opts, func(f *Figure) error {
		if err := canvas.CheckText("name", name); err != nil {
			return err
		}
		if bins < 1 {
			return fmt.Errorf("%d bins; a histogram needs at least one", bins)
		}
		h := &histogram{}
		lo, hi := math.Inf(1), math.Inf(-1)
		for i, v := range values {
			switch {
			case math.IsInf(v, 0):
				return fmt.Errorf("value %d is %v; use NaN where there is no value", i, v)
			case math.IsNaN(v):
				h.dropped++
				continue
			case f.cfg.logX && v <= 0:
				return fmt.Errorf("value %d is %v, but a logarithmic axis takes only values above zero; leave WithLogX out or use NaN", i, v)
			}
			h.n++
			lo, hi = bounds(lo, hi, v)
		}
		if h.n == 0 {
			return fmt.Errorf("none of %d values is a number; there is nothing to count", len(values))
		}
		if lo == hi {
			s := spread(lo, hi, f.cfg.logX)
			lo, hi = s.min, s.max
		}
		h.bins = scale{min: lo, max: hi, log: f.cfg.logX}
		h.counts = count(h.bins, values, bins)
		style := f.cfg.style
		if style == "" {
			style = name
		}
		h.style = Style(style)
		h.ax = axes{x: spread(lo, hi, f.cfg.logX), y: scale{max: 1.05 * float64(slices.Max(h.counts)), whole: true},
			xLabel: f.cfg.xLabel, yLabel: f.cfg.yLabel}
		if h.ax.xLabel == "" {
			h.ax.xLabel = name
		}
		if h.ax.yLabel == "" {
			h.ax.yLabel = "architectures"
		}
		f.alt = fmt.Sprintf("histogram of %s, %s", h.ax.xLabel, canvas.Counted(h.n, "value"))
		f.body = func(p *canvas.Pen, w vg.Length) vg.Length { return 0.7 * w }
		f.draw = h.draw
		return nil
	})
}

// count counts the numbers among the values in equal parts of the scale; the largest value is in the last.
func count(s scale, values []float64, bins int) []int {
	out := make([]int, bins)
	for _, v := range values {
		if !math.IsNaN(v) {
			out[max(0, min(bins-1, int(s.norm(v)*float64(bins))))]++
		}
	}
	return out
}

type histogram struct {
	bins       scale
	counts     []int
	n, dropped int
	style      ProxyStyle
	ax         axes
}

func (h *histogram) draw(p *canvas.Pen) {
	r := p.Rectangle
	head := fmt.Sprintf("n = %d", h.n)
	if h.dropped > 0 {
		head += fmt.Sprintf(" (%d undefined)", h.dropped)
	}
	y := r.Max.Y - canvas.Margin - canvas.CapShare*p.Theme.FontSize
	r.Max.Y -= 1.15 * p.Theme.FontSize
	p = p.In(r)
	ax := h.ax
	ax.layout(p)
	ax.draw(p)
	p.Text(vg.Point{X: (ax.box.Min.X + ax.box.Max.X) / 2, Y: y}, head, canvas.TextStyle{Size: p.Theme.FontSize - 0.5, AX: 0.5})
	c := p.Theme.Ink(h.style.Color)
	from, to := ax.px(h.bins.min), ax.px(h.bins.max)
	w := (to - from) / vg.Length(len(h.counts))
	for k, n := range h.counts {
		if n > 0 {
			x := from + vg.Length(k)*w
			bar := canvas.Rect(x, ax.py(0), x+w, ax.py(float64(n)))
			p.FillRect(bar, canvas.Mix(p.Theme.Background, c, 0.45))
			p.StrokeRect(bar, c, 0.4)
		}
	}
}
