package datasets

import (
	"fmt"

	"github.com/zcnas/zcnas/datasets/stream"
	"github.com/zcnas/zcnas/internal/shuffle"
)

// draw picks n different integers of [0, total) in random order.
func draw(s *stream.Stream, n, total int) []int { return shuffle.Draw(n, total, s.Below) }

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
