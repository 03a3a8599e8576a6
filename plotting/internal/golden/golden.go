// Package golden compares figures with their pictures in testdata.
package golden

import (
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/plot/cmpimg"
)

// Example runs an example that saves testdata/NAME.png and compares that with testdata/NAME_golden.png;
// go test -regen makes the file anew. The tolerance forgives the last bit of floating-point differences between
// processors.
func Example(t *testing.T, name string, example func()) {
	t.Helper()
	t.Cleanup(func() { _ = os.Remove(path(name)) })
	cmpimg.CheckPlotApprox(example, t, 0.02, name+".png")
}

// Check does so with a figure that is no example.
func Check(t *testing.T, name string, save func(path string) error) {
	t.Helper()
	Example(t, name, func() {
		if err := save(path(name)); err != nil {
			t.Fatal(err)
		}
	})
}

func path(name string) string { return filepath.Join("testdata", name+".png") }
