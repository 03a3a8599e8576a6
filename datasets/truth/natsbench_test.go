package truth

import (
	"archive/tar"
	"bytes"
	"compress/bzip2"
	"context"
	"errors"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zcnas/zcnas/datasets/formats"
	"github.com/zcnas/zcnas/datasets/internal/datatest"
	"github.com/zcnas/zcnas/spaces"
)

const (
	natsTSS = "nats-bench/NATS-tss-v1_0-3ffb9-simple"
	natsSSS = "nats-bench/NATS-sss-v1_0-50262-simple"
)

func TestNATSBench(t *testing.T) {
	tests := []struct {
		dir       string
		archs     int
		arch      string // of index 11
		schedule  string
		runs      int
		params    float64
		flops     float64
		testError float64 // of cifar10, ori-test, last epoch, mean over seeds
		seeds     int
	}{
		{natsTSS, 15625, "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|none~0|nor_conv_3x3~1|avg_pool_3x3~2|", "200", 12, 0.802426, 113.95137, (91.2 + 91.79 + 91.76) / 3, 3},
		{natsSSS, 32768, "8:8:8:16:32", "90", 4, math.NaN(), 6.84065, math.NaN(), 1},
	}
	for _, tt := range tests {
		t.Run(tt.dir, func(t *testing.T) {
			root := datatest.Shared(t, tt.dir)
			n, err := NATSBench(filepath.Join(root, tt.dir))
			if err != nil {
				t.Fatal(err)
			}
			indices := n.Indices()
			if len(indices) < 3 || indices[0] != 0 || indices[1] != 11 {
				t.Errorf("indices %v", indices)
			}
			archs, err := n.Archs()
			if err != nil {
				t.Fatal(err)
			}
			if len(archs) != tt.archs || archs[11] != tt.arch {
				t.Errorf("%d architectures, number 11 is %q", len(archs), archs[11])
			}
			for _, i := range indices[:3] {
				r, err := n.Load(i)
				if err != nil {
					t.Fatal(err)
				}
				if r.Index != i || r.Arch != archs[i] {
					t.Errorf("record %d holds %d, %q, and the meta file says %q", i, r.Index, r.Arch, archs[i])
				}
				for _, run := range r.Runs {
					if len(run.TrainAccuracy) != run.Epochs || len(run.EvalAccuracy) == 0 {
						t.Errorf("%d, %s, %s, %d: %d epochs, curves of %d", i, run.Schedule, run.DataSet, run.Seed, run.Epochs, len(run.TrainAccuracy))
					}
					for set, curve := range run.EvalAccuracy {
						if last := curve[run.Epochs-1]; !(last >= 0 && last <= 100) {
							t.Errorf("%d, %s, %s, %d: last accuracy on %s is %v", i, run.Schedule, run.DataSet, run.Seed, set, last)
						}
					}
				}
			}
			r, err := n.Load(11)
			if err != nil {
				t.Fatal(err)
			}
			runs := 0
			for _, run := range r.Runs {
				if run.Schedule != tt.schedule {
					continue
				}
				runs++
				if run.DataSet == "cifar10" && (run.FLOPs != tt.flops || run.Params != tt.params && !math.IsNaN(tt.params)) {
					t.Errorf("params %v, flops %v", run.Params, run.FLOPs)
				}
			}
			if runs != tt.runs {
				t.Errorf("%d runs of schedule %s, want %d", runs, tt.schedule, tt.runs)
			}
			mean, seeds := r.Accuracy(tt.schedule, "cifar10", "ori-test", -1)
			if seeds != tt.seeds || math.Abs(mean-tt.testError) > 1e-6 {
				t.Errorf("test accuracy %v over %d seeds, want %v over %d", mean, seeds, tt.testError, tt.seeds)
			}
			if _, ok := r.Run(tt.schedule, "cifar10", 777); !ok {
				t.Error("no run of seed 777")
			}
			if _, ok := r.Run(tt.schedule, "cifar10", 1); ok {
				t.Error("a run of seed 1")
			}
			if a, k := r.Accuracy(tt.schedule, "cifar10", "train", 0); k != tt.seeds || !(a > 10) {
				t.Errorf("training accuracy of the first epoch %v over %d seeds", a, k)
			}
			if a, k := r.Accuracy(tt.schedule, "cifar10", "ori-test", 1000); k != 0 || !math.IsNaN(a) {
				t.Errorf("accuracy of epoch 1000: %v over %d seeds", a, k)
			}
		})
	}
}

