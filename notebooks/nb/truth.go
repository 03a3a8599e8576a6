package nb

import (
	"context"
	"fmt"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/datasets/truth"
	"github.com/zcnas/zcnas/datasets/truth/records"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/stats"
)

// Truth returns what is published of a benchmark's own tasks: accuracies, and the scores that NAS-Bench-Suite-Zero gave
// the same architectures. It is nil of no benchmark, "", and panics for an unknown one.
func Truth(bench string) *records.Truth {
	if bench == "" {
		return nil
	}
	known := Must(records.Sample(bench))
	for _, b := range truth.Benches() {
		if b.Name == bench {
			return known.Only(b.Own()...)
		}
	}
	return known
}

// Accuracies returns what the architectures of the records reached on a task, by the space's official notation;
// nil without records. It panics if the records are about another space.
func Accuracies(space spaces.Space, known *records.Truth, task string) map[string]float64 {
	if known == nil {
		return nil
	}
	return Must(truth.Of(space, known, task)).Values()
}

// Archs draws n different architectures: among the records of a task, so that each has an accuracy, or from the
// whole space where there are no records. At most all of the records are drawn.
func Archs(space spaces.Space, known *records.Truth, task string, n int, seed uint64) []spaces.Arch {
	if known == nil {
		return Must(space.Sample(n, seed))
	}
	return Must(truth.Of(space, known, task)).Sample(n, seed)
}

// Data returns the data set if its files are on this machine, and the stand-in otherwise.
func Data(name, standIn string) string {
	data, err := datasets.Get(name, datasets.WithOffline())
	if err == nil {
		_, err = data.Minibatch(context.Background(), 1, 0, datasets.Random)
	}
	if err != nil {
		return standIn
	}
	return name
}

// Task returns the post's name of a task of the records, for tables that show both.
func Task(name string) string { return truth.Title(name) }

// Suite returns how well the scores that NAS-Bench-Suite-Zero publishes rank its records of a benchmark, with
// bootstrap intervals, under the post's names of tasks and the given name of the space; none without records.
func Suite(bench, space string) compare.Results {
	known := Truth(bench)
	if known == nil {
		return nil
	}
	results := Must(compare.TruthResults(known, space, compare.SourceSuite, stats.WithResamples(Pick(200, 1000))))
	for i := range results {
		results[i].Task = Task(results[i].Task)
		results[i].Note = fmt.Sprintf("zc_%s.json", bench)
	}
	return results
}
