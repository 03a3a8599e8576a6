package taskonomy

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets/formats"
)

// write puts a file into a folder.
func write(t *testing.T, root, name string, data []byte) {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// npy is a .npy file of numbers.
func npy(t *testing.T, v []float64, shape ...int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := formats.WriteNPY(&b, v, shape...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestViews(t *testing.T) {
	const a, b = `"hall/{domain}/point_0_view_0_domain_{domain}.png"`, `"hall/{domain}/point_7_view_2_domain_{domain}.png"`
	both := []string{"hall/{domain}/point_0_view_0_domain_{domain}", "hall/{domain}/point_7_view_2_domain_{domain}"}
	for _, test := range []struct {
		name  string
		files map[string]string
		want  []string
		words string
	}{
		{"official", map[string]string{"final5k/train_filenames_final5k.json": `{"total_size": 80000, "uniote_size": 1, "filename_list": ["hall/image_list_final5k.json"]}`,
			"hall/image_list_final5k.json": "[" + a + "," + b + "]"}, both, ""},
		{"two lists", map[string]string{"final5k/train_filenames_final5k.json": `{"filename_list": ["hall/a.json", "hall/b.json"]}`,
			"hall/a.json": "[" + a + "]", "hall/b.json": "[" + b + "]"}, both, ""},
		{"names of buildings", map[string]string{"train_filenames_final5k.json": `["hall"]`, "final5k/hall.json": "[" + a + "," + b + "]"}, both, ""},
		{"views themselves", map[string]string{"final5K_splits/train_filenames_final5k.json": "[" + a + "," + b + "]"}, both, ""},
		{"no split", nil, nil, "train_filenames_final5k.json in"},
		{"no list", map[string]string{"train_filenames_final5k.json": `["hall"]`}, nil, "no hall.json or"},
		{"no JSON", map[string]string{"train_filenames_final5k.json": `["hall`}, nil, "neither a list of names nor an object"},
		{"empty", map[string]string{"train_filenames_final5k.json": `[]`}, nil, "lists no views"},
		{"outside", map[string]string{"train_filenames_final5k.json": `["../hall.json"]`}, nil, "points outside"},
		{"a view outside", map[string]string{"train_filenames_final5k.json": `["../{domain}/a.png"]`}, nil, "expected building/"},
		{"no template", map[string]string{"train_filenames_final5k.json": `["hall.json"]`, "hall.json": `["hall/rgb/a.png"]`}, nil, "view 0 is"},
		{"numbers for views", map[string]string{"train_filenames_final5k.json": `["hall.json"]`, "hall.json": `[1]`}, nil, "expected a list of views"},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			for name, content := range test.files {
				write(t, root, name, []byte(content))
			}
			got, err := Folder{root}.Views("train")
			if test.words != "" {
				if err == nil || !strings.Contains(err.Error(), test.words) {
					t.Errorf("error %v, want one with %q", err, test.words)
				}
				return
			}
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("%v, %v; want %v", got, err, test.want)
			}
		})
	}
}

