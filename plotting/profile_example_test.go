package plotting_test

import (
	"log"
	"testing"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/internal/golden"
)

func ExamplePerformanceProfile() {
	tau := [][]float64{{1, 1.2, 2.75}, {1, 1.36, 1.45}, {1.02, 1.36, 1.46}}
	share := [][]float64{{1. / 3, 2. / 3, 1}, {1. / 3, 2. / 3, 1}, {1. / 3, 2. / 3, 1}}
	fig, err := plotting.PerformanceProfile([]string{"synflow", "params", "flops"}, tau, share, plotting.WithDPI(80))
	if err != nil {
		log.Panic(err)
	}
	if err := plotting.Save(fig, "testdata/profile.png"); err != nil {
		log.Panic(err)
	}
}

func TestPerformanceProfileGolden(t *testing.T) {
	golden.Example(t, "profile", ExamplePerformanceProfile)
}
