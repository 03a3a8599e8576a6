package nb

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/datasets/fetch"
	"github.com/zcnas/zcnas/datasets/truth"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/stats"
)

// patience bounds a download of a few megabytes: without a network a notebook goes on soon.
const patience = 30 * time.Second

// Truth returns a benchmark's records, as [truth.SuiteZero] names them, from this machine or by a download of a
// few megabytes. Where they cannot be had it says so, once in a session, and returns nil: the notebook goes on with
// what needs no ground truth. Of no benchmark, "", it is nil.
func Truth(bench string) *truth.Records {
	if bench == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	records, err := truth.SuiteZero(ctx, bench, fetch.WithOffline())
	if err == nil {
		return records
	}
	tried := session("no-" + bench)
	if _, err := os.Stat(tried); err == nil {
		return nil
	}
	offline := err
	if records, err = truth.SuiteZero(ctx, bench, fetch.WithProgress(func(fetch.Progress) {})); err == nil {
		return records
	}
	Note("**No ground truth here.** What follows leaves out all that needs the accuracies of trained networks "+
		"(records %q of NAS-Bench-Suite-Zero). The download failed; %v.", bench, offline)
	if err := os.WriteFile(tried, nil, 0o644); err != nil {
		panic(err)
	}
	return nil
}

// Accuracies returns what the architectures of the records reached on a task, by the space's official notation;
// nil without records. It panics if the records are about another space.
func Accuracies(space spaces.Space, records *truth.Records, task string) map[string]float64 {
	if records == nil {
		return nil
	}
	return Must(truth.Of(space, records, task)).Values()
}

// Archs draws n different architectures: among the records of a task, so that each has an accuracy, or from the
// whole space where there are no records. At most all of the records are drawn.
func Archs(space spaces.Space, records *truth.Records, task string, n int, seed uint64) []spaces.Arch {
	if records == nil {
		return Must(space.Sample(n, seed))
	}
	return Must(truth.Of(space, records, task)).Sample(n, seed)
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
	records := Truth(bench)
	if records == nil {
		return nil
	}
	results := Must(compare.TruthResults(records, space, compare.SourceSuite, stats.WithResamples(Pick(200, 1000))))
	for i := range results {
		results[i].Task = Task(results[i].Task)
		results[i].Note = fmt.Sprintf("zc_%s.json", bench)
	}
	return results
}
