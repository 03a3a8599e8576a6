package study

import (
	"maps"
	"slices"

	"github.com/zcnas/zcnas/datasets/truth"
	"github.com/zcnas/zcnas/datasets/truth/records"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/search"
)

// Largest returns all architectures of a task where there are records of them, and the sample of
// NAS-Bench-Suite-Zero elsewhere.
func Largest(bench, task string) (*search.Task, error) {
	if slices.Contains(records.WholeBenches(), bench) {
		return Whole(bench, task)
	}
	return Records(bench, task)
}

// Recorded is what all architectures of a space reached on a task.
type Recorded struct {
	Task     string
	Accuracy map[string]float64 // by official notation
	sorted   []float64
}

// Accuracies returns what all architectures of a space reached, by task; nil where there are no such records, and for
// networks of other sizes than those that were trained.
func Accuracies(space spaces.Space) []Recorded {
	bench, ok := truth.BenchOf(space.Name())
	if !ok || spaces.FullName(space) != space.Name() || !slices.Contains(records.WholeBenches(), bench.Name) {
		return nil
	}
	var out []Recorded
	for _, task := range bench.Tasks {
		t, err := truth.Get(space, task.Name, truth.WithEpoch("last"))
		if err != nil {
			return nil
		}
		out = append(out, Recorded{task.Name, t.Values(), slices.Sorted(maps.Values(t.Values()))})
	}
	return out
}

// Below is the share of the space that is worse than an accuracy.
func (r *Recorded) Below(accuracy float64) float64 {
	n, _ := slices.BinarySearch(r.sorted, accuracy)
	return float64(n) / float64(max(len(r.sorted), 1))
}
