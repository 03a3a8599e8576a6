package records

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zcnas/zcnas/datasets/truth"
	"github.com/zcnas/zcnas/internal/outside"
)

func must(t *testing.T) func(*Truth, error) *Truth {
	return func(truth *Truth, err error) *Truth {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return truth
	}
}

func TestCounts(t *testing.T) {
	micro := map[string]int{"class_scene": 711, "class_object": 711, "room_layout": 711, "jigsaw": 711,
		"segmentsemantic": 711, "normal": 711, "autoencoder": 711, "ninapro": 192, "svhn": 192, "scifar100": 192}
	tests := []struct {
		name  string
		open  func(string) (*Truth, error)
		bench string
		want  map[string]int
	}{
		{"sample", Sample, "nasbench101", map[string]int{"cifar10": 500}},
		{"sample", Sample, "nasbench201", map[string]int{"cifar10": 725, "cifar100": 725, "ImageNet16-120": 724,
			"ninapro": 199, "svhn": 199, "scifar100": 199}},
		{"sample", Sample, "nasbench301", map[string]int{"cifar10": 725, "ninapro": 199, "svhn": 199, "scifar100": 199}},
		{"sample", Sample, "transbench101_micro", micro},
		{"sample", Sample, "transbench101_macro", map[string]int{"class_scene": 662, "class_object": 662,
			"room_layout": 725, "jigsaw": 725, "segmentsemantic": 725, "normal": 725, "autoencoder": 725}},
		{"whole", Whole, "nasbench201", map[string]int{"cifar10": 15625, "cifar100": 15625, "ImageNet16-120": 15625}},
		{"whole", Whole, "transbench101_micro", seven(4096)},
		{"whole", Whole, "transbench101_macro", seven(3256)},
	}
	for _, test := range tests {
		t.Run(test.bench+" "+test.name, func(t *testing.T) {
			truth := must(t)(test.open(test.bench))
			got := map[string]int{}
			for _, task := range truth.Tasks() {
				table, err := truth.Table(task)
				if err != nil {
					t.Fatal(err)
				}
				got[task] = len(table.Archs())
				for i, v := range table.Accuracies() {
					if math.IsNaN(v) || math.IsInf(v, 0) {
						t.Fatalf("%s: accuracy %d is %v", task, i, v)
					}
				}
				if table.Metric == "" || table.Epoch == "" || !strings.HasPrefix(table.Source, "automl/NASLib") {
					t.Errorf("%s: metric %q, epoch %q, source %q", task, table.Metric, table.Epoch, table.Source)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("architectures by task (-want +got):\n%s", diff)
			}
		})
	}
}

func seven(n int) map[string]int {
	return map[string]int{"class_scene": n, "class_object": n, "room_layout": n, "jigsaw": n,
		"segmentsemantic": n, "normal": n, "autoencoder": n}
}

func TestSpotValues(t *testing.T) {
	sample, all := must(t)(Sample("nasbench201")), must(t)(Whole("nasbench201"))
	trans := must(t)(Whole("transbench101_macro"))
	tests := []struct {
		name string
		got  func() (float64, bool)
		want float64
	}{
		{"suite accuracy", func() (float64, bool) { return sample.Accuracy("cifar10", "(0, 2, 3, 2, 3, 1)") }, 86.06},
		{"the same of the whole space", func() (float64, bool) { return all.Accuracy("cifar10", "(0, 2, 3, 2, 3, 1)") }, 86.06},
		{"synflow", func() (float64, bool) { return sample.Score("cifar10", "(0, 2, 3, 2, 3, 1)", "synflow") }, 41.94876860937543},
		{"float32", func() (float64, bool) { return all.Score("ImageNet16-120", "(0, 0, 0, 0, 0, 0)", "zen") }, 51.08810043334961},
		{"macro", func() (float64, bool) { return trans.Accuracy("room_layout", "(1, 1, 1, 1, 1, 4)") }, -0.6717392206192017},
		{"seed 888 of NATS-Bench", func() (float64, bool) { return all.Accuracy("cifar10", "(4, 3, 3, 0, 0, 0)") }, 81.9},
		{"NinaPro", func() (float64, bool) { return sample.Accuracy("ninapro", "(3, 3, 3, 0, 1, 4)") }, 89.22610060325704},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, ok := test.got(); got != test.want || !ok {
				t.Errorf("%v, %v; want %v", got, ok, test.want)
			}
		})
	}
}

