package search

import (
	"slices"
)

func randomSearch(s *searcher) {
	for !s.spent() {
		s.evaluate(s.unseen())
	}
}

func warmRandom(s *searcher) {
	for _, row := range s.warm(3000, s.budget) {
		s.evaluate(row)
	}
}

// evolve is ageing evolution from a first population: the best of a random few has a child, one edit away, and the
// oldest of the population goes. With propose, a proxy chooses the child among all neighbours that were not
// evaluated, but for one in four, which stay random.
func (s *searcher) evolve(first []int, size, tournament int, propose bool) {
	const randomShare = 0.25
	population := slices.Clone(first)
	for _, row := range population {
		s.evaluate(row)
	}
	for steps := 0; !s.spent() && steps < 100*s.budget; steps++ {
		winner := population[s.rng.IntN(len(population))]
		for range tournament - 1 {
			if other := population[s.rng.IntN(len(population))]; s.task.Accuracy[other] > s.task.Accuracy[winner] {
				winner = other
			}
		}
		near := s.neighbours[winner]
		if len(near) == 0 {
			near = []int32{int32(s.unseen())}
		}
		child := int(near[s.rng.IntN(len(near))])
		if propose && s.rng.Float64() >= randomShare {
			for _, n := range near {
				if row := int(n); !s.seen[row] && (s.seen[child] || s.proxy[row] > s.proxy[child]) {
					child = row
				}
			}
		}
		s.evaluate(child)
		population = append(population, child)
		if len(population) > size {
			population = population[1:]
		}
	}
}
