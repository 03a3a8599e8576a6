package plotting

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot/vg"
)

func init() {
	uses["Scatter"] = []string{"WithXLabel", "WithYLabel", "WithLogX", "WithLinearX", "WithLogY", "WithStatistic", "WithSpearman", "WithStyleOf"}
}

// Scatter plots one score against another, usually a proxy's against the accuracy: one point per architecture,
// score[i] and accuracy[i] in any unit. The line above the plot counts the complete pairs, and shows Spearman's ρ
// over them when [WithSpearman] gives it. Pairs with NaN are left out and counted as undefined; pairs with an infinite
// score have a rank but no place on the axis, and are counted as not drawn. name labels the x axis and, if it is a
// proxy's, decides colour and marker ([Style]); [WithYLabel] says what the other value is ("ground truth" if not).
//
// Scores of no sign that spread so far that a linear axis would crowd most of them into a corner (more than four
// decades, with half of them in the lowest twentieth of the axis) stand on a logarithmic axis, which its label says;
// zeros are then not drawn either. [WithLinearX] prevents that.
//
// An infinite accuracy, a value that a logarithmic axis that was asked for cannot show, or fewer than two points to
// draw are errors.
func Scatter(name string, score, accuracy []float64, opts ...Option) (*Figure, error) {
	return newFigure("Scatter", opts, func(f *Figure) error {
		if len(score) != len(accuracy) {
			return fmt.Errorf("%d scores but %d accuracies; give one of each per architecture", len(score), len(accuracy))
		}
		if err := canvas.CheckText("name", name); err != nil {
			return err
		}
		s := &scatter{cfg: f.cfg}
		auto := !f.cfg.logX && !f.cfg.linearX && crowded(score, accuracy)
		logX := f.cfg.logX || auto
		xlo, xhi, ylo, yhi := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
		for i, x := range score {
			y := accuracy[i]
			switch {
			case math.IsInf(y, 0):
				return fmt.Errorf("point %d is (%v, %v); use NaN where there is no true value", i, x, y)
			case math.IsNaN(x) || math.IsNaN(y):
				s.dropped++
				continue
			case math.IsInf(x, 0):
				s.infinite++
				continue
			case x == 0 && auto:
				s.zeros++
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
			return fmt.Errorf("%d of %d points have both values, finite ones; a scatter needs at least two", len(s.x), len(score))
		}
		style := f.cfg.style
		if style == "" {
			style = name
		}
		s.style = Style(style)
		s.ax = axes{x: spread(xlo, xhi, logX), y: spread(ylo, yhi, f.cfg.logY),
			xLabel: f.cfg.xLabel, yLabel: f.cfg.yLabel}
		if s.ax.xLabel == "" {
			s.ax.xLabel = name
		}
		if auto {
			s.ax.xLabel += " (log scale)"
		}
		if s.ax.yLabel == "" {
			s.ax.yLabel = "ground truth"
		}
		f.alt = fmt.Sprintf("scatter of %s against %s, %s", s.ax.xLabel, s.ax.yLabel, canvas.Counted(len(s.x), "point"))
		f.body = func(p *canvas.Pen, w vg.Length) vg.Length {
			return 0.78*w + vg.Length(len(s.header(p, w))-1)*headerLine*p.Theme.FontSize
		}
		f.draw = s.draw
		return nil
	})
}

type scatter struct {
	cfg                      config
	x, y                     []float64
	dropped, infinite, zeros int // pairs that are not drawn
	style                    ProxyStyle
	ax                       axes
}

// crowded says whether a linear axis would hide how the scores are spread; see [Scatter].
func crowded(score, accuracy []float64) bool {
	var v []float64
	for i, x := range score {
		if canvas.Finite(x) && !math.IsNaN(accuracy[i]) {
			if x < 0 {
				return false
			}
			v = append(v, x)
		}
	}
	slices.Sort(v)
	positive, _ := slices.BinarySearch(v, math.SmallestNonzeroFloat64)
	if len(v)-positive < 2 {
		return false
	}
	largest := v[len(v)-1]
	return v[positive] < largest/1e4 && v[len(v)/2] < largest/20
}

const headerLine vg.Length = 1.15 // height of a line above the plot, as a share of the text size

// header is the lines above the plot, where they can never cover a point: one, or two where one is too narrow.
func (s *scatter) header(p *canvas.Pen, w vg.Length) []string {
	head := fmt.Sprintf("n = %d", len(s.x)+s.infinite+s.zeros)
	if s.cfg.spearman != nil {
		head = s.cfg.spearman.text(s.cfg.statistic) + ", " + head
	}
	var left []string
	if s.dropped > 0 {
		left = append(left, fmt.Sprintf("%d undefined", s.dropped))
	}
	if s.infinite > 0 {
		left = append(left, fmt.Sprintf("%d infinite, not drawn", s.infinite))
	}
	if s.zeros > 0 {
		left = append(left, canvas.Counted(s.zeros, "zero")+", not drawn")
	}
	if len(left) == 0 {
		return []string{head}
	}
	rest := "(" + strings.Join(left, "; ") + ")"
	if one := head + " " + rest; p.Width(one, s.headStyle(p)) <= w-2*canvas.Margin {
		return []string{one}
	}
	return []string{head, rest}
}

func (s *scatter) headStyle(p *canvas.Pen) canvas.TextStyle {
	return canvas.TextStyle{Size: p.Theme.FontSize - 0.5, AX: 0.5}
}

func (s *scatter) draw(p *canvas.Pen) {
	r := p.Rectangle
	head := s.header(p, r.Max.X-r.Min.X)
	y := r.Max.Y - canvas.Margin - canvas.CapShare*p.Theme.FontSize
	r.Max.Y -= vg.Length(len(head)) * headerLine * p.Theme.FontSize
	p = p.In(r)
	ax := s.ax
	ax.layout(p)
	ax.draw(p)
	for _, line := range head {
		ts := s.headStyle(p)
		ts.Size = p.Fit(line, r.Max.X-r.Min.X-2*canvas.Margin, ts)
		half := p.Width(line, ts) / 2
		p.Text(vg.Point{X: max(r.Min.X+canvas.Margin+half, min((ax.box.Min.X+ax.box.Max.X)/2, r.Max.X-canvas.Margin-half)), Y: y}, line, ts)
		y -= headerLine * p.Theme.FontSize
	}
	c := p.Theme.Ink(s.style.Color)
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
		drawMarker(p, m, col, ax.pt(s.x[i], s.y[i]), rad)
	}
}
