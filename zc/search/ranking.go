package search

import (
	"fmt"
)

// Ranking scores the architectures by a proxy of the task or by a rule, higher being better; a score that is [Missing]
// has the middle rank. Errors: neither the one nor the other, or a rule whose proxies the task has not.
func (t *Task) Ranking(name string) ([]float64, error) {
	if r, err := LookupRule(name); err == nil {
		return t.Combine(r)
	}
	column, err := t.Column(name)
	if err != nil {
		return nil, err
	}
	x, err := fractions(column)
	if err != nil {
		return nil, fmt.Errorf("search: %s, %s: %w", t, name, err)
	}
	return x, nil
}
