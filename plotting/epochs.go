package plotting

import (
	"fmt"
	"math"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot/vg"
)

func init() {
	uses["EpochCurves"] = []string{"WithXLabel", "WithYLabel", "WithLogX", "WithStatistic", "WithoutLegend"}
}

// EpochCurves draws the rank correlation of each proxy with the accuracy after each training epoch, one line per
// proxy: rho is [len(proxies)][len(epochs)], NaN where there is no value (the line is broken there). epochs rises;
// there are at least two.
func EpochCurves(proxies []string, epochs []float64, rho [][]float64, opts ...Option) (*Figure, error) {
	return newFigure("EpochCurves", opts, func(f *Figure) error {
		if err := checkNames("proxy", proxies); err != nil {
			return err
		}
		if len(epochs) < 2 {
			return fmt.Errorf("%d epochs; a curve needs at least two", len(epochs))
		}
		cols := make([]string, len(epochs))
		for i, e := range epochs {
			if !canvas.Finite(e) || i > 0 && e <= epochs[i-1] {
				return fmt.Errorf("epoch %d is %v; epochs are finite and rise", i+1, e)
			}
			if f.cfg.logX && e <= 0 {
				return fmt.Errorf("epoch %d is %v, but a logarithmic axis takes only values above zero", i+1, e)
			}
			cols[i] = fmt.Sprintf("epoch %v", e)
		}
		if err := checkCorrelations("the matrix", rho, proxies, cols); err != nil {
			return err
		}
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, r := range rho {
			lo, hi = bounds(lo, hi, r...)
		}
		if lo > hi {
			return fmt.Errorf("every value is NaN; there is nothing to draw")
		}
		e := &epochCurves{names: append([]string(nil), proxies...), epochs: append([]float64(nil), epochs...), rho: copyMatrix(rho), styles: styles(proxies)}
		y := spread(lo, hi, false)
		e.ax = axes{x: spread(epochs[0], epochs[len(epochs)-1], f.cfg.logX), y: scale{min: math.Max(y.min, -1.02), max: math.Min(y.max, 1.02)},
			xLabel: f.cfg.xLabel, yLabel: f.cfg.yLabel}
		e.ax.x.whole = true
		for _, v := range epochs {
			e.ax.x.whole = e.ax.x.whole && v == math.Trunc(v)
		}
		if e.ax.xLabel == "" {
			e.ax.xLabel = "training epoch"
		}
		if e.ax.yLabel == "" {
			e.ax.yLabel = statisticLabel(f.cfg.statistic)
		}
		if f.cfg.legend {
			e.legend = lineLegend(e.names, e.styles)
		}
		f.alt = fmt.Sprintf("rank correlation of %s with the accuracy after each of %d epochs", canvas.Counted(len(proxies), "proxy"), len(epochs))
		f.body = func(p *canvas.Pen, w vg.Length) vg.Length {
			h := min(0.72*w, 3*vg.Inch)
			if e.legend != nil {
				h += e.legend.extra(p, w)
			}
			return h
		}
		f.draw = e.draw
		return nil
	})
}

type epochCurves struct {
	names  []string
	epochs []float64
	rho    [][]float64
	styles []ProxyStyle
	ax     axes
	legend *legend
}

func (e *epochCurves) draw(p *canvas.Pen) {
	if e.legend != nil {
		p = p.In(e.legend.place(p))
	}
	ax := e.ax
	ax.layout(p)
	ax.draw(p)
	ax.ref(p, 0)
	n := len(e.epochs)
	room := ax.box.Max.X - ax.box.Min.X
	every := max(1, int(math.Ceil(float64(vg.Length(n)*22/room)))) // markers at least 22 points apart
	for i := len(e.names) - 1; i >= 0; i-- {
		c := p.Theme.Ink(e.styles[i].Color)
		var part []vg.Point
		flush := func() {
			if len(part) > 1 {
				p.Line(c, lineWidth, e.styles[i].Dashes, part...)
			}
			part = nil
		}
		for k, v := range e.rho[i] {
			if math.IsNaN(v) {
				flush()
				continue
			}
			part = append(part, ax.pt(e.epochs[k], v))
		}
		flush()
		for k, v := range e.rho[i] {
			alone := (k == 0 || math.IsNaN(e.rho[i][k-1])) && (k == n-1 || math.IsNaN(e.rho[i][k+1]))
			// The markers of different proxies stand at different epochs, so that they cover each other less.
			if !math.IsNaN(v) && (alone || (k+i)%every == 0) {
				drawMarker(p, e.styles[i].Marker, c, ax.pt(e.epochs[k], v), 1.8)
			}
		}
	}
}
