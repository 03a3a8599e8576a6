package plotting_test

import (
	"log"
	"math"
	"testing"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/internal/golden"
)

func ExampleCorrelationBars() {
	nan := math.NaN()
	rho := [][]float64{{0.79, 0.39, -0.17}, {0.73, 0.56, -0.09}, {0.72, -0.13, nan}}
	lo := [][]float64{{0.76, 0.33, -0.23}, {0.70, 0.51, -0.15}, {0.68, -0.19, nan}}
	hi := [][]float64{{0.82, 0.45, -0.11}, {0.76, 0.61, -0.03}, {0.75, -0.07, nan}}
	fig, err := plotting.CorrelationBars([]string{"synflow", "params", "jacob_cov"}, []string{"CIFAR-100", "Spherical CIFAR-100", "NinaPro"},
		rho, lo, hi, plotting.WithGroups([]string{"NATS-Bench TSS", "DARTS", "DARTS"}), plotting.WithDPI(80))
	if err != nil {
		log.Panic(err)
	}
	if err := plotting.Save(fig, "testdata/bars.png"); err != nil {
		log.Panic(err)
	}
}

func TestCorrelationBarsGolden(t *testing.T) { golden.Example(t, "bars", ExampleCorrelationBars) }
