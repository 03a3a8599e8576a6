package reference_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/reference"
)

// The small networks are in the repository, so that a clone alone checks what is correct.
func TestVerifySmall(t *testing.T) {
	cases, err := reference.Small()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		got, err := c.Verify(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(c.Scores) {
			t.Errorf("%s: %d comparisons of %d scores", c.Arch, len(got), len(c.Scores))
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

// caseLine is a case of a tiny network, with the replacements.
func caseLine(replace ...string) string {
	return strings.NewReplacer(replace...).Replace(`{"space": "nats-tss", "arch": "0", "task": "", "loss": "", "classes": 10, "shape": [3, 8, 8], "batch": 2, ` +
		`"seed": 1, "options": {"channels": 2, "cells_per_stage": 0}, "scores": {"params": 1, "snip": null, "nwot": 2.5}}`)
}

// Scores without transposed convolutions have few cases: whether enough of them are close is judged with the proxy's
// others, and what is out of the tolerance for every case is told apart.
func TestJudge(t *testing.T) {
	cases := func(proxy string, narrow, wide, outside int) (all []reference.Comparison) {
		for i := range narrow + wide + outside {
			all = append(all, reference.Comparison{Proxy: proxy, HasNarrow: true, WithinFew: i < narrow, Within: i < narrow+wide})
		}
		return all
	}
	for _, tt := range []struct {
		name              string
		with, without     []reference.Comparison
		withOK, withoutOK bool
	}{
		{"one of two flips", cases("snip", 6, 2, 0), cases("snip w/o deconv", 1, 1, 0), true, true},
		{"too many flip", cases("snip", 5, 3, 0), cases("snip w/o deconv", 0, 2, 0), false, false},
		{"one is wrong", cases("snip", 8, 0, 0), cases("snip w/o deconv", 1, 0, 1), true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := reference.Judge(append(tt.with, tt.without...))
			if len(v) != 2 || v[0].OK() != tt.withOK || v[1].OK() != tt.withoutOK {
				t.Errorf("verdicts %+v", v)
			}
		})
	}
}

// Cases are outside data: what they cannot be is an error that says so, before any memory is taken.
func TestCaseLimits(t *testing.T) {
	for _, tt := range []struct{ old, new, want string }{
		{"[3, 8, 8]", "[3, 8]", "is not [C, H, W]"},
		{"[3, 8, 8]", "[3, 100000, 8]", "sizes from 1 to 65536"},
		{"[3, 8, 8]", "[65536, 65536, 8, 8]", "GiB of weights"},
		{`"batch": 2`, `"batch": 100000000`, "batch 100000000, want 1 to 65536"},
		{`"classes": 10`, `"classes": 0`, "classes 0"},
		{`"arch": "0"`, `"arch": ""`, "arch is missing"},
		{`"arch": "0"`, `"arch": "|"`, "nats-tss"},
		{`"snip"`, `"snap"`, `unknown proxy "snap"; did you mean "snip"?`},
		{`"cells_per_stage": 0`, `"cells_per_stage": 100000000`, "cells_per_stage"},
		{`"channels": 2`, `"channels": 1000000`, "GiB of weights"},
		{`"channels": 2`, `"channels": 30000`, "GiB of weights; reference cases may need 2 GiB"},
		{`[3, 8, 8], "batch": 2`, `[3, 64, 64], "batch": 60000`, "GiB of maps; reference cases may need 2 GiB"},
	} {
		cases, err := reference.ReadCases(strings.NewReader(caseLine(tt.old, tt.new)))
		if err == nil {
			_, err = cases[0].Verify(context.Background())
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.new, err, tt.want)
		}
	}
}

// No file of cases crashes the program: what is read is verified, as long as that is quick.
func FuzzReadCases(f *testing.F) {
	f.Add([]byte(caseLine()))
	f.Add([]byte(caseLine("nats-tss", "darts", `"arch": "0"`, `"arch": "[[(0,0),(1,1),(0,2),(1,3),(0,4),(1,5),(0,6),(1,0)],[(0,0),(1,1),(0,2),(1,3),(0,4),(1,5),(0,6),(1,0)]]"`,
		`"cells_per_stage": 0`, `"layers": 3, "head": "dense", "variant": "archai"`, `"loss": ""`, `"loss": "rel_l2"`)))
	f.Add([]byte(caseLine("nats-tss", "transnas-micro", `"arch": "0"`, `"arch": "64-41414-1_02_333"`, `{"channels": 2, "cells_per_stage": 0}`, "null",
		`"task": ""`, `"task": "autoencoder"`, "[3, 8, 8]", "[3, 32, 32]", "}}", `}, "scores_without_deconv": {"snip": 1}}`)))
	f.Add([]byte(caseLine("[3, 8, 8]", "[9, 3, 8, 8]", `"params"`, `"params": 0, "loss"`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		cases, err := reference.ReadCases(bytes.NewReader(data))
		if err != nil {
			return
		}
		for i := range cases[:min(len(cases), 3)] {
			c := &cases[i]
			g, err := c.Network()
			if err != nil || len(g.Layers) > 500 || g.ParamCount() > 1e5 || float64(c.Batch)*float64(g.MACs()+g.Input().Size()*c.Classes) > 1e7 {
				continue
			}
			got, err := c.Verify(context.Background(), zc.WithThreads(1))
			if err == nil && len(got) != len(c.Scores)+len(c.WithoutDeconv) {
				t.Errorf("%d comparisons of %d scores", len(got), len(c.Scores)+len(c.WithoutDeconv))
			}
		}
	})
}
