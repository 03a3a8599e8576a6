package truth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zcnas/zcnas/datasets/formats"
	"github.com/zcnas/zcnas/datasets/internal/diverse"
	"github.com/zcnas/zcnas/spaces"
)

// transExpected is what the benchmark's own interface gave for the miniatures.
type transExpected struct {
	Length     int                                         `json:"length"`
	Spaces     []string                                    `json:"search_spaces"`
	Tasks      []string                                    `json:"task_list"`
	Infos      []string                                    `json:"info_names"`
	Metrics    map[string][]string                         `json:"metrics_dict"`
	Archs      []string                                    `json:"archs"`
	Results    map[string]map[string]map[string][]pyNumber `json:"results"` // final, best, its epoch, epoch 0, epoch 5
	BestStatus map[string]map[string]map[string]pyNumber   `json:"best_status"`
	Final      map[string]map[string]map[string]pyNumber   `json:"final_status"`
	BestArchs  map[string]map[string][][2]json.RawMessage  `json:"best_archs"`
	Info       map[string]map[string]map[string]pyNumber   `json:"model_info"`
}

// pyNumber is a number as Python's json writes it, NaN and infinities included (quoted by readTransExpected).
type pyNumber float64

func (n *pyNumber) UnmarshalJSON(b []byte) error {
	var v float64
	err := json.Unmarshal(b, &v)
	switch string(b) {
	case `"NaN"`, "null":
		v, err = math.NaN(), nil
	case `"Infinity"`:
		v, err = math.Inf(1), nil
	case `"-Infinity"`:
		v, err = math.Inf(-1), nil
	}
	*n = pyNumber(v)
	return err
}

func readTransExpected(t *testing.T) *transExpected {
	t.Helper()
	data, err := os.ReadFile(diverse.Path(t, "transnas", "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"NaN", "-Infinity", "Infinity"} {
		for _, before := range []string{":", ",", "[", " "} {
			data = bytes.ReplaceAll(data, []byte(before+word), []byte(before+`"`+word+`"`))
		}
	}
	want := &transExpected{}
	if err := json.Unmarshal(data, want); err != nil {
		t.Fatal(err)
	}
	return want
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// Both containers give what the benchmark's own interface gave.
func TestTransNASMiniatures(t *testing.T) {
	want := readTransExpected(t)
	files, err := filepath.Glob(filepath.Join(diverse.Dir(t), "transnas", "*.pth"))
	if err != nil || len(files) == 0 {
		t.Skip("no transnas/*.pth")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			b, err := OpenTransNAS(file)
			if err != nil {
				t.Fatal(err)
			}
			checkTransNAS(t, b, want)
		})
	}
}

func checkTransNAS(t *testing.T, b *TransNAS, want *transExpected) {
	t.Helper()
	var archs []string
	for _, s := range b.Spaces() {
		archs = append(archs, b.Archs(s)...)
	}
	metrics := map[string][]string{}
	for _, task := range b.Tasks() {
		metrics[task] = b.Metrics(task)
	}
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"length", len(archs), want.Length}, {"archs", archs, want.Archs}, {"search_spaces", b.Spaces(), want.Spaces},
		{"task_list", b.Tasks(), want.Tasks}, {"info_names", b.Infos(), want.Infos}, {"metrics_dict", metrics, want.Metrics},
	} {
		if d := cmp.Diff(c.want, c.got); d != "" {
			t.Errorf("%s: mismatch (-want +got):\n%s", c.name, d)
		}
	}
	wrong := 0
	check := func(got float64, err error, want pyNumber, format string, args ...any) {
		if err != nil || !same(got, float64(want)) {
			if wrong++; wrong < 20 {
				t.Errorf("%s: %v, %v; want %v", fmt.Sprintf(format, args...), got, err, want)
			}
		}
	}
	run := func(arch, task string) *TransNASRun {
		r, err := b.Run(arch, task)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for arch, tasks := range want.Results {
		for task, values := range tasks {
			r := run(arch, task)
			for metric, w := range values {
				v, err := r.At(metric, Last)
				check(v, err, w[0], "%s %s final %s", arch, task, metric)
				v, epoch, err := r.Best(metric)
				check(v, err, w[1], "%s %s best %s", arch, task, metric)
				check(float64(epoch), err, w[2], "%s %s epoch of the best %s", arch, task, metric)
				for i, epoch := range []int{0, 5} {
					if len(w) > 3+i && epoch < r.TotalEpochs {
						v, err := r.At(metric, epoch)
						check(v, err, w[3+i], "%s %s %s at epoch %d", arch, task, metric, epoch)
					}
				}
			}
		}
	}
	for arch, tasks := range want.Info {
		for task, values := range tasks {
			r := run(arch, task)
			for name, w := range values {
				v, ok := r.Info[name]
				if name == "total_epochs" {
					v, ok = float64(r.TotalEpochs), true
				}
				if !ok {
					t.Errorf("%s %s: no %s", arch, task, name)
				}
				check(v, nil, w, "%s %s %s", arch, task, name)
			}
		}
	}
	// A whole epoch: the best by the metric of the task, and the last.
	for _, status := range []struct {
		name string
		want map[string]map[string]map[string]pyNumber
		at   func(r *TransNASRun, task string) int
	}{
		{"best", want.BestStatus, func(r *TransNASRun, task string) int {
			_, epoch, err := r.Best(b.SelectionMetric(task))
			if err != nil {
				t.Fatal(err)
			}
			return epoch
		}},
		{"final", want.Final, func(r *TransNASRun, _ string) int { return r.TotalEpochs - 1 }},
	} {
		for arch, tasks := range status.want {
			for task, values := range tasks {
				r := run(arch, task)
				epoch := status.at(r, task)
				for name, w := range values {
					v, err := float64(epoch), error(nil)
					if name != "epoch" {
						v, err = r.At(name, epoch)
					}
					check(v, err, w, "%s status of %s %s: %s", status.name, arch, task, name)
				}
			}
		}
	}
	for task, spaces := range want.BestArchs {
		for space, list := range spaces {
			var names []string
			for _, pair := range list {
				var name string
				if err := json.Unmarshal(pair[1], &name); err != nil {
					t.Fatal(err)
				}
				names = append(names, name)
			}
			got, err := b.BestArchs(space, task, b.SelectionMetric(task), len(names))
			if err != nil || !slices.Equal(got, names) {
				t.Errorf("best architectures of %s on %s: %v, %v; want %v", space, task, got, err, names)
			}
		}
	}
}

