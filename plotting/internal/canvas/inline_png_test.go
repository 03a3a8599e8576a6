package canvas_test

import (
	"bytes"
	"image/color"
	"image/png"
	"testing"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/internal/canvas"
)

// The colours of an inline heat map are close to those of the exported one, also at the rare ends of its colour bar.
func TestSmallPNGKeepsColors(t *testing.T) {
	matrix := make([][]float64, 12)
	names := make([]string, 12)
	for i := range matrix {
		names[i] = string(rune('a' + i))
		matrix[i] = make([]float64, 12)
		for j := range matrix[i] {
			matrix[i][j] = float64(i*j) / 121 // nothing below 0: that half is in the bar only
		}
	}
	f, err := plotting.HeatMap(names, matrix)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := plotting.WriterTo(f, "png")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	full := b.Bytes()
	small, err := canvas.SmallPNG(full)
	if err != nil {
		t.Fatal(err)
	}
	if len(small) >= len(full) {
		t.Errorf("%d bytes became %d", len(full), len(small))
	}
	want, err := png.Decode(bytes.NewReader(full))
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(bytes.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	worst := 0
	for y := range want.Bounds().Dy() {
		for x := range want.Bounds().Dx() {
			a, b := color.RGBAModel.Convert(want.At(x, y)).(color.RGBA), color.RGBAModel.Convert(got.At(x, y)).(color.RGBA)
			for _, d := range []int{int(a.R) - int(b.R), int(a.G) - int(b.G), int(a.B) - int(b.B)} {
				worst = max(worst, d, -d)
			}
		}
	}
	if worst > 16 {
		t.Errorf("a pixel is off by %d of 255", worst)
	}
}
