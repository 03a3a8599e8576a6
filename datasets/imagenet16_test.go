package datasets

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets/formats"
	"github.com/zcnas/zcnas/datasets/internal/datatest"
	"github.com/zcnas/zcnas/datasets/internal/diverse"
)

// readAll reads all samples of a data set in the order of its files.
func readAll(t *testing.T, d Dataset) *Batch {
	t.Helper()
	n, err := d.(Samples).Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for b, err := range (&Loader{Data: d, Batch: n, InOrder: true}).Epoch(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	t.Fatal("no batch")
	return nil
}

// Pickles of several versions of Python and of NumPy, as the official loader reads them.
func TestImageNet16Miniatures(t *testing.T) {
	var raw map[string]any
	diverse.JSON(t, &raw, "imagenet16", "expected.json")
	z, err := formats.OpenNPZ(diverse.Path(t, "imagenet16", "expected.npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	part := regexp.MustCompile(`^(train|val)_(\d+|all)$`)
	run := 0
	for key, value := range raw {
		name := part.FindStringSubmatch(key)
		if name == nil {
			continue
		}
		run++
		t.Run(key, func(t *testing.T) {
			want := value.(map[string]any)
			opts := []Option{WithDir(diverse.Dir(t)), WithOffline()}
			if name[1] == "val" {
				opts = append(opts, WithSplit(Test))
			}
			classes := 1000
			if name[2] != "all" {
				if classes, err = strconv.Atoi(name[2]); err != nil {
					t.Fatal(err)
				}
			}
			d, err := ImageNet16(append(opts, With("classes", classes))...)
			if err != nil {
				t.Fatal(err)
			}
			b := readAll(t, d)
			if float64(b.N) != want["n"] {
				t.Fatalf("%d pictures, want %v", b.N, want["n"])
			}
			each := len(b.Inputs) / b.N
			for i, c := range want["labels"].([]any) {
				if float64(b.Labels[i]) != c {
					t.Errorf("label %d is %d, want %v", i, b.Labels[i], c)
				}
			}
			for i, s := range want["sums"].([]any) {
				sum := 0.0
				for _, v := range b.Inputs[i*each : (i+1)*each] {
					sum += float64(v)
				}
				if w := s.(float64); math.Abs(sum-w) > 1e-6*max(1, math.Abs(w)) {
					t.Errorf("the sum of picture %d is %v, want %v", i, sum, w)
				}
			}
			for _, array := range z.Names() {
				number, ok := strings.CutPrefix(array, key+"_")
				i, err := strconv.Atoi(number)
				if !ok || err != nil {
					continue
				}
				picture, _, err := formats.ReadNPZ[float32](z, array)
				if err != nil || len(picture) != each {
					t.Fatalf("%s: %d values, %v; want %d", array, len(picture), err, each)
				}
				for j, w := range picture {
					if got := b.Inputs[i*each+j]; math.Abs(float64(got-w)) > 1e-6*max(1, math.Abs(float64(w))) {
						t.Fatalf("%s: value %d is %v, want %v", array, j, got, w)
					}
				}
			}
		})
	}
	if run == 0 {
		t.Skip("no train_… or val_… in imagenet16/expected.json")
	}
}

// batch is a pickle of protocol 0 with n pictures of zeros and the labels.
func imageNetBatch(labels ...int) string {
	text := "(dS'labels'\n(l"
	for _, c := range labels {
		text += fmt.Sprintf("I%d\na", c)
	}
	return text + fmt.Sprintf("sS'data'\ncnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I%d\nI768\ntcnumpy\ndtype\n(S'u1'\nI0\nI1\ntR(I3\nS'|'\nNNNI-1\nI-1\nI0\ntbI00\nS'%s'\ntbs.",
		len(labels), strings.Repeat(`\x00`, 768*len(labels)))
}

func TestImageNet16(t *testing.T) {
	for _, test := range []struct {
		name   string
		files  map[string]string
		split  Split
		labels []int // expected
		words  string
	}{
		{"training", map[string]string{"train_data_batch_1": imageNetBatch(120, 121, 1), "train_data_batch_10": imageNetBatch(7), "train_data_batch_2": imageNetBatch(9)}, Train, []int{119, 0, 8, 6}, ""},
		{"test", map[string]string{"val_data": imageNetBatch(1000, 3)}, Test, []int{2}, ""},
		{"no batch of the part", map[string]string{"val_data": imageNetBatch(3)}, Train, nil, "holds none of [train_data_batch_1 "},
		{"label 0", map[string]string{"val_data": imageNetBatch(3, 0)}, Test, nil, "val_data: label 1 is 0, expected 1…1000"},
		{"label 1001", map[string]string{"val_data": imageNetBatch(1001)}, Test, nil, "label 0 is 1001"},
		{"truncated", map[string]string{"val_data": imageNetBatch(3)[:300]}, Test, nil, "truncated pickle"},
		{"a foreign class", map[string]string{"val_data": "cos\nsystem\n(S'echo'\ntR."}, Test, nil, `the class "os.system"`},
		{"no labels", map[string]string{"val_data": "(dS'data'\nI1\ns."}, Test, nil, "data: expected an array"},
		{"fewer labels", map[string]string{"val_data": strings.Replace(imageNetBatch(3, 4), "I4\na", "", 1)}, Test, nil, "data has the shape [2 768], expected [1, 768] for the 1 labels"},
	} {
		t.Run(test.name, func(t *testing.T) {
			datatest.EmptyCache(t)
			root := t.TempDir()
			files := map[string][]byte{}
			for name, content := range test.files {
				files[name] = []byte(content)
			}
			datatest.WriteFiles(t, filepath.Join(root, "ImageNet16"), files)
			d, err := ImageNet16(WithDir(root), WithOffline(), WithSplit(test.split))
			if err != nil {
				t.Fatal(err)
			}
			if test.words != "" {
				if _, err := d.Minibatch(t.Context(), 1, 0, Random); err == nil || !strings.Contains(err.Error(), test.words) {
					t.Errorf("error %v, want one with %q", err, test.words)
				}
				return
			}
			if b := readAll(t, d); !slices.Equal(b.Labels, test.labels) {
				t.Errorf("labels %v, want %v", b.Labels, test.labels)
			}
		})
	}
	t.Run("not the published file", func(t *testing.T) {
		datatest.EmptyCache(t)
		root := t.TempDir()
		datatest.WriteFiles(t, filepath.Join(root, "ImageNet16"), map[string][]byte{"val_data": []byte(imageNetBatch(3))})
		d, err := ImageNet16(WithDir(root), WithSplit(Test), WithCheck())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Minibatch(t.Context(), 1, 0, Random); err == nil || !strings.Contains(err.Error(), "and the published file "+imageNet16MD5["val_data"]) {
			t.Errorf("error %v, want one with the published checksum", err)
		}
	})
	t.Run("not here", func(t *testing.T) {
		datatest.EmptyCache(t)
		d, err := ImageNet16(WithDir(t.TempDir()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Minibatch(t.Context(), 1, 0, Random); err == nil || !strings.Contains(err.Error(), "AutoDL-Projects") {
			t.Errorf("error %v, want one that says where it is", err)
		}
	})
}

func FuzzImageNet16(f *testing.F) {
	f.Add([]byte(imageNetBatch(1, 500)))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := formats.ReadPickle(strings.NewReader(string(data)), int64(len(data)))
		if err != nil {
			return
		}
		all := &images{size: imageNet16Pixels}
		if err := all.addImageNet16(v, 120); err == nil && len(all.pix) != len(all.labels)*all.size {
			t.Errorf("%d bytes for %d labels", len(all.pix), len(all.labels))
		}
	})
}
