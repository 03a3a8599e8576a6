// Package sheet draws samples of a data set side by side, with their targets: a contact sheet.
//
//	batch, err := data.Minibatch(ctx, 16, 0, datasets.Random)
//	picture := sheet.Draw(data.Info(), batch)
package sheet

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"github.com/zcnas/zcnas/datasets"
)

// Lengths, in pixels.
const (
	least   = 96 // a sample's shorter side is at least so long
	gap     = 6
	caption = 15
)

// Draw shows every sample of a batch: its input, what it is compared with where that is a picture, and its class. Three
// channels are a picture in colour, whose normalisation is undone channel by channel as far as the batch shows it;
// jigsaws are put together; other channels are grey, darker where less, and where there are several the first is
// shown. Dense targets of three channels are in colour, of one in grey, and classes of pixels have a colour each.
func Draw(info datasets.Info, b *datasets.Batch) *image.RGBA {
	var panels [][]*image.RGBA // of each sample
	input := newScale(b.Inputs, channels(info, b), b.H*b.W)
	target := targetScale(b)
	for k := range b.N {
		row := []*image.RGBA{enlarge(input.draw(info, b, k))}
		if p := drawTarget(b, target, k); p != nil {
			row = append(row, enlarge(p))
		}
		panels = append(panels, row)
	}
	return arrange(panels, func(k int) string { return name(info, b, k) })
}

// channels is how many channels have a normalisation of their own: the nine tiles of a jigsaw share theirs.
func channels(info datasets.Info, b *datasets.Batch) int {
	if info.Task == "jigsaw" && b.C%9 == 0 {
		return b.C / 9
	}
	return b.C
}

// scale maps values of each channel to 0…255.
type scale struct{ lo, factor []float64 }

// newScale takes the range of each of c channels, which come one after the other again and again, in planes.
func newScale(v []float32, c, plane int) scale {
	s := scale{make([]float64, c), make([]float64, c)}
	hi := make([]float64, c)
	for i := range c {
		s.lo[i], hi[i] = math.Inf(1), math.Inf(-1)
	}
	for i, x := range v {
		if x := float64(x); !math.IsNaN(x) && !math.IsInf(x, 0) {
			j := i / plane % c
			s.lo[j], hi[j] = min(s.lo[j], x), max(hi[j], x)
		}
	}
	for i := range c {
		if d := hi[i] - s.lo[i]; d > 0 {
			s.factor[i] = 255 / d
		}
	}
	return s
}

func (s scale) byte(c int, v float32) uint8 {
	x := (float64(v) - s.lo[c]) * s.factor[c]
	if !(x > 0) { // NaN too
		return 0
	}
	return uint8(min(x, 255))
}

// draw shows the input of sample k.
func (s scale) draw(info datasets.Info, b *datasets.Batch, k int) *image.RGBA {
	each := b.C * b.H * b.W
	x := b.Inputs[k*each : (k+1)*each]
	if info.Loss == datasets.RelL2 { // Darcy Flow: the other channels are coordinates
		return s.planes(x, 1, b.H, b.W)
	}
	if info.Task != "jigsaw" || b.C%9 != 0 {
		return s.planes(x, b.C, b.H, b.W)
	}
	const line = 2
	m := image.NewRGBA(image.Rect(0, 0, 3*b.W+2*line, 3*b.H+2*line))
	for tile := range 9 {
		p := s.planes(x[tile*each/9:(tile+1)*each/9], b.C/9, b.H, b.W)
		at := image.Pt(tile%3*(b.W+line), tile/3*(b.H+line))
		draw.Draw(m, p.Rect.Add(at), p, image.Point{}, draw.Src)
	}
	return m
}

// planes shows [c, h, w] in colour where c is 3, else the first channel in grey.
func (s scale) planes(x []float32, c, h, w int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for i := range w {
			at := y*w + i
			v := s.byte(0, x[at])
			p := color.RGBA{v, v, v, 255}
			if c == 3 {
				p.G, p.B = s.byte(1, x[h*w+at]), s.byte(2, x[2*h*w+at])
			}
			m.SetRGBA(i, y, p)
		}
	}
	return m
}

