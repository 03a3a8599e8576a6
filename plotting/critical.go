package plotting

import (
	"fmt"
	"math"
	"sort"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot/vg"
)

func init() {
	uses["CriticalDifference"] = []string{}
}

// CriticalDifference draws a critical-difference diagram (Demšar 2006): the proxies on an axis of average ranks,
// best (1) at the left, with bars that join those whose ranks differ by less than cd, the critical difference of the
// Nemenyi test. Proxies not joined by a bar differ significantly. The lines of proxies with equal ranks leave the axis
// at one point and fan out below it.
func CriticalDifference(proxies []string, ranks []float64, cd float64, opts ...Option) (*Figure, error) {
	return newFigure("CriticalDifference", opts, func(f *Figure) error {
		if err := checkNames("proxy", proxies); err != nil {
			return err
		}
		if len(proxies) < 2 {
			return fmt.Errorf("one proxy; a comparison needs at least two")
		}
		if len(ranks) != len(proxies) {
			return fmt.Errorf("%d ranks for %d proxies; give one per proxy", len(ranks), len(proxies))
		}
		if !canvas.Finite(cd) || cd < 0 {
			return fmt.Errorf("the critical difference is %v; it is a finite number of at least 0", cd)
		}
		d := &critical{cd: cd}
		for i, n := range proxies {
			if !(ranks[i] >= 1 && ranks[i] <= float64(len(proxies))) {
				return fmt.Errorf("the average rank of %s is %v; with %d proxies it lies in 1…%d", n, ranks[i], len(proxies), len(proxies))
			}
			d.rows = append(d.rows, rankRow{name: n, overall: ranks[i], style: Style(n)})
		}
		sort.SliceStable(d.rows, func(i, j int) bool { return d.rows[i].overall < d.rows[j].overall })
		if d.groups = f.cfg.cliques; d.groups == nil {
			d.groups = cliques(d.rows, cd)
		}
		f.alt = fmt.Sprintf("critical-difference diagram of %d proxies, critical difference %.3g", len(proxies), cd)
		f.body = func(p *canvas.Pen, w vg.Length) vg.Length {
			half := (len(d.rows) + 1) / 2
			return canvas.Margin*2 + 4.4*p.Theme.FontSize + d.barsHeight() + vg.Length(half)*1.5*p.Theme.FontSize
		}
		f.draw = d.draw
		return nil
	})
}

type critical struct {
	rows   []rankRow // best first
	cd     float64
	groups [][2]int // first and last of proxies that do not differ significantly
}

// cliques are the maximal runs of at least two rows whose ranks span less than cd.
func cliques(rows []rankRow, cd float64) [][2]int {
	var out [][2]int
	last := 0
	for i := range rows {
		j := i
		for j+1 < len(rows) && rows[j+1].overall-rows[i].overall < cd {
			j++
		}
		if j > i && j > last {
			out = append(out, [2]int{i, j})
			last = j
		}
	}
	return out
}

// stemGap is the least distance between the lines down to the names: that of two markers.
const stemGap vg.Length = 4.5

// fanned moves rising positions by as little as sets them stemGap apart, between lo and hi (closer where these leave no
// more room): those too near each other are spread about their mean.
func fanned(x []vg.Length, lo, hi vg.Length) []vg.Length {
	gap := min(stemGap, max(0, hi-lo)/vg.Length(max(1, len(x)-1)))
	// With i·gap taken off, "gap apart" is "not falling": the nearest such sequence pools neighbours that fall.
	type pool struct {
		sum vg.Length
		n   int
	}
	var pools []pool
	for i, v := range x {
		pools = append(pools, pool{v - vg.Length(i)*gap, 1})
		for k := len(pools) - 1; k > 0 && pools[k].sum*vg.Length(pools[k-1].n) < pools[k-1].sum*vg.Length(pools[k].n); k-- {
			pools[k-1] = pool{pools[k-1].sum + pools[k].sum, pools[k-1].n + pools[k].n}
			pools = pools[:k]
		}
	}
	out := make([]vg.Length, 0, len(x))
	for _, q := range pools {
		for range q.n {
			i := vg.Length(len(out))
			v := max(lo, min(q.sum/vg.Length(q.n), hi-vg.Length(len(x)-1)*gap))
			out = append(out, v+i*gap)
		}
	}
	return out
}

const barGap vg.Length = 5

func (d *critical) barsHeight() vg.Length { return vg.Length(len(d.groups))*barGap + 3 }

func (d *critical) draw(p *canvas.Pen) {
	a := d.axis(p)
	a.draw()
	a.length(d.cd)
	for g, c := range d.groups {
		y := a.y - 4 - vg.Length(g)*barGap
		a.line(2.2, a.at(d.rows[c[0]].overall)-2.5, y, a.at(d.rows[c[1]].overall)+2.5, y)
	}
	d.stems(a)
}

// criticalAxis is the axis of ranks 1…n, with the room that the names below it leave to the lines down from it.
type criticalAxis struct {
	*canvas.Pen
	n            int
	x0, slope, y vg.Length // of rank 1, and per rank
	lo, hi       vg.Length // where the names end
}

// at is the position of a rank.
func (a *criticalAxis) at(rank float64) vg.Length { return a.x0 + a.slope*vg.Length(rank-1) }

