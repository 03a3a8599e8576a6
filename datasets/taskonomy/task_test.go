package taskonomy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets/formats"
	"github.com/zcnas/zcnas/datasets/internal/diverse"
)

// expectedSample is what the official loaders gave for one sample.
type expectedSample struct {
	Template    string   `json:"template"`
	InputShape  []int    `json:"input_shape"`
	InputSum    float64  `json:"input_sum"`
	InputAbs    float64  `json:"input_abs_sum"`
	LabelShape  []int    `json:"label_shape"`
	LabelSum    float64  `json:"label_sum"`
	LabelAbs    float64  `json:"label_abs_sum"`
	Permutation int      `json:"permutation_index"`
	Offsets     [][2]int `json:"offsets_row_column"`
	Shape       []int    `json:"shape"`
	Sum         float64  `json:"sum"`
}

// near reports a relative difference of at most tolerance.
func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance*max(1, math.Abs(b)) }

func sums(v []float32) (sum, abs float64) {
	for _, x := range v {
		sum += float64(x)
		abs += math.Abs(float64(x))
	}
	return sum, abs
}

// strided takes every k-th row and column of planes [C, H, W].
func strided(v []float32, c, h, w, k int) (out []float32) {
	for i := range c {
		for y := 0; y < h; y += k {
			for x := 0; x < w; x += k {
				out = append(out, v[(i*h+y)*w+x])
			}
		}
	}
	return out
}

// Every task gives what the official loaders gave of the validation split.
func TestTaskMiniatures(t *testing.T) {
	z, raw := taskonomyExpected(t)
	folder := Folder{Root: diverse.Path(t, "taskonomy")}
	names := z.Names()
	for key, list := range raw {
		task, which := key, ""
		for _, mask := range []string{"final5k", "selected"} {
			if name, ok := strings.CutSuffix(key, "_"+mask); ok {
				task, which = name, mask
			}
		}
		t.Run(key, func(t *testing.T) {
			var samples []expectedSample
			b, err := json.Marshal(list)
			if err == nil {
				err = json.Unmarshal(b, &samples)
			}
			if err != nil {
				t.Fatal(err)
			}
			// What the folder lacks is no fault.
			must := func(err error) {
				t.Helper()
				if errors.Is(err, fs.ErrNotExist) {
					t.Skip(err)
				} else if err != nil {
					t.Fatal(err)
				}
			}
			views, err := folder.Views("val")
			must(err)
			var keep []int
			if which != "" {
				keep, err = folder.Mask(task, which)
				must(err)
			}
			var orders [][]int
			if task == "jigsaw" {
				orders, err = folder.Permutations()
				must(err)
			}
			outputs := len(keep)
			if which == "" && len(samples[0].LabelShape) > 0 {
				outputs = samples[0].LabelShape[0]
			}
			k, err := NewTask(task, Side, outputs, orders)
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range samples {
				if i >= len(views) || views[i] != s.Template {
					t.Fatalf("view %d of the validation split is not %s: %v", i, s.Template, views)
				}
				v, err := folder.View(views[i], task, keep)
				must(err)
				input := make([]float32, k.Input.C*k.Input.H*k.Input.W)
				n := 1
				for _, d := range k.TargetShape() {
					n *= d
				}
				labels, targets := make([]int, n), make([]float32, n)
				cut := DrawCut(i, max(1, len(orders)), 1)
				if err := k.Fill(v, cut, input, labels, targets); err != nil {
					t.Fatal(err)
				}
				sum, abs := sums(input)
				if task == "jigsaw" {
					if cut.Order != s.Permutation || labels[0] != s.Permutation || !slices.Equal(cut.Shifts[:], s.Offsets) {
						t.Errorf("sample %d: drawn %v, want permutation %d and offsets %v", i, cut, s.Permutation, s.Offsets)
					}
					if !near(sum, s.Sum, 1e-6) {
						t.Errorf("sample %d: the sum is %v, want %v", i, sum, s.Sum)
					}
					continue
				}
				if !near(sum, s.InputSum, 1e-6) || !near(abs, s.InputAbs, 1e-6) {
					t.Errorf("sample %d: the input's sums are %v and %v, want %v and %v", i, sum, abs, s.InputSum, s.InputAbs)
				}
				if k.Labelled() {
					for j, c := range labels {
						targets[j] = float32(c)
					}
				}
				if sum, abs = sums(targets); !near(sum, s.LabelSum, 1e-6) || !near(abs, s.LabelAbs, 1e-6) {
					t.Errorf("sample %d: the target's sums are %v and %v, want %v and %v", i, sum, abs, s.LabelSum, s.LabelAbs)
				}
				if task != "segmentsemantic" && !slices.Equal(k.TargetShape(), s.LabelShape) {
					t.Errorf("targets of shape %v, want %v", k.TargetShape(), s.LabelShape)
				}
				for _, c := range []struct {
					name string
					got  []float32
				}{
					{"input_stride32", strided(input, 3, Side, Side, 32)},
					{"label", targets},
					{"label_stride32", strided(targets, len(targets)/Side/Side, Side, Side, 32)},
				} {
					name := fmt.Sprintf("%s_%d_%s", key, i, c.name)
					if !slices.Contains(names, name) {
						continue
					}
					want, _, err := formats.ReadNPZ[float32](z, name)
					if err != nil || len(want) != len(c.got) {
						t.Fatalf("%s: %d values, %v; want %d", name, len(c.got), err, len(want))
					}
					for j := range want {
						if !near(float64(c.got[j]), float64(want[j]), 1e-6) {
							t.Fatalf("%s: value %d is %v, want %v", name, j, c.got[j], want[j])
						}
					}
				}
			}
		})
	}
}
