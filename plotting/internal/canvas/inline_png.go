package canvas

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"slices"
)

// SmallPNG encodes a PNG again with at most 256 colours; see [fewColors]. Figures become three to four times smaller,
// and notebooks are to stay small enough for code hosts to show them.
func SmallPNG(data []byte) ([]byte, error) {
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	r := img.Bounds()
	pixels := make([]color.RGBA, 0, r.Dx()*r.Dy())
	count := map[color.RGBA]int{}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
			pixels = append(pixels, c)
			count[c]++
		}
	}
	colors := make([]color.RGBA, 0, len(count))
	for c := range count {
		colors = append(colors, c)
	}
	key := func(c color.RGBA) int { return int(c.R)<<24 | int(c.G)<<16 | int(c.B)<<8 | int(c.A) }
	slices.SortFunc(colors, func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(key(a), key(b)))
	})
	colors = fewColors(colors, 256)
	palette := make(color.Palette, len(colors))
	for i, c := range colors {
		palette[i] = c
	}
	index := make(map[color.RGBA]uint8, len(count))
	for c := range count {
		index[c] = uint8(palette.Index(c))
	}
	out := image.NewPaletted(image.Rect(0, 0, r.Dx(), r.Dy()), palette)
	for i, c := range pixels {
		out.Pix[i] = index[c]
	}
	var b bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, out)
	return b.Bytes(), err
}

// fewColors picks at most n of the colours, which come most frequent first. Half of them are the most frequent: areas
// and text stay exact. Each of the others is the one farthest from all picked before, so that also the rare colours
// of a colour bar have one close by.
func fewColors(colors []color.RGBA, n int) []color.RGBA {
	if len(colors) <= n {
		return colors
	}
	picked := slices.Clone(colors[:n/2])
	distance := func(a, b color.RGBA) int {
		r, g, b2, t := int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B), int(a.A)-int(b.A)
		return r*r + g*g + b2*b2 + t*t
	}
	rest := colors[n/2:]
	nearest := make([]int, len(rest)) // squared distance to what is picked
	for i, c := range rest {
		nearest[i] = distance(c, picked[0])
		for _, p := range picked[1:] {
			nearest[i] = min(nearest[i], distance(c, p))
		}
	}
	for len(picked) < n {
		far := 0
		for i, d := range nearest {
			if d > nearest[far] {
				far = i
			}
		}
		picked = append(picked, rest[far])
		for i, c := range rest {
			nearest[i] = min(nearest[i], distance(c, rest[far]))
		}
	}
	return picked
}
