package datasets

import (
	"errors"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets/internal/datatest"
)

// cifarRecords makes n records whose labels count up and whose pixels are all the record's number.
func cifarRecords(f cifarFormat, n int) []byte {
	var data []byte
	for i := range n {
		for _, most := range f.maxima[:f.labelBytes] {
			data = append(data, byte(i%most))
		}
		data = append(data, slices.Repeat([]byte{byte(i)}, cifarPixels)...)
	}
	return data
}

func TestCIFARMinibatch(t *testing.T) {
	coarse := []Option{WithCoarseLabels()}
	tests := []struct {
		name    string
		format  cifarFormat
		opts    []Option
		n       int
		how     Sampling
		classes int
	}{
		{"cifar10", cifar10Format, nil, 7, Random, 10},
		{"cifar10", cifar10Format, nil, 200, Random, 10},
		{"cifar10", cifar10Format, nil, 10, Grasp, 10},
		{"cifar10", cifar10Format, nil, 64, Grasp, 10},
		{"cifar10", cifar10Format, []Option{WithSplit(Test)}, 20, Grasp, 10},
		{"cifar100", cifar100Format, nil, 130, Grasp, 100},
		{"cifar100", cifar100Format, coarse, 130, Grasp, 20},
		{"cifar100", cifar100Format, coarse, 130, Random, 20},
	}
	root := t.TempDir()
	t.Setenv("ZC_DATA", root)
	datatest.EmptyCache(t)
	// A partial set: two files out of order of number, so that record numbers cross from one to the next.
	datatest.WriteFiles(t, filepath.Join(root, cifar10Format.folder), map[string][]byte{
		"data_batch_2.bin": cifarRecords(cifar10Format, 80),
		"data_batch_4.bin": cifarRecords(cifar10Format, 120),
		"test_batch.bin":   cifarRecords(cifar10Format, 20),
	})
	datatest.WriteFiles(t, filepath.Join(root, cifar100Format.folder), map[string][]byte{
		"train.bin": cifarRecords(cifar100Format, 200),
	})
	for _, tt := range tests {
		d, err := Get(tt.name, append(tt.opts, WithOffline())...)
		if err != nil {
			t.Fatal(err)
		}
		if tt.name == "cifar10" {
			if i := d.Info(); i.Train != 200 || i.Test != 20 {
				t.Errorf("a partial set counts %d and %d, want 200 and 20", i.Train, i.Test)
			}
		}
		b, err := d.Minibatch(t.Context(), tt.n, 3, tt.how)
		if err != nil {
			t.Fatalf("%s, %d, %s: %v", tt.name, tt.n, tt.how, err)
		}
		if b.N != tt.n || len(b.Labels) != tt.n || len(b.Inputs) != tt.n*3*32*32 || b.Outputs != tt.classes {
			t.Fatalf("%s, %d, %s: N %d, %d labels, %d inputs, %d outputs", tt.name, tt.n, tt.how, b.N, len(b.Labels), len(b.Inputs), b.Outputs)
		}
		count := make([]int, tt.classes)
		for i, label := range b.Labels {
			count[label]++
			for c := range 3 {
				x := float64(b.Inputs[(i*3+c)*1024])
				pixel := x*tt.format.std[c] + tt.format.mean[c]
				record := int(math.Round(pixel))
				if math.Abs(pixel-float64(record)) > 1e-3 || record%tt.classes != label {
					t.Fatalf("%s: sample %d, channel %d: pixel %v does not belong to label %d", tt.name, i, c, pixel, label)
				}
			}
		}
		if tt.how == Grasp {
			k := tt.n / tt.classes
			if !slices.IsSorted(b.Labels) || slices.Min(count) < k || slices.Max(count) > k+1 {
				t.Errorf("%s, %d: counts per class %v", tt.name, tt.n, count)
			}
		}
		again, err := d.Minibatch(t.Context(), tt.n, 3, tt.how)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(b, again) {
			t.Errorf("%s: the same seed gives another batch", tt.name)
		}
		other, err := d.Minibatch(t.Context(), tt.n, 4, tt.how)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Equal(b.Inputs, other.Inputs) {
			t.Errorf("%s: another seed gives the same batch", tt.name)
		}
	}
}

func TestRandomHasNoRepeats(t *testing.T) {
	root := t.TempDir()
	datatest.EmptyCache(t)
	datatest.WriteFiles(t, filepath.Join(root, cifar10Format.folder), map[string][]byte{"data_batch_1.bin": cifarRecords(cifar10Format, 100)})
	d, err := Get("cifar10", WithDir(root), WithOffline())
	if err != nil {
		t.Fatal(err)
	}
	b, err := d.Minibatch(t.Context(), 100, 0, Random)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[float32]bool{}
	for i := range 100 {
		seen[b.Inputs[i*cifarPixels]] = true
	}
	if len(seen) != 100 {
		t.Errorf("a batch of the whole set has %d different images of 100", len(seen))
	}
}

