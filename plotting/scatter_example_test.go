package plotting_test

import (
	"log"
	"math"
	"testing"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/internal/golden"
)

func ExampleScatter() {
	parameters := []float64{1e5, 2e5, 3.3e5, 5e5, 7.1e5, 9e5, 1.2e6, 1.5e6, math.NaN()}
	accuracies := []float64{61, 70.5, 68, 77, 83.5, 82, 90, 89, 50}
	fig, err := plotting.Scatter("params", parameters, accuracies, plotting.WithLogX(), plotting.WithSpearman(0.93, 0.66, 0.99),
		plotting.WithYLabel("validation accuracy (%)"), plotting.WithDPI(80))
	if err != nil {
		log.Panic(err)
	}
	if err := plotting.Save(fig, "testdata/scatter.png"); err != nil {
		log.Panic(err)
	}
}

func TestScatterGolden(t *testing.T) { golden.Example(t, "scatter", ExampleScatter) }
