package plotting

import (
	"image/color"
	"math"
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
		t = clamp(t, -1, 1)
		if t < 0 {
			return labColor(66+46*t, 4*-t, 52*-math.Pow(-t, 0.8))
		}
		return labColor(66+30*t, -6*t, 72*math.Pow(t, 0.75))
	}
}

// BlueOrange is a diverging colour map: white at 0, blue at −1 and orange-brown at +1, equally dark at equal
// distances. It draws the eye to strong correlations and is safe for colour-blind readers; in grey, however,
// only the printed numbers tell the sign.
func BlueOrange() ColorMap {
	return func(t float64) color.RGBA {
		t = clamp(t, -1, 1)
		l := 98 - 58*math.Abs(t)
		if t < 0 {
			return labColor(l, -2*-t, 48*t)
		}
		return labColor(l, 32*t, 52*t)
	}
}

func clamp(v, lo, hi float64) float64 { return math.Max(lo, math.Min(hi, v)) }

// labColor is the sRGB colour of CIELAB coordinates (D65 white), with the chroma reduced until it exists.
func labColor(l, a, b float64) color.RGBA {
	for k := 1.0; ; k -= 0.02 {
		r, g, bb, ok := labToRGB(l, a*k, b*k)
		if ok || k <= 0 {
			q := func(v float64) uint8 { return uint8(clamp(v, 0, 1)*255 + 0.5) }
			return color.RGBA{q(r), q(g), q(bb), 255}
		}
	}
}

func labToRGB(l, a, b float64) (r, g, bl float64, ok bool) {
	f := func(t float64) float64 {
		if t > 6.0/29 {
			return t * t * t
		}
		return 3 * 36.0 / 841 * (t - 4.0/29)
	}
	fy := (l + 16) / 116
	x, y, z := 0.95047*f(fy+a/500), f(fy), 1.08883*f(fy-b/200)
	lin := [3]float64{
		3.2404542*x - 1.5371385*y - 0.4985314*z,
		-0.9692660*x + 1.8760108*y + 0.0415560*z,
		0.0556434*x - 0.2040259*y + 1.0572252*z,
	}
	ok = true
	for i, v := range lin {
		ok = ok && v > -1e-4 && v < 1+1e-4
		if v <= 0.0031308 {
			lin[i] = 12.92 * v
		} else {
			lin[i] = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
	}
	return lin[0], lin[1], lin[2], ok
}

// linear is the linear light of an sRGB channel.
func linear(v uint8) float64 {
	s := float64(v) / 255
	if s <= 0.04045 {
		return s / 12.92
	}
	return math.Pow((s+0.055)/1.055, 2.4)
}

// luminance is the relative luminance of WCAG, 0…1.
func luminance(c color.RGBA) float64 {
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// contrast is the WCAG contrast ratio, 1…21.
func contrast(a, b color.RGBA) float64 {
	x, y := luminance(a), luminance(b)
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

// textOn is black or white, whichever reads better on the colour.
func textOn(c color.RGBA) color.RGBA {
	if contrast(c, gray(0)) >= contrast(c, gray(255)) {
		return gray(0)
	}
	return gray(255)
}

func labOf(c color.RGBA) (l, a, b float64) {
	r, g, bl := linear(c.R), linear(c.G), linear(c.B)
	f := func(t float64) float64 {
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return (24389.0/27*t + 16) / 116
	}
	x := f((0.4124564*r + 0.3575761*g + 0.1804375*bl) / 0.95047)
	y := f(0.2126729*r + 0.7151522*g + 0.0721750*bl)
	z := f((0.0193339*r + 0.1191920*g + 0.9503041*bl) / 1.08883)
	return 116*y - 16, 500 * (x - y), 200 * (y - z)
}
