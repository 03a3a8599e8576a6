package datasets

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets/formats"
)

func ramp(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(i)
	}
	return v
}

func TestFromArrays(t *testing.T) {
	for _, tt := range []struct {
		name string
		a    Arrays
		want string // of the error; "" for none
		info Info
	}{
		{"labels", Arrays{Inputs: ramp(24), Shape: []int{1, 2, 3}, Labels: []int{0, 2, 1, 0}}, "", Info{C: 1, H: 2, W: 3, Outputs: 3, Loss: CrossEntropy}},
		{"features", Arrays{Inputs: ramp(8), Shape: []int{2}, Labels: []int{0, 1, 1, 0}, Outputs: 5}, "", Info{C: 2, H: 1, W: 1, Outputs: 5, Loss: CrossEntropy}},
		{"pixels", Arrays{Inputs: ramp(24), Shape: []int{2, 3}, Labels: make([]int, 24), Outputs: 2}, "", Info{C: 1, H: 2, W: 3, Outputs: 2, Loss: CrossEntropy}},
		{"targets", Arrays{Inputs: ramp(8), Shape: []int{2}, Targets: ramp(12), TargetShape: []int{3}}, "", Info{C: 2, H: 1, W: 1, Outputs: 3, Loss: MSE}},
		{"maps", Arrays{Inputs: ramp(12), Shape: []int{1, 2, 3}, Targets: ramp(24), TargetShape: []int{2, 2, 3}, Loss: RelL2}, "", Info{C: 1, H: 2, W: 3, Outputs: 2, Loss: RelL2}},

		{"no shape", Arrays{Inputs: ramp(8), Labels: []int{0}}, "Shape []", Info{}},
		{"zero", Arrays{Inputs: ramp(8), Shape: []int{0, 2, 2}, Labels: []int{0}}, "must be in 1", Info{}},
		{"broken sample", Arrays{Inputs: ramp(7), Shape: []int{2}, Labels: []int{0, 1, 1}}, "no whole number of samples", Info{}},
		{"none", Arrays{Shape: []int{2}, Labels: []int{}}, "no whole number of samples", Info{}},
		{"NaN", Arrays{Inputs: []float32{1, 2, 3, float32(math.NaN())}, Shape: []int{2}, Labels: []int{0, 1}}, "Inputs: value 1 of sample 1 is NaN", Info{}},
		{"both", Arrays{Inputs: ramp(4), Shape: []int{2}, Labels: []int{0, 1}, Targets: ramp(2)}, "either Labels or Targets", Info{}},
		{"label count", Arrays{Inputs: ramp(4), Shape: []int{2}, Labels: []int{0, 1, 1}}, "Labels has 3 values for 2 samples", Info{}},
		{"label", Arrays{Inputs: ramp(4), Shape: []int{2}, Labels: []int{0, 3}, Outputs: 3}, "Labels: value 1 is 3", Info{}},
		{"negative", Arrays{Inputs: ramp(4), Shape: []int{2}, Labels: []int{0, -1}}, "Labels: value 1 is -1", Info{}},
		{"loss of labels", Arrays{Inputs: ramp(4), Shape: []int{2}, Labels: []int{0, 1}, Loss: MSE}, "is not for labels", Info{}},
		{"loss of targets", Arrays{Inputs: ramp(4), Shape: []int{2}, Targets: ramp(2), TargetShape: []int{1}, Loss: CrossEntropy}, "is not for targets", Info{}},
		{"target count", Arrays{Inputs: ramp(4), Shape: []int{2}, Targets: ramp(3), TargetShape: []int{1}}, "Targets has 3 values", Info{}},
		{"target shape", Arrays{Inputs: ramp(4), Shape: []int{2}, Targets: ramp(4), TargetShape: []int{1, 2}}, "TargetShape [1 2]", Info{}},
		{"outputs", Arrays{Inputs: ramp(4), Shape: []int{2}, Targets: ramp(2), TargetShape: []int{1}, Outputs: 2}, "Outputs is 2", Info{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := FromArrays(tt.a)
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("error %v, want %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if i := d.Info(); i.C != tt.info.C || i.H != tt.info.H || i.W != tt.info.W || i.Outputs != tt.info.Outputs || i.Loss != tt.info.Loss {
				t.Errorf("%+v, want %+v", i, tt.info)
			}
			b, err := d.Minibatch(t.Context(), 2, 0, Random)
			if err != nil {
				t.Fatal(err)
			}
			each := b.C * b.H * b.W
			for k := range b.N {
				p := int(b.Inputs[k*each]) / each // the sample's number, by its first value
				if b.Inputs[k*each+each-1] != float32((p+1)*each-1) {
					t.Errorf("place %d has no sample, but %v", k, b.Inputs[k*each:(k+1)*each])
				}
				if b.Targets == nil && b.TargetShape == nil && b.Labels[k] != tt.a.Labels[p] {
					t.Errorf("sample %d has the label %d, want %d", p, b.Labels[k], tt.a.Labels[p])
				}
				if m := product(b.TargetShape); b.Targets != nil && b.Targets[k*m] != tt.a.Targets[p*m] {
					t.Errorf("sample %d has the target %v", p, b.Targets[k*m])
				}
			}
		})
	}
}

