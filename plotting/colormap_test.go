package plotting

import (
	"image/color"
	"math"
	"testing"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
)

func lightness(c color.RGBA) float64 {
	l, _, _ := canvas.LabOf(c)
	return l
}

// In grey, the default colour map must keep every value in its order.
func TestBlueYellowRisesInLightness(t *testing.T) {
	m := BlueYellow()
	last := -1.0
	for i := -20; i <= 20; i++ {
		l := lightness(m(float64(i) / 20))
		if l <= last+0.5 {
			t.Errorf("lightness %v at %v is not clearly above %v before it", l, float64(i)/20, last)
		}
		last = l
	}
	if d := lightness(m(1)) - lightness(m(-1)); d < 65 {
		t.Errorf("the ends are only %v apart in lightness", d)
	}
}

func TestBlueOrangeIsSymmetric(t *testing.T) {
	m := BlueOrange()
	for _, v := range []float64{0.1, 0.5, 0.9} {
		if d := math.Abs(lightness(m(v)) - lightness(m(-v))); d > 1 {
			t.Errorf("lightness at ±%v differs by %v", v, d)
		}
	}
}

// Numbers in cells must be readable: WCAG asks for a contrast of 4.5.
func TestTextOnColours(t *testing.T) {
	for _, m := range []ColorMap{BlueYellow(), BlueOrange()} {
		for i := -50; i <= 50; i++ {
			c := m(float64(i) / 50)
			if k := canvas.Contrast(c, canvas.TextOn(c)); k < 4.5 {
				t.Errorf("contrast %.2f at %v", k, float64(i)/50)
			}
		}
	}
}

func TestLabRoundTrip(t *testing.T) {
	for _, c := range append([]color.RGBA{canvas.Gray(0), canvas.Gray(255)}, palette...) {
		got := canvas.Lab(canvas.LabOf(c))
		for _, d := range []int{int(got.R) - int(c.R), int(got.G) - int(c.G), int(got.B) - int(c.B)} {
			if d < -1 || d > 1 {
				t.Errorf("%v becomes %v", c, got)
			}
		}
	}
}
