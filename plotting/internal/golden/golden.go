// Package golden compares figures with their pictures in testdata.
package golden

import (
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/plot/cmpimg"
)

// Check has a figure saved as testdata/NAME.png and compares that with testdata/NAME_golden.png; go test -regen makes
// the file anew. The tolerance forgives the last bit of floating-point differences between processors.
func Check(t *testing.T, name string, save func(path string) error) {
	t.Helper()
	path := filepath.Join("testdata", name+".png")
	t.Cleanup(func() { _ = os.Remove(path) })
	cmpimg.CheckPlotApprox(func() {
		if err := save(path); err != nil {
			t.Fatal(err)
		}
	}, t, 0.02, name+".png")
}