// npz writes an archive; arrays are []uint8, []int64 or []float32 with their shape.
func npz(t testing.TB, path string, arrays map[string]any, shapes map[string][]int) {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, v := range arrays {
		w, err := z.Create(name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		switch v := v.(type) {
		case []uint8:
			err = formats.WriteNPY(w, v, shapes[name]...)
		case []int64:
			err = formats.WriteNPY(w, v, shapes[name]...)
		case []float32:
			err = formats.WriteNPY(w, v, shapes[name]...)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, buf.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFromNPZ(t *testing.T) {
	labels := []int64{0, 1, 2, 1, 0, 2}
	x := map[string][]int{"x": {6, 1, 2, 2}, "y": {6}}
	for _, tt := range []struct {
		name   string
		arrays map[string]any
		shapes map[string][]int
		opts   []Option
		want   string // of the error
		n      int
		info   string // loss, outputs, shape
	}{
		{"labels", map[string]any{"x": ramp(24), "y": labels}, x, nil, "", 6, "cross_entropy 3 1×2×2"},
		{"bytes", map[string]any{"x": make([]uint8, 24), "y": labels}, x, nil, "", 6, "cross_entropy 3 1×2×2"},
		{"labels as floats", map[string]any{"x": ramp(24), "y": []float32{0, 1, 1, 1, 0, 0}}, x, nil, "", 6, "cross_entropy 2 1×2×2"},
		{"grey", map[string]any{"x": ramp(24), "y": labels}, map[string][]int{"x": {6, 2, 2}, "y": {6}}, nil, "", 6, "cross_entropy 3 1×2×2"},
		{"features", map[string]any{"x": ramp(24), "y": labels}, map[string][]int{"x": {6, 4}, "y": {6}}, []Option{WithOutputs(9)}, "", 6, "cross_entropy 9 4×1×1"},
		{"targets", map[string]any{"x": ramp(24), "y": ramp(12)}, map[string][]int{"x": {6, 1, 2, 2}, "y": {6, 2}}, nil, "", 6, "mse 2 1×2×2"},
		{"maps", map[string]any{"x": ramp(24), "y": ramp(24)}, map[string][]int{"x": {6, 1, 2, 2}, "y": {6, 1, 2, 2}}, []Option{WithLoss(RelL2)}, "", 6, "rel_l2 1 1×2×2"},
		{"valid", map[string]any{"x": ramp(24), "y": labels}, x, []Option{WithValid(2), WithSplit(Valid)}, "", 2, "cross_entropy 3 1×2×2"},
		{"rest", map[string]any{"x": ramp(24), "y": labels}, x, []Option{WithValid(2)}, "", 4, "cross_entropy 3 1×2×2"},
		{"parts", map[string]any{"x_train": ramp(8), "y_train": labels[:2], "x_test": ramp(16), "y_test": labels[:4]},
			map[string][]int{"x_train": {2, 1, 2, 2}, "y_train": {2}, "x_test": {4, 1, 2, 2}, "y_test": {4}}, []Option{WithSplit(Test), WithOutputs(3)}, "", 4, "cross_entropy 3 1×2×2"},

		{"no x", map[string]any{"images": ramp(24), "y": labels}, map[string][]int{"images": {24}, "y": {6}}, nil, `no array "x"; it has`, 0, ""},
		{"no y", map[string]any{"x": ramp(24)}, x, nil, `no array "y"`, 0, ""},
		{"flat", map[string]any{"x": ramp(24), "y": labels}, map[string][]int{"x": {24}, "y": {6}}, nil, `array "x" has the shape [24]`, 0, ""},
		{"five", map[string]any{"x": ramp(24), "y": labels}, map[string][]int{"x": {6, 1, 1, 2, 2}, "y": {6}}, nil, "Shape [1 1 2 2]", 0, ""},
		{"counts", map[string]any{"x": ramp(24), "y": labels[:5]}, map[string][]int{"x": {6, 1, 2, 2}, "y": {5}}, nil, `array "y" has the shape [5]; want 6 samples`, 0, ""},
		{"fraction", map[string]any{"x": ramp(24), "y": []float32{0, 1, 1.5, 0, 1, 1}}, x, nil, "values that are no classes", 0, ""},
		{"negative", map[string]any{"x": ramp(24), "y": []int64{0, 1, -1, 0, 1, 1}}, x, nil, "values that are no classes", 0, ""},
		{"NaN", map[string]any{"x": append(ramp(23), float32(math.NaN())), "y": labels}, x, nil, "Inputs: value 3 of sample 5 is NaN", 0, ""},
		{"no test", map[string]any{"x": ramp(24), "y": labels}, x, []Option{WithSplit(Test)}, "no arrays x_train and x_test", 0, ""},
		{"all valid", map[string]any{"x": ramp(24), "y": labels}, x, []Option{WithValid(6)}, "give fewer", 0, ""},
		{"option", map[string]any{"x": ramp(24), "y": labels}, x, []Option{WithTask("jigsaw")}, "there are split, valid, classes, loss", 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "my data.npz")
			npz(t, path, tt.arrays, tt.shapes)
			d, err := Open(path, tt.opts...)
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "data") {
					t.Fatalf("error %v, want %q and the file", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			i := d.Info()
			if got := fmt.Sprintf("%s %d %d×%d×%d", i.Loss, i.Outputs, i.C, i.H, i.W); got != tt.info || i.Name != "npz:my_data" {
				t.Errorf("%s of %q, want %s", got, i.Name, tt.info)
			}
			if n, err := d.(Samples).Open(t.Context()); n != tt.n || err != nil {
				t.Errorf("%d samples, %v; want %d", n, err, tt.n)
			}
			if _, err := d.Minibatch(t.Context(), tt.n, 0, Random); err != nil {
				t.Error(err)
			}
			if tt.name == "bytes" && i.Black[0] != -1 {
				t.Errorf("black is %v", i.Black)
			}
		})
	}
	t.Run("no zip", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "a.npz")
		if err := os.WriteFile(path, []byte("PK nothing"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := FromNPZ(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("error %v", err)
		}
	})
}

// picture is h×w pixels of one colour.
func picture(h, w int, c color.Color) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, c)
		}
	}
	return img
}

