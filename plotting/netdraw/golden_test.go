package netdraw

import (
	"testing"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/internal/golden"
)

// small is the resolution of the golden pictures.
var small = plotting.WithDPI(80)

func checkGolden(t *testing.T, name string, f *plotting.Figure, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, name, func(path string) error { return plotting.Save(f, path) })
}
