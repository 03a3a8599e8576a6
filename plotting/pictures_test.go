package plotting

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// gradient is a picture whose pixels differ.
func gradient(w, h int) image.Image {
	m := image.NewRGBA(image.Rect(3, 5, 3+w, 5+h)) // bounds need not begin at 0
	for y := range h {
		for x := range w {
			m.SetRGBA(3+x, 5+y, color.RGBA{uint8(255 * x / w), uint8(255 * y / h), 128, 255})
		}
	}
	return m
}

func examplePictures() []Picture {
	return []Picture{
		{Title: "Square", Image: gradient(6, 6), Note: "6×6 pixels"},
		{Title: "A wide picture with a long title that is broken", Image: gradient(12, 4), Note: "12×4 pixels, and a note that is broken as well"},
		{Title: "High", Image: gradient(3, 9)},
		{Title: "The second row", Image: gradient(5, 5), Note: "5×5 pixels"},
	}
}

func TestPicturesGolden(t *testing.T) {
	f, err := Pictures(examplePictures(), WithColumns(3), WithTitle("Pictures"))
	checkGolden(t, "pictures", f, err)
}

// Every format holds the pictures, and none needs a file beside it.
func TestPicturesFormats(t *testing.T) {
	f, err := Pictures(examplePictures())
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir()) // where a format that wrote a file of its own would leave it
	for format, want := range map[string]string{"pdf": "/Image", "svg": "<image", "eps": "setrgbcolor", "tex": "fill", "png": "IDAT"} {
		t.Run(format, func(t *testing.T) {
			w, err := WriterTo(f, format)
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if _, err := w.WriteTo(&b); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(b.String(), want) {
				t.Errorf("%d bytes without %q", b.Len(), want)
			}
		})
	}
}

func TestPicturesBadInput(t *testing.T) {
	for _, c := range []struct {
		name     string
		pictures []Picture
		want     string
	}{
		{"none", nil, "no pictures"},
		{"nil", []Picture{{Title: "a"}}, "picture 1 (a) has no pixels"},
		{"empty", []Picture{{Title: "a", Image: image.NewGray(image.Rectangle{})}}, "has no pixels"},
	} {
		if _, err := Pictures(c.pictures); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

// In a notebook all colours are kept.
func TestPicturesInline(t *testing.T) {
	f, err := Pictures([]Picture{{Title: "many colours", Image: gradient(40, 40)}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := f.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(d.Data[protocol.MIMEImagePNG].([]byte)))
	if err != nil {
		t.Fatal(err)
	}
	colors := map[color.Color]bool{}
	for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y++ {
		for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x++ {
			colors[m.At(x, y)] = true
		}
	}
	if len(colors) < 1000 {
		t.Errorf("%d colours of a picture of 1600", len(colors))
	}
}
