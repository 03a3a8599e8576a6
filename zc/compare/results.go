package compare

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/zcnas/zcnas/zc/stats"
)

// Sources of a [Result].
const (
	SourcePublished = "published"            // tables and matrices of the post
	SourceSuite     = "NAS-Bench-Suite-Zero" // scores and accuracies that the suite publishes
	SourceComputed  = "computed"             // scores of this project
)

// TaskID names a task of a search space, as in {"DARTS", "NinaPro"}.
type TaskID struct {
	Space string `json:"space"`
	Task  string `json:"task"`
}

// Result is how well one proxy ranks the architectures of one search space on one task, and where
// that number comes from.
type Result struct {
	TaskID
	Proxy     string
	Source    string          // SourcePublished, …
	Note      string          // where in the source: "Table 2"
	Statistic stats.Statistic // what Correlation is
	stats.Correlation
	Interval stats.Interval // NaN ends where it is not known
}

// origin is the source for messages: "published (Table 2)".
func (r Result) origin() string {
	out := r.Source
	if out == "" {
		out = "a source without a name"
	}
	if r.Note != "" {
		out += " (" + r.Note + ")"
	}
	return out
}

// Results is a list of results, all of one [stats.Statistic] as a rule: the input of average ranks,
// performance profiles and significance tests.
type Results []Result

// Select returns the results for which keep is true.
func (r Results) Select(keep func(Result) bool) Results {
	var out Results
	for _, v := range r {
		if keep(v) {
			out = append(out, v)
		}
	}
	return out
}

// From returns the results of one source.
func (r Results) From(source string) Results {
	return r.Select(func(v Result) bool { return v.Source == source })
}

// Space returns the results on one search space.
func (r Results) Space(space string) Results {
	return r.Select(func(v Result) bool { return v.Space == space })
}

// Get returns the first result of the proxy on the task, and whether there is one.
func (r Results) Get(task TaskID, proxy string) (Result, bool) {
	for _, v := range r {
		if v.TaskID == task && v.Proxy == proxy {
			return v, true
		}
	}
	return Result{}, false
}

// Tasks lists the tasks with a result, in order of appearance.
func (r Results) Tasks() []TaskID {
	return distinctResults(r, func(v Result) TaskID { return v.TaskID })
}

// Spaces lists the search spaces with a result, in order of appearance.
func (r Results) Spaces() []string {
	return distinctResults(r, func(v Result) string { return v.Space })
}

// Proxies lists the proxies with a result, in order of appearance.
func (r Results) Proxies() []string {
	return distinctResults(r, func(v Result) string { return v.Proxy })
}

// Sources lists the sources of the results, in order of appearance.
func (r Results) Sources() []string {
	return distinctResults(r, func(v Result) string { return v.Source })
}

// Statistics lists the statistics of the results, in order of appearance.
func (r Results) Statistics() []stats.Statistic {
	return distinctResults(r, func(v Result) stats.Statistic { return v.Statistic })
}

func distinctResults[T comparable](r Results, of func(Result) T) []T {
	seen := make(map[T]bool)
	var out []T
	for i := range r {
		if v := of(r[i]); !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// Grid lays the coefficients out as one row for each of [Results.Tasks] and one column for each
// proxy, NaN where there is no result; nil proxies means all of [Results.Proxies]. It is an error if
// a task has two results of one proxy (take one source with [Results.From]), or if the results are of
// different statistics, or if there are none.
func (r Results) Grid(proxies []string) (tasks []TaskID, names []string, rho [][]float64, err error) {
	if len(r) == 0 {
		return nil, nil, nil, errors.New("compare: no results")
	}
	if proxies == nil {
		proxies = r.Proxies()
	}
	if len(proxies) == 0 {
		return nil, nil, nil, errors.New("compare: no proxies")
	}
	column := make(map[string]int, len(proxies))
	for j, p := range proxies {
		if _, ok := column[p]; ok {
			return nil, nil, nil, fmt.Errorf("compare: proxy %q is asked for twice", p)
		}
		column[p] = j
	}
	type cell struct {
		task  TaskID
		proxy string
	}
	row := make(map[TaskID]int)
	seen := make(map[cell]Result)
	for _, v := range r {
		if v.Statistic != r[0].Statistic {
			return nil, nil, nil, fmt.Errorf("compare: results mix %s and %s", r[0].Statistic, v.Statistic)
		}
		i, ok := row[v.TaskID]
		if !ok {
			i = len(tasks)
			row[v.TaskID] = i
			tasks = append(tasks, v.TaskID)
			values := make([]float64, len(proxies))
			for j := range values {
				values[j] = math.NaN()
			}
			rho = append(rho, values)
		}
		j, ok := column[v.Proxy]
		if !ok {
			continue
		}
		c := cell{v.TaskID, v.Proxy}
		if old, ok := seen[c]; ok {
			return nil, nil, nil, fmt.Errorf("compare: two results of %s on %s, %s: from %s and from %s; keep one",
				v.Proxy, v.Space, v.Task, old.origin(), v.origin())
		}
		seen[c] = v
		rho[i][j] = v.Rho
	}
	return tasks, slices.Clone(proxies), rho, nil
}

// Results turns the correlations of a score table into results on the task.
func (c *Correlations) Results(task TaskID, source, note string) Results {
	out := make(Results, len(c.Rows))
	for i, row := range c.Rows {
		out[i] = Result{
			TaskID: task, Proxy: row.Proxy, Source: source, Note: note,
			Statistic: stats.StatisticSpearman, Correlation: row.Spearman, Interval: row.Interval,
		}
	}
	return out
}
