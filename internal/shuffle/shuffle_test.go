package shuffle

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Every order of three comes about equally often, by both ways.
func TestUniform(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	ways := map[string]func() []int{
		"Draw":  func() []int { return Draw(3, 3, r.IntN) },
		"Order": func() []int { return Order(3, r.IntN) },
	}
	for name, shuffle := range ways {
		count := map[[3]int]int{}
		for range 6000 {
			count[[3]int(shuffle())]++
		}
		for order, n := range count {
			if n < 850 || n > 1150 {
				t.Errorf("%s: %v came %d times in 6000, want about 1000", name, order, n)
			}
		}
	}
}

func TestDraw(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	picked := Draw(50, 1_000_000_000, r.IntN)
	slices.Sort(picked)
	if len(slices.Compact(picked)) != 50 || picked[0] < 0 || picked[49] >= 1_000_000_000 {
		t.Errorf("drew %v", picked)
	}
	if got := len(Draw(0, 0, r.IntN)) + len(Order(0, r.IntN)); got != 0 {
		t.Errorf("%d of nothing", got)
	}
}
