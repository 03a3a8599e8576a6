package plotting

import (
	"math"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot/vg"
)

// scale maps data to 0…1 along an axis.
type scale struct {
	min, max float64
	log      bool
	whole    bool // ticks at whole numbers only
}

func (s scale) norm(v float64) float64 {
	if s.log {
		return (math.Log(v) - math.Log(s.min)) / (math.Log(s.max) - math.Log(s.min)) // the ratios may overflow
	}
	return (v - s.min) / (s.max - s.min)
}

// spread is a scale over the data with some room at both ends; equal values get a range around them.
func spread(lo, hi float64, log bool) scale {
	if log {
		k := math.Exp(0.05 * (math.Log(hi) - math.Log(lo)))
		if !(k > 1.001) {
			k = 1.1
		}
		// The ends stay within what a float64 can hold in full precision.
		return scale{min: math.Max(lo/k, math.Min(lo, 1e-307)), max: math.Min(hi*k, math.MaxFloat64), log: true}
	}
	d := (hi - lo) * 0.05
	if !(d > 0) {
		d = math.Max(math.Abs(hi)*0.05, 1e-3)
	}
	return scale{min: lo - d, max: hi + d}
}

func bounds(lo, hi float64, vs ...float64) (float64, float64) {
	for _, v := range vs {
		if canvas.Finite(v) {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	return lo, hi
}

type tick struct {
	v     float64
	label string // "" for minor ticks
}

// ticks are about n ticks at round values inside the scale.
func (s scale) ticks(n int) []tick {
	n = max(n, 2)
	if s.log {
		decades := math.Log10(s.max) - math.Log10(s.min)
		if decades >= 0.9 {
			return s.logTicks(n, decades)
		}
	}
	step := niceStep((s.max - s.min) / float64(n))
	if s.whole {
		step = math.Max(1, step)
	}
	unit, name := unitOf(math.Max(math.Abs(s.min), math.Abs(s.max)))
	digits := int(math.Max(0, math.Ceil(-math.Log10(step/unit)-1e-9)))
	var out []tick
	for i := math.Ceil(s.min/step - 1e-9); i*step <= s.max+step*1e-9 && len(out) < 100; i++ {
		v := i * step
		label := canvas.Decimal(v/unit, digits) + name
		if digits > 5 || math.Abs(v) >= 1e15 {
			label = canvas.Number(v)
		} else if v == 0 {
			label = "0"
		}
		out = append(out, tick{v, label})
	}
	return out
}

func unitOf(v float64) (float64, string) {
	switch {
	case v >= 1e15 || v < 5e3:
		return 1, ""
	case v >= 1e12:
		return 1e12, "T"
	case v >= 1e9:
		return 1e9, "G"
	case v >= 1e6:
		return 1e6, "M"
	}
	return 1e3, "k"
}

func (s scale) logTicks(n int, decades float64) []tick {
	mantissas := []float64{1}
	every := math.Max(1, math.Ceil(decades/float64(n)))
	switch {
	case decades*3 <= float64(n)+1.5:
		mantissas = []float64{1, 2, 5}
	case decades*2 <= float64(n)+1:
		mantissas = []float64{1, 3}
	}
	var out []tick
	for e := math.Floor(math.Log10(s.min)); e <= math.Ceil(math.Log10(s.max)); e++ {
		for m := 1.0; m < 10; m++ {
			v := m * math.Pow(10, e)
			if v < s.min*(1-1e-9) || v > s.max*(1+1e-9) {
				continue
			}
			t := tick{v: v}
			for _, k := range mantissas {
				if m == k && math.Mod(e, every) == 0 {
					t.label = canvas.Quantity(v)
				}
			}
			if t.label != "" || every == 1 && decades < 8 {
				out = append(out, t)
			}
		}
	}
	return out
}

func niceStep(raw float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*p >= raw*0.75 {
			return m * p
		}
	}
	return 10 * p
}

// axes is a box with an x and a y axis.
type axes struct {
	x, y           scale
	xLabel, yLabel string
	noX            bool // no ticks and labels on x: the caller writes its own
	box            vg.Rectangle
	xt, yt         []tick
}

const tickLen vg.Length = 3

// layout finds the ticks and the box inside p's rectangle. Ticks are thinned until their labels stand apart.
func (a *axes) layout(p *canvas.Pen) {
	fs := p.Theme.FontSize
	r := p.Rectangle
	bottom := r.Min.Y + canvas.Margin
	if !a.noX {
		bottom += tickLen + 2 + fs
	}
	if a.xLabel != "" {
		bottom += 1.3 * fs
	}
	top := r.Max.Y - canvas.Margin - fs*0.4
	for n := 8; n >= 2; n-- {
		a.yt = a.y.ticks(n)
		if major := countLabels(a.yt); vg.Length(major)*1.6*fs <= top-bottom {
			break
		}
	}
	left := r.Min.X + canvas.Margin + tickLen + 2 + p.MaxWidth(labels(a.yt), canvas.TextStyle{})
	if a.yLabel != "" {
		left += 1.4 * fs
	}
	right := r.Max.X - canvas.Margin
	if !a.noX {
		right -= 2
		for n := 8; n >= 2; n-- {
			a.xt = a.x.ticks(n)
			over := vg.Length(0) // how far the last label stands out
			ok := true
			prev := -vg.Length(math.MaxFloat64)
			for _, t := range a.xt {
				if t.label == "" {
					continue
				}
				w := p.Width(t.label, canvas.TextStyle{})
				x := left + vg.Length(a.x.norm(t.v))*(right-left)
				ok = ok && x-w/2 > prev+0.6*fs
				prev = x + w/2
				over = max(over, x+w/2-(r.Max.X-1))
			}
			if ok || n == 2 {
				right -= over
				break
			}
		}
	}
	a.box = canvas.Rect(left, bottom, right, top)
}

func countLabels(ts []tick) int {
	n := 0
	for _, t := range ts {
		if t.label != "" {
			n++
		}
	}
	return n
}

func labels(ts []tick) []string {
	out := make([]string, len(ts))
	for i, t := range ts {
		out[i] = t.label
	}
	return out
}

func (a *axes) px(v float64) vg.Length {
	return a.box.Min.X + vg.Length(a.x.norm(v))*(a.box.Max.X-a.box.Min.X)
}

func (a *axes) py(v float64) vg.Length {
	return a.box.Min.Y + vg.Length(a.y.norm(v))*(a.box.Max.Y-a.box.Min.Y)
}

func (a *axes) pt(x, y float64) vg.Point { return vg.Point{X: a.px(x), Y: a.py(y)} }

// draw draws grid, frame, ticks and labels.
func (a *axes) draw(p *canvas.Pen) {
	fs, b := p.Theme.FontSize, a.box
	for _, t := range a.yt {
		y := a.py(t.v)
		l := tickLen
		if t.label == "" {
			l *= 0.6
		} else {
			p.Line(p.Theme.Grid, 0.5, nil, vg.Point{X: b.Min.X, Y: y}, vg.Point{X: b.Max.X, Y: y})
		}
		p.Line(p.Theme.Foreground, 0.5, nil, vg.Point{X: b.Min.X - l, Y: y}, vg.Point{X: b.Min.X, Y: y})
		p.Text(vg.Point{X: b.Min.X - tickLen - 2, Y: y}, t.label, canvas.TextStyle{AX: 1, AY: 0.5})
	}
	for _, t := range a.xt {
		x := a.px(t.v)
		l := tickLen
		if t.label == "" {
			l *= 0.6
		} else {
			p.Line(p.Theme.Grid, 0.5, nil, vg.Point{X: x, Y: b.Min.Y}, vg.Point{X: x, Y: b.Max.Y})
		}
		p.Line(p.Theme.Foreground, 0.5, nil, vg.Point{X: x, Y: b.Min.Y - l}, vg.Point{X: x, Y: b.Min.Y})
		p.Text(vg.Point{X: x, Y: b.Min.Y - tickLen - 2}, t.label, canvas.TextStyle{AX: 0.5, AY: 1})
	}
	p.StrokeRect(b, p.Theme.Foreground, 0.6)
	if a.xLabel != "" {
		y := p.Min.Y + canvas.Margin + 0.25*fs
		ts := canvas.TextStyle{AX: 0.5}
		ts.Size = p.Fit(a.xLabel, p.Max.X-p.Min.X-2*canvas.Margin, ts)
		// centred under the box, but inside the figure
		half := p.Width(a.xLabel, ts) / 2
		x := max(p.Min.X+canvas.Margin+half, min((b.Min.X+b.Max.X)/2, p.Max.X-canvas.Margin-half))
		p.Text(vg.Point{X: x, Y: y}, a.xLabel, ts)
	}
	if a.yLabel != "" {
		ts := canvas.TextStyle{AX: 0.5, Rot: math.Pi / 2}
		ts.Size = p.Fit(a.yLabel, p.Max.Y-p.Min.Y-2*canvas.Margin, ts)
		half := p.Width(a.yLabel, ts) / 2
		y := max(p.Min.Y+canvas.Margin+half, min((b.Min.Y+b.Max.Y)/2, p.Max.Y-canvas.Margin-half))
		p.Text(vg.Point{X: p.Min.X + canvas.Margin + 0.8*fs, Y: y}, a.yLabel, ts)
	}
}

// ref draws a thin line across the box at y, if y is inside.
func (a *axes) ref(p *canvas.Pen, y float64) {
	if y > a.y.min && y < a.y.max {
		p.Line(p.Theme.Foreground, 0.6, nil, vg.Point{X: a.box.Min.X, Y: a.py(y)}, vg.Point{X: a.box.Max.X, Y: a.py(y)})
	}
}
