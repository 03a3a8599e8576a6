package plotting

import (
	"fmt"
	"math"
	"slices"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot/vg"
)

func init() {
	uses["PerformanceProfile"] = []string{"WithXLabel", "WithYLabel", "WithStatistic", "WithoutLegend"}
}

// PerformanceProfile draws relative performance profiles (Dolan and Moré 2002; the post's Figures 7 and 8): for
// each proxy the share of tasks, 0…1, on which it is within a factor τ of the best. The curve of proxies[i] is a
// step function: it is 0 before tau[i][0] and share[i][k] from tau[i][k] on. tau[i] rises from at least 1;
// share[i] does not fall. The τ axis is logarithmic.
//
// Step functions of the same few tasks share many levels. Where lines run along one level together, they are drawn
// beside each other, up to 1.2 points from one to the next, and a note says so; everything else stands at its exact
// place. Markers stand at the break points.
func PerformanceProfile(proxies []string, tau, share [][]float64, opts ...Option) (*Figure, error) {
	return newFigure("PerformanceProfile", opts, func(f *Figure) error {
		if err := checkNames("proxy", proxies); err != nil {
			return err
		}
		if len(tau) != len(proxies) || len(share) != len(proxies) {
			return fmt.Errorf("%d rows of τ and %d of shares for %d proxies; give one of each per proxy", len(tau), len(share), len(proxies))
		}
		hi := 1.0
		for i, n := range proxies {
			if len(tau[i]) == 0 || len(tau[i]) != len(share[i]) {
				return fmt.Errorf("%s has %d values of τ and %d shares; give as many of both, at least one", n, len(tau[i]), len(share[i]))
			}
			for k, t := range tau[i] {
				s := share[i][k]
				switch {
				case !canvas.Finite(t) || t < 1-1e-9:
					return fmt.Errorf("τ %d of %s is %v; it is a factor of at least 1, and finite (leave tasks without a value out)", k+1, n, t)
				case !(s >= 0 && s <= 1+1e-9):
					return fmt.Errorf("share %d of %s is %v; a share lies in 0…1", k+1, n, s)
				case k > 0 && t <= tau[i][k-1]:
					return fmt.Errorf("τ of %s does not rise at %d (%v after %v)", n, k+1, t, tau[i][k-1])
				case k > 0 && s < share[i][k-1]:
					return fmt.Errorf("the share of %s falls at τ = %v", n, t)
				}
				hi = math.Max(hi, t)
			}
		}
		pr := &profile{names: append([]string(nil), proxies...), tau: copyMatrix(tau), share: copyMatrix(share), styles: styles(proxies)}
		end := hi * math.Pow(math.Max(hi, 1.2), 0.06)
		pr.ax = axes{x: scale{min: math.Pow(end, -0.03), max: end, log: true}, y: scale{min: -0.05, max: 1.07}, xLabel: f.cfg.xLabel, yLabel: f.cfg.yLabel}
		if pr.ax.xLabel == "" {
			pr.ax.xLabel = "factor τ of the best error 1 − " + errorSymbol(f.cfg.statistic)
		}
		if pr.ax.yLabel == "" {
			pr.ax.yLabel = "share of tasks within τ"
		}
		if pr.separate() {
			f.explains = append(f.explains, "Lines that share a level are drawn a little apart.")
		}
		if f.cfg.legend {
			pr.legend = lineLegend(pr.names, pr.styles)
		}
		f.alt = "relative performance profiles of " + canvas.Counted(len(proxies), "proxy")
		f.body = func(p *canvas.Pen, w vg.Length) vg.Length {
			h := min(0.72*w, 3*vg.Inch)
			if pr.legend != nil {
				h += pr.legend.extra(p, w)
			}
			return h
		}
		f.draw = pr.draw
		return nil
	})
}

type profile struct {
	names      []string
	tau, share [][]float64
	styles     []ProxyStyle
	ax         axes
	legend     *legend
	shift      [][]float64 // of each level part of each line, in steps; as levels gives them
}

// levelPart is a part of a step function: the level share over τ from…to.
type levelPart struct{ from, to, share float64 }

