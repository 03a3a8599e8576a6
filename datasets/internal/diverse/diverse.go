// Package diverse finds, for tests, the miniatures of the data sets beyond CIFAR: a folder with one
// subfolder per set, holding files in the published formats and, beside them, what a loader must make of
// them. [Path] is the call to start with.
package diverse

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// Dir returns the folder: $ZC_DIVERSE, else shared/data/diverse beside the module. Where there is none,
// the test is skipped.
func Dir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("ZC_DIVERSE")
	if dir == "" {
		dir = filepath.Join(module(t), "..", "shared", "data", "diverse")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no miniatures of the data sets: %v; set ZC_DIVERSE to their folder", err)
	}
	return dir
}

// Path returns the path of a file in the folder. Where it is missing, the test is skipped by its name.
func Path(t testing.TB, elem ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{Dir(t)}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no %s: %v", filepath.Join(elem...), err)
	}
	return path
}

// JSON reads a file of the folder into v. Where it is missing, the test is skipped by its name.
func JSON(t testing.TB, v any, elem ...string) {
	t.Helper()
	path := Path(t, elem...)
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// module returns the root folder of the module.
func module(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = parent
	}
}
