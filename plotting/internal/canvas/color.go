package canvas

import (
	"image/color"
	"math"
)

// Clamp is v, or the end of the range that it is beyond.
func Clamp(v, lo, hi float64) float64 { return math.Max(lo, math.Min(hi, v)) }

// Lab is the sRGB colour of CIELAB coordinates (D65 white), with the chroma reduced until it exists.
func Lab(l, a, b float64) color.RGBA {
	for k := 1.0; ; k -= 0.02 {
		r, g, bb, ok := labToRGB(l, a*k, b*k)
		if ok || k <= 0 {
			q := func(v float64) uint8 { return uint8(Clamp(v, 0, 1)*255 + 0.5) }
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

// Contrast is the WCAG contrast ratio, 1…21.
func Contrast(a, b color.RGBA) float64 {
	x, y := luminance(a), luminance(b)
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

// TextOn is black or white, whichever reads better on the colour.
func TextOn(c color.RGBA) color.RGBA {
	if Contrast(c, Gray(0)) >= Contrast(c, Gray(255)) {
		return Gray(0)
	}
	return Gray(255)
}

// LabOf is the inverse of [Lab].
func LabOf(c color.RGBA) (l, a, b float64) {
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

// Gray is a grey of that lightness.
func Gray(v uint8) color.RGBA { return color.RGBA{v, v, v, 255} }

// Mix is a share t of b in a.
func Mix(a, b color.Color, t float64) color.RGBA {
	x, y := RGBA8(a), RGBA8(b)
	m := func(u, v uint8) uint8 { return uint8(float64(u)*(1-t) + float64(v)*t + 0.5) }
	return color.RGBA{m(x.R, y.R), m(x.G, y.G), m(x.B, y.B), 255}
}

// RGBA8 is the colour with eight bits a channel.
func RGBA8(c color.Color) color.RGBA { return color.RGBAModel.Convert(c).(color.RGBA) }

// The colours of Okabe and Ito (2008), which readers with any common colour blindness tell apart. Their yellow is
// too pale for lines on paper; grey stands in its place.
var (
	Black      = color.RGBA{0, 0, 0, 255}
	Orange     = color.RGBA{230, 159, 0, 255}
	SkyBlue    = color.RGBA{86, 180, 233, 255}
	Green      = color.RGBA{0, 158, 115, 255}
	Blue       = color.RGBA{0, 114, 178, 255}
	Vermillion = color.RGBA{213, 94, 0, 255}
	Purple     = color.RGBA{204, 121, 167, 255}
	Grey       = color.RGBA{125, 125, 125, 255}
)
