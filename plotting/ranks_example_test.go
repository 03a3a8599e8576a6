package plotting_test

import (
	"log"
	"testing"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/internal/golden"
)

func ExampleAverageRanks() {
	// Table 4 of the post.
	proxies := []string{"fisher", "grad_norm", "grasp", "jacob_cov", "snip", "synflow", "flops", "params"}
	spaces := []string{"NATS-Bench TSS", "DARTS", "TransNAS-Bench-101"}
	ranks := [][]float64{{6, 4.6, 2.75}, {6, 4.2, 4.5}, {5, 4.6, 4.5}, {4, 4.8, 7.5}, {5.67, 4.6, 3}, {1.33, 5.4, 4.5}, {4, 4, 4}, {4, 3.8, 5.25}}
	overall := []float64{4.33, 4.75, 4.67, 5.5, 4.33, 4.08, 4, 4.33}
	fig, err := plotting.AverageRanks(proxies, spaces, ranks, overall, plotting.WithDPI(80))
	if err != nil {
		log.Panic(err)
	}
	if err := plotting.Save(fig, "testdata/ranks.png"); err != nil {
		log.Panic(err)
	}
}

func TestAverageRanksGolden(t *testing.T) { golden.Example(t, "ranks", ExampleAverageRanks) }
