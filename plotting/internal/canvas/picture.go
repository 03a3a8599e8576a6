package canvas

import (
	"image"
	"image/color"

	"gonum.org/v1/plot/vg"
)

// sharp is the number of pixels along the shorter side that a picture has at least when it is drawn: viewers blur
// pixels that they enlarge.
const sharp = 400

// Picture draws an image; every pixel becomes a rectangle of its colour.
func (p *Pen) Picture(r vg.Rectangle, img image.Image) { p.DrawImage(r, enlarge(img)) }

// enlarge repeats pixels until the image is at least sharp.
func enlarge(img image.Image) image.Image {
	b := img.Bounds()
	f := (sharp + min(b.Dx(), b.Dy()) - 1) / min(b.Dx(), b.Dy())
	out := image.NewRGBA(image.Rect(0, 0, f*b.Dx(), f*b.Dy()))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Set(x, y, img.At(b.Min.X+x/f, b.Min.Y+y/f))
		}
	}
	return out
}

// The formats EPS and TeX hold no images of gonum's, or only beside the file: there, equal pixels of a row are one
// rectangle, and equal rows one row.

// DrawImage draws rectangles.
func (c epsCanvas) DrawImage(r vg.Rectangle, img image.Image) { drawRuns(c, r, img) }

// DrawImage draws rectangles.
func (c texCanvas) DrawImage(r vg.Rectangle, img image.Image) { drawRuns(c, r, img) }

func drawRuns(c vg.Canvas, r vg.Rectangle, img image.Image) {
	b := img.Bounds()
	sx, sy := r.Size().X/vg.Length(b.Dx()), r.Size().Y/vg.Length(b.Dy())
	for y := b.Min.Y; y < b.Max.Y; {
		rows := 1
		for y+rows < b.Max.Y && sameRow(img, y, y+rows) {
			rows++
		}
		top := r.Max.Y - vg.Length(y-b.Min.Y)*sy
		for x := b.Min.X; x < b.Max.X; {
			col, n := rgba(img.At(x, y)), 1
			for x+n < b.Max.X && rgba(img.At(x+n, y)) == col {
				n++
			}
			left := r.Min.X + vg.Length(x-b.Min.X)*sx
			c.SetColor(col)
			c.Fill(Rect(left, top-vg.Length(rows)*sy, left+vg.Length(n)*sx, top).Path())
			x += n
		}
		y += rows
	}
}

func sameRow(img image.Image, y, z int) bool {
	b := img.Bounds()
	for x := b.Min.X; x < b.Max.X; x++ {
		if rgba(img.At(x, y)) != rgba(img.At(x, z)) {
			return false
		}
	}
	return true
}

func rgba(c color.Color) color.RGBA { return color.RGBAModel.Convert(c).(color.RGBA) }
