package plotting

import (
	"bytes"
	"image"
	"image/color"
	"strings"
	"testing"
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
