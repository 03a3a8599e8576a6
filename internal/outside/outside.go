// Package outside finds what tests read and the repository does not hold: the reference cases and the samples of
// public data in a folder "shared" beside the checkout, or those of $ZC_DATA. A clone that has neither skips the
// tests that need them; each says which file it lacks.
package outside

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// File returns the path of a file or folder, given by its path with slashes below "shared", such as
// "reference/tss.jsonl" or "data/nats-bench". What lies below data is looked for in $ZC_DATA first. The test is
// skipped where the file is missing.
func File(t testing.TB, path string) string {
	t.Helper()
	var tried []string
	if below, ok := strings.CutPrefix(path, "data/"); ok && os.Getenv("ZC_DATA") != "" {
		tried = append(tried, filepath.Join(os.Getenv("ZC_DATA"), filepath.FromSlash(below)))
	}
	tried = append(tried, filepath.Join(checkout(t), "..", "shared", filepath.FromSlash(path)))
	for _, name := range tried {
		if _, err := os.Stat(name); err == nil {
			return name
		}
	}
	t.Skipf("this test needs %s, which is not part of the repository; looked at %s", path, strings.Join(tried, " and "))
	return ""
}

// checkout is the root of the module that the test's package lies in.
func checkout(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd() // go test runs a package's tests in its folder
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		above := filepath.Dir(dir)
		if above == dir {
			t.Fatal("the test runs outside a checkout: no go.mod in any folder above")
		}
		dir = above
	}
}
