package plotting

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
)

// PerformanceProfile draws relative performance profiles (Dolan and Moré 2002; the post's Figures 7 and 8): for
// each proxy the share of tasks, 0…1, on which it is within a factor τ of the best. The curve of proxies[i] is a
// step function: it is 0 before tau[i][0] and share[i][k] from tau[i][k] on. tau[i] rises from at least 1;
// share[i] does not fall. The τ axis is logarithmic.
//
// Step functions of the same few tasks share many levels. So that no line hides another, each is shifted up or down
// by a fixed distance of its own, 1.2 points from one line to the next; the steps themselves stand at the exact τ.
// Markers stand at the break points.
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
				case !finite(t) || t < 1-1e-9:
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
			pr.ax.xLabel = "factor τ of the best error 1 − ρ"
		}
		if pr.ax.yLabel == "" {
			pr.ax.yLabel = "share of tasks within τ"
		}
		if f.cfg.legend {
			pr.legend = lineLegend(pr.names, pr.styles)
		}
		f.alt = fmt.Sprintf("relative performance profiles of %d proxies", len(proxies))
		f.body = func(p *pen, w vg.Length) vg.Length {
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
}

func (pr *profile) draw(p *pen) {
	if pr.legend != nil {
		p = p.in(pr.legend.place(p))
	}
	ax := pr.ax
	ax.layout(p)
	ax.draw(p)
	n := len(pr.names)
	step := min(1.2, (ax.box.Max.Y-ax.box.Min.Y)*0.08/vg.Length(n))
	for i := n - 1; i >= 0; i-- { // the first proxy is drawn last, on top
		off := (vg.Length(n-1)/2 - vg.Length(i)) * step
		at := func(t, s float64) vg.Point {
			pt := ax.pt(t, s)
			pt.Y += off
			return pt
		}
		c := p.th.ink(pr.styles[i].Color)
		pts := []vg.Point{at(pr.tau[i][0], 0)}
		if pr.tau[i][0] > 1 {
			pts = []vg.Point{at(1, 0), pts[0]}
		}
		for k, t := range pr.tau[i] {
			pts = append(pts, at(t, pr.share[i][k]))
			if k+1 < len(pr.tau[i]) {
				pts = append(pts, at(pr.tau[i][k+1], pr.share[i][k]))
			}
		}
		last := pr.share[i][len(pr.share[i])-1]
		end := at(1, last)
		end.X = ax.box.Max.X
		p.line(c, lineWidth, pr.styles[i].Dashes, append(pts, end)...)
		for k, t := range pr.tau[i] {
			p.mark(pr.styles[i].Marker, c, at(t, pr.share[i][k]), 1.7)
		}
	}
}
