package zc

import (
	"errors"
	"fmt"
	"math"

	"github.com/zcnas/zcnas/zc/search"
	"github.com/zcnas/zcnas/zc/table"
)

// Combine adds a combination of proxies to scores: the table that it returns has one row more for each architecture and
// run, under the rule's name, which is a proxy like any other. The rule is one of [search.Rules], "" for its default:
//
//	combined, err := zc.Combine(scores, "log-rank") // of flops and nwot
//
// Errors: an unknown rule, an empty table, a run without one of the rule's proxies.
func Combine(scores *Table, rule string) (*Table, error) {
	r := search.Rules()[0]
	if rule != "" {
		var err error
		if r, err = search.LookupRule(rule); err != nil {
			return nil, err
		}
	}
	return eachRun(scores, func(t *search.Task, run table.RunKey, out *Table) error {
		score, err := t.Combine(r)
		if err != nil {
			return err
		}
		addColumn(out, t, run, r.Name, score)
		return nil
	})
}

// Fitted and FittedDeviation name the rows that [CombineWith] adds.
const (
	Fitted          = "fitted"
	FittedDeviation = "fitted_deviation"
)

// CombineWith adds a combination of proxies that learned from the accuracies of some architectures: kernel ridge
// regression on ranks towards a rule, see [search.Task.CombineWith]. The rows "fitted" say where an architecture
// ranks, and "fitted_deviation" how sure that is, both in standard deviations of the ranks of accuracy. Ten known accuracies
// are worth more than any rule without: see zc evidence.
//
// Accuracies of architectures without scores are not used. Errors: as of [Combine]; a single accuracy, or
// accuracies that are all equal.
func CombineWith(scores *Table, accuracies map[string]float64, fit search.Fit) (*Table, error) {
	return eachRun(scores, func(t *search.Task, run table.RunKey, out *Table) error {
		var rows []int
		for i, a := range t.Archs {
			if v, ok := accuracies[a]; ok && !math.IsNaN(v) {
				t.Accuracy[i] = v
				rows = append(rows, i)
			}
		}
		if len(rows) == 0 && len(accuracies) > 0 {
			return fmt.Errorf("zc: none of the %d scored architectures, such as %q, is among the %d accuracies; bring both to one notation with the space's Parse",
				len(t.Archs), t.Archs[0], len(accuracies))
		}
		p, err := t.CombineWith(rows, fit)
		if err != nil {
			return err
		}
		addColumn(out, t, run, Fitted, p.Score)
		addColumn(out, t, run, FittedDeviation, p.Deviation)
		return nil
	})
}

func eachRun(scores *Table, f func(t *search.Task, run table.RunKey, out *Table) error) (*Table, error) {
	runs := scores.Runs()
	if len(runs) == 0 {
		return nil, errors.New("zc: the score table is empty")
	}
	out := table.New(scores.Entries()...)
	for _, run := range runs {
		t, err := SearchTask(scores.Run(run))
		if err != nil {
			return nil, err
		}
		if err := f(t, run, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func addColumn(out *Table, t *search.Task, run table.RunKey, proxy string, column []float64) {
	for i, a := range t.Archs {
		out.Add(Entry{Key: Key{Space: run.Space, Arch: a, Data: run.Data, Batch: run.Batch, Seed: run.Seed, Proxy: proxy}, Value: column[i]})
	}
}

// SearchTask is the scores of one run as package search takes them, with the architectures encoded and no accuracy
// known. Errors: an empty table, one with several runs, architectures that cannot be encoded.
func SearchTask(scores *Table) (*search.Task, error) {
	runs := scores.Runs()
	if len(runs) != 1 {
		return nil, fmt.Errorf("zc: the score table has %d runs; take one with Table.Run", len(runs))
	}
	t := &search.Task{Space: runs[0].Space, Name: runs[0].Data, Archs: scores.Archs(), Proxies: scores.Proxies()}
	for _, p := range t.Proxies {
		t.Scores = append(t.Scores, scores.Column(p))
	}
	for range t.Archs {
		t.Accuracy = append(t.Accuracy, math.NaN())
	}
	var err error
	t.Encoding, err = search.Encode(t.Archs)
	return t, err
}
