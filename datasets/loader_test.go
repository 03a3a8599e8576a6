package datasets

import (
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets/internal/datatest"
)

// Order, augmentation, images and labels are those of the reference cases of training, which PyTorch computed: the
// first labels, the start of the first epoch's order, and the 2-norm of its first minibatch.
func TestEpochReference(t *testing.T) {
	tests := []struct {
		name    string
		seed    uint64
		side    int
		classes int
		samples int
		batch   int
		augment Augment
		labels  []int
		order   []int
		norm    float64
	}{
		{"plain", 1, 16, 10, 96, 48, Augment{}, []int{5, 7, 3, 5, 3, 1, 5, 3}, []int{92, 2, 80, 16, 18, 17, 90, 51}, 195.0470964},
		{"crop and flip", 2, 16, 10, 120, 32, Augment{Crop: 4, Flip: 0.5}, []int{7, 1, 7, 1, 2, 5, 2, 3}, []int{100, 7, 47, 24, 54, 39, 115, 107}, 136.2212017},
		{"crop of 2", 3, 16, 10, 130, 48, Augment{Crop: 2, Flip: 0.5}, []int{3, 4, 6, 3, 4, 5, 3, 7}, []int{35, 16, 81, 23, 98, 37, 29, 122}, 172.4564501},
		{"cutout", 5, 16, 10, 100, 32, Augment{Crop: 4, Flip: 0.5, Cutout: 8}, []int{9, 2, 7, 6, 1, 1, 7, 7}, []int{62, 11, 56, 25, 30, 82, 43, 59}, 121.3592389},
		{"fill", 6, 16, 100, 100, 32, Augment{Crop: 4, Flip: 0.5, Cutout: 8, Fill: []float32{-1.5, 0.5, 2}}, []int{83, 71, 9, 58, 19, 24, 73, 37}, []int{6, 18, 70, 46, 39, 79, 49, 43}, 161.8738631},
		{"32×32", 10, 32, 100, 256, 64, Augment{Crop: 4, Flip: 0.5}, []int{42, 26, 19, 84, 19, 57, 52, 64}, []int{94, 180, 132, 3, 133, 117, 255, 166}, 421.7419029},
		{"large cutout", 11, 32, 10, 40, 16, Augment{Crop: 4, Flip: 0.5, Cutout: 16}, []int{5, 6, 9, 6, 7, 5, 9, 4}, []int{39, 22, 14, 36, 1, 13, 32, 7}, 181.6714883},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Get("teacher", WithShape(3, tt.side, tt.side), WithOutputs(tt.classes), WithSamples(tt.samples, 60), WithTeacherSeed(tt.seed))
			if err != nil {
				t.Fatal(err)
			}
			labels, err := d.(Samples).Labels(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := labels[:8]; !slices.Equal(got, tt.labels) {
				t.Errorf("labels %v, want %v", got, tt.labels)
			}
			l := Loader{Data: d, Batch: tt.batch, Seed: tt.seed, Augment: tt.augment}
			if got := l.order(0, tt.samples)[:8]; !slices.Equal(got, tt.order) {
				t.Errorf("order %v, want %v", got, tt.order)
			}
			steps, seen := 0, 0
			for b, err := range l.Epoch(t.Context(), 0) {
				if err != nil {
					t.Fatal(err)
				}
				if steps == 0 {
					if got := norm(b.Inputs); math.Abs(got/tt.norm-1) > 1e-6 {
						t.Errorf("the first minibatch has norm %.7f, want %.7f", got, tt.norm)
					}
					if got := b.Labels[0]; got != labels[tt.order[0]] {
						t.Errorf("the first label is %d, want %d", got, labels[tt.order[0]])
					}
				}
				steps++
				seen += b.N
			}
			if steps != l.Steps(tt.samples) || seen != tt.samples {
				t.Errorf("%d samples in %d steps, want %d in %d", seen, steps, tt.samples, l.Steps(tt.samples))
			}
		})
	}
}

func norm(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}

func TestEpochOrders(t *testing.T) {
	d, err := Get("teacher", WithSamples(50, 10))
	if err != nil {
		t.Fatal(err)
	}
	order := func(l Loader, epoch int) []int { return l.order(epoch, 50) }
	plain := Loader{Data: d, Batch: 8}
	sorted := slices.Sorted(slices.Values(order(plain, 3)))
	for i, v := range sorted {
		if v != i {
			t.Fatalf("epoch 3 holds %v", sorted)
		}
	}
	if slices.Equal(order(plain, 0), order(plain, 1)) || slices.Equal(order(plain, 0), order(Loader{Seed: 1}, 0)) {
		t.Error("another epoch or seed has the same order")
	}
	if fixed := (Loader{FixedOrder: true}); !slices.Equal(order(fixed, 1), order(plain, 0)) {
		t.Error("FixedOrder is not the order of epoch 0")
	}
	if !slices.IsSorted(order(Loader{InOrder: true}, 1)) {
		t.Error("InOrder is not in order")
	}
}