// dict makes what a pickle's dict is read as.
func dict(entries ...any) *formats.Dict {
	d := &formats.Dict{}
	for i := 0; i < len(entries); i += 2 {
		d.Entries = append(d.Entries, formats.Entry{Key: entries[i], Value: entries[i+1]})
	}
	return d
}

func list(items ...any) *formats.List { return &formats.List{Items: items} }

// transObject is a benchmark of two architectures with a task of four epochs, whose arguments can be spoilt.
func transObject(epochs any, losses, tops, data any) *formats.Dict {
	run := func(tops any) any {
		return dict("total_epochs", epochs, "model_info", dict("model_params", 12), "metrics", dict("valid_top1", tops, "valid_loss", losses))
	}
	if data == nil {
		data = dict("macro", dict("64-1234-basic", dict("class_scene", run(tops)), "64-4111-basic", dict("class_scene", run(list(1.0, 2.0, 3.0, 4.0)))))
	}
	return dict("metrics_dict", dict("class_scene", list("valid_top1", "valid_loss")), "info_names", list("model_params"),
		"task_list", list("class_scene"), "data", data)
}

func TestTransNASValues(t *testing.T) {
	nan := math.NaN()
	for _, test := range []struct {
		name  string
		curve *formats.List
		best  float64
		epoch int
	}{
		{"the greatest", list(1.0, 5.0, 3.0, 4.0), 5, 1},
		{"the first of equal ones", list(1.0, 5.0, 5.0, 4.0), 5, 1},
		{"whole numbers", list(1, 2, 3, 2), 3, 2},
		{"NaN at first", list(nan, 5.0, 3.0, 4.0), nan, 0},
		{"NaN later", list(1.0, nan, 3.0, 2.0), 3, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			b, err := newTransNAS(transObject(4, list(0.1, 0.2, 0.3, 0.4), test.curve, nil))
			if err != nil {
				t.Fatal(err)
			}
			r, err := b.Run("64-1234-basic", "class_scene")
			if err != nil {
				t.Fatal(err)
			}
			v, epoch, err := r.Best("valid_top1")
			if err != nil || !same(v, test.best) || epoch != test.epoch {
				t.Errorf("best %v at %d, %v; want %v at %d", v, epoch, err, test.best, test.epoch)
			}
		})
	}
}

