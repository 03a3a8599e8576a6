package canvas

import (
	"image/color"

	"gonum.org/v1/plot/vg"
)

// Theme is the colours and the text size of a figure.
type Theme struct {
	Background color.Color // behind everything; opaque
	Foreground color.Color // text and axes
	Muted      color.Color // notes, hatching, edges of little weight
	Grid       color.Color // grid lines
	FontSize   vg.Length   // size of labels; titles are a point larger, notes a point smaller
	dark       bool
}

// Light is the default theme: black on white, eight-point labels, as papers want it.
func Light() Theme {
	return Theme{Background: Gray(255), Foreground: Gray(26), Muted: Gray(112), Grid: Gray(225), FontSize: 8}
}

// Dark is a theme for slides and dark notebooks. The proxies keep their hues; those that would drown in the
// background (black, dark blue) are lightened.
func Dark() Theme {
	return Theme{Background: Gray(24), Foreground: Gray(235), Muted: Gray(150), Grid: Gray(58), FontSize: 8, dark: true}
}

// Ink is the colour c made fit for the theme's background.
func (t Theme) Ink(c color.RGBA) color.RGBA {
	if !t.dark {
		return c
	}
	l, a, b := LabOf(c)
	if l < 60 {
		// Lightness 0…60 is moved to 92…66: black becomes near white, as in print it stands out most.
		return Lab(92-l*26/60, a*0.8, b*0.8)
	}
	return c
}
