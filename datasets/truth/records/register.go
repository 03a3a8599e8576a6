package records

import "github.com/zcnas/zcnas/datasets/truth"

func init() { truth.Register(tables) }

// tables lists the whole spaces first: what [truth.Get] takes unless the best epoch is asked for, or a task that only
// the sample has.
func tables(bench string) []truth.Table {
	var out []truth.Table
	for _, part := range []func(string) (*Truth, error){Whole, Sample} {
		records, err := part(bench)
		if err != nil { // none of this benchmark
			continue
		}
		for _, t := range records.tables {
			out = append(out, truth.Table{Bench: t.Bench, Task: t.Task,
				About: truth.Truth{Metric: t.Metric, Epoch: t.Epoch, Source: t.Source},
				Read:  func() ([]string, []float64, error) { return t.Archs(), t.Accuracies(), nil }})
		}
	}
	return out
}
