package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/zcnas/zcnas/datasets/truth"
	"github.com/zcnas/zcnas/datasets/truth/records"
	"github.com/zcnas/zcnas/internal/named"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/store"
	"github.com/zcnas/zcnas/zc/table"
	"github.com/zcnas/zcnas/zc/train/history"
)

// readScores reads a score file by the ending of its name. Of a JSONL file that a killed run left, it takes the
// finished lines, and says so on standard error.
func readScores(a *app, name string) (*table.Table, error) {
	f, err := os.Open(name) // also for SQLite, which would make a missing file
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var t *table.Table
	switch ext := strings.ToLower(filepath.Ext(name)); ext {
	case ".csv":
		t, err = table.ReadCSV(f)
	case ".json":
		t, err = table.ReadJSON(f)
	case ".jsonl":
		if t, err = table.ReadJSONL(f); errors.Is(err, table.ErrTruncated) {
			a.say(fmt.Sprintf("warning: %s: %v", name, err))
			err = nil
		}
	case ".sqlite", ".sqlite3", ".db":
		t, err = store.Read(name)
	default:
		return nil, usage("%s: a score file ends in .csv, .json, .jsonl or .sqlite, not in %q", name, ext)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

// reached is what architectures of a space reached on a task, with the scores that came along.
type reached struct {
	*truth.Truth
	scores map[string]map[string]float64 // by proxy and architecture; nil where there are none
}

// readTruth reads the accuracies that -truth and -task name: of a file (a table, NAS-Bench-Suite-Zero's JSON, or what
// [readWhole] reads), or of a benchmark whose records are in this program. Where no task is named it is the one that there is, or the one of the data set's name.
func (c *correlateCmd) readTruth(a *app, s spaces.Space, data string) (*reached, error) {
	st, err := os.Stat(c.Truth)
	isFile, ext := err == nil, strings.ToLower(filepath.Ext(c.Truth))
	switch {
	case isFile && ext == ".csv":
		return readTruthCSV(c.Truth, c.Task, s)
	case isFile && (ext == ".sqlite" || ext == ".db"):
		return c.readTrainings(s, data)
	case isFile && (st.IsDir() || ext == ".pth" || ext == ".tar"):
		return c.readWhole(a, s, data)
	case isFile:
		suite, err := truth.OpenSuiteZero(c.Truth)
		if err != nil {
			return nil, err
		}
		return c.readRecords(s, suite, c.Task, data, func(task string) (*truth.Truth, error) { return truth.Of(s, suite, task) })
	case ext == ".csv" || ext == ".json" || ext == ".pth" || ext == ".tar" || strings.ContainsRune(c.Truth, os.PathSeparator):
		return nil, err
	}
	bench, task, ok := strings.Cut(c.Truth, ":")
	if ok && c.Task != "" && c.Task != task {
		return nil, usage("-truth %s and -task %s name two tasks", c.Truth, c.Task)
	} else if !ok {
		task = c.Task
	}
	if err := checkBench(bench, s); err != nil {
		return nil, err
	}
	suite, err := records.Sample(bench)
	if err != nil {
		return nil, err
	}
	return c.readRecords(s, suite, task, data, func(task string) (*truth.Truth, error) { return truth.Get(s, task) })
}

// readTrainings takes what networks of one's own reached, from the store that zc train has kept it in.
func (c *correlateCmd) readTrainings(s spaces.Space, data string) (*reached, error) {
	all, err := store.ReadTrainings(c.Truth)
	if err != nil {
		return nil, err
	}
	epoch := -1
	if c.Epoch != "last" {
		if epoch, err = strconv.Atoi(c.Epoch); err != nil || epoch < 0 {
			return nil, usage("-epoch %s: give last, or the number of an epoch, 0 for the untrained networks", c.Epoch)
		}
	}
	var tasks []string // data and protocol, where there are several
	key := func(r *history.Result) string { return fmt.Sprintf("%s, %s, seed %d", r.Data, r.Protocol, r.Seed) }
	for i := range all {
		if k := key(&all[i]); !slices.Contains(tasks, k) {
			tasks = append(tasks, k)
		}
	}
	task := c.Task
	fits := func(k string) bool {
		return k == task || task == "" && len(tasks) == 1 || strings.HasPrefix(k, task+",") && task != ""
	}
	if task == "" && len(tasks) > 1 {
		task = data
	}
	chosen := slices.DeleteFunc(slices.Clone(tasks), func(k string) bool { return !fits(k) })
	if len(chosen) != 1 {
		return nil, usage("%s has the trainings %s; choose one of them with -task", c.Truth, strings.Join(tasks, "; "))
	}
	var archs []string
	var values []float64
	for i := range all {
		r := &all[i]
		if name, _, _ := strings.Cut(r.Space, " "); key(r) != chosen[0] || name != s.Name() {
			continue
		}
		if record, ok := r.At(epoch); ok {
			archs, values = append(archs, r.Arch), append(values, record.Test.Metric())
		}
	}
	t, err := truth.New(s, truth.Truth{Task: chosen[0], Metric: "test accuracy in percent, or minus the test loss", Epoch: c.Epoch, Source: c.Truth}, archs, values)
	return &reached{Truth: t}, err
}

// readWhole reads the published files of whole benchmarks: TransNAS-Bench-101's .pth, and the folder or the .tar of
// NATS-Bench, whose thousands of files take minutes.
func (c *correlateCmd) readWhole(a *app, s spaces.Space, data string) (*reached, error) {
	task := cmp.Or(c.Task, data)
	if strings.ToLower(filepath.Ext(c.Truth)) == ".pth" {
		bench, err := truth.OpenTransNAS(c.Truth)
		if err != nil {
			return nil, err
		}
		if err := checkTask(c.Truth, task, bench.Tasks()); err != nil {
			return nil, err
		}
		t, err := bench.Truth(s, task, c.Metric, c.Epoch)
		return &reached{Truth: t}, err
	}
	bench, err := truth.NATSBench(c.Truth)
	if err != nil {
		return nil, err
	}
	if c.Epoch != "last" {
		return nil, usage("-epoch %s: of NATS-Bench only the last is read", c.Epoch)
	}
	set := a.bar(filepath.Base(c.Truth), "arch", len(bench.Indices()), true)
	t, err := bench.Truth(a.ctx, s, task, cmp.Or(c.Metric, "test"), c.Schedule, func(done, _ int) { set(done) })
	return &reached{Truth: t}, err
}

// checkBench says what is wrong with the name of a benchmark of which there are records, if anything is.
func checkBench(bench string, s spaces.Space) error {
	known := records.Benches()
	if !slices.Contains(known, bench) {
		return named.Unknown("zc", "benchmark", bench, known)
	}
	if b, _ := truth.BenchOf(s.Name()); b.Name != bench {
		return fmt.Errorf("%s is not about %s, but %s is", bench, s.Name(), cmp.Or(b.Name, "no benchmark"))
	}
	return nil
}

// readRecords takes a task of records, and the scores that the records have of it.
func (c *correlateCmd) readRecords(s spaces.Space, suite compare.GroundTruth, task, data string, get func(task string) (*truth.Truth, error)) (*reached, error) {
	tasks := suite.Tasks()
	switch {
	case task == "" && len(tasks) == 1:
		task = tasks[0]
	case task == "" && slices.Contains(tasks, data):
		task = data
	case task == "":
		return nil, usage("%s has the tasks %s; choose one with -task", c.Truth, strings.Join(tasks, ", "))
	}
	if err := checkTask(c.Truth, task, tasks); err != nil {
		return nil, err
	}
	t, err := get(task)
	if err != nil {
		return nil, err
	}
	out := &reached{Truth: t, scores: map[string]map[string]float64{}}
	for _, e := range compare.TruthTable(suite, s.Name(), task).Entries() {
		arch, err := s.Parse(e.Arch)
		if err != nil {
			return nil, err
		}
		if out.scores[e.Proxy] == nil {
			out.scores[e.Proxy] = map[string]float64{}
		}
		out.scores[e.Proxy][string(arch)] = e.Value
	}
	return out, nil
}

// checkTask says what is wrong with the name of a task of a space or of ground truth, if anything is.
func checkTask(of, task string, tasks []string) error {
	if slices.Contains(tasks, task) {
		return nil
	}
	hint := ""
	if n := spaces.Nearest(task, tasks); n != "" {
		hint = fmt.Sprintf("; did you mean %q?", n)
	}
	return fmt.Errorf("%s has no task %q%s (it has %s)", of, task, hint, strings.Join(tasks, ", "))
}

// benchArchs are the architectures that NAS-Bench-Suite-Zero scored of a benchmark, in its order: those of one task where
// name is BENCH:TASK, else of all tasks of the benchmark itself.
func benchArchs(s spaces.Space, name string) ([]spaces.Arch, error) {
	bench, task, one := strings.Cut(name, ":")
	if err := checkBench(bench, s); err != nil {
		return nil, err
	}
	suite, err := records.Sample(bench)
	if err != nil {
		return nil, err
	}
	tasks := suite.Tasks()
	if one {
		if err := checkTask(bench, task, tasks); err != nil {
			return nil, err
		}
		tasks = []string{task}
	} else {
		b, _ := truth.BenchOf(s.Name())
		tasks = suite.Only(b.Own()...).Tasks()
	}
	var out []spaces.Arch
	seen := map[spaces.Arch]bool{}
	for _, task := range tasks {
		t, err := truth.Of(s, suite, task)
		if err != nil {
			return nil, err
		}
		for _, x := range t.Archs() {
			if !seen[x] {
				seen[x] = true
				out = append(out, x)
			}
		}
	}
	return out, nil
}

// readTruthCSV reads a file of the user's own.
func readTruthCSV(name, task string, s spaces.Space) (*reached, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t, err := truth.ReadCSV(f, s, task)
	switch {
	case errors.Is(err, truth.ErrColumn):
		return nil, usage("%s: %v with -task", name, err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &reached{Truth: t}, nil
}