func writePicture(t testing.TB, path string, img image.Image) {
	t.Helper()
	var buf bytes.Buffer
	err := png.Encode(&buf, img)
	if strings.HasSuffix(path, ".jpg") {
		buf.Reset()
		err = jpeg.Encode(&buf, img, nil)
	}
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err == nil {
		err = os.WriteFile(path, buf.Bytes(), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestFromFolder(t *testing.T) {
	root := t.TempDir()
	for i := range 4 {
		writePicture(t, filepath.Join(root, "red", fmt.Sprintf("%d.png", i)), picture(6, 8, color.RGBA{255, 0, 0, 255}))
	}
	writePicture(t, filepath.Join(root, "blue", "a.jpg"), picture(6, 8, color.RGBA{0, 0, 255, 255}))
	writePicture(t, filepath.Join(root, "blue", "deep", "b.png"), picture(6, 8, color.RGBA{0, 0, 255, 255}))
	if err := os.WriteFile(filepath.Join(root, "blue", "readme.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Run("colours", func(t *testing.T) {
		d, err := Open(root)
		if err != nil {
			t.Fatal(err)
		}
		if i := d.Info(); i.C != 3 || i.H != 6 || i.W != 8 || i.Outputs != 2 || i.Train != 6 || !slices.Equal(i.Black, []float32{-1, -1, -1}) {
			t.Errorf("%+v", i)
		}
		b, err := d.Minibatch(t.Context(), 4, 0, Grasp)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(b.Labels, []int{0, 0, 1, 1}) { // blue before red
			t.Fatalf("labels %v", b.Labels)
		}
		for k, label := range b.Labels {
			at := b.Inputs[k*3*48:]
			red, blue := at[0], at[2*48]
			if want := float32(label)*2 - 1; math.Abs(float64(red-want)) > 0.1 || math.Abs(float64(blue+want)) > 0.1 {
				t.Errorf("sample %d of class %d: red %v, blue %v", k, label, red, blue)
			}
		}
	})
	t.Run("scaled and grey", func(t *testing.T) {
		d, err := FromFolder(root, WithShape(1, 3, 5), WithValid(2), WithSplit(Valid))
		if err != nil {
			t.Fatal(err)
		}
		b, err := d.Minibatch(t.Context(), 2, 0, Random)
		if err != nil {
			t.Fatal(err)
		}
		if b.C != 1 || b.H != 3 || b.W != 5 || len(b.Inputs) != 30 || b.Labels[0] != 1 {
			t.Errorf("%+v", b)
		}
		if grey := b.Inputs[7]; math.Abs(float64(grey)-(2*0.299-1)) > 0.02 { // of red
			t.Errorf("grey %v", grey)
		}
	})
	t.Run("parts", func(t *testing.T) {
		root := t.TempDir()
		for _, part := range []string{"train", "val", "test"} {
			for c, n := range map[string]int{"a": 1, "b": 2} {
				for i := range n {
					writePicture(t, filepath.Join(root, part, c, fmt.Sprint(i, ".png")), picture(2, 2, color.Black))
				}
			}
		}
		for _, split := range []Split{Train, Valid, Test} {
			d, err := FromFolder(root, WithSplit(split))
			if err != nil {
				t.Fatal(err)
			}
			if n, err := d.(Samples).Open(t.Context()); n != 3 || err != nil {
				t.Errorf("%s: %d, %v", split, n, err)
			}
		}
	})
	mixed := t.TempDir()
	writePicture(t, filepath.Join(mixed, "a", "1.png"), picture(2, 2, color.Black))
	writePicture(t, filepath.Join(mixed, "b", "2.png"), picture(2, 3, color.Black))
	broken := t.TempDir()
	writePicture(t, filepath.Join(broken, "a", "1.png"), picture(2, 2, color.Black))
	writePicture(t, filepath.Join(broken, "b", "2.png"), picture(2, 2, color.Black))
	file := filepath.Join(broken, "b", "2.png")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data[:len(data)-30], 0o644); err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(empty, "a"), 0o755), os.Mkdir(filepath.Join(empty, "b"), 0o755)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, path string
		opts       []Option
		want       string
	}{
		{"sizes", mixed, nil, filepath.Join("b", "2.png") + ": 2×3 pixels, and " + filepath.Join("a", "1.png") + " has 2×2"},
		{"broken", broken, nil, filepath.Join("b", "2.png")},
		{"no images", empty, nil, "no images"},
		{"no classes", filepath.Join(mixed, "a"), nil, "0 folders of images"},
		{"no test", mixed, []Option{WithSplit(Test)}, "no folders train and test"},
		{"shape", mixed, []Option{WithShape(2, 3, 3)}, "want channels (1 or 3)"},
		{"option", mixed, []Option{WithOutputs(2)}, "there are split, valid, shape"},
		{"missing", filepath.Join(mixed, "c"), nil, "no such file"},
		{"a file", filepath.Join(mixed, "a", "1.png"), nil, "neither a folder of images nor an .npz file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Open(tt.path, tt.opts...)
			if err == nil {
				_, err = d.Minibatch(t.Context(), 2, 0, Random)
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestOpenNames(t *testing.T) {
	if d, err := Open("cifar10", WithOffline()); err != nil || d.Info().Name != "cifar10" {
		t.Errorf("%v, %v", d, err)
	}
	if _, err := Open("cifra10"); err == nil || !strings.Contains(err.Error(), `did you mean "cifar10"`) || !strings.Contains(err.Error(), "the path of a folder") {
		t.Errorf("error %v", err)
	}
}

func FuzzFromNPZ(f *testing.F) {
	dir := f.TempDir()
	seed := filepath.Join(dir, "seed.npz")
	npz(f, seed, map[string]any{"x": ramp(8), "y": []int64{0, 1}}, map[string][]int{"x": {2, 1, 2, 2}, "y": {2}})
	data, err := os.ReadFile(seed)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "a.npz")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		d, err := FromNPZ(path)
		if err != nil {
			return
		}
		if _, err := d.Minibatch(t.Context(), 1, 0, Random); err != nil {
			t.Errorf("a set without a first sample: %v", err)
		}
	})
}