func (a *criticalAxis) line(w, xa, ya, xb, yb vg.Length) {
	a.Line(a.Theme.Foreground, w, nil, vg.Point{X: xa, Y: ya}, vg.Point{X: xb, Y: yb})
}

// onLeft is the number of rows whose names stand on the left.
func (d *critical) onLeft() int { return (len(d.rows) + 1) / 2 }

// label is a name with its rank, the name on the outside.
func (d *critical) label(i int) string {
	r := d.rows[i]
	if i < d.onLeft() {
		return r.name + "  " + canvas.Decimal(r.overall, 2)
	}
	return canvas.Decimal(r.overall, 2) + "  " + r.name
}

// axis places the axis. The names stand below it, so it may reach over them, as long as the lines down from the ranks
// miss them. That leaves four conditions on its slope.
func (d *critical) axis(p *canvas.Pen) *criticalAxis {
	n := len(d.rows)
	var labels []string
	for i := range d.rows {
		labels = append(labels, d.label(i))
	}
	a := &criticalAxis{Pen: p, n: n, y: p.Max.Y - canvas.Margin - 3.1*p.Theme.FontSize}
	a.lo = p.Min.X + canvas.Margin + p.MaxWidth(labels[:d.onLeft()], canvas.TextStyle{}) + 12
	a.hi = p.Max.X - canvas.Margin - p.MaxWidth(labels[d.onLeft():], canvas.TextStyle{}) - 12
	best, worst := d.rows[0].overall, d.rows[n-1].overall
	endL, endR := p.Min.X+canvas.Margin+5, p.Max.X-canvas.Margin-5
	slope := min((endR-endL)/vg.Length(n-1), (endR-a.lo)/vg.Length(float64(n)-best+1e-9), (a.hi-endL)/vg.Length(worst-1+1e-9))
	if worst > best {
		slope = min(slope, (a.hi-a.lo)/vg.Length(worst-best))
	}
	a.slope = max(slope, 1)
	a.x0 = (max(endL, a.lo-a.slope*vg.Length(best-1)) + min(endR-a.slope*vg.Length(n-1), a.hi-a.slope*vg.Length(worst-1))) / 2
	return a
}

// draw draws the axis with its ticks, and as many numbers as stand apart.
func (a *criticalAxis) draw() {
	a.line(0.7, a.at(1), a.y, a.at(float64(a.n)), a.y)
	step := 1
	for step < a.n && vg.Length(step)*a.slope < a.Width("10", canvas.TextStyle{})*1.6 {
		step++
	}
	for v := 1; v <= a.n; v++ {
		x := a.at(float64(v))
		a.line(0.7, x, a.y, x, a.y+tickLen)
		if (v-1)%step == 0 {
			a.Text(vg.Point{X: x, Y: a.y + tickLen + 2}, fmt.Sprint(v), canvas.TextStyle{AX: 0.5})
		}
	}
}

// length draws the critical difference as a length above the axis. One beyond the axis is cut and said to be.
func (a *criticalAxis) length(cd float64) {
	fs := a.Theme.FontSize
	top := a.y + tickLen + 2 + 1.35*fs
	long := 1+cd > float64(a.n)
	end := a.at(math.Min(1+cd, float64(a.n)))
	text := "critical difference " + canvas.Decimal(cd, 2)
	if long {
		text += " (longer than the axis)"
	}
	a.line(1, a.x0, top, end, top)
	a.line(1, a.x0, top-2, a.x0, top+2)
	if !long {
		a.line(1, end, top-2, end, top+2)
	}
	beside := canvas.TextStyle{AY: 0.5}
	if at := end + 4; a.Width(text, beside) <= a.Max.X-canvas.Margin-at {
		a.Text(vg.Point{X: at, Y: top}, text, beside)
		return
	}
	size := a.Fit(text, a.Max.X-canvas.Margin-a.x0, canvas.TextStyle{})
	a.Text(vg.Point{X: a.x0, Y: top + 0.7*fs}, text, canvas.TextStyle{Size: size})
}

// stems draws the lines from the ranks down to the names.
func (d *critical) stems(a *criticalAxis) {
	fs, n := a.Theme.FontSize, len(d.rows)
	fan := a.y - d.barsHeight() - 0.35*fs // where lines of equal ranks are apart
	var exact []vg.Length
	for _, r := range d.rows {
		exact = append(exact, a.at(r.overall))
	}
	stems := fanned(exact, a.lo, a.hi)
	close := func(i int) bool { return i > 0 && i < n && stems[i]-stems[i-1] < stemGap+0.01 }
	for i, r := range d.rows {
		row, end, name := i, a.lo-9, a.lo-12
		style := canvas.TextStyle{AX: 1, AY: 0.5}
		if i >= d.onLeft() {
			row, end, name = n-1-i, a.hi+9, a.hi+12
			style.AX = 0
		}
		y := fan - 0.75*fs - vg.Length(row)*1.5*fs
		top, turn := vg.Point{X: exact[i], Y: a.y}, vg.Point{X: stems[i], Y: fan}
		col := a.Theme.Ink(r.style.Color)
		a.Line(col, 0.8, nil, top, turn, vg.Point{X: stems[i], Y: y}, vg.Point{X: end, Y: y})
		if close(i) || close(i+1) {
			top = turn // markers on the axis would cover each other
		}
		drawMarker(a.Pen, r.style.Marker, col, top, 2)
		a.Text(vg.Point{X: name, Y: y}, d.label(i), style)
	}
}