// levels are the parts of line i: at 0 before the first break point, then from each break point on.
func (pr *profile) levels(i int) []levelPart {
	out := []levelPart{{1, pr.tau[i][0], 0}}
	for k, t := range pr.tau[i] {
		to := pr.ax.x.max
		if k+1 < len(pr.tau[i]) {
			to = pr.tau[i][k+1]
		}
		out = append(out, levelPart{t, to, pr.share[i][k]})
	}
	return out
}

// separate finds the shifts that set parts of lines apart which run along the same level, the first line on top, and
// says whether there are any. Parts that only touch, one ending where the other begins, stay.
func (pr *profile) separate() bool {
	type part struct {
		levelPart
		line, k, slot int
	}
	together := func(a, b part) bool {
		return math.Abs(a.share-b.share) < 1e-9 && math.Min(a.to, b.to) > math.Max(a.from, b.from)*(1+1e-9)
	}
	var parts []part
	pr.shift = make([][]float64, len(pr.names))
	for i := range pr.names {
		levels := pr.levels(i)
		pr.shift[i] = make([]float64, len(levels))
		for k, l := range levels {
			parts = append(parts, part{levelPart: l, line: i, k: k})
		}
	}
	any := false
	done := make([]bool, len(parts))
	for first := range parts {
		if done[first] {
			continue
		}
		// All that run together with this part, directly or through others, share one stack, centred on the level.
		stack := []int{first}
		done[first] = true
		for at := 0; at < len(stack); at++ {
			for j := range parts {
				if !done[j] && together(parts[stack[at]], parts[j]) {
					done[j] = true
					stack = append(stack, j)
				}
			}
		}
		slices.Sort(stack) // by line
		slots := 0
		for at, j := range stack {
			taken := map[int]bool{}
			for _, o := range stack[:at] {
				if together(parts[j], parts[o]) {
					taken[parts[o].slot] = true
				}
			}
			for taken[parts[j].slot] {
				parts[j].slot++
			}
			slots = max(slots, parts[j].slot+1)
		}
		for _, j := range stack {
			pr.shift[parts[j].line][parts[j].k] = float64(slots-1)/2 - float64(parts[j].slot)
		}
		any = any || slots > 1
	}
	return any
}

func (pr *profile) draw(p *canvas.Pen) {
	if pr.legend != nil {
		p = p.In(pr.legend.place(p))
	}
	ax := pr.ax
	ax.layout(p)
	ax.draw(p)
	step := pr.step(&ax)
	for i := len(pr.names) - 1; i >= 0; i-- { // the first proxy is drawn last, on top
		c := p.Theme.Ink(pr.styles[i].Color)
		var pts, breaks []vg.Point
		for k, l := range pr.levels(i) {
			a, b := ax.pt(l.from, l.share), ax.pt(l.to, l.share)
			off := vg.Length(pr.shift[i][k]) * step
			a.Y, b.Y = a.Y+off, b.Y+off
			pts = append(pts, a, b)
			if k > 0 {
				breaks = append(breaks, a)
			}
		}
		p.Line(c, lineWidth, pr.styles[i].Dashes, pts...)
		for _, pt := range breaks {
			drawMarker(p, pr.styles[i].Marker, c, pt, 1.7)
		}
	}
}

// step is the distance between lines that share a level: so small that the largest stack takes no more than 0.6 of
// the distance to the next level, as far as there is one.
func (pr *profile) step(ax *axes) vg.Length {
	var levels []float64
	largest := 0.0
	for i := range pr.names {
		for k, l := range pr.levels(i) {
			levels = append(levels, l.share)
			largest = math.Max(largest, math.Abs(pr.shift[i][k]))
		}
	}
	slices.Sort(levels)
	gap := 1.0
	for i, v := range levels[1:] {
		if d := v - levels[i]; d > 1e-9 {
			gap = math.Min(gap, d)
		}
	}
	room := 0.6 * (ax.py(gap) - ax.py(0))
	return min(1.2, room/vg.Length(2*largest+1))
}
