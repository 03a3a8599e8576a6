package plotting

import (
	"fmt"
	"math"
	"sort"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot/vg"
)

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
	fs := p.Theme.FontSize
	n := len(d.rows)
	half := (n + 1) / 2
	label := func(r rankRow) string { return r.name + "  " + canvas.Decimal(r.overall, 2) }
	var left, right []string
	for i, r := range d.rows {
		if i < half {
			left = append(left, label(r))
		} else {
			right = append(right, canvas.Decimal(r.overall, 2)+"  "+r.name)
		}
	}
	// The names stand below the axis, so the axis may reach over them, as long as the lines down from the ranks
	// miss them. That leaves four conditions on its slope.
	lo, hi := d.rows[0].overall, d.rows[n-1].overall
	nameL, nameR := p.Min.X+canvas.Margin+p.MaxWidth(left, canvas.TextStyle{})+12, p.Max.X-canvas.Margin-p.MaxWidth(right, canvas.TextStyle{})-12
	endL, endR := p.Min.X+canvas.Margin+5, p.Max.X-canvas.Margin-5
	slope := min((endR-endL)/vg.Length(n-1), (endR-nameL)/vg.Length(float64(n)-lo+1e-9), (nameR-endL)/vg.Length(hi-1+1e-9))
	if hi > lo {
		slope = min(slope, (nameR-nameL)/vg.Length(hi-lo))
	}
	slope = max(slope, 1)
	x0 := (max(endL, nameL-slope*vg.Length(lo-1)) + min(endR-slope*vg.Length(n-1), nameR-slope*vg.Length(hi-1))) / 2
	x1 := x0 + slope*vg.Length(n-1)
	px := func(v float64) vg.Length { return x0 + slope*vg.Length(v-1) }
	y := p.Max.Y - canvas.Margin - 3.1*fs // the axis
	line := func(w, xa, ya, xb, yb vg.Length) {
		p.Line(p.Theme.Foreground, w, nil, vg.Point{X: xa, Y: ya}, vg.Point{X: xb, Y: yb})
	}
	line(0.7, x0, y, x1, y)
	step := 1
	for ; step < n; step++ {
		if px(float64(1+step))-px(1) >= p.Width("10", canvas.TextStyle{})*1.6 {
			break
		}
	}
	for v := 1; v <= n; v++ {
		x := px(float64(v))
		line(0.7, x, y, x, y+tickLen)
		if (v-1)%step == 0 {
			p.Text(vg.Point{X: x, Y: y + tickLen + 2}, fmt.Sprint(v), canvas.TextStyle{AX: 0.5})
		}
	}
	// The critical difference as a length, above the axis. A length beyond the axis is cut and said to be.
	top := y + tickLen + 2 + 1.35*fs
	end := px(math.Min(1+d.cd, float64(n)))
	text := "critical difference " + canvas.Decimal(d.cd, 2)
	if 1+d.cd > float64(n) {
		text += " (longer than the axis)"
	}
	line(1, x0, top, end, top)
	line(1, x0, top-2, x0, top+2)
	if 1+d.cd <= float64(n) {
		line(1, end, top-2, end, top+2)
	}
	ts := canvas.TextStyle{AY: 0.5}
	tx := end + 4
	if room := p.Max.X - canvas.Margin - tx; p.Width(text, ts) > room {
		// not beside the bar: above it
		tx = x0
		p.Text(vg.Point{X: tx, Y: top + 0.7*fs}, text, canvas.TextStyle{Size: p.Fit(text, p.Max.X-canvas.Margin-x0, canvas.TextStyle{})})
	} else {
		p.Text(vg.Point{X: tx, Y: top}, text, ts)
	}
	for g, c := range d.groups {
		yy := y - 4 - vg.Length(g)*barGap
		p.Line(p.Theme.Foreground, 2.2, nil, vg.Point{X: px(d.rows[c[0]].overall) - 2.5, Y: yy}, vg.Point{X: px(d.rows[c[1]].overall) + 2.5, Y: yy})
	}
	fan := y - d.barsHeight() - 0.35*fs // where lines of equal ranks are apart
	first := fan - 0.75*fs
	var exact []vg.Length
	for _, r := range d.rows {
		exact = append(exact, px(r.overall))
	}
	stems := fanned(exact, nameL, nameR)
	for i, r := range d.rows {
		x := exact[i]
		k, to, ax := i, nameL-9, 1.0
		if i >= half {
			k, to, ax = n-1-i, nameR+9, 0
		}
		yy := first - vg.Length(k)*1.5*fs
		c := p.Theme.Ink(r.style.Color)
		mark := vg.Point{X: x, Y: y}
		if i > 0 && stems[i]-stems[i-1] < stemGap+0.01 || i+1 < n && stems[i+1]-stems[i] < stemGap+0.01 {
			mark = vg.Point{X: stems[i], Y: fan}
		}
		p.Line(c, 0.8, nil, vg.Point{X: x, Y: y}, vg.Point{X: stems[i], Y: fan}, vg.Point{X: stems[i], Y: yy}, vg.Point{X: to, Y: yy})
		drawMarker(p, r.style.Marker, c, mark, 2)
		s := label(r)
		if i >= half {
			s = canvas.Decimal(r.overall, 2) + "  " + r.name
			to += 3
		} else {
			to -= 3
		}
		p.Text(vg.Point{X: to, Y: yy}, s, canvas.TextStyle{AX: ax, AY: 0.5})
	}
}
