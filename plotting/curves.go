package plotting

import (
	"fmt"
	"math"
	"slices"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot/vg"
)

func init() {
	uses["Curves"] = []string{"WithXLabel", "WithYLabel", "WithLogX", "WithoutLegend"}
}

// Curve is one line of [Curves].
type Curve struct {
	Name string
	X, Y []float64 // X rises
	// Low and High are the ends of the interval at every point; nil where there are none.
	Low, High []float64
}

// Curves draws lines with the intervals of their points: how a measure grows with effort, as the correlation of a
// predictor over the architectures that it learns from. Where a line has many points, some of them carry a marker
// and a whisker. [WithLogX] suits efforts that double.
func Curves(curves []Curve, opts ...Option) (*Figure, error) {
	return newFigure("Curves", opts, func(f *Figure) error {
		names := make([]string, len(curves))
		for i, c := range curves {
			names[i] = c.Name
		}
		if err := checkNames("curve", names); err != nil {
			return err
		}
		x0, x1, y0, y1 := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
		for _, c := range curves {
			if err := c.check(f.cfg.logX); err != nil {
				return err
			}
			x0, x1 = bounds(x0, x1, c.X...)
			y0, y1 = bounds(y0, y1, c.Y...)
			y0, y1 = bounds(y0, y1, c.Low...)
			y0, y1 = bounds(y0, y1, c.High...)
		}
		d := &curvePlot{styles: curveStyles(names)}
		for _, c := range curves {
			d.curves = append(d.curves, Curve{c.Name, slices.Clone(c.X), slices.Clone(c.Y), slices.Clone(c.Low), slices.Clone(c.High)})
		}
		d.ax = axes{x: spread(x0, x1, f.cfg.logX), y: spread(y0, y1, false), xLabel: f.cfg.xLabel, yLabel: f.cfg.yLabel}
		if f.cfg.legend {
			d.legend = lineLegend(names, d.styles)
		}
		f.alt = fmt.Sprintf("%s of %s over %s", f.cfg.yLabel, canvas.Counted(len(curves), "curve"), f.cfg.xLabel)
		f.body = func(p *canvas.Pen, w vg.Length) vg.Length {
			h := min(0.72*w, 3.2*vg.Inch)
			if d.legend != nil {
				h += d.legend.extra(p, w)
			}
			return h
		}
		f.draw = d.draw
		return nil
	})
}

// curveStyles are the styles of proxies for those that have one, and the first ones in order for others, so that a
// handful of curves differ in colour.
func curveStyles(names []string) []ProxyStyle {
	out := make([]ProxyStyle, len(names))
	for i, n := range names {
		s, known := proxyStyles[n]
		if !known {
			s = ProxyStyle{palette[i%len(palette)], dashPatterns[(i+i/len(palette))%len(dashPatterns)], Marker(i % int(numMarkers))}
		}
		out[i] = s
	}
	return out
}

func (c *Curve) check(logX bool) error {
	n := len(c.X)
	if n == 0 || len(c.Y) != n || c.Low != nil && len(c.Low) != n || c.High != nil && len(c.High) != n || (c.Low == nil) != (c.High == nil) {
		return fmt.Errorf("%s has %d x, %d y and %d and %d ends of intervals; want equally many, and at least one", c.Name, n, len(c.Y), len(c.Low), len(c.High))
	}
	for i, x := range c.X {
		switch {
		case !canvas.Finite(x) || i > 0 && x <= c.X[i-1]:
			return fmt.Errorf("x %d of %s is %v; x is finite and rises", i+1, c.Name, x)
		case logX && x <= 0:
			return fmt.Errorf("x %d of %s is %v, but a logarithmic axis takes only values above zero", i+1, c.Name, x)
		case !canvas.Finite(c.Y[i]):
			return fmt.Errorf("y %d of %s is %v; leave the point out", i+1, c.Name, c.Y[i])
		}
	}
	return nil
}

type curvePlot struct {
	curves []Curve
	styles []ProxyStyle
	ax     axes
	legend *legend
}

func (d *curvePlot) draw(p *canvas.Pen) {
	if d.legend != nil {
		p = p.In(d.legend.place(p))
	}
	d.ax.layout(p)
	d.ax.draw(p)
	const apart = 24 // points between markers
	for i := len(d.curves) - 1; i >= 0; i-- {
		c, style := d.curves[i], d.styles[i]
		ink := p.Theme.Ink(style.Color)
		line := make([]vg.Point, len(c.X))
		for k := range c.X {
			line[k] = d.ax.pt(c.X[k], c.Y[k])
		}
		aside := vg.Length(0) // whiskers of curves with the same few x stand beside each other
		if len(line) <= 20 {
			aside = 2 * (vg.Length(i) - vg.Length(len(d.curves)-1)/2)
		}
		if len(line) > 1 {
			p.Line(ink, lineWidth, style.Dashes, line...)
		}
		// The markers of different curves stand apart, so that whiskers can be told from each other.
		last := vg.Length(math.Inf(-1))
		for k, pt := range line {
			start := vg.Length(0)
			if len(line) > 20 {
				start = line[0].X + vg.Length(i%8)*apart/8
			}
			if pt.X < start || pt.X-last < min(apart, (line[len(line)-1].X-line[0].X)/8) {
				continue
			}
			last = pt.X
			if c.Low != nil && canvas.Finite(c.Low[k]) && canvas.Finite(c.High[k]) {
				low, high := d.ax.pt(c.X[k], c.Low[k]), d.ax.pt(c.X[k], c.High[k])
				low.X, high.X = low.X+aside, high.X+aside
				p.Line(ink, 0.6, nil, low, high)
			}
			drawMarker(p, style.Marker, ink, pt, 1.8)
		}
	}
}
