package rooms

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/zcnas/zcnas/datasets/taskonomy"
)

func mustView(t testing.TB, r *Room, task string, side int) *taskonomy.View {
	t.Helper()
	v, err := r.View(task, side)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A room is a function of split, number and seed.
func TestNew(t *testing.T) {
	base := mustView(t, New("train", 3, 0), "autoencoder", 24).RGB.Pix
	for _, test := range []struct {
		name  string
		room  *Room
		equal bool
	}{
		{"the same", New("train", 3, 0), true},
		{"another number", New("train", 4, 0), false},
		{"another split", New("test", 3, 0), false},
		{"another seed", New("train", 3, 1), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := bytes.Equal(base, mustView(t, test.room, "autoencoder", 24).RGB.Pix); got != test.equal {
				t.Errorf("the same picture: %v, want %v", got, test.equal)
			}
		})
	}
}

// Over many rooms every class of every task occurs, and targets are what their losses need.
func TestTargets(t *testing.T) {
	segments, objects, scenes := make([]int, Segments), make([]int, Objects), make([]int, Scenes)
	for i := range 400 {
		r := New("train", i, 0)
		for _, c := range mustView(t, r, "segmentsemantic", 24).Segments.Pix {
			segments[c]++
		}
		for task, counts := range map[string][]int{"class_object": objects, "class_scene": scenes} {
			p := mustView(t, r, task, 1).Target
			sum, best := 0.0, 0
			for c, v := range p {
				sum += float64(v)
				if v > p[best] {
					best = c
				}
			}
			if math.Abs(sum-1) > 1e-5 || len(p) != len(counts) {
				t.Fatalf("room %d, %s: %d probabilities of the sum %v", i, task, len(p), sum)
			}
			counts[best]++
		}
		layout := mustView(t, r, "room_layout", 1).Target
		for k, v := range layout {
			if len(layout) != 9 || !(math.Abs(float64(v)) < 6) {
				t.Fatalf("room %d: number %d of the layout is %v, far from a standardised one", i, k, v)
			}
		}
	}
	for name, counts := range map[string][]int{"segments": segments, "scenes": scenes} {
		if c := slices.Index(counts, 0); c >= 0 {
			t.Errorf("%s: class %d of %d does not occur: %v", name, c, len(counts), counts)
		}
	}
	seen := 0
	for _, n := range objects {
		if n > 0 {
			seen++
		}
	}
	if seen < Objects*2/3 {
		t.Errorf("objects: only %d of %d classes are the main one of some room", seen, Objects)
	}
}

// In the camera's frame a surface that is seen faces the camera, and the floor's normal points up.
func TestNormals(t *testing.T) {
	for i := range 20 {
		r := New("val", i, 0)
		r.pitch, r.roll = 0, 0 // the vertical is then the camera's y
		normals := mustView(t, r, "normal", 32).Normal.Pix
		camera := r.camera()
		for k := range 32 * 32 {
			n := vec{float64(normals[3*k])/127.5 - 1, float64(normals[3*k+1])/127.5 - 1, float64(normals[3*k+2])/127.5 - 1}
			along := camera.ray(k%32, k/32, 32)
			towards := vec{along.dot(camera.right), along.dot(camera.up), -along.dot(camera.ahead)}
			if length := n.dot(n); math.Abs(length-1) > 0.03 || n.dot(towards) > 0.02 {
				t.Fatalf("room %d, pixel %d: normal %v of length² %v, ray %v", i, k, n, length, towards)
			}
		}
		segments := mustView(t, r, "segmentsemantic", 32).Segments.Pix
		for k, c := range segments {
			if c == kindFloor && normals[3*k+1] != 255 {
				t.Fatalf("room %d: the floor's normal is %v", i, normals[3*k:3*k+3])
			}
		}
	}
}

// The layout says where the walls are: undone, it gives the room's sides.
func TestLayoutSides(t *testing.T) {
	for i := range 20 {
		r := New("train", i, 7)
		v, err := r.info().RoomLayout()
		if err != nil {
			t.Fatal(err)
		}
		// The sides of a room that has not been turned by 90° are its own.
		const meanX, stdX, meanY, stdY, meanZ, stdZ = 4.81219593, 2.80763433, 3.69077521, 1.92678054, 2.61998101, 0.89655357
		x, y, z := v[6]*stdX+meanX, v[7]*stdY+meanY, v[8]*stdZ+meanZ
		if math.Abs(x-r.size[1]) < 1e-9 {
			x, y = y, x
		}
		if math.Abs(x-r.size[0])+math.Abs(y-r.size[1])+math.Abs(z-r.size[2]) > 1e-9 {
			t.Errorf("room %d: sides %v %v %v, want %v", i, x, y, z, r.size)
		}
	}
}

func TestOrders(t *testing.T) {
	list := Orders()
	if len(list) != 1000 {
		t.Fatalf("%d permutations", len(list))
	}
	for i, a := range list {
		sorted := slices.Sorted(slices.Values(a))
		if !slices.Equal(sorted, []int{0, 1, 2, 3, 4, 5, 6, 7, 8}) {
			t.Fatalf("permutation %d is %v", i, a)
		}
		for _, b := range list[:i] {
			different := 0
			for k := range a {
				if a[k] != b[k] {
					different++
				}
			}
			if different < 4 {
				t.Fatalf("%v and %v differ in %d places", a, b, different)
			}
		}
	}
}

// golden is four rooms, 96 pixels each: picture, normals, segments.
func golden(t *testing.T) *image.RGBA {
	const side = 96
	m := image.NewRGBA(image.Rect(0, 0, 3*side, 4*side))
	for i := range 4 {
		r := New("train", i, 0)
		rgb, normal, segments := mustView(t, r, "autoencoder", side).RGB, mustView(t, r, "normal", side).Normal, mustView(t, r, "segmentsemantic", side).Segments
		for k := range side * side {
			x, y := k%side, i*side+k/side
			m.SetRGBA(x, y, color.RGBA{rgb.Pix[3*k], rgb.Pix[3*k+1], rgb.Pix[3*k+2], 255})
			m.SetRGBA(side+x, y, color.RGBA{normal.Pix[3*k], normal.Pix[3*k+1], normal.Pix[3*k+2], 255})
			m.SetRGBA(2*side+x, y, color.RGBA{segments.Pix[k] * 15, segments.Pix[k] * 15, segments.Pix[k] * 15, 255})
		}
	}
	return m
}

var regen = flag.Bool("regen", false, "write testdata anew")

// The pictures are those of testdata, which go test -regen writes anew.
func TestGolden(t *testing.T) {
	const file = "testdata/rooms_golden.png"
	got := golden(t)
	if *regen {
		var b bytes.Buffer
		if err := png.Encode(&b, got); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	different := 0
	for y := range got.Rect.Dy() {
		for x := range got.Rect.Dx() {
			a, b := got.RGBAAt(x, y), color.RGBAModel.Convert(want.At(x, y)).(color.RGBA)
			for _, d := range []int{int(a.R) - int(b.R), int(a.G) - int(b.G), int(a.B) - int(b.B)} {
				if d > 2 || d < -2 { // processors that fuse multiplications and additions round differently
					different++
				}
			}
		}
	}
	if different > got.Rect.Dx()*got.Rect.Dy()/100 {
		t.Errorf("%d values differ from %s", different, file)
	}
}

func BenchmarkView(b *testing.B) {
	for i := 0; b.Loop(); i++ {
		mustView(b, New("train", i, 0), "normal", 256)
	}
}
