package datasets

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zcnas/zcnas/datasets/formats"
	"github.com/zcnas/zcnas/datasets/internal/datatest"
	"github.com/zcnas/zcnas/datasets/internal/diverse"
)

// whole reads all samples of a data set, in order.
func whole(t *testing.T, d Dataset) *Batch {
	t.Helper()
	s, err := samplesOf(d)
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	b := NewBatch(d.Info(), n)
	if err := s.Read(context.Background(), numbers, b); err != nil {
		t.Fatal(err)
	}
	return b
}

func get(t testing.TB, name string, opts ...Option) Dataset {
	t.Helper()
	d, err := Get(name, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// fromMiniatures are the options that read a set from the folder of miniatures alone.
func fromMiniatures(t *testing.T, split Split, opts ...Option) []Option {
	t.Helper()
	dir := diverse.Dir(t)
	datatest.EmptyCache(t)
	return append([]Option{WithDir(dir), WithOffline(), WithSplit(split)}, opts...)
}

func sum[T float32 | uint8](v []T) float64 {
	s := 0.0
	for _, x := range v {
		s += float64(x)
	}
	return s
}

func TestSphericalMiniature(t *testing.T) {
	sphericalMiniature(t)
	var want struct {
		Train, Validation, Test int
		InputShape              []int     `json:"input_shape"`
		LabelsTrain             []int     `json:"labels_train"`
		LabelsValidation        []int     `json:"labels_validation"`
		LabelsTest              []int     `json:"labels_test"`
		SumTrain                []float64 `json:"sum_train"`
		SumValidation           []float64 `json:"sum_validation"`
		SumTest                 []float64 `json:"sum_test"`
		Row                     []float32 `json:"train0_channel1_row30"`
		Mean                    float64   `json:"mean_of_training_file"`
	}
	diverse.JSON(t, &want, "spherical", "s2_cifar100_expected.json")
	total, values := 0.0, 0
	for _, part := range []struct {
		split  Split
		n      int
		labels []int
		sums   []float64
	}{
		{Train, want.Train, want.LabelsTrain, want.SumTrain},
		{Valid, want.Validation, want.LabelsValidation, want.SumValidation},
		{Test, want.Test, want.LabelsTest, want.SumTest},
	} {
		t.Run(string(part.split), func(t *testing.T) {
			d := get(t, "spherical-cifar100", fromMiniatures(t, part.split)...)
			b := whole(t, d)
			if b.N != part.n || !slices.Equal([]int{b.C, b.H, b.W}, want.InputShape) {
				t.Fatalf("%d samples of [%d, %d, %d], want %d of %v", b.N, b.C, b.H, b.W, part.n, want.InputShape)
			}
			if diff := cmp.Diff(part.labels, b.Labels); diff != "" {
				t.Errorf("labels (-want +got):\n%s", diff)
			}
			each := len(b.Inputs) / b.N
			for i, s := range part.sums {
				if got := sum(b.Inputs[i*each : (i+1)*each]); got != s {
					t.Errorf("sum of picture %d is %v, want %v", i, got, s)
				}
			}
			if part.split == Train {
				if got := b.Inputs[(1*b.H+30)*b.W:][:b.W]; !slices.Equal(got, want.Row) {
					t.Errorf("picture 0, channel 1, row 30 is %v, want %v", got, want.Row)
				}
			}
			if part.split != Test {
				total, values = total+sum(b.Inputs), values+len(b.Inputs)
			}
			if opts := d.Info().Options; strings.Contains(opts, "projected") {
				t.Errorf("options %q of published pictures", opts)
			}
		})
	}
	if got := total / float64(values); math.Abs(got-want.Mean) > 1e-9*want.Mean {
		t.Errorf("mean of the training file %v, want %v", got, want.Mean)
	}
}

// sphericalMiniature is the file of the miniatures, under either of the names that it goes by.
func sphericalMiniature(t *testing.T) string {
	t.Helper()
	plain := filepath.Join(diverse.Dir(t), "spherical", "s2_cifar100")
	if _, err := os.Stat(plain); err == nil {
		return plain
	}
	return diverse.Path(t, "spherical", "s2_cifar100.gz")
}

// The file is found under both names, compressed or not, whatever the name says.
func TestSphericalUnpacked(t *testing.T) {
	file := sphericalMiniature(t)
	images, labels, err := readSpherical(file, "train", 100)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	datatest.EmptyCache(t)
	plain := filepath.Join(dir, "s2_cifar100")
	if err := gunzip(file, plain); err != nil {
		t.Fatal(err)
	}
	again, labelsAgain, err := readSpherical(plain, "train", 100)
	if err != nil || !slices.Equal(images, again) || !slices.Equal(labels, labelsAgain) {
		t.Errorf("the unpacked file differs: %v", err)
	}
	if n, err := get(t, "spherical-cifar100", WithDir(dir), WithOffline(), WithSource("published")).(Samples).Open(context.Background()); err != nil || n == 0 {
		t.Errorf("%d samples, %v", n, err)
	}
}

func TestNinaProMiniature(t *testing.T) {
	type part struct {
		Shape  []int `json:"inputs_shape"`
		Labels []int
		Sum    float64
		AbsSum float64   `json:"abs_sum"`
		First  []float64 `json:"sample0_channel0_first8"`
		Last   []float64 `json:"sample0_channel15_last4"`
	}
	var want struct{ Train, Val, Test part }
	diverse.JSON(t, &want, "ninapro", "loader_expected.json")
	var joined []int
	for _, c := range []struct {
		split Split
		want  part
		file  string
	}{{Train, want.Train, "ninapro_train.npy"}, {Valid, want.Val, "ninapro_val.npy"}, {Test, want.Test, "ninapro_test.npy"}} {
		t.Run(string(c.split), func(t *testing.T) {
			diverse.Path(t, "ninapro", c.file)
			b := whole(t, get(t, "ninapro", fromMiniatures(t, c.split)...))
			if got := []int{b.N, b.C, b.H, b.W}; !slices.Equal(got, c.want.Shape) {
				t.Fatalf("shape %v, want %v", got, c.want.Shape)
			}
			if diff := cmp.Diff(c.want.Labels, b.Labels); diff != "" {
				t.Errorf("labels (-want +got):\n%s", diff)
			}
			abs := 0.0
			for _, v := range b.Inputs {
				abs += math.Abs(float64(v))
			}
			if got := sum(b.Inputs); math.Abs(got-c.want.Sum) > 1e-5*c.want.AbsSum || math.Abs(abs-c.want.AbsSum) > 1e-5*c.want.AbsSum {
				t.Errorf("sums %v and %v, want %v and %v", got, abs, c.want.Sum, c.want.AbsSum)
			}
			near := func(what string, got []float32, want []float64) {
				for i, w := range want {
					if math.Abs(float64(got[i])-w) > 1e-5*max(1, math.Abs(w)) {
						t.Errorf("%s: value %d is %v, want %v", what, i, got[i], w)
					}
				}
			}
			near("electrode 0", b.Inputs, c.want.First)
			end := b.C * b.H * b.W
			near("electrode 15", b.Inputs[end-len(c.want.Last):end], c.want.Last)
			if c.split != Test {
				joined = append(joined, b.Labels...)
			}
		})
	}
	t.Run("joined", func(t *testing.T) {
		diverse.Path(t, "ninapro", "ninapro_train.npy")
		diverse.Path(t, "ninapro", "ninapro_val.npy")
		if b := whole(t, get(t, "ninapro", fromMiniatures(t, Train, WithJoined())...)); !slices.Equal(b.Labels, joined) {
			t.Errorf("labels %v, want %v", b.Labels, joined)
		}
	})
}

func TestDarcyMiniature(t *testing.T) {
	diverse.Path(t, "darcy", "piececonst_r421_N1024_smooth1.mat")
	var want struct {
		Sizes      []int
		XSum       float64     `json:"x_train_sum"`
		XAbsSum    float64     `json:"x_train_abs_sum"`
		YAbsSum    float64     `json:"y_train_abs_sum"`
		CornerGrid [][]float32 `json:"corner_grid"`
	}
	diverse.JSON(t, &want, "darcy", "loader_expected.json")
	z, err := formats.OpenNPZ(diverse.Path(t, "darcy", "loader_expected.npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	array := func(name string) []float32 {
		t.Helper()
		v, _, err := formats.ReadNPZ[float32](z, name)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	near := func(what string, got, want []float32, tol float64) {
		t.Helper()
		if len(got) != len(want) {
			t.Errorf("%s: %d values, want %d", what, len(got), len(want))
			return
		}
		for i, v := range got {
			if !(math.Abs(float64(v)-float64(want[i])) <= tol) {
				t.Errorf("%s: value %d is %v, want %v", what, i, v, want[i])
				return
			}
		}
	}
	sizes := With("sizes", strings.Trim(strings.Join(strings.Fields(fmt.Sprint(want.Sizes)), ","), "[]"))
	train := whole(t, get(t, "darcy", fromMiniatures(t, Train, sizes)...))
	near("x_train", train.Inputs, array("x_train"), 1e-5)
	near("y_train", train.Targets, array("y_train"), 1e-5)
	cells := train.H * train.W
	for i, corner := range []int{train.W - 1, cells - train.W} {
		if got := []float32{train.Inputs[cells+corner], train.Inputs[2*cells+corner]}; !slices.Equal(got, want.CornerGrid[i]) {
			t.Errorf("coordinates of a corner are %v, want %v", got, want.CornerGrid[i])
		}
	}
	for _, c := range []struct {
		split Split
		name  string
		file  string
	}{{Valid, "validation", DarcyTrainFile}, {Test, "test", DarcyTestFile}} {
		t.Run(c.name, func(t *testing.T) {
			diverse.Path(t, "darcy", c.file)
			d := get(t, "darcy", fromMiniatures(t, c.split, sizes)...)
			b := whole(t, d)
			var coeff []float32
			for i := range b.N {
				coeff = append(coeff, b.Inputs[3*i*cells:(3*i+1)*cells]...)
			}
			near("x_"+c.name, coeff, array("x_"+c.name), 1e-5)
			near("y_"+c.name, b.Targets, array("y_"+c.name+"_raw"), 0)
			scale, ok, err := TargetScale(context.Background(), d)
			if err != nil || !ok {
				t.Fatalf("no scale of the targets: %v", err)
			}
			near("y_mean", scale.Mean, array("y_mean"), 1e-6)
			near("y_std", scale.Std, array("y_std"), 1e-6)
		})
	}
	if opts := get(t, "darcy", fromMiniatures(t, Train)...).Info(); strings.Contains(opts.Options, "generated") || opts.Train+opts.Valid == 0 {
		t.Errorf("%+v of published files", opts)
	}
}

// Sets that need no file, alone and through their epochs.
func TestGeneratedSets(t *testing.T) {
	for _, c := range []struct {
		name    string
		opts    []Option
		perEach int // classes, 0 for none
	}{
		{"synthetic-emg", nil, 18},
		{"synthetic-emg", []Option{WithFilter("time")}, 18},
		{"spherical-synthetic", nil, 10},
		{"spherical-synthetic", []Option{WithProjection("fixed")}, 10},
		{"darcy", []Option{WithResolution(17, 1), With("sizes", "12,4,6")}, 0},
		{"darcy", []Option{WithSource("generated"), WithResolution(41, 5), With("sizes", "12,4,6")}, 0},
	} {
		t.Run(strings.TrimSpace(c.name+" "+optionText(c.opts)), func(t *testing.T) {
			t.Setenv("ZC_DATA", t.TempDir())
			datatest.EmptyCache(t)
			seen := map[string]Split{}
			for _, split := range []Split{Train, Valid, Test} {
				opts := append(slices.Clone(c.opts), WithSplit(split), WithOffline())
				d, err := First(get(t, c.name, opts...), 4)
				if err != nil {
					t.Fatal(err)
				}
				i := d.Info()
				b, again := whole(t, d), whole(t, get2(t, c.name, opts))
				if !slices.Equal(b.Inputs, again.Inputs) || !slices.Equal(b.Labels, again.Labels) || !slices.Equal(b.Targets, again.Targets) {
					t.Errorf("%s: two data sets of the same options differ", split)
				}
				each := len(b.Inputs) / b.N
				for k := range b.N {
					key := fmt.Sprint(b.Inputs[k*each : (k+1)*each])
					if other, twice := seen[key]; twice {
						t.Errorf("a sample is in %s and %s", other, split)
					}
					seen[key] = split
				}
				for k, v := range b.Inputs {
					if v-v != 0 {
						t.Fatalf("input %d is %v", k, v)
					}
				}
				if c.perEach == 0 {
					if len(b.Labels) != 0 || len(b.Targets) != b.N*product(i.TargetShape) || !b.Task("").Dense {
						t.Errorf("%s: %d labels, %d targets", split, len(b.Labels), len(b.Targets))
					}
				} else if i.Outputs != c.perEach {
					t.Errorf("%d classes, want %d", i.Outputs, c.perEach)
				}
				loader := Loader{Data: d, Batch: 3, Seed: 1}
				n := 0
				for b, err := range loader.Epoch(context.Background(), 0) {
					if err != nil {
						t.Fatal(err)
					}
					n += b.N
				}
				if n != 4 {
					t.Errorf("%s: an epoch of %d samples, want 4", split, n)
				}
			}
		})
	}
}

func optionText(opts []Option) string {
	var list []string
	for _, o := range opts {
		list = append(list, fmt.Sprintf("%s=%v", o.name, o.value))
	}
	return strings.Join(list, " ")
}

func get2(t *testing.T, name string, opts []Option) Dataset {
	t.Helper()
	d, err := First(get(t, name, opts...), 4)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Classes come out as the documentation says, and the sampling Grasp finds all of them.
func TestSyntheticEMGGrasp(t *testing.T) {
	b, err := get(t, "synthetic-emg").Minibatch(context.Background(), 36, 0, Grasp)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range b.Labels {
		if c != i/2 {
			t.Fatalf("labels %v, want two of each class in order", b.Labels)
		}
	}
}

// What is said where files are missing, damaged or of another set.
func TestDiverseErrors(t *testing.T) {
	dir := t.TempDir()
	datatest.EmptyCache(t)
	write := func(name string, values any, shape ...int) {
		t.Helper()
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		switch v := values.(type) {
		case []float32:
			err = formats.WriteNPY(f, v, shape...)
		case []int64:
			err = formats.WriteNPY(f, v, shape...)
		case string:
			_, err = f.WriteString(v)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	window := make([]float32, 52*16)
	bad := slices.Clone(window)
	bad[3] = float32(math.Inf(1))
	for _, c := range []struct {
		name, set string
		files     map[string]func(name string)
		opts      []Option
		offline   bool
		want      string
	}{
		{name: "no files", set: "ninapro", offline: true, want: "no ninapro_train.npy in"},
		{name: "no labels", set: "ninapro", offline: true, want: "no label_train.npy in",
			files: map[string]func(string){"ninapro_train.npy": func(n string) { write(n, window, 1, 52, 16) }}},
		{name: "shape", set: "ninapro", want: "of shape [1 16 52], expected [samples, 52, 16]",
			files: map[string]func(string){"ninapro_train.npy": func(n string) { write(n, window, 1, 16, 52) }, "label_train.npy": func(n string) { write(n, []int64{1}, 1) }}},
		{name: "class", set: "ninapro", want: "label 0 is 18, expected 0 to 17",
			files: map[string]func(string){"ninapro_train.npy": func(n string) { write(n, window, 1, 52, 16) }, "label_train.npy": func(n string) { write(n, []int64{18}, 1) }}},
		{name: "counts", set: "ninapro", want: "holds 2 labels",
			files: map[string]func(string){"ninapro_train.npy": func(n string) { write(n, window, 1, 52, 16) }, "label_train.npy": func(n string) { write(n, []int64{1, 2}, 2) }}},
		{name: "infinite", set: "ninapro", want: "sample 0 holds the value +Inf",
			files: map[string]func(string){"ninapro_train.npy": func(n string) { write(n, bad, 1, 52, 16) }, "label_train.npy": func(n string) { write(n, []int64{1}, 1) }}},
		{name: "other file", set: "ninapro", want: "no .npy file",
			files: map[string]func(string){"ninapro_train.npy": func(n string) { write(n, "text") }, "label_train.npy": func(n string) { write(n, "text") }}},
		{name: "nothing left", set: "ninapro", opts: []Option{WithJoined(), WithSplit(Valid)}, want: "no samples are left to validate"},
		{name: "published", set: "darcy", opts: []Option{WithSource("published")}, offline: true, want: "zc data make darcy"},
		{name: "resolution", set: "darcy", opts: []Option{WithResolution(3, 1)}, want: "a resolution of 3"},
		{name: "damaged", set: "darcy", want: "no MATLAB file",
			files: map[string]func(string){"piececonst_r421_N1024_smooth1.mat": func(n string) { write(n, "text") }}},
		{name: "published pictures", set: "spherical-cifar100", opts: []Option{WithSource("published")}, offline: true, want: "no s2_cifar100.gz in"},
		{name: "no pictures", set: "spherical-cifar100", offline: true, want: "spherical-synthetic"},
		{name: "damaged pictures", set: "spherical-cifar100", want: "s2_cifar100.gz",
			files: map[string]func(string){"s2_cifar100.gz": func(n string) { write(n, "\x1f\x8bdamaged") }}},
		{name: "foreign class", set: "spherical-cifar100", want: "system",
			files: map[string]func(string){"s2_cifar100": func(n string) { write(n, "cposix\nsystem\n(S'true'\ntR.") }}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, make := range c.files {
				make(name)
				defer os.Remove(filepath.Join(dir, name))
			}
			d, err := Get(c.set, append([]Option{WithDir(dir), WithOffline()}, c.opts...)...)
			if err == nil {
				_, err = d.Minibatch(context.Background(), 1, 0, Random)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if errors.Is(err, ErrOffline) != c.offline {
				t.Errorf("error %v: offline is %v, want %v", err, !c.offline, c.offline)
			}
		})
	}
}

// gunzip unpacks a file, and copies one that is not packed.
func gunzip(from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = f
	if z, err := gzip.NewReader(f); err == nil {
		r = z
	} else if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o644)
}

func FuzzSpherical(f *testing.F) {
	pixels := strings.Repeat("x", 3*60*60)
	f.Add([]byte("}(U\x05train}(U\x06imagesU\x02aaU\x06labels]K\x01auu."))
	f.Add([]byte("\x80\x02}U\x05trainX\x04\x00\x00\x00" + pixels[:4] + "s."))
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		images, labels, err := parseSpherical(bytes.NewReader(b), int64(len(b)), "train", 100)
		if err == nil && len(images) != len(labels)*sphericalPixels {
			t.Errorf("%d bytes of %d images", len(images), len(labels))
		}
	})
}

// Pictures are written as the data set gives them, and in one go or several alike.
func TestMakeSpherical(t *testing.T) {
	dir, cifar := t.TempDir(), t.TempDir()
	datatest.EmptyCache(t)
	records := func(n int) []byte {
		b := make([]byte, n*(1+cifarPixels))
		for i := range b {
			b[i] = byte(i * i >> 3)
		}
		for i := range n {
			b[i*(1+cifarPixels)] = byte(i % 10)
		}
		return b
	}
	datatest.WriteFiles(t, filepath.Join(cifar, "cifar-10-batches-bin"), map[string][]byte{"data_batch_1.bin": records(7), "test_batch.bin": records(3)})
	opts := []Option{WithDir(cifar), WithOffline()}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	err := MakeSpherical(ctx, dir, "cifar10", "2021", 3, func(done, total int) {
		if total != 10 {
			t.Errorf("%d pictures, want 10", total)
		}
		if done == 4 {
			cancel()
		}
	}, opts...)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	first := 0
	if err := MakeSpherical(context.Background(), dir, "cifar10", "2021", 3, func(done, _ int) {
		if first == 0 {
			first = done
		}
	}, opts...); err != nil {
		t.Fatal(err)
	}
	if first != 5 {
		t.Errorf("goes on with picture %d, want 5", first)
	}
	for _, split := range []Split{Train, Test} {
		set := []Option{WithSplit(split), With("rotation_seed", 3)}
		if split == Train {
			set = append(set, WithJoined())
		}
		b := whole(t, get(t, "spherical-cifar10", append(set, opts...)...))
		images, shape, err := formats.ReadNPY[float32](filepath.Join(dir, "s2_cifar10_"+string(split)+"_images.npy"))
		if err != nil || !slices.Equal(images, b.Inputs) || !slices.Equal(shape, []int{b.N, 3, 60, 60}) {
			t.Errorf("%s: pictures of shape %v differ, %v", split, shape, err)
		}
		labels, _, err := formats.ReadNPY[int64](filepath.Join(dir, "s2_cifar10_"+string(split)+"_labels.npy"))
		if err != nil || fmt.Sprint(labels) != fmt.Sprint(b.Labels) {
			t.Errorf("%s: labels %v, want %v, %v", split, labels, b.Labels, err)
		}
	}
	if err := MakeSpherical(context.Background(), dir, "teacher", "2021", 0, nil); err == nil || !strings.Contains(err.Error(), "teacher has no pictures") {
		t.Errorf("error %v", err)
	}
	if err := MakeSpherical(context.Background(), dir, "cifar10", "2022", 0, nil); err == nil || !strings.Contains(err.Error(), "2022") {
		t.Errorf("error %v", err)
	}
}