func TestCIFARBadFiles(t *testing.T) {
	good := cifarRecords(cifar10Format, 20)
	badLabel := slices.Clone(good)
	badLabel[3073*7] = 10
	badCoarse := cifarRecords(cifar100Format, 100)
	badCoarse[0] = 20
	tests := []struct {
		name, data, folder string
		files              map[string][]byte
		n                  int
		how                Sampling
		want               []string
	}{
		{"truncated", "cifar10", cifar10Format.folder, map[string][]byte{"data_batch_1.bin": good[:5000]}, 2, Random,
			[]string{"data_batch_1.bin", "5000 bytes", "3073", "30730000"}},
		{"truncated 100", "cifar100", cifar100Format.folder, map[string][]byte{"train.bin": good}, 2, Random,
			[]string{"train.bin", "61460 bytes", "3074", "153700000"}},
		{"empty", "cifar10", cifar10Format.folder, map[string][]byte{"data_batch_1.bin": nil}, 2, Random, []string{"0 bytes"}},
		{"label", "cifar10", cifar10Format.folder, map[string][]byte{"data_batch_1.bin": badLabel}, 20, Random,
			[]string{"data_batch_1.bin", "record 7", "label byte 0 is 10"}},
		{"label in grasp", "cifar10", cifar10Format.folder, map[string][]byte{"data_batch_1.bin": badLabel}, 10, Grasp,
			[]string{"record 7", "label byte 0 is 10"}},
		{"coarse label", "cifar100", cifar100Format.folder, map[string][]byte{"train.bin": badCoarse}, 100, Random,
			[]string{"record 0", "label byte 0 is 20"}},
		{"no files", "cifar10", cifar10Format.folder, map[string][]byte{"readme.html": good}, 2, Random, []string{"none of the train files"}},
		{"too few", "cifar10", cifar10Format.folder, map[string][]byte{"data_batch_1.bin": good}, 21, Random, []string{"a minibatch of 21", "there are 20 samples"}},
		{"too few of a class", "cifar10", cifar10Format.folder, map[string][]byte{"data_batch_1.bin": good}, 30, Grasp, []string{"needs 3 samples of class 0", "there are 2"}},
		{"fewer than classes", "cifar10", cifar10Format.folder, map[string][]byte{"data_batch_1.bin": good}, 9, Grasp, []string{"10 classes", "has 9"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			t.Setenv("ZC_DATA", root)
			datatest.EmptyCache(t)
			datatest.WriteFiles(t, filepath.Join(root, tt.folder), tt.files)
			d, err := Get(tt.data, WithOffline())
			if err != nil {
				t.Fatal(err)
			}
			_, err = d.Minibatch(t.Context(), tt.n, 0, tt.how)
			if err == nil {
				t.Fatal("no error")
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not say %q", err, w)
				}
			}
		})
	}
}

func TestCIFAROffline(t *testing.T) {
	root := t.TempDir()
	t.Setenv("ZC_DATA", root)
	datatest.EmptyCache(t)
	d, err := Get("cifar10", WithOffline())
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Minibatch(t.Context(), 8, 0, Random)
	if !errors.Is(err, ErrOffline) {
		t.Fatalf("error %v, want one that wraps ErrOffline", err)
	}
	for _, w := range []string{cifar10Format.archive.URL, filepath.Join(root, cifar10Format.archive.Path), cifar10Format.archive.SHA256} {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

func TestCIFARSample(t *testing.T) {
	datatest.Shared(t, "cifar-10-batches-bin")
	d, err := Get("cifar10", WithOffline())
	if err != nil {
		t.Fatal(err)
	}
	if i := d.Info(); i.Train < 2000 || i.Test < 500 {
		t.Errorf("the set has %d and %d images, want at least 2000 and 500", i.Train, i.Test)
	}
	b, err := d.Minibatch(t.Context(), 1000, 0, Grasp)
	if err != nil {
		t.Fatal(err)
	}
	// Real images, normalised with the statistics of the whole set, have mean near 0 and deviation near 1.
	for c := range 3 {
		sum, square := 0.0, 0.0
		for i := range b.N {
			for _, x := range b.Inputs[(i*3+c)*1024 : (i*3+c+1)*1024] {
				sum += float64(x)
				square += float64(x) * float64(x)
			}
		}
		n := float64(b.N * 1024)
		mean := sum / n
		if deviation := math.Sqrt(square/n - mean*mean); math.Abs(mean) > 0.1 || math.Abs(deviation-1) > 0.1 {
			t.Errorf("channel %d: mean %.3f, deviation %.3f", c, mean, deviation)
		}
	}
}

func FuzzCIFARRecord(f *testing.F) {
	f.Add(cifarRecords(cifar10Format, 1), false)
	f.Add(cifarRecords(cifar100Format, 1), true)
	f.Add([]byte{9}, false)
	f.Fuzz(func(t *testing.T, record []byte, hundred bool) {
		d := &cifar{cifarFormat: cifar10Format, label: 0, classes: 10}
		if hundred {
			d = &cifar{cifarFormat: cifar100Format, label: 1, classes: 100}
		}
		label, err := d.decode(record, make([]float32, cifarPixels), normaliser(d.mean, d.std))
		if err == nil && (label < 0 || label >= d.classes) {
			t.Errorf("label %d", label)
		}
	})
}
