package plotting

import (
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/plot/cmpimg"
)

// checkGolden compares a figure with testdata/NAME_golden.png; go test -regen makes the file anew. The tolerance
// forgives the last bit of floating-point differences between processors.
func checkGolden(t *testing.T, name string, f *Figure, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	f.cfg.dpi = 80
	path := filepath.Join("testdata", name+".png")
	t.Cleanup(func() { _ = os.Remove(path) })
	cmpimg.CheckPlotApprox(func() {
		if err := Save(f, path); err != nil {
			t.Fatal(err)
		}
	}, t, 0.02, name+".png")
}
