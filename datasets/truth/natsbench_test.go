package truth

import (
	"bytes"
	"compress/bzip2"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zcnas/zcnas/datasets/formats"
	"github.com/zcnas/zcnas/datasets/internal/datatest"
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
			indices, err := n.Indices()
			if err != nil {
				t.Fatal(err)
			}
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
	if _, err := NATSBench(filepath.Join(dir, natsMeta)); err == nil {
		t.Error("a file is accepted as a folder")
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
	for index, want := range map[int]string{1: "unexpected EOF", 2: "bzip2", 3: "holds architecture 11, expected 3"} {
		if _, err := n.Load(index); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load(%d): error %v, want one with %q", index, err, want)
		}
	}
}

// Lists within themselves must not be walked without end.
func TestCyclicPickle(t *testing.T) {
	// {"12": l} with l = [l], as the schedule, and as the key of a curve.
	v, err := formats.Unpickle([]byte("}S'12'\n]q\x00h\x00as."))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := natsRecord(v); err == nil {
		t.Error("a list is accepted as results")
	}
	v, err = formats.Unpickle([]byte("}]q\x00h\x00aK\x01s."))
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
		v, err := formats.Unpickle(data)
		if err != nil {
			return
		}
		if r, err := natsRecord(v); err == nil && r.Index < 0 {
			t.Error("a record without index")
		}
		_, _ = natsArchs(v)
	})
}
