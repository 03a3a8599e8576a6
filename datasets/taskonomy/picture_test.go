package taskonomy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets/formats"
	"github.com/zcnas/zcnas/datasets/internal/diverse"
)

// checkBytes compares pictures byte for byte.
func checkBytes(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d bytes, want %d", what, len(got), len(want))
	}
	different := 0
	for i := range got {
		if got[i] != want[i] {
			different++
		}
	}
	if different > 0 {
		t.Errorf("%s: %d of %d bytes differ", what, different, len(got))
	}
}

// taskonomyExpected is the folder's own account of the samples of its validation split.
func taskonomyExpected(t *testing.T) (*formats.NPZ, map[string][]map[string]any) {
	t.Helper()
	var samples map[string][]map[string]any
	diverse.JSON(t, &samples, "taskonomy", "expected.json")
	z, err := formats.OpenNPZ(diverse.Path(t, "taskonomy", "expected.npz"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { z.Close() })
	return z, samples
}

// sampleFile is a sample's file of a domain.
func sampleFile(t *testing.T, sample map[string]any, domain, suffix string) string {
	t.Helper()
	template, ok := sample["template"].(string)
	if !ok {
		t.Fatal("a sample of expected.json without a template")
	}
	return diverse.Path(t, "taskonomy", filepath.FromSlash(strings.ReplaceAll(template, "{domain}", domain)+suffix))
}

// Resizing and jigsaw tiles are those of PIL, to the byte.
func TestPictureMiniatures(t *testing.T) {
	z, samples := taskonomyExpected(t)
	read := func(name string) []byte {
		v, _, err := formats.ReadNPZ[uint8](z, name)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	names := map[string]bool{}
	for _, n := range z.Names() {
		names[n] = true
	}
	run := 0
	for i, sample := range samples["autoencoder"] {
		name := fmt.Sprintf("rgb256_%d", i)
		if !names[name] {
			continue
		}
		run++
		t.Run(name, func(t *testing.T) {
			p, err := ReadPNG(sampleFile(t, sample, "rgb", ".png"), 3)
			if err != nil {
				t.Fatal(err)
			}
			checkBytes(t, name, p.Bilinear(256, 256).Pix, read(name))
		})
	}
	for i, sample := range samples["jigsaw"] {
		name := fmt.Sprintf("jigsaw_%d", i)
		if !names[name+"_tiles"] {
			continue
		}
		run++
		t.Run(name, func(t *testing.T) {
			p, err := ReadPNG(sampleFile(t, sample, "rgb", ".png"), 3)
			if err != nil {
				t.Fatal(err)
			}
			square := jigsawSquare(p)
			if names[name+"_cropped255"] {
				checkBytes(t, "square", square.Pix, read(name+"_cropped255"))
			}
			var j struct {
				Permutation int      `json:"permutation_index"`
				Order       []int    `json:"permutation"`
				Offsets     [][2]int `json:"offsets_row_column"`
			}
			if b, err := json.Marshal(sample); err != nil {
				t.Fatal(err)
			} else if err := json.Unmarshal(b, &j); err != nil || len(j.Order) != 9 || len(j.Offsets) != 9 {
				t.Fatalf("expected.json: no permutation and offsets of nine tiles: %v", err)
			}
			got := make([]byte, 0, 9*3*64*64)
			for _, tile := range Tiles(p, j.Order, [9][2]int(j.Offsets)) {
				for c := range 3 {
					for k := c; k < len(tile.Pix); k += 3 {
						got = append(got, tile.Pix[k])
					}
				}
			}
			checkBytes(t, "tiles", got, read(name+"_tiles"))
		})
	}
	if run == 0 {
		t.Skip("no rgb256_… or jigsaw_…_tiles in taskonomy/expected.npz")
	}
}

func TestRoomLayoutMiniatures(t *testing.T) {
	var views []struct {
		Info   json.RawMessage `json:"point_info"`
		Layout []float64       `json:"room_layout"`
	}
	diverse.JSON(t, &views, "taskonomy", "point_info_expected.json")
	for i, v := range views {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			info, err := ReadPointInfo(v.Info)
			if err != nil {
				t.Fatal(err)
			}
			got, err := info.RoomLayout()
			if err != nil {
				t.Fatal(err)
			}
			for k := range got {
				if math.Abs(got[k]-v.Layout[k]) > 1e-9*(1+math.Abs(v.Layout[k])) {
					t.Errorf("number %d is %v, want %v", k, got[k], v.Layout[k])
				}
			}
		})
	}
}