func TestLoaderErrors(t *testing.T) {
	reference, err := Reference(3, 8, 8, 10)
	if err != nil {
		t.Fatal(err)
	}
	teacher, err := Get("teacher")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		loader Loader
		want   string
	}{
		{"no data", Loader{Batch: 3}, "without Data"},
		{"no numbers", Loader{Data: reference, Batch: 3}, "no numbered samples"},
		{"batch", Loader{Data: teacher}, "at least 1"},
		{"crop", Loader{Data: teacher, Batch: 3, Augment: Augment{Crop: -1}}, "crop"},
		{"flip", Loader{Data: teacher, Batch: 3, Augment: Augment{Flip: math.NaN()}}, "flip"},
		{"cutout", Loader{Data: teacher, Batch: 3, Augment: Augment{Cutout: -2}}, "cutout"},
		{"fill", Loader{Data: teacher, Batch: 3, Augment: Augment{Flip: 1, Fill: []float32{1}}}, "fill of 1 channels"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := 0
			for b, err := range tt.loader.Epoch(t.Context(), 0) {
				n++
				if b != nil || err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("batch %v, error %v, want one with %q", b, err, tt.want)
				}
			}
			if n != 1 {
				t.Errorf("%d yields", n)
			}
		})
	}
}

// Training, validation and test parts of CIFAR have no record in common, and the validation part is the last of the
// training files.
func TestSplits(t *testing.T) {
	root := t.TempDir()
	datatest.EmptyCache(t)
	datatest.WriteFiles(t, filepath.Join(root, cifar10Format.folder), map[string][]byte{
		"data_batch_1.bin": cifarRecords(cifar10Format, 60), "data_batch_3.bin": cifarRecords(cifar10Format, 40),
		"test_batch.bin": cifarRecords(cifar10Format, 30),
	})
	for _, tt := range []struct {
		split Split
		valid int
		n     int
		first float64 // pixel of the first record
		want  string
	}{
		{Train, 0, 100, 0, ""},
		{Train, 30, 70, 0, ""},
		{Valid, 30, 30, 10, ""}, // the eleventh of data_batch_3.bin
		{Test, 30, 30, 0, ""},
		{Valid, 0, 0, 0, "WithValid"},
		{Train, 100, 0, 0, "give fewer"},
	} {
		d, err := Get("cifar10", WithDir(root), WithOffline(), WithSplit(tt.split), WithValid(tt.valid))
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for b, err := range (&Loader{Data: d, Batch: 16, InOrder: true}).Epoch(t.Context(), 0) {
			if err != nil {
				if tt.want == "" || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s of %d: error %v, want %q", tt.split, tt.valid, err, tt.want)
				}
				break
			}
			if pixel := float64(b.Inputs[0])*cifar10Format.std[0] + cifar10Format.mean[0]; seen == 0 && math.Abs(pixel-tt.first) > 1e-3 {
				t.Errorf("%s of %d begins with record %v, want %v", tt.split, tt.valid, pixel, tt.first)
			}
			seen += b.N
		}
		if seen != tt.n {
			t.Errorf("%s of %d has %d samples, want %d", tt.split, tt.valid, seen, tt.n)
		}
	}
	d, err := Get("cifar10", WithDir(root), WithOffline())
	if err != nil {
		t.Fatal(err)
	}
	few, err := First(d, 20)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := few.(Samples).Open(t.Context()); n != 20 || err != nil {
		t.Errorf("%d samples, %v", n, err)
	}
	if labels, err := few.(Samples).Labels(t.Context()); len(labels) != 20 || err != nil {
		t.Errorf("%d labels, %v", len(labels), err)
	}
	if got := few.Info().FullName(); got != "cifar10 first=20" {
		t.Errorf("named %q", got)
	}
}

// An epoch of CIFAR-10 in batches keeps one batch in memory, not the set.
func TestEpochMemory(t *testing.T) {
	root := t.TempDir()
	datatest.EmptyCache(t)
	datatest.WriteFiles(t, filepath.Join(root, cifar10Format.folder), map[string][]byte{"data_batch_1.bin": cifarRecords(cifar10Format, 3000)})
	d, err := Get("cifar10", WithDir(root), WithOffline())
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, err := range (&Loader{Data: d, Batch: 64, Augment: Augment{Crop: 4, Flip: 0.5}}).Epoch(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	whole, allocated := 3000*cifarPixels*4, after.TotalAlloc-before.TotalAlloc
	if allocated > uint64(whole)/8 {
		t.Errorf("an epoch allocates %d bytes in all, of a set of %d", allocated, whole)
	}
}
