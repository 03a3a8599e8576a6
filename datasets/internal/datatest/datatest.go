// Package datatest holds what the tests of data sets and of ground truth share.
package datatest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/internal/outside"
)

// Shared points ZC_DATA at the folder of outside data that holds file, and the user's cache at an empty folder. It
// skips the test where there is none.
func Shared(t testing.TB, file string) string {
	t.Helper()
	dir := strings.TrimSuffix(outside.File(t, "data/"+file), string(filepath.Separator)+filepath.FromSlash(file))
	t.Setenv("ZC_DATA", dir)
	EmptyCache(t)
	return dir
}

// EmptyCache keeps a test away from the cache folder of the user who runs it, on every system.
func EmptyCache(t testing.TB) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(name, dir)
	}
}

// WriteFiles makes the folder and the files in it.
func WriteFiles(t testing.TB, dir string, files map[string][]byte) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