// encoded is a PNG of an image.
func encoded(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadPNG(t *testing.T) {
	rgb := image.NewRGBA(image.Rect(0, 0, 2, 1))
	rgb.Set(0, 0, color.RGBA{1, 2, 3, 255})
	rgb.Set(1, 0, color.RGBA{4, 5, 6, 255})
	grey := image.NewGray(image.Rect(0, 0, 2, 1))
	copy(grey.Pix, []byte{7, 16})
	indexed := image.NewPaletted(image.Rect(0, 0, 2, 1), color.Palette{color.RGBA{9, 8, 7, 255}, color.RGBA{1, 2, 3, 255}})
	copy(indexed.Pix, []byte{1, 0})
	clear := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	wide := image.NewGray(image.Rect(0, 0, maxSide+1, 1))
	for _, test := range []struct {
		name     string
		data     []byte
		channels int
		want     []byte
		words    string
	}{
		{"colour", encoded(t, rgb), 3, []byte{1, 2, 3, 4, 5, 6}, ""},
		{"grey", encoded(t, grey), 1, []byte{7, 16}, ""},
		{"palette as colour", encoded(t, indexed), 3, []byte{1, 2, 3, 9, 8, 7}, ""},
		{"palette as labels", encoded(t, indexed), 1, []byte{1, 0}, ""},
		{"colour for labels", encoded(t, rgb), 1, nil, "expected 8-bit grey"},
		{"grey for colour", encoded(t, grey), 3, nil, "expected 8-bit RGB"},
		{"transparent", encoded(t, clear), 3, nil, "without transparency"},
		{"too wide", encoded(t, wide), 1, nil, "4097×1 pixels"},
		{"truncated", encoded(t, rgb)[:60], 3, nil, "truncated or corrupt"},
		{"text", []byte("hello"), 3, nil, "no readable PNG"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := decodePNG(bytes.NewReader(test.data), test.channels)
			if test.words != "" {
				if err == nil || !strings.Contains(err.Error(), test.words) {
					t.Fatalf("error %v, want one with %q", err, test.words)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(p.Pix, test.want) {
				t.Errorf("pixels %v, want %v", p.Pix, test.want)
			}
		})
	}
}

// A picture of one value stays so, and a half-sized one averages with weights 1, 3, 3, 1.
func TestBilinear(t *testing.T) {
	p := NewPicture(8, 8, 1)
	for i := range p.Pix {
		p.Pix[i] = 200
	}
	for _, side := range []int{1, 3, 4, 8, 11, 16} {
		for _, v := range p.Bilinear(side, side).Pix {
			if v != 200 {
				t.Fatalf("%d pixels a side: a picture of 200 has become %d", side, v)
			}
		}
	}
	row := &Picture{1, 8, 1, []byte{0, 0, 0, 80, 160, 0, 0, 0}}
	// The second is (1·0 + 3·0 + 3·80 + 1·160)/8, the third (80 + 3·160)/8; the edges lack a neighbour.
	if got, want := row.Bilinear(1, 4).Pix, []byte{0, 50, 70, 0}; !bytes.Equal(got, want) {
		t.Errorf("half-sized: %v, want %v", got, want)
	}
}

func FuzzReadPNG(f *testing.F) {
	f.Add(encoded(f, image.NewGray(image.Rect(0, 0, 3, 2))))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := decodePNG(bytes.NewReader(data), 1); err == nil && len(p.Pix) != p.H*p.W {
			t.Errorf("%d pixels of %d×%d", len(p.Pix), p.H, p.W)
		}
	})
}

func FuzzReadPointInfo(f *testing.F) {
	f.Add([]byte(`{"camera_location":[0,0,1],"camera_rotation_final":[1.5,0,3],"bounding_box_ranges":{"x":[-2,2],"y":[-3,1],"z":[0,3]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if info, err := ReadPointInfo(data); err == nil {
			if v, err := info.RoomLayout(); err == nil && len(v) != 9 {
				t.Errorf("%d numbers", len(v))
			}
		}
	})
}
