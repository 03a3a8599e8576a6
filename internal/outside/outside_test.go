package outside_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/zcnas/zcnas/internal/outside"
)

func TestFile(t *testing.T) {
	base := t.TempDir()
	pkg := filepath.Join(base, "checkout", "a", "b")
	data := filepath.Join(base, "data")
	write := func(elem ...string) string {
		name := filepath.Join(append([]string{base}, elem...)...)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	write("checkout", "go.mod")
	beside := write("shared", "reference", "x.jsonl")
	both := write("data", "both.json")
	write("shared", "data", "both.json")
	if err := os.MkdirAll(pkg, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(pkg)
	t.Setenv("ZC_DATA", data)

	for _, tt := range []struct{ name, path, want string }{
		{"beside the checkout", "reference/x.jsonl", beside},
		{"in ZC_DATA first", "data/both.json", both},
		{"not there", "data/missing.json", ""},
		{"an empty folder beside", "data/cifar-10-batches-bin", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, skipped := find(t, tt.path)
			if skipped != (tt.want == "") {
				t.Fatalf("skipped: %v, got %q", skipped, got)
			}
			if tt.want != "" && !same(t, got, tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// find runs File in a test of its own, which it may skip.
func find(t *testing.T, path string) (got string, skipped bool) {
	t.Run("find", func(t *testing.T) {
		t.Cleanup(func() { skipped = t.Skipped() })
		got = outside.File(t, path)
	})
	return got, skipped
}

func same(t *testing.T, a, b string) bool {
	t.Helper()
	x, err := os.Stat(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := os.Stat(b)
	if err != nil {
		t.Fatal(err)
	}
	return os.SameFile(x, y)
}
