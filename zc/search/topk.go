package search

import (
	"fmt"
	"math"
	"slices"

	"github.com/zcnas/zcnas/zc/stats"
)

// TopPrecision is the share of the best architectures by score that are among the best by accuracy, both being the
// given share of all, 0.01 for the best percent, and at least one. Ties at the border are broken by the order of the
// columns; scores that are [Missing] come last. By chance it is the share itself. Errors: columns of different
// length, or empty ones, a share that is not in (0, 1].
func TopPrecision(scores, accuracy []float64, share float64) (float64, error) {
	n := len(scores)
	if n == 0 || n != len(accuracy) {
		return 0, fmt.Errorf("search: %d scores and %d accuracies; want equally many, and at least one", n, len(accuracy))
	}
	if !(share > 0 && share <= 1) {
		return 0, fmt.Errorf("search: the best %g of all; want a share above 0 and up to 1", share)
	}
	k := max(1, int(math.Round(share*float64(n))))
	best := make(map[int]bool, k)
	for _, i := range top(accuracy, k) {
		best[i] = true
	}
	hits := 0
	for _, i := range top(scores, k) {
		if best[i] {
			hits++
		}
	}
	return float64(hits) / float64(k), nil
}

// top lists the positions of the k highest values.
func top(x []float64, k int) []int {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	value := func(i int) float64 {
		if Missing(x[i]) {
			return math.Inf(-1)
		}
		return x[i]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case value(a) > value(b):
			return -1
		case value(a) < value(b):
			return 1
		}
		return 0
	})
	return order[:k]
}

// Speedup is Amdahl's law: how many times faster a whole becomes when the given part of its time, in [0, 1], is done
// factor times faster. Speedup(0.2, math.Inf(1)) is 1.25. Errors: a part outside [0, 1], a factor that is not positive.
func Speedup(part, factor float64) (float64, error) {
	if !(part >= 0 && part <= 1) || !(factor > 0) {
		return 0, fmt.Errorf("search: a part %g of the time, %g times faster; want a part in [0, 1] and a positive factor", part, factor)
	}
	return 1 / (1 - part + part/factor), nil
}

// Bias says what a proxy measures besides accuracy.
type Bias struct {
	Proxy    string
	Accuracy float64 // Spearman's correlation with accuracy
	// With is its correlation with each of the sizes, and Without that with accuracy where the sizes are held equal,
	// by partial rank correlation: near zero, the proxy knows no more than the sizes do.
	With    map[string]float64
	Without float64
}

// Biases measures every proxy of a task, those in sizes apart, against sizes, "params" and "flops" as a rule: proxies
// of the task themselves. Errors: a size that the task has not, accuracies that are not known or all equal.
func Biases(t *Task, sizes ...string) ([]Bias, error) {
	if err := t.checkTrained(); err != nil {
		return nil, err
	}
	given := make([][]float64, len(sizes))
	for i, s := range sizes {
		column, err := t.Column(s)
		if err != nil {
			return nil, err
		}
		given[i], _ = present(column)
	}
	var out []Bias
	for j, p := range t.Proxies {
		if slices.Contains(sizes, p) {
			continue
		}
		x, _ := present(t.Scores[j])
		b := Bias{Proxy: p, With: map[string]float64{}, Accuracy: spearman(x, t.Accuracy)}
		for i, s := range sizes {
			b.With[s] = spearman(x, given[i])
		}
		partial, err := stats.PartialSpearman(x, t.Accuracy, given...)
		if err != nil {
			return nil, fmt.Errorf("search: %s, %s: %w", t, p, err)
		}
		b.Without = partial.Rho
		out = append(out, b)
	}
	return out, nil
}
