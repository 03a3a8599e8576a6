package native_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/zcnas/zcnas/zc/engine/native/kernels"
	"github.com/zcnas/zcnas/zc/reference"
)

// smallCases are the small reference cases of both files: three TSS networks, and a DARTS network with both
// poolings and with separable and dilated convolutions of either size.
func smallCases(t *testing.T) []reference.Case {
	t.Helper()
	var small []reference.Case
	for _, name := range []string{"tss.jsonl", "darts.jsonl"} {
		f, err := os.Open(filepath.Join("..", "..", "..", "..", "shared", "reference", name))
		if err != nil {
			t.Skipf("reference cases are not at hand: %v", err)
		}
		cases, err := reference.ReadCases(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			if c.Options != nil && (c.Space == "nats-tss" || c.Seed == 9) {
				small = append(small, c)
			}
		}
	}
	if len(small) != 4 {
		t.Fatalf("%d small reference cases, want 3 of TSS and 1 of DARTS", len(small))
	}
	return small
}

// A user's CPU may have another kernel set than this one: every set that runs here must give the reference scores.
func TestKernelSets(t *testing.T) {
	cases := smallCases(t)
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
