package search

import (
	"fmt"
	"math"
	"strings"

	"github.com/zcnas/zcnas/spaces"
)

// Task is a table of architectures of one search space: what is known of them, and what is to be predicted. Its
// slices are aligned and not changed by the functions of this package.
type Task struct {
	Space string // "nasbench201"
	Name  string // "cifar10"
	Archs []string
	// Accuracy is what each reached when trained, higher is better; NaN where that is not known.
	Accuracy []float64
	Proxies  []string    // names of the proxies
	Scores   [][]float64 // by proxy and architecture; see [Missing]
	// Encoding describes the architectures in numbers, by column and architecture; see [Encode].
	Encoding [][]float64
}

// String names the task, "nasbench201/cifar10".
func (t *Task) String() string { return t.Space + "/" + t.Name }

// Column returns the scores of a proxy. Errors: the task has no such proxy.
func (t *Task) Column(proxy string) ([]float64, error) {
	for i, p := range t.Proxies {
		if p == proxy {
			return t.Scores[i], nil
		}
	}
	hint := ""
	if n := spaces.Nearest(proxy, t.Proxies); n != "" {
		hint = fmt.Sprintf("; did you mean %q?", n)
	}
	return nil, fmt.Errorf("search: %s has no scores of %q%s (it has %s)", t, proxy, hint, strings.Join(t.Proxies, ", "))
}

// check finds columns that do not fit together.
func (t *Task) check() error {
	n := len(t.Archs)
	if n == 0 {
		return fmt.Errorf("search: %s has no architectures", t)
	}
	if len(t.Accuracy) != n {
		return fmt.Errorf("search: %s has %d architectures and %d accuracies", t, n, len(t.Accuracy))
	}
	if len(t.Scores) != len(t.Proxies) {
		return fmt.Errorf("search: %s names %d proxies and has the scores of %d", t, len(t.Proxies), len(t.Scores))
	}
	for i, column := range t.Scores {
		if len(column) != n {
			return fmt.Errorf("search: %s has %d architectures and %d scores of %s", t, n, len(column), t.Proxies[i])
		}
	}
	for i, column := range t.Encoding {
		if len(column) != n {
			return fmt.Errorf("search: %s has %d architectures and %d values in column %d of the encoding", t, n, len(column), i)
		}
	}
	return nil
}

// Missing tells whether a score says nothing: NaN, infinite, or NAS-Bench-Suite-Zero's mark for a score that its
// run did not have, −1e8 (anything down from −9e7 counts). The rules of this package give such scores the middle
// rank.
func Missing(score float64) bool {
	return math.IsNaN(score) || math.IsInf(score, 0) || score <= -9e7
}