// Files under Taskonomy's own names, and the errors of files that are wrong.
func TestView(t *testing.T) {
	const view = "hall/{domain}/point_0_view_0_domain_{domain}"
	rgb := image.NewRGBA(image.Rect(0, 0, 4, 4))
	for i := range 16 {
		rgb.Set(i%4, i/4, color.RGBA{byte(i), 2, 3, 255})
	}
	labels := image.NewGray(image.Rect(0, 0, 4, 4))
	copy(labels.Pix, []byte{0, 1, 2, 17})
	wild := image.NewGray(image.Rect(0, 0, 4, 4))
	wild.Pix[3] = 18
	scene := make([]float64, 365)
	scene[5], scene[7], scene[9] = 0.5, 0.25, 0.1
	info := []byte(`{"camera_location":[0,0,1],"camera_rotation_final":[1.5,0,3],"bounding_box_ranges":{"x":[-2,2],"y":[-3,1],"z":[0,3]}, "point_uuid": "7"}`)
	name := func(domain, file, suffix string) string {
		return fmt.Sprintf("hall/%s/point_0_view_0_domain_%s%s", domain, file, suffix)
	}
	for _, test := range []struct {
		name, task, file string
		data             []byte
		keep             []int
		want             []float32 // of the target, or of the first pixels' classes
		words            string
	}{
		{"scene", "class_scene", name("class_scene", "class_scene", ".npy"), npy(t, scene, 365), []int{5, 7, 8}, []float32{2. / 3, 1. / 3, 0}, ""},
		{"places", "class_scene", name("class_scene", "class_places", ".npy"), npy(t, scene, 365), []int{5, 7}, []float32{2. / 3, 1. / 3}, ""},
		{"folder of places", "class_scene", name("class_places", "class_places", ".npy"), npy(t, scene, 1, 365), []int{5, 7}, []float32{2. / 3, 1. / 3}, ""},
		{"segments", "segmentsemantic", name("segmentsemantic", "segmentsemantic", ".png"), encoded(t, labels), nil, []float32{0, 0, 1, 16}, ""},
		{"folder of segments", "segmentsemantic", name("segment_semantic", "segmentsemantic", ".png"), encoded(t, labels), nil, []float32{0, 0, 1, 16}, ""},
		{"layout", "room_layout", name("room_layout", "room_layout", ".npy"), npy(t, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}, 9), nil, []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}, ""},
		{"no file", "normal", "hall/x", nil, nil, nil, "no hall/normal/point_0_view_0_domain_normal.png in"},
		{"no probability", "class_scene", name("class_scene", "class_scene", ".npy"), npy(t, scene, 365), []int{1, 2}, nil, "none of the 2 selected classes"},
		{"wrong length", "class_scene", name("class_scene", "class_scene", ".npy"), npy(t, scene[:100], 100), []int{5, 7}, nil, "expected [365]"},
		{"negative", "class_scene", name("class_scene", "class_scene", ".npy"), npy(t, append([]float64{-1}, scene[1:]...), 365), []int{0, 7}, nil, "class 0 has the probability -1"},
		{"class out of range", "segmentsemantic", name("segmentsemantic", "segmentsemantic", ".png"), encoded(t, wild), nil, nil, "a pixel of class 18, expected 0…17"},
		{"layout of eight", "room_layout", name("room_layout", "room_layout", ".npy"), npy(t, make([]float64, 8), 8), nil, nil, "expected [9]"},
		{"no point info", "room_layout", name("point_info", "point_info", ".json"), []byte("{}"), nil, nil, "camera_location has 0 numbers"},
		{"truncated", "normal", name("normal", "normal", ".png"), encoded(t, rgb)[:50], nil, nil, "domain_normal.png: truncated or corrupt"},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			write(t, root, name("rgb", "rgb", ".png"), encoded(t, rgb))
			write(t, root, test.file, test.data)
			v, err := Folder{root}.View(view, test.task, test.keep)
			if test.words != "" {
				if err == nil || !strings.Contains(err.Error(), test.words) {
					t.Errorf("error %v, want one with %q", err, test.words)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := v.Target
			if v.Segments != nil {
				for _, c := range v.Segments.Pix[:4] {
					got = append(got, float32(c))
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
	t.Run("point info", func(t *testing.T) {
		root := t.TempDir()
		write(t, root, name("rgb", "rgb", ".png"), encoded(t, rgb))
		write(t, root, name("point_info", "fixatedpose", ".json"), info)
		v, err := Folder{root}.View(view, "room_layout", nil)
		if err != nil || len(v.Target) != 9 {
			t.Errorf("%v, %v", v, err)
		}
	})
}

func TestMaskAndPermutations(t *testing.T) {
	root := t.TempDir()
	folder := Folder{root}
	if _, err := folder.Mask("class_scene", "final5k"); err == nil || !strings.Contains(err.Error(), "TransNASBench") {
		t.Errorf("no mask: error %v", err)
	}
	mask := make([]float64, 365)
	mask[3], mask[364] = 1, 1
	write(t, root, "masks/class_scene_final5k.npy", npy(t, mask, 365))
	keep, err := folder.Mask("class_scene", "final5k")
	if err != nil || !slices.Equal(keep, []int{3, 364}) {
		t.Errorf("mask: %v, %v", keep, err)
	}
	const file = "permutations_hamming_max_1000.npy"
	write(t, root, file, npy(t, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 7, 6, 5, 4, 3, 2, 1, 0}, 2, 9))
	orders, err := folder.Permutations()
	if err != nil || len(orders) != 2 || !slices.Equal(orders[1], []int{8, 7, 6, 5, 4, 3, 2, 1, 0}) {
		t.Errorf("permutations: %v, %v", orders, err)
	}
	write(t, root, file, npy(t, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 7, 6, 5, 4, 3, 2, 1, 1}, 2, 9))
	if _, err := folder.Permutations(); err == nil || !strings.Contains(err.Error(), "row 1 is no permutation") {
		t.Errorf("permutations: error %v", err)
	}
}

func FuzzViews(f *testing.F) {
	f.Add([]byte(`["hall"]`), []byte(`["hall/{domain}/point_0_view_0_domain_{domain}.png"]`))
	f.Add([]byte(`{"filename_list": ["hall.json"]}`), []byte(`[]`))
	f.Fuzz(func(t *testing.T, split, list []byte) {
		root := t.TempDir()
		write(t, root, "val_filenames_final5k.json", split)
		write(t, root, "hall.json", list)
		views, err := Folder{root}.Views("val")
		for _, v := range views {
			if err == nil && !filepath.IsLocal(strings.ReplaceAll(v, "{domain}", "rgb")) {
				t.Errorf("the view %q is outside the folder", v)
			}
		}
	})
}
