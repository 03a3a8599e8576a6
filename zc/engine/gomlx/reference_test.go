package gomlx_test

import (
	"context"
	"flag"
	"os"
	"slices"
	"testing"

	"github.com/zcnas/zcnas/internal/outside"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/engine/gomlx"
	"github.com/zcnas/zcnas/zc/reference"
)

// sharedCases reads cases of a file of reference cases, or skips the test where it is not at hand.
func sharedCases(t *testing.T, name string) []reference.Case {
	t.Helper()
	f, err := os.Open(outside.File(t, "reference/"+name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cases, err := reference.ReadCases(f)
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

func verify(t *testing.T, d *gomlx.Device, cases []reference.Case) {
	t.Helper()
	var all []reference.Comparison
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
	for _, v := range reference.Judge(all) {
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

// fullSize are networks in which 3×3 and 1×1 convolutions are on paths from the input to the output; of those, some that
// compute quickly.
var fullSize = map[string][]string{
	"tss.jsonl": {
		"|skip_connect~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|avg_pool_3x3~0|nor_conv_3x3~1|avg_pool_3x3~2|",
		"|avg_pool_3x3~0|+|avg_pool_3x3~0|none~1|+|none~0|nor_conv_1x1~1|nor_conv_3x3~2|",
		"|nor_conv_1x1~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|none~0|skip_connect~1|avg_pool_3x3~2|",
	},
	"darts.jsonl":    {"[[(0, 2), (1, 1), (2, 0), (1, 2), (3, 1), (0, 0), (4, 2), (2, 1)], [(1, 2), (0, 0), (1, 1), (2, 2), (3, 0), (0, 2), (1, 1), (4, 0)]]"},
	"transnas.jsonl": {"64-41414-2_10_201"},
}

// The three small cases, full-size ones unless -short, and with -all every one.
func TestReference(t *testing.T) {
	d := open(t)
	for _, file := range []string{"tss.jsonl", "sss.jsonl", "darts.jsonl", "transnas.jsonl"} {
		t.Run(file, func(t *testing.T) {
			var chosen []reference.Case
			found := 0
			for _, c := range sharedCases(t, file) {
				small := file == "tss.jsonl" && c.Options != nil
				full := slices.Contains(fullSize[file], c.Arch)
				if full {
					found++
				}
				if small || *all || full && !testing.Short() {
					chosen = append(chosen, c)
				}
			}
			if found != len(fullSize[file]) {
				t.Errorf("%d of the %d full-size cases are in the file", found, len(fullSize[file]))
			}
			verify(t, d, chosen)
		})
	}
}
