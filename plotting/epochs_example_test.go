package plotting_test

import (
	"log"
	"math"
	"testing"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/internal/golden"
)

func ExampleEpochCurves() {
	nan := math.NaN()
	fig, err := plotting.EpochCurves([]string{"synflow", "snip", "params"}, []float64{1, 2, 3, 4, 5},
		[][]float64{{0.1, 0.3, 0.42, 0.5, 0.52}, {0.2, nan, 0.25, nan, nan}, {-0.1, 0.2, 0.4, 0.45, 0.47}}, plotting.WithDPI(80))
	if err != nil {
		log.Panic(err)
	}
	if err := plotting.Save(fig, "testdata/epochs.png"); err != nil {
		log.Panic(err)
	}
}

func TestEpochCurvesGolden(t *testing.T) { golden.Example(t, "epochs", ExampleEpochCurves) }
