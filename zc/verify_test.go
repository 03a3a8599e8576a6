package zc_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/zcnas/zcnas/zc"
)

// reference opens a file of reference cases, or skips the test where they are not at hand.
func reference(t *testing.T, name string) []zc.Case {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "shared", "reference", name))
	if err != nil {
		t.Skipf("reference cases are not at hand: %v", err)
	}
	defer f.Close()
	cases, err := zc.ReadCases(f)
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

// The three small networks of tss.jsonl are the easiest to debug with.
func TestVerifySmall(t *testing.T) {
	for _, c := range reference(t, "tss.jsonl") {
		if c.Options == nil {
			continue
		}
		got, err := c.Verify(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range got {
			if !g.Within {
				t.Errorf("%s %s: got %v, want %v (%s)", g.Arch, g.Proxy, show(g.Computed), show(g.Expected), g.Reason)
			}
		}
	}
}

func show(v *float64) any {
	if v == nil {
		return "undefined"
	}
	return *v
}
