package gomlx_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/engine/gomlx"
)

// reference reads cases of a file of reference cases, or skips the test where it is not at hand.
func reference(t *testing.T, name string) []zc.Case {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "..", "shared", "reference", name))
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

func open(t *testing.T) *gomlx.Device {
	t.Helper()
	d, err := gomlx.New("go")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func verify(t *testing.T, d *gomlx.Device, cases []zc.Case) {
	t.Helper()
	var all []zc.Comparison
	for _, c := range cases {
		got, err := c.Verify(context.Background(), zc.WithDevice(d))
		if err != nil {
			t.Fatalf("%s: %v", c.Arch, err)
		}
		for _, g := range got {
			if !g.Within {
				t.Errorf("%s %s: got %v, want %v (%s)", g.Arch, g.Proxy, show(g.Computed), show(g.Expected), g.Reason)
			}
		}
		t.Logf("%s: %.1f s, %d compilations (%v)", c.Arch, got[0].Seconds, d.Compilations(), d.CompileTime())
		all = append(all, got...)
	}
	for _, v := range zc.Judge(all) {
		t.Logf("%-12s worst %.1e, within narrow %.0f%%", v.Proxy, v.Worst, 100*v.Narrow)
		if !v.OK() {
			t.Errorf("%s: %d of %d outside, %.0f%% within the narrow tolerance", v.Proxy, v.Outside, v.Cases, 100*v.Narrow)
		}
	}
}

func show(v *float64) any {
	if v == nil {
		return "undefined"
	}
	return *v
}

var all = flag.Bool("all", false, "verify every reference case: several minutes")

// The three small cases, three full-size ones unless -short, and with -all the others.
func TestReference(t *testing.T) {
	var small, full []zc.Case
	for _, c := range reference(t, "tss.jsonl") {
		if c.Options != nil {
			small = append(small, c)
		} else {
			full = append(full, c)
		}
	}
	d := open(t)
	verify(t, d, small)
	switch {
	case *all:
		verify(t, d, full)
		verify(t, d, reference(t, "sss.jsonl"))
	case !testing.Short():
		verify(t, d, full[1:4])
	}
}
