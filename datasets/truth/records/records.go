// Package records holds published accuracies of trained architectures, and the scores published beside them,
// inside the program: no file and no network is needed.
//
//	truth, err := records.Sample("nasbench201")   // the architectures that NAS-Bench-Suite-Zero scored
//	truth, err := records.Whole("nasbench201")    // every architecture of the space
//	accuracy, ok := truth.Accuracy("cifar10", "(0, 2, 3, 2, 3, 1)")
//
// The numbers are those of automl/NASLib (NAS-Bench-Suite-Zero, Krishnakumar et al. 2022), without loss; NOTICE
// names the commits, the licence and the command that made the files. 2 MB are linked into programs that import this
// package; a file is unpacked when it is first asked for. [Computed] has scores of this project beside them.
//
// On TransNAS-Bench-101 the two parts hold different epochs of the same trainings: Sample the best one, Whole the
// last one. [Table.Epoch] tells them apart.
package records

import (
	"bytes"
	"embed"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/zcnas/zcnas/datasets/truth/records/internal/columns"
)

//go:embed *.records NOTICE
var files embed.FS

// Benches lists the benchmarks of which there are records: "nasbench101" (500 architectures on CIFAR-10),
// "nasbench201" (NATS-Bench topology), "nasbench301" (DARTS), "transbench101_micro" and "transbench101_macro".
func Benches() []string { return slices.Clone(benches) }

var (
	benches = []string{"nasbench101", "nasbench201", "nasbench301", "transbench101_micro", "transbench101_macro"}
	whole   = []string{"nasbench201", "transbench101_micro", "transbench101_macro"}
)

// WholeBenches lists the benchmarks that [Whole] knows.
func WholeBenches() []string { return slices.Clone(whole) }

// Truth holds the records of one benchmark. It may be read by several goroutines at once.
type Truth struct{ tables []*Table }

// Table holds the records of one task. It may be read by several goroutines at once.
type Table struct {
	Bench, Task string
	Metric      string // what an accuracy is, higher being better: "validation accuracy in percent"
	Epoch       string // of the training that it was measured after: "best" or "last"
	Source      string // repository, commit and file

	archs   []string
	columns []columns.Column
	rows    func() map[string]int
}

// Sample returns the architectures that NAS-Bench-Suite-Zero scored with its proxies, in the order of its files: 725
// and fewer on the tasks of the benchmark, 199 and fewer on NinaPro, SVHN and Spherical CIFAR-100 ("ninapro", "svhn",
// "scifar100"; nasbench201, nasbench301 and transbench101_micro), 500 of nasbench101. On TransNAS-Bench-101 the
// accuracies are those of the best epoch, but for these three tasks. Errors: an unknown benchmark.
func Sample(bench string) (*Truth, error) { return open(bench, "sample", benches) }

// Whole returns every architecture of a space: 15,625 on three tasks (nasbench201), 4,096 and 3,256 on seven tasks
// (transbench101_micro and _macro), after the last epoch. The suite's zen comes along, on the classification tasks
// of TransNAS-Bench-101 its synflow and epe_nas too. Errors: a benchmark that there are no such records of.
func Whole(bench string) (*Truth, error) { return open(bench, "whole", whole) }

// Computed returns this project's own scores of every architecture of a space, in the order of [Whole]: flops and params,
// and of nasbench201 synflow, not as its logarithm. They have no accuracies ([Table.Accuracies] is nil), and hold for
// all tasks: networks for other numbers of classes differ in the last layer. Errors: a benchmark that there are no
// such scores of.
func Computed(bench string) (*Table, error) {
	t, err := open(bench, "computed", whole)
	if err != nil {
		return nil, err
	}
	return t.tables[0], nil
}

// loaders unpack a file once.
var loaders sync.Map // of file names to func() ([]columns.Table, error)

func open(bench, part string, known []string) (*Truth, error) {
	if !slices.Contains(known, bench) {
		return nil, fmt.Errorf("records: there are no records of %q in full; there are some of %s", bench,
			strings.Join(known, ", "))
	}
	name := bench + "_" + part + ".records"
	load, _ := loaders.LoadOrStore(name, sync.OnceValues(func() (*Truth, error) {
		data, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		tables, err := columns.Decode(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("records: %s: %w", name, err)
		}
		t := &Truth{}
		for _, c := range tables {
			t.tables = append(t.tables, newTable(c))
		}
		return t, nil
	}))
	return load.(func() (*Truth, error))()
}