// The two parts of the NATS-Bench records agree; on TransNAS-Bench-101 the best epoch is never below the last.
func TestPartsAgree(t *testing.T) {
	for _, bench := range WholeBenches() {
		sample, all := must(t)(Sample(bench)), must(t)(Whole(bench))
		for _, task := range all.Tasks() {
			pairs := 0
			for _, arch := range sample.Archs(task) {
				best, _ := sample.Accuracy(task, arch)
				last, ok := all.Accuracy(task, arch)
				if !ok {
					t.Fatalf("%s, %s: %s is not in the whole space", bench, task, arch)
				}
				if best < last || bench == "nasbench201" && best != last {
					t.Errorf("%s, %s: %s has %v in the sample, %v in the whole space", bench, task, arch, best, last)
				}
				pairs++
			}
			if pairs < 600 {
				t.Errorf("%s, %s: %d pairs", bench, task, pairs)
			}
		}
	}
}

func TestMissing(t *testing.T) {
	sample := must(t)(Sample("nasbench201"))
	table, err := sample.Table("cifar10")
	if err != nil {
		t.Fatal(err)
	}
	missing, undefinedOnes := 0, 0
	for i, arch := range table.Archs() {
		if v, ok := sample.Score("cifar10", arch, "synflow"); !ok && math.IsNaN(v) {
			missing++
		}
		if v, ok := sample.Score("cifar10", arch, "jacov"); ok && math.IsNaN(v) {
			undefinedOnes++
			if raw := table.Scores("jacov")[i]; raw != undefined {
				t.Errorf("the undefined score is %v as published", raw)
			}
		}
	}
	if missing != 1 || undefinedOnes != 1 {
		t.Errorf("%d architectures without synflow, %d with an undefined jacov; want one each", missing, undefinedOnes)
	}
	for name, ok := range map[string]bool{
		"accuracy as a proxy": func() bool { _, ok := sample.Score("cifar10", table.Archs()[0], "accuracy"); return ok }(),
		"unknown proxy":       func() bool { _, ok := sample.Score("cifar10", table.Archs()[0], "x"); return ok }(),
		"unknown arch":        func() bool { _, ok := sample.Accuracy("cifar10", "x"); return ok }(),
		"unknown task":        func() bool { _, ok := sample.Accuracy("x", "x"); return ok }(),
	} {
		if ok {
			t.Errorf("%s: there is a value", name)
		}
	}
	if sample.Archs("x") != nil || table.Scores("x") != nil {
		t.Error("an unknown task has architectures, or an unknown proxy scores")
	}
}

func TestComputed(t *testing.T) {
	for bench, want := range map[string][]string{"nasbench201": {"flops", "params", "synflow"},
		"transbench101_micro": {"flops", "params"}, "transbench101_macro": {"flops", "params"}} {
		table, err := Computed(bench)
		if err != nil {
			t.Fatal(err)
		}
		all := must(t)(Whole(bench))
		if diff := cmp.Diff(want, table.Proxies()); diff != "" {
			t.Errorf("%s: proxies (-want +got):\n%s", bench, diff)
		}
		if diff := cmp.Diff(all.Archs(all.Tasks()[0]), table.Archs()); diff != "" {
			t.Errorf("%s: not the architectures of the whole space:\n%s", bench, diff)
		}
		if table.Accuracies() != nil {
			t.Errorf("%s: scores with accuracies", bench)
		}
		// The suite counts params alike, but for the last layer, whose classes differ on TransNAS-Bench-101.
		sample, params, pairs := must(t)(Sample(bench)), table.Scores("params"), 0
		for i, arch := range table.Archs() {
			v, ok := sample.Score(sample.Tasks()[0], arch, "params")
			if !ok {
				continue
			}
			pairs++
			if math.Abs(v-params[i]/1e6) > 0.2 || bench == "nasbench201" && math.Abs(v-params[i]/1e6) > 1e-6 {
				t.Errorf("%s has %v million parameters in the suite and %v here", arch, v, params[i])
			}
		}
		if pairs < 600 {
			t.Errorf("%s: %d pairs", bench, pairs)
		}
	}
}

func TestErrors(t *testing.T) {
	if _, err := Sample("nasbench102"); err == nil || !strings.Contains(err.Error(), "transbench101_micro") {
		t.Errorf("unknown benchmark: %v", err)
	}
	if _, err := Whole("nasbench301"); err == nil || !strings.Contains(err.Error(), "nasbench201") {
		t.Errorf("a benchmark without all its architectures: %v", err)
	}
	if _, err := must(t)(Sample("nasbench101")).Table("svhn"); err == nil || !strings.Contains(err.Error(), "cifar10") {
		t.Errorf("unknown task: %v", err)
	}
}

func TestSize(t *testing.T) {
	entries, err := files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, e := range entries {
		data, _ := files.ReadFile(e.Name())
		total += len(data)
	}
	if total > 3<<20 {
		t.Errorf("%d bytes are embedded", total)
	}
}

