package datasets

import (
	"fmt"

	"github.com/zcnas/zcnas/zc/stream"
)

// below draws a uniform integer in [0, n). It redraws the part of the range of uint64 that n does not
// divide, so no value is favoured.
func below(s *stream.Stream, n int) int {
	limit := -uint64(n) % uint64(n) // 2^64 mod n
	for {
		if z := s.Next(); z >= limit {
			return int(z % uint64(n))
		}
	}
}

// draw picks n different integers of [0, total) in random order: the first n steps of a Fisher-Yates
// shuffle, with a map for the few places that have moved.
func draw(s *stream.Stream, n, total int) []int {
	moved := make(map[int]int, n)
	at := func(i int) int {
		if v, ok := moved[i]; ok {
			return v
		}
		return i
	}
	picked := make([]int, n)
	for i := range picked {
		j := i + below(s, total-i)
		picked[i] = at(j)
		moved[j] = at(i)
	}
	return picked
}

// perClass says how many samples of each class the sampling Grasp takes.
func perClass(s *stream.Stream, n, classes int) ([]int, error) {
	if n < classes {
		return nil, fmt.Errorf("datasets: the sampling %q takes at least one sample of each of %d classes, and the minibatch has %d; ask for %d or more, or use %q", Grasp, classes, n, classes, Random)
	}
	counts := make([]int, classes)
	for c := range counts {
		counts[c] = n / classes
	}
	for _, c := range draw(s, n%classes, classes) {
		counts[c]++
	}
	return counts, nil
}
