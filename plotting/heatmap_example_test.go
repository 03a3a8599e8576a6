package plotting_test

import (
	"log"
	"math"
	"testing"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/internal/golden"
)

func ExampleHeatMap() {
	// Spearman between four proxies and the accuracy on DARTS, CIFAR-100 (published).
	names := []string{"grad_norm", "grasp", "synflow", "params", "gt"}
	rho := [][]float64{
		{1, -0.44, 0.55, 0.40, 0.27},
		{-0.44, 1, 0.14, 0.37, 0.23},
		{0.55, 0.14, 1, 0.996, 0.39},
		{0.40, 0.37, 0.996, 1, math.NaN()},
		{0.27, 0.23, 0.39, math.NaN(), 1},
	}
	fig, err := plotting.HeatMap(names, rho, plotting.WithTitle("DARTS, CIFAR-100"), plotting.WithDPI(80))
	if err != nil {
		log.Panic(err)
	}
	if err := plotting.Save(fig, "testdata/heatmap.png"); err != nil {
		log.Panic(err)
	}
}

func TestHeatMapGolden(t *testing.T) { golden.Example(t, "heatmap", ExampleHeatMap) }
