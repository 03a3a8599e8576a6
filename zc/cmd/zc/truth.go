package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/zcnas/zcnas/datasets/truth"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/store"
	"github.com/zcnas/zcnas/zc/table"
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

// reached is what architectures of a space reached on a task, by their official notation.
type reached struct {
	task   string
	values map[string]float64
	scores map[string]map[string]float64 // by proxy and architecture, where scores came along
}

// readTruth reads the accuracies that -truth and -task name. Where no task is named it is the one that there is,
// or the one of the data set's name.
func (c *correlateCmd) readTruth(a *app, s spaces.Space, data string) (*reached, error) {
	name, task := c.Truth, c.Task
	_, err := os.Stat(name)
	isFile := err == nil
	if ext := strings.ToLower(filepath.Ext(name)); isFile && ext == ".csv" {
		return readTruthCSV(name, task, s)
	} else if !isFile && (ext == ".csv" || ext == ".json" || strings.ContainsRune(name, os.PathSeparator)) {
		return nil, err
	}
	var records *truth.Records
	if isFile {
		records, err = truth.OpenSuiteZero(name)
	} else {
		bench, suffix, ok := strings.Cut(name, ":")
		if ok && task != "" && task != suffix {
			return nil, usage("-truth %s and -task %s name two tasks", name, task)
		} else if ok {
			task = suffix
		}
		records, err = truth.SuiteZero(a.ctx, bench)
	}
	if err != nil {
		return nil, err
	}
	tasks := records.Tasks()
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
	out := &reached{task: task, values: map[string]float64{}, scores: map[string]map[string]float64{}}
	for key, v := range compare.TruthColumn(records, task) {
		arch, err := s.Parse(key)
		if err != nil {
			return nil, fmt.Errorf("%s is not about %s: %w", c.Truth, s.Name(), err)
		}
		if _, ok := out.values[string(arch)]; ok {
			return nil, fmt.Errorf("%s has two accuracies of %s on %s, in different notations, one of them as %s", c.Truth, arch, task, key)
		}
		out.values[string(arch)] = v
	}
	for _, e := range compare.TruthTable(records, s.Name(), task).Entries() {
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

// benchArchs are the architectures that a benchmark of NAS-Bench-Suite-Zero has accuracies of, in its order: those
// of one task where name is BENCH:TASK, else of all.
func benchArchs(a *app, s spaces.Space, name string) ([]spaces.Arch, error) {
	bench, task, one := strings.Cut(name, ":")
	records, err := truth.SuiteZero(a.ctx, bench)
	if err != nil {
		return nil, err
	}
	tasks := records.Tasks()
	if one {
		if err := checkTask(bench, task, tasks); err != nil {
			return nil, err
		}
		tasks = []string{task}
	}
	var out []spaces.Arch
	seen := map[spaces.Arch]bool{}
	for _, task := range tasks {
		for _, key := range records.Archs(task) {
			x, err := s.Parse(key)
			if err != nil {
				return nil, fmt.Errorf("%s is not about %s: %w", bench, s.Name(), err)
			}
			if !seen[x] {
				seen[x] = true
				out = append(out, x)
			}
		}
	}
	return out, nil
}

// readTruthCSV reads a file of the user's own: a header, a column arch in any of the space's encodings, and a
// column of accuracies, which task names where there are several.
func readTruthCSV(name, task string, s spaces.Space) (*reached, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s is empty; want a header row with arch and a column of accuracies", name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff") // a spreadsheet program's byte-order mark
	for i, column := range head {
		if first := slices.Index(head, column); first < i {
			return nil, fmt.Errorf("%s: the columns %d and %d are both named %q", name, first+1, i+1, column)
		}
	}
	at := slices.Index(head, "arch")
	if at < 0 {
		return nil, fmt.Errorf("%s has no column arch; its columns are %s", name, strings.Join(head, ", "))
	}
	columns := slices.Delete(slices.Clone(head), at, at+1)
	if task == "" && len(columns) == 1 {
		task = columns[0]
	}
	column := slices.Index(head, task)
	if task == "" || task == "arch" || column < 0 {
		return nil, usage("%s has the columns %s; choose one with -task", name, strings.Join(columns, ", "))
	}
	out := &reached{task: task, values: map[string]float64{}}
	lines := map[string]int{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := r.FieldPos(column)
		arch, err := s.Parse(row[at])
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", name, line, err)
		}
		if row[column] == "" {
			continue // not known
		}
		v, err := strconv.ParseFloat(row[column], 64)
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %q is not a number", name, line, row[column])
		}
		if first, ok := lines[string(arch)]; ok {
			return nil, fmt.Errorf("%s: the lines %d and %d both have a value of %s; leave one of them", name, first, line, arch)
		}
		lines[string(arch)] = line
		out.values[string(arch)] = v
	}
}