func TestTransNASErrors(t *testing.T) {
	good := list(0.1, 0.2, 0.3, 0.4)
	one := dict("class_scene", dict("total_epochs", 4, "model_info", dict("model_params", 12), "metrics", dict("valid_top1", good, "valid_loss", good)))
	for _, test := range []struct {
		name  string
		v     any
		words string
	}{
		{"no dict", 5, "expected a dict, found an integer"},
		{"empty", dict(), "task_list: expected a list, found None"},
		{"epochs", transObject("4", good, good, nil), "total_epochs"},
		{"short curve", transObject(4, list(0.1), good, nil), `metric "valid_loss": 1 values for 4 epochs`},
		{"text in a curve", transObject(4, list("a", "b", "c", "d"), good, nil), "element 0 of a list is a string"},
		{"no curve", transObject(4, nil, good, nil), "expected an array or a list of numbers, found None"},
		{"no architectures", transObject(4, good, good, dict()), "no architectures"},
		{"no dict of architectures", transObject(4, good, good, dict("macro", good)), "found a list"},
		{"an architecture twice", transObject(4, good, good, dict("macro", dict("a", one, "a", one))), "appears twice"},
		{"a missing task", transObject(4, good, good, dict("macro", dict("a", dict()))), `no task "class_scene"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := newTransNAS(test.v); err == nil || !strings.Contains(err.Error(), test.words) {
				t.Errorf("error %v, want one with %q", err, test.words)
			}
		})
	}
	t.Run("no file", func(t *testing.T) {
		if _, err := OpenTransNAS("nowhere.pth"); err == nil || !strings.Contains(err.Error(), "nowhere.pth") {
			t.Errorf("error %v, want one with the file's name", err)
		}
	})
}

// A pickle that names one long list many times must not become many lists.
func TestTransNASShared(t *testing.T) {
	long := make([]any, 1000)
	for i := range long {
		long[i] = float64(i)
	}
	shared := &formats.List{Items: long}
	if _, err := newTransNAS(transObject(1000, shared, shared, nil)); err == nil {
		t.Fatal("the second architecture has 4 of 1000 epochs")
	}
	one := dict("class_scene", dict("total_epochs", 1000, "model_info", dict("model_params", 12), "metrics", dict("valid_top1", shared, "valid_loss", shared)))
	archs := dict()
	for i := range 1000 {
		archs.Entries = append(archs.Entries, formats.Entry{Key: fmt.Sprint(i), Value: one})
	}
	b, err := newTransNAS(transObject(1000, shared, shared, dict("macro", archs)))
	if err != nil {
		t.Fatal(err)
	}
	r0, _ := b.Run("0", "class_scene")
	r999, _ := b.Run("999", "class_scene")
	if r0 != r999 {
		t.Error("one run has become two")
	}
}

func FuzzTransNAS(f *testing.F) {
	if data, err := os.ReadFile("../../../shared/data/diverse/transnas/transnas-bench_v10141024_legacy.pth"); err == nil {
		f.Add(data[:len(data)/8])
	}
	f.Add([]byte("}S'task_list'\n](S'a'\neS'info_names'\n]sS'metrics_dict'\n}S'a'\n]sss."))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := formats.ReadPickle(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		if b, err := newTransNAS(v); err == nil && len(b.Spaces()) == 0 {
			t.Error("a benchmark without spaces")
		}
	})
}

// Ground truth of a space: higher is better in all of it.
func TestTransNASTruth(t *testing.T) {
	b, err := newTransNAS(transObject(4, list(0.4, 0.1, math.NaN(), 0.3), list(1.0, 5.0, 3.0, 4.0), nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		space         spaces.Space
		metric, epoch string
		want          float64
		words         string
	}{
		{spaces.TransNASMacro(), "", "last", 4, ""},
		{spaces.TransNASMacro(), "", "best", 5, ""},
		{spaces.TransNASMacro(), "valid_top1", "0", 1, ""},
		{spaces.TransNASMacro(), "valid_loss", "last", -0.3, ""},
		{spaces.TransNASMacro(), "valid_loss", "best", -0.1, ""},
		{spaces.TransNASMacro(), "valid_top1", "4", 0, "epoch 4 of 4"},
		{spaces.TransNASMacro(), "valid_top1", "-1", 0, "give last, best"},
		{spaces.TransNASMacro(), "valid_top5", "last", 0, `no metric "valid_top5"`},
		{spaces.TransNASMicro(), "", "last", 0, "is about transnas-macro, not transnas-micro"},
		{spaces.TSS(), "", "last", 0, "not nats-tss"},
	} {
		t.Run(test.space.Name()+" "+test.metric+" "+test.epoch, func(t *testing.T) {
			got, err := b.Truth(test.space, "class_scene", test.metric, test.epoch)
			if test.words != "" {
				if err == nil || !strings.Contains(err.Error(), test.words) {
					t.Errorf("error %v, want one with %q", err, test.words)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if v, ok := got.Value("64-1234-basic"); !ok || v != test.want || len(got.Archs()) != 2 {
				t.Errorf("%v of %v, want %v of two architectures", v, got.Archs(), test.want)
			}
		})
	}
}
