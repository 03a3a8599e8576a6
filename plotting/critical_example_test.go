package plotting_test

import (
	"log"
	"testing"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/internal/golden"
)

func ExampleCriticalDifference() {
	fig, err := plotting.CriticalDifference([]string{"synflow", "snip", "flops", "fisher"}, []float64{1.2, 2.1, 3.1, 3.6}, 1.2,
		plotting.WithDPI(80))
	if err != nil {
		log.Panic(err)
	}
	if err := plotting.Save(fig, "testdata/critical_groups.png"); err != nil {
		log.Panic(err)
	}
}

func TestCriticalDifferenceGolden(t *testing.T) {
	golden.Example(t, "critical_groups", ExampleCriticalDifference)
}