func targetScale(b *datasets.Batch) scale {
	if len(b.TargetShape) == 3 && b.Targets != nil {
		return newScale(b.Targets, b.TargetShape[0], b.TargetShape[1]*b.TargetShape[2])
	}
	return scale{}
}

// drawTarget shows a target that is a picture; nil if it is none.
func drawTarget(b *datasets.Batch, s scale, k int) *image.RGBA {
	shape := b.TargetShape
	switch {
	case len(shape) == 2 && b.Labels != nil:
		m := image.NewRGBA(image.Rect(0, 0, shape[1], shape[0]))
		for i, c := range b.Labels[k*shape[0]*shape[1] : (k+1)*shape[0]*shape[1]] {
			m.SetRGBA(i%shape[1], i/shape[1], classColour(c))
		}
		return m
	case len(shape) == 3 && b.Targets != nil:
		each := shape[0] * shape[1] * shape[2]
		return s.planes(b.Targets[k*each:(k+1)*each], shape[0], shape[1], shape[2])
	}
	return nil
}

// classColour is a colour for each class: hues a golden angle apart, in three lightnesses.
func classColour(c int) color.RGBA {
	hue := math.Mod(float64(c)*0.6180339887, 1)
	light := [3]float64{0.95, 0.7, 0.5}[c%3]
	part := func(shift float64) uint8 {
		return uint8(255 * light * (0.55 + 0.45*math.Cos(2*math.Pi*(hue+shift))))
	}
	return color.RGBA{part(0), part(1. / 3), part(2. / 3), 255}
}

// name says what class a sample is of, or how far its target goes.
func name(info datasets.Info, b *datasets.Batch, k int) string {
	switch {
	case len(b.TargetShape) == 0 && b.Labels != nil:
		return fmt.Sprintf("class %d", b.Labels[k])
	case len(b.TargetShape) == 1 && b.Targets != nil:
		t := b.Targets[k*b.TargetShape[0] : (k+1)*b.TargetShape[0]]
		if info.Loss == datasets.SoftCrossEntropy {
			best := slices.Index(t, slices.Max(t))
			return fmt.Sprintf("class %d: %.2f", best, t[best])
		}
		return fmt.Sprintf("%.1f %.1f %.1f ...", t[0], t[min(1, len(t)-1)], t[min(2, len(t)-1)])
	}
	return ""
}

// enlarge repeats pixels until the picture is large enough to be seen.
func enlarge(m *image.RGBA) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	f := max(1, (least+min(w, h)-1)/min(w, h))
	f = min(f, max(1, 512/max(w, h)))
	if f == 1 {
		return m
	}
	out := image.NewRGBA(image.Rect(0, 0, w*f, h*f))
	for y := range h * f {
		for x := range w * f {
			out.SetRGBA(x, y, m.RGBAAt(x/f, y/f))
		}
	}
	return out
}

// arrange puts the samples into about as many rows as columns, each with its name below it.
func arrange(samples [][]*image.RGBA, name func(k int) string) *image.RGBA {
	if len(samples) == 0 {
		return image.NewRGBA(image.Rect(0, 0, 1, 1))
	}
	w, h := -gap, 0
	for _, p := range samples[0] {
		w, h = w+p.Rect.Dx()+gap, max(h, p.Rect.Dy())
	}
	columns := max(1, int(math.Round(math.Sqrt(float64(len(samples))*float64(h+caption)/float64(w)))))
	columns = min(columns, len(samples))
	rows := (len(samples) + columns - 1) / columns
	out := image.NewRGBA(image.Rect(0, 0, columns*(w+2*gap), rows*(h+caption+2*gap)))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	for k, panels := range samples {
		x, y := k%columns*(w+2*gap)+gap, k/columns*(h+caption+2*gap)+gap
		text := font.Drawer{Dst: out, Src: image.Black, Face: basicfont.Face7x13, Dot: fixed.P(x, y+h+caption-3)}
		text.DrawString(name(k))
		for _, p := range panels {
			draw.Draw(out, p.Rect.Add(image.Pt(x, y)), p, image.Point{}, draw.Src)
			x += p.Rect.Dx() + gap
		}
	}
	return out
}
