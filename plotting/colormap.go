package plotting

import (
	"image/color"
	"math"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
)

// ColorMap gives the colour of a correlation t in −1…1. Values outside are clamped; t is never NaN.
type ColorMap func(t float64) color.RGBA

// BlueYellow is the default colour map of heat maps: dark blue at −1, grey at 0, light yellow at +1.
//
// Its lightness rises all the way from −1 to +1, so that a copy in grey, or a reader who sees no colour, still has
// every value in the right order, sign included: a diverging map with two dark ends shows 0.8 and −0.8 as the
// same grey. Blue against yellow is the pair of hues that all common forms of colour blindness keep apart, and
// the lack of colour at 0 still marks the sign for the others (the idea of cividis, Nuñez et al. 2018, made
// neutral in the middle).
func BlueYellow() ColorMap {
	return func(t float64) color.RGBA {
		t = canvas.Clamp(t, -1, 1)
		if t < 0 {
			return canvas.Lab(66+46*t, 4*-t, 52*-math.Pow(-t, 0.8))
		}
		return canvas.Lab(66+30*t, -6*t, 72*math.Pow(t, 0.75))
	}
}

// BlueOrange is a diverging colour map: white at 0, blue at −1 and orange-brown at +1, equally dark at equal
// distances. It draws the eye to strong correlations and is safe for colour-blind readers; in grey, however,
// only the printed numbers tell the sign.
func BlueOrange() ColorMap {
	return func(t float64) color.RGBA {
		t = canvas.Clamp(t, -1, 1)
		l := 98 - 58*math.Abs(t)
		if t < 0 {
			return canvas.Lab(l, -2*-t, 48*t)
		}
		return canvas.Lab(l, 32*t, 52*t)
	}
}