// The first and the last values of a curve, read independently with Python's pickle.
func TestNATSCurve(t *testing.T) {
	root := datatest.Shared(t, natsTSS)
	n, err := NATSBench(filepath.Join(root, natsTSS))
	if err != nil {
		t.Fatal(err)
	}
	r, err := n.Load(11)
	if err != nil {
		t.Fatal(err)
	}
	run, ok := r.Run("12", "cifar100", 111)
	if !ok {
		t.Fatal("no run")
	}
	want := []float64{4.319999998092651, 5.599999998092652, 9.819999989318848}
	if diff := cmp.Diff(want, run.EvalAccuracy["x-valid"][:3]); diff != "" {
		t.Errorf("x-valid mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{4.648, 7.546, 10.178}, run.TrainAccuracy[:3]); diff != "" {
		t.Errorf("training accuracy mismatch (-want +got):\n%s", diff)
	}
	// The 200-epoch runs keep x-valid of CIFAR-100 for the last epoch only.
	run, ok = r.Run("200", "cifar100", 999)
	if !ok {
		t.Fatal("no run")
	}
	if curve := run.EvalAccuracy["x-valid"]; !math.IsNaN(curve[0]) || math.IsNaN(curve[199]) {
		t.Errorf("x-valid starts with %v and ends with %v", curve[0], curve[199])
	}
}

func TestNATSBenchErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := NATSBench(filepath.Join(dir, "x")); err == nil {
		t.Error("a folder that is not there is accepted")
	}
	if _, err := NATSBench(dir); err == nil || !strings.Contains(err.Error(), natsMeta) {
		t.Errorf("an empty folder: %v", err)
	}
	datatest.WriteFiles(t, dir, map[string][]byte{"000003" + natsSuffix: []byte("no bzip2"), natsMeta: nil})
	if _, err := NATSBench(filepath.Join(dir, "000003"+natsSuffix)); err == nil || !strings.Contains(err.Error(), "no .tar archive") {
		t.Errorf("a file that is no archive: %v", err)
	}
	n, err := NATSBench(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Archs(); err == nil || !strings.Contains(err.Error(), natsMeta+" (0 bytes) is truncated") {
		t.Errorf("an empty meta file: %v", err)
	}
	for index, want := range map[int]string{3: "000003.pickle.pbz2 (8 bytes) is truncated", 4: "000004.pickle.pbz2: no such file", -1: "is not in 0"} {
		if _, err := n.Load(index); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load(%d): error %v, want one with %q", index, err, want)
		}
	}
}

// A real file that is cut, or is under another number, is an error.
func TestNATSBenchCorruptFiles(t *testing.T) {
	root := datatest.Shared(t, natsTSS)
	data, err := os.ReadFile(filepath.Join(root, natsTSS, "000011"+natsSuffix))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(data)
	flipped[len(flipped)/2] ^= 0x10
	dir := t.TempDir()
	datatest.WriteFiles(t, dir, map[string][]byte{"000001" + natsSuffix: data[:len(data)/2], "000002" + natsSuffix: flipped, "000003" + natsSuffix: data})
	n, err := NATSBench(dir)
	if err != nil {
		t.Fatal(err)
	}
	for index, want := range map[int]string{1: "truncated pickle", 2: "truncated, corrupt", 3: "holds architecture 11, expected 3"} {
		if _, err := n.Load(index); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load(%d): error %v, want one with %q", index, err, want)
		}
	}
}

