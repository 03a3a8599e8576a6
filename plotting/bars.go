package plotting

import (
	"fmt"
	"math"
	"slices"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot/vg"
)

func init() {
	uses["CorrelationBars"] = []string{"WithYLabel", "WithStatistic", "WithGroups", "WithoutLegend"}
}

// CorrelationBars draws the rank correlation of each proxy on each task as bars, grouped by task, with intervals:
// rho, lo and hi are [len(proxies)][len(tasks)], NaN where there is no value; lo and hi may be nil. Each bar ends in
// its proxy's marker, and proxies of one colour differ in the filling of their bars, so that a copy in grey can still
// be read. [WithGroups] names the group (search space) of every
// task. When the bars would become too thin, the tasks go on in further rows.
func CorrelationBars(proxies, tasks []string, rho, lo, hi [][]float64, opts ...Option) (*Figure, error) {
	return newFigure("CorrelationBars", opts, func(f *Figure) error {
		if err := checkNames("proxy", proxies); err != nil {
			return err
		}
		if len(tasks) == 0 {
			return fmt.Errorf("no tasks given; give at least one")
		}
		if err := checkCorrelations("the matrix", rho, proxies, tasks); err != nil {
			return err
		}
		if err := checkIntervals(lo, hi, proxies, tasks); err != nil {
			return err
		}
		if f.cfg.groups != nil && len(f.cfg.groups) != len(tasks) {
			return fmt.Errorf("%d groups for %d tasks; name the group of every task", len(f.cfg.groups), len(tasks))
		}
		for _, s := range append(append([]string(nil), tasks...), f.cfg.groups...) {
			if err := canvas.CheckText("task", s); err != nil {
				return err
			}
		}
		b := &bars{names: append([]string(nil), proxies...), tasks: append([]string(nil), tasks...), groups: append([]string(nil), f.cfg.groups...),
			rho: copyMatrix(rho), lo: copyMatrix(lo), hi: copyMatrix(hi), styles: styles(proxies), label: f.cfg.yLabel}
		b.fills = fills(b.styles)
		if b.label == "" {
			b.label = statisticLabel(f.cfg.statistic)
		}
		ymin, ymax, any, undefined := 0.0, 0.0, false, false
		for _, m := range [][][]float64{rho, lo, hi} {
			for _, r := range m {
				ymin, ymax = bounds(ymin, ymax, r...)
				for _, v := range r {
					any = any || !math.IsNaN(v)
				}
			}
		}
		for _, r := range rho {
			undefined = undefined || slices.ContainsFunc(r, math.IsNaN)
		}
		if undefined {
			f.explains = append(f.explains, "– undefined.")
		}
		if !any {
			return fmt.Errorf("every value is NaN; there is nothing to draw")
		}
		b.y = spread(ymin, ymax, false)
		if f.cfg.legend {
			st := b.styles
			b.legend = &legend{b.names, func(p *canvas.Pen, i int, x0, x1, y vg.Length) {
				b.bar(p, i, canvas.Rect(x0+6, y-2.5, x1-6, y+2.5))
				drawMarker(p, st[i].Marker, p.Theme.Ink(st[i].Color), vg.Point{X: x1 - 6, Y: y}, 2)
			}}
		}
		f.alt = "rank correlations of " + canvas.Counted(len(proxies), "proxy") + " on " + canvas.Counted(len(tasks), "task")
		f.body = func(p *canvas.Pen, w vg.Length) vg.Length {
			rows, _ := b.rows(p, w)
			h := vg.Length(rows) * (1.55*vg.Inch + b.labelHeight(p, w))
			if b.legend != nil {
				_, lh := b.legend.columns(p, w)
				h += lh
			}
			return h
		}
		f.draw = b.draw
		return nil
	})
}

type bars struct {
	names, tasks, groups []string
	rho, lo, hi          [][]float64
	styles               []ProxyStyle
	fills                []int
	y                    scale
	label                string
	legend               *legend
}

func (b *bars) boxWidth(p *canvas.Pen, w vg.Length) vg.Length {
	return w - 2*canvas.Margin - 4*p.Theme.FontSize
}

// rows is the number of rows of axes, and the tasks in each. A bar is at least 3.6 points wide.
func (b *bars) rows(p *canvas.Pen, w vg.Length) (rows, per int) {
	least := vg.Length(len(b.names))*3.6 + 8
	per = max(1, int(b.boxWidth(p, w)/least))
	rows = (len(b.tasks) + per - 1) / per
	return rows, (len(b.tasks) + rows - 1) / rows
}

// taskLines wraps a task's name to the width of its group of bars.
func (b *bars) taskLines(p *canvas.Pen, w vg.Length, task string) []string {
	_, per := b.rows(p, w)
	return p.Wrap(task, b.boxWidth(p, w)/vg.Length(per)-6, p.Theme.FontSize-0.5, false)
}

func (b *bars) labelHeight(p *canvas.Pen, w vg.Length) vg.Length {
	n := 1
	for _, t := range b.tasks {
		n = max(n, len(b.taskLines(p, w, t)))
	}
	h := vg.Length(n)*1.15*p.Theme.FontSize + 4
	if len(b.groups) > 0 {
		h += 1.4 * p.Theme.FontSize
	}
	return h
}

// fills number the proxies of the same colour in one figure: how often the colour has come before.
func fills(styles []ProxyStyle) []int {
	out := make([]int, len(styles))
	for i, s := range styles {
		for _, before := range styles[:i] {
			if before.Color == s.Color {
				out[i]++
			}
		}
	}
	return out
}

