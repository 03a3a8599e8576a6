package taskonomy

import (
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"os"
)

// Picture is an image of bytes, [H, W, C].
type Picture struct {
	H, W, C int
	Pix     []byte
}

// NewPicture makes a black one.
func NewPicture(h, w, c int) *Picture { return &Picture{h, w, c, make([]byte, h*w*c)} }

// maxSide bounds a picture's sides; those of Taskonomy have 512 or 1024 pixels.
const maxSide = 4096

// ReadPNG reads a picture of c channels from a file: 3 of an image in colour, 1 of a map of labels, which are grey
// values or indices of a palette. Errors name the file.
func ReadPNG(path string, c int) (*Picture, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := decodePNG(f, c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

func decodePNG(f io.ReadSeeker, c int) (*Picture, error) {
	head, err := png.DecodeConfig(f)
	if err != nil {
		return nil, fmt.Errorf("no readable PNG image: %w", err)
	}
	if head.Width > maxSide || head.Height > maxSide {
		return nil, fmt.Errorf("an image of %d×%d pixels; expected at most %d×%d", head.Width, head.Height, maxSide, maxSide)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	img, err := png.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("truncated or corrupt PNG image: %w", err)
	}
	p := NewPicture(head.Height, head.Width, c)
	var stride int
	var source []byte
	switch m := img.(type) {
	case *image.RGBA: // without transparency
		if c == 3 {
			for y := range p.H {
				row := m.Pix[y*m.Stride:]
				for x := range p.W {
					copy(p.Pix[(y*p.W+x)*3:][:3], row[4*x:])
				}
			}
			return p, nil
		}
	case *image.Gray:
		source, stride = m.Pix, m.Stride
	case *image.Paletted:
		if c == 3 {
			for y := range p.H {
				for x := range p.W {
					r, g, b, _ := m.Palette[m.Pix[y*m.Stride+x]].RGBA()
					copy(p.Pix[(y*p.W+x)*3:], []byte{byte(r >> 8), byte(g >> 8), byte(b >> 8)})
				}
			}
			return p, nil
		}
		source, stride = m.Pix, m.Stride
	}
	if c == 1 && source != nil {
		for y := range p.H {
			copy(p.Pix[y*p.W:][:p.W], source[y*stride:])
		}
		return p, nil
	}
	want := "8-bit RGB without transparency"
	if c == 1 {
		want = "8-bit grey"
	}
	return nil, fmt.Errorf("an image of type %T; expected %s", img, want)
}

// resampled is what one output pixel is made of: weights, in units of 2^-22, from the input pixel first on.
type resampled struct {
	first   int
	weights []int
}

// weightBits is the precision of PIL's weights for images of bytes.
const weightBits = 22

// triangle gives the weights of PIL's bilinear filter, which widens with the scale when it shrinks.
func triangle(in, out int) []resampled {
	scale := float64(in) / float64(out)
	support := max(scale, 1)
	list := make([]resampled, out)
	for i := range list {
		centre := (float64(i) + 0.5) * scale
		lo := max(int(centre-support+0.5), 0)
		hi := min(int(centre+support+0.5), in)
		w := make([]float64, hi-lo)
		sum := 0.0
		for k := range w {
			w[k] = max(0, 1-math.Abs((float64(lo+k)-centre+0.5)/support))
			sum += w[k]
		}
		list[i] = resampled{lo, make([]int, len(w))}
		for k := range w {
			list[i].weights[k] = int(0.5 + w[k]/sum*(1<<weightBits))
		}
	}
	return list
}

// Bilinear resizes a picture as PIL does, byte for byte: horizontally to bytes, then vertically.
func (p *Picture) Bilinear(h, w int) *Picture {
	across := NewPicture(p.H, w, p.C)
	columns := triangle(p.W, w)
	for y := range p.H {
		row := p.Pix[y*p.W*p.C : (y+1)*p.W*p.C]
		for x, r := range columns {
			for c := range p.C {
				sum := 1 << (weightBits - 1)
				at := r.first*p.C + c
				for _, k := range r.weights {
					sum += k * int(row[at])
					at += p.C
				}
				across.Pix[(y*w+x)*p.C+c] = clampByte(sum >> weightBits)
			}
		}
	}
	out := NewPicture(h, w, p.C)
	stride := w * p.C
	sums := make([]int, stride)
	for y, r := range triangle(p.H, h) {
		for i := range sums {
			sums[i] = 1 << (weightBits - 1)
		}
		for j, k := range r.weights {
			for i, v := range across.Pix[(r.first+j)*stride : (r.first+j+1)*stride] {
				sums[i] += k * int(v)
			}
		}
		for i, s := range sums {
			out.Pix[y*stride+i] = clampByte(s >> weightBits)
		}
	}
	return out
}

func clampByte(v int) byte { return byte(min(max(v, 0), 255)) }

// Nearest resizes a picture by taking the pixel at each output pixel's centre, as PIL does.
func (p *Picture) Nearest(h, w int) *Picture {
	out := NewPicture(h, w, p.C)
	for y := range h {
		sy := int((float64(y) + 0.5) * float64(p.H) / float64(h))
		for x := range w {
			sx := int((float64(x) + 0.5) * float64(p.W) / float64(w))
			copy(out.Pix[(y*w+x)*p.C:][:p.C], p.Pix[(sy*p.W+sx)*p.C:])
		}
	}
	return out
}

// crop cuts out a part.
func (p *Picture) crop(y, x, h, w int) *Picture {
	out := NewPicture(h, w, p.C)
	for i := range h {
		copy(out.Pix[i*w*p.C:(i+1)*w*p.C], p.Pix[((y+i)*p.W+x)*p.C:])
	}
	return out
}