func newTable(c columns.Table) *Table {
	return &Table{Bench: c.Bench, Task: c.Task, Metric: c.Metric, Epoch: c.Epoch, Source: c.Source,
		archs: c.Archs, columns: c.Columns,
		rows: sync.OnceValue(func() map[string]int {
			rows := make(map[string]int, len(c.Archs))
			for i, a := range c.Archs {
				rows[a] = i
			}
			return rows
		})}
}

// Table returns the records of a task. Errors: an unknown task.
func (t *Truth) Table(task string) (*Table, error) {
	for _, table := range t.tables {
		if table.Task == task {
			return table, nil
		}
	}
	return nil, fmt.Errorf("records: the benchmark has no task %q; its tasks are %s", task, strings.Join(t.Tasks(), ", "))
}

// Only are the records of those of the tasks that there are.
func (t *Truth) Only(tasks ...string) *Truth {
	out := &Truth{}
	for _, table := range t.tables {
		if slices.Contains(tasks, table.Task) {
			out.tables = append(out.tables, table)
		}
	}
	return out
}

// Tasks lists the tasks, in the order of the files.
func (t *Truth) Tasks() []string {
	out := make([]string, len(t.tables))
	for i, table := range t.tables {
		out[i] = table.Task
	}
	return out
}

// Archs lists the architectures of a task in the notation and the order of the file; nil for an unknown task.
func (t *Truth) Archs(task string) []string {
	table, err := t.Table(task)
	if err != nil {
		return nil
	}
	return table.Archs()
}

// Proxies lists the proxies that have a score on some task, sorted, by the names of the suite ("jacov").
func (t *Truth) Proxies() []string {
	var out []string
	for _, table := range t.tables {
		out = append(out, table.Proxies()...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Accuracy returns what an architecture reached, higher is better, and whether there is a record.
func (t *Truth) Accuracy(task, arch string) (float64, bool) {
	v, ok := t.value(task, arch, columns.Accuracy)
	return v, ok
}

// Score returns the score that was published, and whether there is one. It is NaN where the suite has its mark for
// NaN, −1e8, and can be −Inf. The suite stores synflow as its logarithm, params and flops in millions.
func (t *Truth) Score(task, arch, proxy string) (float64, bool) {
	if proxy == columns.Accuracy {
		return math.NaN(), false
	}
	v, ok := t.value(task, arch, proxy)
	if v == undefined {
		v = math.NaN()
	}
	return v, ok
}

// undefined is the suite's mark for scores that its run did not have.
const undefined = -1e8

func (t *Truth) value(task, arch, column string) (float64, bool) {
	table, err := t.Table(task)
	if err != nil {
		return math.NaN(), false
	}
	row, ok := table.rows()[arch]
	if !ok {
		return math.NaN(), false
	}
	v := table.column(column)
	if v == nil {
		return math.NaN(), false
	}
	return v[row], v[row] == v[row]
}

// Archs lists the architectures in the notation and the order of the file.
func (t *Table) Archs() []string { return slices.Clone(t.archs) }

// Accuracies returns what the architectures reached, in the order of [Table.Archs]; higher is better.
func (t *Table) Accuracies() []float64 { return slices.Clone(t.column(columns.Accuracy)) }

// Proxies lists the proxies with a score, sorted, by the names of the suite.
func (t *Table) Proxies() []string {
	var out []string
	for _, c := range t.columns {
		if c.Name != columns.Accuracy {
			out = append(out, c.Name)
		}
	}
	return out
}

// Scores returns the scores of a proxy exactly as published, in the order of [Table.Archs]: −1e8 stands for an
// undefined score, NaN for none. It is nil for an unknown proxy.
func (t *Table) Scores(proxy string) []float64 {
	if proxy == columns.Accuracy {
		return nil
	}
	return slices.Clone(t.column(proxy))
}

func (t *Table) column(name string) []float64 {
	for _, c := range t.columns {
		if c.Name == name {
			return c.Values
		}
	}
	return nil
}

// Notice says where the numbers are from, and under what licence.
func Notice() string {
	text, _ := files.ReadFile("NOTICE") // embedded
	return string(text)
}
