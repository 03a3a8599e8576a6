package native_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/zcnas/zcnas/internal/outside"
	"github.com/zcnas/zcnas/zc/engine/native/kernels"
	"github.com/zcnas/zcnas/zc/reference"
)

// cases reads the cases of a file that are chosen.
func cases(t *testing.T, path string, choose func(reference.Case) bool) []reference.Case {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := reference.ReadCases(f)
	if err != nil {
		t.Fatal(err)
	}
	var chosen []reference.Case
	for _, c := range all {
		if choose(c) {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

// A user's CPU may have another kernel set than this one: every set that runs here must give the reference scores.
func TestKernelSets(t *testing.T) {
	checkSets(t, smallTSS(t))
}

// smallTSS are the small cases of NATS-Bench TSS that the repository has.
func smallTSS(t *testing.T) []reference.Case {
	t.Helper()
	return cases(t, filepath.Join("..", "..", "reference", "testdata", "small.jsonl"), func(reference.Case) bool { return true })
}

// With them, for how many are close is a share of several: a small DARTS network with both poolings and with separable
// and dilated convolutions of either size.
func TestKernelSetsDARTS(t *testing.T) {
	small := cases(t, outside.File(t, "reference/darts.jsonl"), func(c reference.Case) bool { return c.Options != nil && c.Seed == 9 })
	if len(small) != 1 {
		t.Fatalf("%d small cases of DARTS, want 1", len(small))
	}
	checkSets(t, append(small, smallTSS(t)...))
}

func checkSets(t *testing.T, cases []reference.Case) {
	t.Helper()
	before := kernels.Name()
	t.Cleanup(func() {
		if err := kernels.Select(before); err != nil {
			t.Error(err)
		}
	})
	var fastest []reference.Comparison
	for _, name := range kernels.Available() {
		t.Run(name, func(t *testing.T) {
			if err := kernels.Select(name); err != nil {
				t.Fatal(err)
			}
			var all []reference.Comparison
			for i := range cases {
				c, err := cases[i].Verify(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, c...)
			}
			for _, v := range reference.Judge(all) {
				if !v.OK() {
					t.Errorf("%s: %d of %d cases out of tolerance, %.0f%% within the narrow one, off by %.1e at worst, in %s",
						v.Proxy, v.Outside, v.Cases, 100*v.Narrow, v.Worst, v.In)
				}
			}
			if fastest == nil {
				fastest = all
			} else if name == "portable" && !differ(fastest, all) {
				t.Error("every score has the bits of the fastest set: were the kernels switched?")
			}
		})
	}
}

// differ tells whether any score does, in any bit.
func differ(a, b []reference.Comparison) bool {
	for i := range a {
		if a[i].Computed != nil && b[i].Computed != nil && *a[i].Computed != *b[i].Computed {
			return true
		}
	}
	return false
}