// bar draws a bar of proxy i: tinted, or where its colour has come before hatched, empty, and full.
func (b *bars) bar(p *canvas.Pen, i int, r vg.Rectangle) {
	c := p.Theme.Ink(b.styles[i].Color)
	switch b.fills[i] % 4 {
	case 0:
		p.FillRect(r, canvas.Mix(p.Theme.Background, c, 0.45))
		p.StrokeRect(r, c, 0.4)
	case 1:
		p.FillRect(r, p.Theme.Background)
		p.Hatch(r, c, 2.2)
		p.StrokeRect(r, c, 0.5)
	case 2:
		p.FillRect(r, p.Theme.Background)
		p.StrokeRect(r, c, 0.7)
	default:
		p.FillRect(r, c)
	}
}

func (b *bars) draw(p *canvas.Pen) {
	if b.legend != nil {
		p = p.In(b.legend.below(p))
	}
	w := p.Max.X - p.Min.X
	rows, per := b.rows(p, w)
	h := (p.Max.Y - p.Min.Y) / vg.Length(rows)
	for r := range rows {
		top := p.Max.Y - vg.Length(r)*h
		from, to := r*per, min((r+1)*per, len(b.tasks))
		if from < to {
			b.row(p.In(canvas.Rect(p.Min.X, top-h, p.Max.X, top)), from, to, per)
		}
	}
}

// row draws the tasks from…to-1; the groups of bars are as wide as if there were per of them.
func (b *bars) row(p *canvas.Pen, from, to, per int) {
	w := p.Max.X - p.Min.X
	fs := p.Theme.FontSize
	under := b.labelHeight(p, w)
	over := vg.Length(0)
	if len(b.groups) > 0 {
		over = 1.4 * fs
		under -= over
	}
	ax := axes{x: scale{min: 0, max: float64(per)}, y: b.y, yLabel: b.label, noX: true}
	q := p.In(canvas.Rect(p.Min.X, p.Min.Y+under, p.Max.X, p.Max.Y-over))
	ax.layout(q)
	ax.box.Max.X = ax.box.Min.X + (ax.box.Max.X-ax.box.Min.X)*vg.Length(to-from)/vg.Length(per)
	ax.x.max = float64(to - from)
	ax.draw(q)
	n := len(b.names)
	group := ax.px(1) - ax.px(0)
	size := fs - 0.5 // of the task names: all as small as the widest word needs
	for _, t := range b.tasks {
		for _, l := range b.taskLines(p, w, t) {
			size = p.Fit(l, group-6, canvas.TextStyle{Size: size})
		}
	}
	bw := min((group-6)/vg.Length(n), 16)
	for j := from; j < to; j++ {
		mid := ax.px(float64(j-from) + 0.5)
		if j > from {
			x := ax.px(float64(j - from))
			c, lw := p.Theme.Grid, vg.Length(0.5)
			if len(b.groups) > 0 && b.groups[j] != b.groups[j-1] {
				c, lw = p.Theme.Foreground, 0.6
			}
			p.Line(c, lw, nil, vg.Point{X: x, Y: ax.box.Min.Y}, vg.Point{X: x, Y: ax.box.Max.Y})
		}
		for i := range n {
			v := b.rho[i][j]
			x := mid + (vg.Length(i)-vg.Length(n)/2)*bw
			c := p.Theme.Ink(b.styles[i].Color)
			if math.IsNaN(v) {
				p.Text(vg.Point{X: x + bw/2, Y: ax.py(0) + 2}, "–", canvas.TextStyle{Size: max(canvas.MinText, min(fs, bw)), Color: p.Theme.Muted, AX: 0.5})
				continue
			}
			y0, y1 := ax.py(0), ax.py(v)
			b.bar(p, i, canvas.Rect(x+bw*0.12, min(y0, y1), x+bw*0.88, max(y0, y1)))
			if b.lo != nil && !math.IsNaN(b.lo[i][j]) && !math.IsNaN(b.hi[i][j]) {
				lo, hi := ax.py(b.lo[i][j]), ax.py(b.hi[i][j])
				p.Line(p.Theme.Foreground, 0.6, nil, vg.Point{X: x + bw/2, Y: lo}, vg.Point{X: x + bw/2, Y: hi})
				for _, y := range []vg.Length{lo, hi} {
					p.Line(p.Theme.Foreground, 0.6, nil, vg.Point{X: x + bw*0.3, Y: y}, vg.Point{X: x + bw*0.7, Y: y})
				}
			}
			drawMarker(p, b.styles[i].Marker, c, vg.Point{X: x + bw/2, Y: y1}, min(2, bw*0.36))
		}
		ts := canvas.TextStyle{Size: size, AX: 0.5, AY: 1}
		y := ax.box.Min.Y - 4
		for _, l := range b.taskLines(p, w, b.tasks[j]) {
			p.Text(vg.Point{X: mid, Y: y}, l, ts)
			y -= 1.15 * size
		}
	}
	ax.ref(p, 0)
	// group names above their tasks
	for j := from; len(b.groups) > 0 && j < to; {
		k := j
		for k < to && b.groups[k] == b.groups[j] {
			k++
		}
		x0, x1 := ax.px(float64(j-from)), ax.px(float64(k-from))
		ts := canvas.TextStyle{Bold: true, AX: 0.5}
		ts.Size = p.Fit(b.groups[j], x1-x0-2, ts)
		p.Text(vg.Point{X: (x0 + x1) / 2, Y: ax.box.Max.Y + 0.5*fs}, b.groups[j], ts)
		j = k
	}
}
