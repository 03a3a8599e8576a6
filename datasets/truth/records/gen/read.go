package main

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/zcnas/zcnas/datasets/truth/records/internal/columns"
)

const (
	naslibA    = "automl/NASLib at 6639fd1579010457885c641553c55b0c153045aa, naslib/data/"
	naslibB    = "automl/NASLib at e5a821c2dadf608042e4e046e386006cf6bd0564, naslib/data/"
	zerocost   = "automl/NASLib, branch zerocost at 8c45f19d, naslib/*/run/results/benchmarks/*.zip"
	benchmarks = "automl/NASLib, branch benchmarks, result archives"
)

var sources = map[string]string{
	"zc_nasbench201.json":                  naslibA + "zc_nasbench201.json",
	"zc_nasbench301.json":                  naslibA + "zc_nasbench301.json",
	"zc_transbench101_micro.json":          naslibB + "zc_transbench101_micro.json",
	"zc_transbench101_macro.json":          naslibB + "zc_transbench101_macro.json",
	"zc_nasbench101.json.gz":               benchmarks,
	"suite_ninapro_svhn_scifar100.json.gz": zerocost,
	"nasbench201.csv.gz":                   zerocost,
	"transbench101_micro.csv.gz":           zerocost,
	"transbench101_macro.csv.gz":           zerocost,
}

// reader reads published files; the first error is kept and makes the other calls return nothing.
type reader struct {
	from string
	err  error
}

func (r *reader) open(name string, read func(io.Reader) error) {
	if r.err != nil {
		return
	}
	f, err := os.Open(filepath.Join(r.from, filepath.FromSlash(name)))
	if err != nil {
		r.err = err
		return
	}
	defer f.Close()
	var in io.Reader = bufio.NewReader(f)
	if strings.HasSuffix(name, ".gz") {
		if in, err = gzip.NewReader(in); err != nil {
			r.err = fmt.Errorf("%s: %w", name, err)
			return
		}
	}
	if err := read(in); err != nil {
		r.err = fmt.Errorf("%s: %w", name, err)
	}
}

// json reads {task: {arch: {"val_accuracy": number, proxy: number or {"score": number}}}} of one benchmark, or,
// where bench is "", {bench: {task: …}}. The order of the file is kept. Times are left out.
func (r *reader) json(name, bench string) []columns.Table {
	var out []columns.Table
	r.open(name, func(in io.Reader) error {
		data, err := io.ReadAll(in)
		if err != nil {
			return err
		}
		// Python's marks for values that JSON lacks; the files have no such words in strings.
		text := strings.NewReplacer("-Infinity", `"-inf"`, "Infinity", `"inf"`, "NaN", `"nan"`).Replace(string(data))
		d := json.NewDecoder(strings.NewReader(text))
		tasks := func(bench string) error {
			return object(d, func(task string) error {
				t := columns.Table{Bench: bench, Task: task, Part: "sample", Source: sources[filepath.Base(name)]}
				out = append(out, t)
				return readTask(d, &out[len(out)-1])
			})
		}
		if bench != "" {
			return tasks(bench)
		}
		return object(d, tasks)
	})
	return out
}

func readTask(d *json.Decoder, t *columns.Table) error {
	values := map[string][]float64{}
	err := object(d, func(arch string) error {
		t.Archs = append(t.Archs, arch)
		return object(d, func(name string) error {
			var v any
			if err := d.Decode(&v); err != nil || name == "idx" || name == "arch" {
				return err
			}
			if record, ok := v.(map[string]any); ok {
				v = record["score"]
			}
			x, err := number(v)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", arch, name, err)
			}
			for len(values[name]) < len(t.Archs)-1 {
				values[name] = append(values[name], math.NaN())
			}
			values[name] = append(values[name], x)
			return nil
		})
	})
	for name, v := range values {
		for len(v) < len(t.Archs) {
			v = append(v, math.NaN())
		}
		if name == "val_accuracy" {
			name = columns.Accuracy
		}
		t.Columns = append(t.Columns, columns.Column{Name: name, Values: v})
	}
	sortColumns(t.Columns)
	return err
}

// number takes what a record says; NaN is refused, for it marks what is missing.
func number(v any) (float64, error) {
	switch v := v.(type) {
	case float64:
		return v, nil
	case string:
		if x, err := strconv.ParseFloat(v, 64); err == nil && x == x {
			return x, nil
		}
	}
	return 0, fmt.Errorf("%v is not a number that can be kept", v)
}

// object reads a JSON object and calls f with each key; f reads the value.
func object(d *json.Decoder, f func(key string) error) error {
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return fmt.Errorf("expected an object, found %v (%v)", open, err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		if err := f(key.(string)); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// csv reads the accuracies of a whole space, and the scores that lie beside them.
func (r *reader) csv(bench string) []columns.Table {
	accuracies := r.rows("ground-truth/" + bench + ".csv.gz")
	scores := r.rows("ground-truth/" + bench + "_scores.csv.gz")
	if r.err != nil {
		return nil
	}
	var archs []string
	for i, row := range accuracies[1:] {
		archs = append(archs, padded(bench, row[0]))
		if scores[i+1][0] != row[0] {
			r.err = fmt.Errorf("%s: row %d is %s in one file and %s in the other", bench, i+1, row[0], scores[i+1][0])
			return nil
		}
	}
	var out []columns.Table
	for j, task := range accuracies[0][1:] {
		t := columns.Table{Bench: bench, Task: task, Part: "whole", Source: sources[bench+".csv.gz"], Archs: archs}
		t.Columns = []columns.Column{{Name: columns.Accuracy, Values: r.column(accuracies, j+1)}}
		for k, name := range scores[0] {
			if proxy, ok := strings.CutPrefix(name, task+":"); ok {
				t.Columns = append(t.Columns, columns.Column{Name: proxy, Values: r.column(scores, k)})
			}
		}
		sortColumns(t.Columns)
		out = append(out, t)
	}
	return out
}

// padded writes an architecture of the macro space with zeros to six numbers, as the suite's other records do and the
// space reads it; the archives leave them out.
func padded(bench, arch string) string {
	if bench == "transbench101_macro" {
		arch = strings.TrimSuffix(arch, ")") + strings.Repeat(", 0", 5-strings.Count(arch, ",")) + ")"
	}
	return arch
}

func (r *reader) rows(name string) (out [][]string) {
	r.open(name, func(in io.Reader) (err error) {
		out, err = csv.NewReader(in).ReadAll()
		if err == nil && len(out) < 2 {
			err = fmt.Errorf("no rows")
		}
		return err
	})
	return out
}

func (r *reader) column(rows [][]string, j int) []float64 {
	out := make([]float64, len(rows)-1)
	for i, row := range rows[1:] {
		if row[j] == "" {
			out[i] = math.NaN()
			continue
		}
		v, err := strconv.ParseFloat(row[j], 64)
		if err != nil && r.err == nil {
			r.err = fmt.Errorf("row %d: %w", i+1, err)
		}
		out[i] = v
	}
	return out
}

// sortColumns puts the accuracy first and the proxies behind it by name.
func sortColumns(c []columns.Column) {
	slices.SortFunc(c, func(a, b columns.Column) int {
		switch {
		case a.Name == columns.Accuracy:
			return -1
		case b.Name == columns.Accuracy:
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
}