// published is a file of the published records, or a skip that names what is missing.
func published(t *testing.T, name string) []byte {
	f, err := os.Open(outside.File(t, "data/"+name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEqualsPublishedJSON(t *testing.T) {
	type records map[string]map[string]map[string]any
	compare := func(t *testing.T, bench string, want records) {
		truth := must(t)(Sample(bench))
		for task, archs := range want {
			table, err := truth.Table(task)
			if err != nil {
				t.Fatal(err)
			}
			keys := table.Archs()
			slices.Sort(keys)
			if n := len(slices.Compact(keys)); n != len(archs) {
				t.Errorf("%s: %d architectures; want %d", task, n, len(archs))
			}
			cells, numbers := 0, 0
			for i, arch := range table.Archs() {
				for name, v := range archs[arch] {
					if m, ok := v.(map[string]any); ok {
						v = m["score"]
					}
					if text, ok := v.(string); ok && name != "idx" && name != "arch" {
						v, _ = strconv.ParseFloat(text, 64)
					}
					x, ok := v.(float64)
					if !ok {
						continue
					}
					got := table.Scores(name)
					if name == "val_accuracy" {
						got = table.Accuracies()
					}
					numbers++
					if got == nil || got[i] != x {
						t.Errorf("%s, %s, %s: %v is not as published, %v", task, arch, name, got, x)
					}
				}
			}
			for _, name := range append(table.Proxies(), "") {
				column := table.Scores(name)
				if name == "" {
					column = table.Accuracies()
				}
				for _, v := range column {
					if v == v {
						cells++
					}
				}
			}
			if cells != numbers || numbers < 10*len(archs) {
				t.Errorf("%s: %d values where %d are published", task, cells, numbers)
			}
		}
	}
	read := func(t *testing.T, name string, into any) {
		text := strings.NewReplacer("-Infinity", `"-inf"`, "Infinity", `"inf"`).Replace(string(published(t, name)))
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	for _, bench := range benches[1:] {
		t.Run(bench, func(t *testing.T) {
			var want records
			read(t, "nas-bench-suite-zero/zc_"+bench+".json", &want)
			compare(t, bench, want)
			file, err := truth.ReadSuiteZero(bytes.NewReader(published(t, "nas-bench-suite-zero/zc_"+bench+".json")))
			if err != nil {
				t.Fatal(err)
			}
			for _, task := range file.Tasks() {
				if diff := cmp.Diff(file.Archs(task), must(t)(Sample(bench)).Archs(task)); diff != "" {
					t.Errorf("%s: the order is not the file's (-file +records):\n%s", task, diff)
				}
			}
		})
	}
	for _, name := range []string{"zc_nasbench101", "suite_ninapro_svhn_scifar100"} {
		t.Run(name, func(t *testing.T) {
			var want map[string]records
			read(t, "ground-truth/"+name+".json.gz", &want)
			for bench, r := range want {
				compare(t, bench, r)
			}
		})
	}
}

// padded is a key of the archives as the records write it: of macro with zeros to six numbers.
func padded(bench, arch string) string {
	if bench == "transbench101_macro" {
		for strings.Count(arch, ",") < 5 {
			arch = strings.TrimSuffix(arch, ")") + ", 0)"
		}
	}
	return arch
}

func TestEqualsPublishedCSV(t *testing.T) {
	for _, bench := range WholeBenches() {
		for _, part := range []string{"", "_scores"} {
			t.Run(bench+part, func(t *testing.T) {
				rows, err := csv.NewReader(strings.NewReader(string(published(t, "ground-truth/"+bench+part+".csv.gz")))).ReadAll()
				if err != nil {
					t.Fatal(err)
				}
				truth := must(t)(Whole(bench))
				for j, name := range rows[0][1:] {
					task, proxy, isScore := strings.Cut(name, ":")
					table, err := truth.Table(task)
					if err != nil {
						t.Fatal(err)
					}
					got := table.Accuracies()
					if isScore {
						got = table.Scores(proxy)
					}
					archs := table.Archs()
					if len(archs) != len(rows)-1 {
						t.Fatalf("%d architectures; want %d", len(archs), len(rows)-1)
					}
					for i, row := range rows[1:] {
						want := math.NaN()
						if row[j+1] != "" {
							if want, err = strconv.ParseFloat(row[j+1], 64); err != nil {
								t.Fatal(err)
							}
						}
						if archs[i] != padded(bench, row[0]) || got[i] != want && !(math.IsNaN(got[i]) && math.IsNaN(want)) {
							t.Fatalf("%s, row %d: %s %v; want %s %v", name, i, archs[i], got[i], row[0], want)
						}
					}
				}
			})
		}
	}
}
