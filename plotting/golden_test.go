package plotting

import (
	"testing"

	"github.com/zcnas/zcnas/plotting/internal/golden"
)

func checkGolden(t *testing.T, name string, f *Figure, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	f.cfg.dpi = 80
	golden.Check(t, name, func(path string) error { return Save(f, path) })
}

// must returns v, and panics with err if there is one.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
