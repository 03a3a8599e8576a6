package plotting

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
)

// Scatter plots one score against another, usually a proxy's against the accuracy: one point per architecture,
// score[i] and accuracy[i] in any unit. Pairs with NaN are left out and counted in the line above the plot, which
// also shows Spearman's ρ when [WithSpearman] gives it. name labels the x axis and, if it is a proxy's, decides
// colour and marker ([Style]).
//
// An infinite value, a value that a logarithmic axis cannot show, or fewer than two complete pairs are errors.
func Scatter(name string, score, accuracy []float64, opts ...Option) (*Figure, error) {
	return newFigure("Scatter", opts, func(f *Figure) error {
		if len(score) != len(accuracy) {
			return fmt.Errorf("%d scores but %d accuracies; give one of each per architecture", len(score), len(accuracy))
		}
		if err := checkText("name", name); err != nil {
			return err
		}
		s := &scatter{cfg: f.cfg}
		xlo, xhi, ylo, yhi := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
		for i, x := range score {
			y := accuracy[i]
			if math.IsInf(x, 0) || math.IsInf(y, 0) {
				return fmt.Errorf("point %d is (%v, %v); use NaN where a score is undefined", i, x, y)
			}
			if math.IsNaN(x) || math.IsNaN(y) {
				s.dropped++
				continue
			}
			if f.cfg.logX && x <= 0 {
				return fmt.Errorf("score %d is %v, but a logarithmic axis takes only values above zero; leave WithLogX out or use NaN", i, x)
			}
			if f.cfg.logY && y <= 0 {
				return fmt.Errorf("accuracy %d is %v, but a logarithmic axis takes only values above zero; leave WithLogY out or use NaN", i, y)
			}
			s.x, s.y = append(s.x, x), append(s.y, y)
			xlo, xhi = bounds(xlo, xhi, x)
			ylo, yhi = bounds(ylo, yhi, y)
		}
		if len(s.x) < 2 {
			return fmt.Errorf("%d of %d points have both values; a scatter needs at least two", len(s.x), len(score))
		}
		style := f.cfg.style
		if style == "" {
			style = name
		}
		s.style = Style(style)
		s.ax = axes{x: spread(xlo, xhi, f.cfg.logX), y: spread(ylo, yhi, f.cfg.logY),
			xLabel: f.cfg.xLabel, yLabel: f.cfg.yLabel}
		if s.ax.xLabel == "" {
			s.ax.xLabel = name
		}
		if s.ax.yLabel == "" {
			s.ax.yLabel = "accuracy"
		}
		f.alt = fmt.Sprintf("scatter of %s against %s, %d points", s.ax.xLabel, s.ax.yLabel, len(s.x))
		f.body = func(p *pen, w vg.Length) vg.Length { return 0.78 * w }
		f.draw = s.draw
		return nil
	})
}

type scatter struct {
	cfg     config
	x, y    []float64
	dropped int
	style   ProxyStyle
	ax      axes
}

// header is the line above the plot, where it can never cover a point.
func (s *scatter) header() string {
	h := fmt.Sprintf("n = %d", len(s.x))
	if s.cfg.spearman != nil {
		h = spearmanText(*s.cfg.spearman) + ", " + h
	}
	if s.dropped > 0 {
		h += fmt.Sprintf(" (%d undefined)", s.dropped)
	}
	return h
}

func (s *scatter) draw(p *pen) {
	r := p.Rectangle
	ts := textStyle{size: p.th.FontSize - 0.5, ax: 0.5}
	ts.size = p.fit(s.header(), r.Max.X-r.Min.X-2*margin, ts)
	head := vg.Point{Y: r.Max.Y - margin - capShare*p.th.FontSize}
	r.Max.Y -= 1.15 * p.th.FontSize
	p = p.in(r)
	ax := s.ax
	ax.layout(p)
	ax.draw(p)
	half := p.width(s.header(), ts) / 2
	head.X = max(r.Min.X+margin+half, min((ax.box.Min.X+ax.box.Max.X)/2, r.Max.X-margin-half))
	p.text(head, s.header(), ts)
	c := p.th.ink(s.style.Color)
	rad, alpha := vg.Length(1.7), uint8(255)
	if len(s.x) > 150 {
		rad, alpha = 1.2, 140
	}
	if area := (ax.box.Max.X - ax.box.Min.X) * (ax.box.Max.Y - ax.box.Min.Y); float64(len(s.x)) > float64(area)/12 {
		rad = 0.8
	}
	col := color.NRGBA{c.R, c.G, c.B, alpha}
	m := s.style.Marker
	if alpha < 255 {
		m = Disc // in a cloud of points the shape is lost anyway
	}
	for i := range s.x {
		p.mark(m, col, ax.pt(s.x[i], s.y[i]), rad)
	}
}
