package plotting

import (
	"fmt"
	"image/color"
	"math"
	"sort"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot/vg"
)

func init() {
	uses["AverageRanks"] = []string{"WithXLabel", "WithoutLegend"}
}

// AverageRanks draws the average rank of each proxy, best at the top: a disc in the proxy's colour for the overall
// rank, and a smaller marker for its rank in each search space. ranks is [len(proxies)][len(spaces)], NaN where a
// proxy has none; overall has one value per proxy (the post weighs every task alike, so it is not the mean of the
// row). Rank 1 is best.
func AverageRanks(proxies, spaces []string, ranks [][]float64, overall []float64, opts ...Option) (*Figure, error) {
	return newFigure("AverageRanks", opts, func(f *Figure) error {
		if err := checkNames("proxy", proxies); err != nil {
			return err
		}
		if len(spaces) > 0 {
			if err := checkNames("search space", spaces); err != nil {
				return err
			}
		}
		if err := checkMatrix("the rank matrix", ranks, proxies, spaces); err != nil {
			return err
		}
		if len(overall) != len(proxies) {
			return fmt.Errorf("%d overall ranks for %d proxies; give one per proxy", len(overall), len(proxies))
		}
		lo, hi := math.Inf(1), math.Inf(-1)
		for i, r := range append([][]float64{overall}, ranks...) {
			for _, v := range r {
				if v < 1 || i == 0 && !canvas.Finite(v) {
					return fmt.Errorf("rank %v; ranks count from 1", v)
				}
				lo, hi = bounds(lo, hi, v)
			}
		}
		a := &averageRanks{spaces: append([]string(nil), spaces...)}
		for i, n := range proxies {
			row := rankRow{name: n, ranks: append([]float64(nil), ranks[i]...), overall: overall[i], style: Style(n)}
			if c := f.cfg.partial; c != nil {
				row.incomplete = c.spaces[i]
				if k := c.overall[i]; k < c.tasks {
					row.aside = " " + tasksOf(k, c.tasks)
					if len(f.explains) == 0 {
						f.explains = append(f.explains, tasksOfNote(k, c.tasks))
					}
				}
			}
			a.rows = append(a.rows, row)
		}
		if a.bracketed() {
			f.explains = append(f.explains, "In brackets: on part of the space’s tasks.")
		}
		sort.SliceStable(a.rows, func(i, j int) bool { return a.rows[i].overall < a.rows[j].overall })
		a.x = spread(lo, hi, false)
		a.label = f.cfg.xLabel
		if a.label == "" {
			a.label = "average rank (1 is best)"
		}
		if f.cfg.legend && len(spaces) > 0 {
			a.legend = &legend{append([]string{"overall"}, spaces...), func(p *canvas.Pen, i int, x0, x1, y vg.Length) {
				at := vg.Point{X: x1 - 5, Y: y}
				if i == 0 {
					drawMarker(p, Disc, p.Theme.Foreground, at, 3.2)
					return
				}
				m, c := a.spaceMark(p, i-1)
				drawMarker(p, m, c, at, 2.1)
			}}
		}
		f.alt = fmt.Sprintf("average ranks of %s, best first: %s", canvas.Counted(len(proxies), "proxy"), a.rows[0].name)
		f.body = func(p *canvas.Pen, w vg.Length) vg.Length {
			h := vg.Length(len(a.rows))*1.7*p.Theme.FontSize + 4.2*p.Theme.FontSize
			if a.legend != nil {
				_, lh := a.legend.columns(p, w)
				h += lh
			}
			return h
		}
		f.draw = a.draw
		return nil
	})
}

type rankRow struct {
	name    string
	ranks   []float64
	overall float64
	style   ProxyStyle

	aside      string // of how many tasks overall is, if not of all
	incomplete []bool // for each space: the rank is over part of its tasks; nil if that is not known
}

// partialRanks says on how many tasks the proxies of a diagram have a rank.
type partialRanks struct {
	tasks   int      // in all
	overall []int    // of each proxy
	spaces  [][]bool // of each proxy and space: not on all of its tasks
}

type averageRanks struct {
	rows   []rankRow
	spaces []string
	x      scale
	label  string
	legend *legend
}

func (r rankRow) bracketed(j int) bool {
	return j < len(r.incomplete) && r.incomplete[j] && !math.IsNaN(r.ranks[j])
}

// bracketed says whether any rank in a space stands in brackets.
func (a *averageRanks) bracketed() bool {
	for _, r := range a.rows {
		for j := range r.ranks {
			if r.bracketed(j) {
				return true
			}
		}
	}
	return false
}

// spaceMark is the marker of a search space: its shape tells it, the colour is neutral.
func (a *averageRanks) spaceMark(p *canvas.Pen, i int) (Marker, color.Color) {
	return []Marker{OpenTriangle, Box, OpenDiamond, Cross, Plus, Triangle, Square, Diamond}[i%8], p.Theme.Muted
}

func (a *averageRanks) draw(p *canvas.Pen) {
	if a.legend != nil {
		p = p.In(a.legend.below(p))
	}
	fs := p.Theme.FontSize
	var names, values []string
	for _, r := range a.rows {
		names = append(names, r.name)
		values = append(values, canvas.Decimal(r.overall, 2)+r.aside)
	}
	left := p.Min.X + canvas.Margin + p.MaxWidth(names, canvas.TextStyle{}) + 5
	right := p.Max.X - canvas.Margin - p.MaxWidth(values, canvas.TextStyle{}) - 5
	ax := axes{x: a.x, y: scale{min: -0.75, max: float64(len(a.rows)) - 0.25}, xLabel: a.label}
	inner := p.In(canvas.Rect(left-canvas.Margin-tickLen-2, p.Min.Y, right+canvas.Margin, p.Max.Y))
	ax.layout(inner)
	ax.yt = nil
	ax.box.Min.X = left
	ax.box.Max.X = right
	ax.draw(inner)
	for i, r := range a.rows {
		y := ax.py(float64(len(a.rows) - 1 - i))
		p.Text(vg.Point{X: left - 5, Y: y}, r.name, canvas.TextStyle{AX: 1, AY: 0.5})
		p.Text(vg.Point{X: right + 5, Y: y}, values[i], canvas.TextStyle{AY: 0.5})
		lo, hi := bounds(r.overall, r.overall, r.ranks...)
		p.Line(p.Theme.Grid, 1.6, nil, vg.Point{X: ax.px(lo), Y: y}, vg.Point{X: ax.px(hi), Y: y})
		c := p.Theme.Ink(r.style.Color)
		drawMarker(p, Disc, c, vg.Point{X: ax.px(r.overall), Y: y}, min(3.4, fs*0.42))
		// Equal ranks in several spaces are set apart in height.
		for j, v := range r.ranks {
			if math.IsNaN(v) {
				continue
			}
			same, before := 0, 0
			for k, u := range r.ranks {
				if math.Abs(float64(ax.px(u)-ax.px(v))) < 3.5 {
					same++
					if k < j {
						before++
					}
				}
			}
			m, c := a.spaceMark(p, j)
			dy := (vg.Length(same-1)/2 - vg.Length(before)) * 4
			drawMarker(p, m, c, vg.Point{X: ax.px(v), Y: y + dy}, 2.1)
			if r.bracketed(j) {
				for k, s := range []string{"(", ")"} {
					ts := canvas.TextStyle{Size: fs - 1, Color: p.Theme.Muted, AX: 0.5, AY: 0.42}
					p.Text(vg.Point{X: ax.px(v) + vg.Length(2*k-1)*4.2, Y: y + dy}, s, ts)
				}
			}
		}
	}
}
