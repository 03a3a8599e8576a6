package truth

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zcnas/zcnas/datasets/fetch"
	"github.com/zcnas/zcnas/datasets/internal/datatest"
)

const suiteZeroSample = `{
	"cifar10": {
		"(4, 0, 3, 1, 4, 3)": {"idx": "7", "arch": "(4, 0, 3, 1, 4, 3)", "val_accuracy": 84.5,
			"params": {"score": 0.37, "time": 0.5}, "jacov": {"score": -100000000.0, "time": 1.5}},
		"(0, 0, 0, 0, 0, 0)": {"val_accuracy": 10, "synflow": {"score": 41.9, "time": 1}}
	},
	"cifar100": {"(4, 0, 3, 1, 4, 3)": {"val_accuracy": 60.25, "nwot": {"score": -Infinity}, "zen": {"score": NaN}, "NaN \" NaN": {"score": 1}}}
}`

func TestReadSuiteZero(t *testing.T) {
	truth, err := ReadSuiteZero(strings.NewReader(suiteZeroSample))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"cifar10", "cifar100"}, truth.Tasks()); diff != "" {
		t.Errorf("Tasks mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"(4, 0, 3, 1, 4, 3)", "(0, 0, 0, 0, 0, 0)"}, truth.Archs("cifar10")); diff != "" {
		t.Errorf("Archs mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{`NaN " NaN`, "jacov", "nwot", "params", "synflow", "zen"}, truth.Proxies()); diff != "" {
		t.Errorf("Proxies mismatch (-want +got):\n%s", diff)
	}
	if a, ok := truth.Accuracy("cifar100", "(4, 0, 3, 1, 4, 3)"); a != 60.25 || !ok {
		t.Errorf("accuracy %v, %v", a, ok)
	}
	if v, ok := truth.Score("cifar10", "(4, 0, 3, 1, 4, 3)", "params"); v != 0.37 || !ok {
		t.Errorf("params %v, %v", v, ok)
	}
	if v, ok := truth.Score("cifar10", "(4, 0, 3, 1, 4, 3)", "jacov"); !math.IsNaN(v) || !ok {
		t.Errorf("a score of −1e8 is read as %v, %v; want NaN, true", v, ok)
	}
	if v, ok := truth.Score("cifar100", "(4, 0, 3, 1, 4, 3)", "nwot"); !math.IsInf(v, -1) || !ok {
		t.Errorf("-Infinity is read as %v, %v", v, ok)
	}
	if v, ok := truth.Score("cifar100", "(4, 0, 3, 1, 4, 3)", "zen"); !math.IsNaN(v) || !ok {
		t.Errorf("NaN is read as %v, %v", v, ok)
	}
	for _, absent := range [][3]string{{"cifar10", "(4, 0, 3, 1, 4, 3)", "synflow"}, {"cifar10", "x", "params"}, {"x", "x", "x"}} {
		if v, ok := truth.Score(absent[0], absent[1], absent[2]); !math.IsNaN(v) || ok {
			t.Errorf("%v: %v, %v; want NaN, false", absent, v, ok)
		}
	}
	if v, ok := truth.Accuracy("cifar10", "x"); !math.IsNaN(v) || ok {
		t.Errorf("accuracy of an unknown architecture: %v, %v", v, ok)
	}
	if truth.Archs("x") != nil {
		t.Error("an unknown task has architectures")
	}
}

func TestReadSuiteZeroErrors(t *testing.T) {
	tests := []struct{ name, json, want string }{
		{"empty", "", "truncated"},
		{"truncated", suiteZeroSample[:200], "truncated"},
		{"truncated at the end", strings.TrimSuffix(suiteZeroSample, "}"), "truncated"},
		{"list", "[]", "expected an object"},
		{"no tasks", "{}", "no tasks"},
		{"no accuracy", `{"t": {"a": {"params": {"score": 1}}}}`, `task "t", architecture "a": no val_accuracy`},
		{"null accuracy", `{"t": {"a": {"val_accuracy": null}}}`, "no val_accuracy"},
		{"text", `{"t": {"a": {"val_accuracy": "high"}}}`, "cannot unmarshal string"},
		{"no score", `{"t": {"a": {"val_accuracy": 1, "snip": {"time": 1}}}}`, `proxy "snip" has no score`},
		{"arch twice", `{"t": {"a": {"val_accuracy": 1}, "a": {"val_accuracy": 1}}}`, `"a" appears twice`},
		{"accuracy twice", `{"t": {"a": {"val_accuracy": 1, "val_accuracy": 2}}}`, `the key "val_accuracy" is in one object twice`},
		{"score twice", `{"t": {"a": {"val_accuracy": 1, "p": {"score": 1, "score": 2}}}}`, `the key "score" is in one object twice`},
		{"not Unicode", "{\"t\": {\"a\xff\": {\"val_accuracy\": 1}}}", "is not UTF-8"},
		{"task twice", `{"t": {}, "t": {}}`, `"t" appears twice`},
		{"proxy twice", `{"t": {"a": {"val_accuracy": 1, "p": {"score": 1}, "p": {"score": 1}}}}`, `"p" appears twice`},
		{"trailing", `{"t": {}} {}`, "more after"},
		{"near miss", `{"t": {"a": {"val_accuracy": Infinite}}}`, "invalid character"},
		{"quoted", `{"t": {"a": {"val_accuracy": "nan"}}}`, "cannot unmarshal string"},
		{"html", "<html>", "invalid character"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ReadSuiteZero(strings.NewReader(tt.json)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestSuiteZeroFiles(t *testing.T) {
	dir := datatest.Shared(t, "nas-bench-suite-zero")
	tests := []struct {
		bench string
		tasks int
		archs map[string]int
	}{
		{"nasbench201", 3, map[string]int{"cifar10": 725, "cifar100": 725, "ImageNet16-120": 724}},
		{"nasbench301", 1, map[string]int{"cifar10": 725}},
		{"transbench101_micro", 7, map[string]int{"jigsaw": 711, "class_scene": 711}},
		{"transbench101_macro", 7, map[string]int{"jigsaw": 725, "class_scene": 662}},
	}
	for i, tt := range tests {
		t.Run(tt.bench, func(t *testing.T) {
			truth, err := SuiteZero(t.Context(), tt.bench, fetch.WithOffline())
			if err != nil {
				t.Fatal(err)
			}
			if got := len(truth.Tasks()); got != tt.tasks {
				t.Errorf("%d tasks, want %d", got, tt.tasks)
			}
			for task, n := range tt.archs {
				if got := len(truth.Archs(task)); got != n {
					t.Errorf("%s: %d architectures, want %d", task, got, n)
				}
			}
			// Every number is that of a plain decoding, in which 1e300 stands for what JSON lacks.
			raw, err := os.ReadFile(filepath.Join(dir, suiteZeroFiles[i].file.Path))
			if err != nil {
				t.Fatal(err)
			}
			var plain map[string]map[string]map[string]any
			if err := json.Unmarshal(bytes.ReplaceAll(raw, []byte("Infinity"), []byte("1e300")), &plain); err != nil {
				t.Fatal(err)
			}
			nan, infinite := 0, 0
			for task, archs := range plain {
				for arch, rec := range archs {
					if a, ok := truth.Accuracy(task, arch); !ok || a != rec["val_accuracy"] {
						t.Fatalf("%s %s: accuracy %v, %v, want %v", task, arch, a, ok, rec["val_accuracy"])
					}
					for proxy, v := range rec {
						m, ok := v.(map[string]any)
						if !ok {
							continue
						}
						got, ok := truth.Score(task, arch, proxy)
						switch want := m["score"].(float64); {
						case !ok:
							t.Fatalf("%s %s: no %s", task, arch, proxy)
						case want == -1e8 && math.IsNaN(got):
							nan++
						case want == -1e300 && math.IsInf(got, -1):
							infinite++
						case got != want:
							t.Fatalf("%s %s: %s %v, want %v", task, arch, proxy, got, want)
						}
					}
				}
			}
			t.Logf("%d scores are NaN, %d −Inf", nan, infinite)
			// The pinned checksums are those of the sample files.
			if got := fmt.Sprintf("%x", sha256.Sum256(raw)); got != suiteZeroFiles[i].file.SHA256 {
				t.Errorf("SHA-256 %s, pinned is %s", got, suiteZeroFiles[i].file.SHA256)
			}
			if got := int64(len(raw)); got != suiteZeroFiles[i].file.Size {
				t.Errorf("the file has %d bytes, pinned are %d", got, suiteZeroFiles[i].file.Size)
			}
		})
	}
}

func TestSuiteZeroMissing(t *testing.T) {
	t.Setenv("ZC_DATA", t.TempDir())
	datatest.EmptyCache(t)
	if _, err := SuiteZero(t.Context(), "nasbench210"); err == nil || !strings.Contains(err.Error(), `did you mean "nasbench201"`) {
		t.Errorf("unknown benchmark: %v", err)
	}
	_, err := SuiteZero(t.Context(), "nasbench201", fetch.WithOffline())
	if !errors.Is(err, fetch.ErrOffline) {
		t.Fatalf("error %v, want one that wraps ErrOffline", err)
	}
	for _, w := range []string{"raw.githubusercontent.com/automl/NASLib/6639fd15", filepath.Join(os.Getenv("ZC_DATA"), "nas-bench-suite-zero", "zc_nasbench201.json"), "5dcbbcd5"} {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

func FuzzReadSuiteZero(f *testing.F) {
	f.Add(suiteZeroSample)
	f.Add(`{"t": {"a": {"val_accuracy": 1, "p": {"score": 1}}}}`)
	f.Add(`{"t": [`)
	f.Fuzz(func(t *testing.T, s string) {
		truth, err := ReadSuiteZero(strings.NewReader(s))
		if err != nil {
			return
		}
		for _, task := range truth.Tasks() {
			for _, arch := range truth.Archs(task) {
				if _, ok := truth.Accuracy(task, arch); !ok {
					t.Errorf("no accuracy of %q on %q", arch, task)
				}
			}
		}
	})
}