// Files of a few bytes that ask for gigabytes are refused before they have them; testdata/hostile/make.py made them.
func TestNATSBenchHostile(t *testing.T) {
	for _, name := range []string{"dicts", "marks", "digits", "runs"} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", "hostile", name+".bz2"))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			datatest.WriteFiles(t, dir, map[string][]byte{"000000" + natsSuffix: data})
			n, err := NATSBench(dir)
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err = n.Load(0)
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Error("it is accepted")
			} else if len(err.Error()) > 400 {
				t.Errorf("a message of %d bytes", len(err.Error()))
			}
			if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > 64 {
				t.Errorf("%d MB were allocated for %d bytes", got, len(data))
			}
		})
	}
}

// tarOf is an archive of the files, each in the folder top.
func tarOf(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := w.WriteHeader(&tar.Header{Name: "NATS-simple/" + name, Mode: 0o644, Size: int64(len(files[name]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The archive and its folder hold the same.
func TestNATSBenchTar(t *testing.T) {
	for _, dir := range []string{natsTSS, natsSSS} {
		t.Run(dir, func(t *testing.T) {
			folder := filepath.Join(datatest.Shared(t, dir), dir)
			files := map[string][]byte{"README": []byte("not a record")}
			list, err := os.ReadDir(folder)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range list {
				if files[f.Name()], err = os.ReadFile(filepath.Join(folder, f.Name())); err != nil {
					t.Fatal(err)
				}
			}
			root := t.TempDir()
			archive := filepath.Join(root, "NATS.tar")
			datatest.WriteFiles(t, root, map[string][]byte{"NATS.tar": tarOf(t, files)})
			want, err := NATSBench(folder)
			if err != nil {
				t.Fatal(err)
			}
			got, err := NATSBench(archive)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want.Indices(), got.Indices()); d != "" {
				t.Fatalf("indices: mismatch (-folder +archive):\n%s", d)
			}
			for _, i := range want.Indices() {
				a, err := want.Load(i)
				if err != nil {
					t.Fatal(err)
				}
				b, err := got.Load(i)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(a, b, cmpopts.EquateNaNs()); d != "" {
					t.Errorf("record %d: mismatch (-folder +archive):\n%s", i, d)
				}
			}
			if _, err := got.Load(5); err == nil || !strings.Contains(err.Error(), "no such file in the archive") {
				t.Errorf("a missing record: error %v", err)
			}
			if archs, err := got.Archs(); err != nil || len(archs) < 15625 {
				t.Errorf("%d architectures, %v", len(archs), err)
			}
		})
	}
}

func TestNATSBenchTarErrors(t *testing.T) {
	files := map[string][]byte{"000001" + natsSuffix: make([]byte, 2000), "000002" + natsSuffix: make([]byte, 2000)}
	whole := tarOf(t, files)
	twice := bytes.Clone(whole)
	copy(twice[2560:], whole[:2560]) // the second entry becomes the first once more
	for _, test := range []struct {
		name, words string
		data        []byte
	}{
		{"text", "no .tar archive", []byte(strings.Repeat("no archive ", 100))},
		{"empty", "holds neither", nil},
		{"cut in a header", "truncated or corrupt", whole[:2700]},
		{"cut in a record", "truncated", whole[:3500]},
		{"a record twice", "holds 000001.pickle.pbz2 twice", twice},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			datatest.WriteFiles(t, dir, map[string][]byte{"x.tar": test.data})
			_, err := NATSBench(filepath.Join(dir, "x.tar"))
			if err == nil || !strings.Contains(err.Error(), test.words) {
				t.Errorf("error %v, want one with %q", err, test.words)
			}
		})
	}
}

// What tables give as validation and test accuracy, after 12 and 200 epochs, is what the runs hold.
func TestNATSAccuracies(t *testing.T) {
	root := datatest.Shared(t, natsTSS)
	n, err := NATSBench(filepath.Join(root, natsTSS))
	if err != nil {
		t.Fatal(err)
	}
	records := map[int]*NATSRecord{}
	for _, i := range n.Indices() {
		if records[i], err = n.Load(i); err != nil {
			t.Fatal(err)
		}
	}
	for _, schedule := range []string{"12", "200"} {
		for _, task := range []string{"cifar10", "cifar100", "ImageNet16-120"} {
			for _, part := range []string{"validation", "test"} {
				t.Run(schedule+" "+task+" "+part, func(t *testing.T) {
					q, err := NATSMetric(task, part, schedule)
					if err != nil {
						t.Fatal(err)
					}
					calls := atomic.Int64{}
					got, err := n.Accuracies(t.Context(), q, func(done, total int) { calls.Add(1) })
					if err != nil {
						t.Fatal(err)
					}
					if len(got) != len(n.Indices()) || int(calls.Load()) != len(got) {
						t.Errorf("%d accuracies of %d files, %d calls", len(got), len(n.Indices()), calls.Load())
					}
					for i, r := range records {
						sum, seeds := 0.0, 0.0
						for _, run := range r.Runs {
							if run.Schedule == schedule && run.DataSet == q.DataSet {
								if curve := run.EvalAccuracy[q.Set]; len(curve) > 0 && !math.IsNaN(curve[len(curve)-1]) {
									sum, seeds = sum+curve[len(curve)-1], seeds+1
								}
							}
						}
						if want := sum / seeds; math.Abs(got[r.Arch]-want) > 1e-12 || !(want > 0.5 && want < 100) {
							t.Errorf("architecture %d: %v, want %v", i, got[r.Arch], want)
						}
					}
				})
			}
		}
	}
	truth, err := n.Truth(t.Context(), spaces.TSS(), "cifar100", "test", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	q, err := NATSMetric("cifar100", "test", "200")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		want, _ := r.Accuracy(q.Schedule, q.DataSet, q.Set, Last)
		if v, ok := truth.Value(spaces.Arch(r.Arch)); !ok || v != want {
			t.Errorf("%s: %v, %v; want %v", r.Arch, v, ok, want)
		}
	}
	if _, err := n.Truth(t.Context(), spaces.SSS(), "cifar100", "test", "200", nil); err == nil || !strings.Contains(err.Error(), "not of nats-sss") {
		t.Errorf("records of another space: error %v", err)
	}
	if _, err := n.Accuracies(t.Context(), NATSQuery{Schedule: "90", DataSet: "cifar10", Set: "ori-test", Epoch: Last}, nil); err == nil || !strings.Contains(err.Error(), "no run of schedule") {
		t.Errorf("a schedule that there is not: error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := n.Accuracies(ctx, NATSQuery{Schedule: "12", DataSet: "cifar10", Set: "ori-test", Epoch: Last}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled call: error %v", err)
	}
}

// Lists within themselves must not be walked without end.
func TestCyclicPickle(t *testing.T) {
	// {"12": l} with l = [l], as the schedule, and as the key of a curve.
	v, err := formats.ReadPickle(strings.NewReader("}S'12'\n]q\x00h\x00as."), 100)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := natsRecord(v); err == nil {
		t.Error("a list is accepted as results")
	}
	v, err = formats.ReadPickle(strings.NewReader("}]q\x00h\x00aK\x01s."), 100)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := natsCurves(v, 3); err == nil {
		t.Error("a list is accepted as an epoch")
	}
	if _, err := natsCurve(v, 3); err == nil {
		t.Error("a list is accepted as an epoch")
	}
}

func FuzzNATSRecord(f *testing.F) {
	f.Add([]byte("}S'12'\n]q\x00h\x00as."))
	f.Add([]byte("\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00K\x01K\x02."))
	f.Add([]byte("ccollections\nOrderedDict\n)RS'a'\nK\x01s."))
	f.Add([]byte("cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nS'f8'\nK\x00K\x01\x87R(K\x03S'<'\nNtbC\x0812345678\x86R."))
	if data, err := os.ReadFile(filepath.Join("../../../shared/data", natsTSS, "000000"+natsSuffix)); err == nil {
		if raw, err := io.ReadAll(bzip2.NewReader(bytes.NewReader(data))); err == nil {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := formats.ReadPickle(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		if r, err := natsRecord(v); err == nil && r.Index < 0 {
			t.Error("a record without index")
		}
		_, _ = natsArchs(v)
	})
}
