package search

import (
	"math/rand/v2"
	"slices"
)

// searcher is one search with one seed.
type searcher struct {
	*problem
	rng    *rand.Rand
	budget int
	seen   []bool
	order  []int     // what was evaluated
	best   []float64 // best accuracy by number of evaluations
}

func newSearcher(p *problem, budget int, rng *rand.Rand) *searcher {
	return &searcher{problem: p, rng: rng, budget: budget, seen: make([]bool, len(p.task.Archs))}
}

func (s *searcher) spent() bool { return len(s.order) >= s.budget }

// evaluate returns the accuracy of a row, and spends budget on it if it has not been evaluated before.
func (s *searcher) evaluate(row int) float64 {
	a := s.task.Accuracy[row]
	if s.seen[row] || s.spent() {
		return a
	}
	s.seen[row] = true
	best := a
	if len(s.best) > 0 {
		best = max(a, s.best[len(s.best)-1])
	}
	s.order = append(s.order, row)
	s.best = append(s.best, best)
	return a
}

// unseen draws a row that was not evaluated yet.
func (s *searcher) unseen() int {
	for range 100 {
		if row := s.rng.IntN(len(s.seen)); !s.seen[row] {
			return row
		}
	}
	var left []int
	for row, seen := range s.seen {
		if !seen {
			left = append(left, row)
		}
	}
	return left[s.rng.IntN(len(left))]
}

// draw returns n different rows that were not evaluated, or all of them where there are not so many.
func (s *searcher) draw(n int) []int {
	n = min(n, len(s.seen)-len(s.order))
	out := make([]int, 0, n)
	taken := make(map[int]bool, n)
	if 4*n > len(s.seen)-len(s.order) {
		for _, row := range s.rng.Perm(len(s.seen)) {
			if len(out) < n && !s.seen[row] {
				out = append(out, row)
			}
		}
		return out
	}
	for len(out) < n {
		if row := s.unseen(); !taken[row] {
			taken[row] = true
			out = append(out, row)
		}
	}
	return out
}

// warm draws rows and keeps the best by the proxy, in its order.
func (s *searcher) warm(drawn, kept int) []int {
	rows := s.draw(drawn)
	slices.SortStableFunc(rows, func(a, b int) int {
		switch {
		case s.proxy[a] > s.proxy[b]:
			return -1
		case s.proxy[a] < s.proxy[b]:
			return 1
		}
		return 0
	})
	return rows[:min(kept, len(rows))]
}
