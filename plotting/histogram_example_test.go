package plotting_test

import (
	"log"
	"math"
	"testing"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/internal/golden"
)

func ExampleHistogram() {
	parameters := []float64{1e5, 1.1e5, 1.2e5, 3e5, 3.1e5, 3.2e5, 3.3e5, 3.3e5, 6e5, 6.1e5, 1.2e6, math.NaN()}
	fig, err := plotting.Histogram("params", parameters, 12, plotting.WithLogX(), plotting.WithXLabel("parameters"),
		plotting.WithTitle("nats-tss"), plotting.WithDPI(80))
	if err != nil {
		log.Panic(err)
	}
	if err := plotting.Save(fig, "testdata/histogram.png"); err != nil {
		log.Panic(err)
	}
}

func TestHistogramGolden(t *testing.T) { golden.Example(t, "histogram", ExampleHistogram) }
