package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// smallCase is a reference case with an exact parameter count of 44610.
func smallCase(scores string) string {
	return `{"space": "nats-tss", "arch": "|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|nor_conv_3x3~0|none~1|skip_connect~2|", "classes": 10, ` +
		`"shape": [3, 32, 32], "batch": 4, "seed": 1, "options": {"channels": 8, "cells_per_stage": 1}, "scores": {` + scores + "}}\n"
}

func TestVerify(t *testing.T) {
	right := write(t, "right.jsonl", smallCase(`"params": 44610, "flops": 5792074`))
	wrong := write(t, "wrong.jsonl", smallCase(`"params": 44610, "flops": 5792075`))
	if out := mustRun(t, "verify", right); strings.Count(out, "  ok") != 2 || strings.Contains(out, "FAIL") {
		t.Errorf("printed\n%s", out)
	}
	code, out, errs := zcRun("verify", right, wrong)
	if code != exitFailure || errs != "zc: out of tolerance: flops\n" {
		t.Errorf("exit code %d, %q", code, errs)
	}
	lines := strings.Split(out, "\n")
	if !strings.Contains(lines[1], "FAIL") || strings.Contains(lines[2], "FAIL") {
		t.Errorf("want flops to fail and params not:\n%s", out)
	}
	if d := cmp.Diff([]string{"2", "2"}, column(t, out, "cases")[:2]); d != "" {
		t.Errorf("cases (-want +got)\n%s", d)
	}
	if out := mustRun(t, "verify", "-proxies", "snip,synflow"); strings.Count(out, "  ok") != 2 || !strings.Contains(out, "3 cases") {
		t.Errorf("the small cases: printed\n%s", out)
	}
	// A subset without the wrong score passes.
	mustRun(t, "verify", "-proxies", "params", right, wrong)
}

func TestVerifyJSON(t *testing.T) {
	code, out, errs := zcRun("verify", "-json", write(t, "c.jsonl", smallCase(`"params": 44611`)+smallCase(`"jacob_cov": null`)))
	if code != exitFailure || !strings.Contains(errs, "zc: out of tolerance: jacob_cov, params\n") {
		t.Errorf("exit code %d, %q", code, errs)
	}
	type line struct {
		Proxy              string
		Case               int
		Expected, Computed *float64
		Within             bool
	}
	var got []line
	for text := range strings.Lines(out) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		got = append(got, l)
	}
	if len(got) != 2 || got[0].Proxy != "params" || got[0].Case != 0 || *got[0].Expected != 44611 || *got[0].Computed != 44610 || got[0].Within {
		t.Errorf("got %s", out)
	}
	if got[1].Proxy != "jacob_cov" || got[1].Case != 1 || got[1].Expected != nil || got[1].Computed == nil || got[1].Within {
		t.Errorf("got %s", out)
	}
}

// The three small networks of tss.jsonl, all scores.
func TestVerifyReference(t *testing.T) {
	all := readFile(t, shared(t, "reference", "tss.jsonl"))
	var few strings.Builder
	for line := range strings.Lines(all) {
		if strings.Contains(line, `"options"`) {
			few.WriteString(line)
		}
	}
	path := write(t, "small.jsonl", few.String())
	for _, subset := range []string{"", "plain", "grasp,loss"} {
		args := []string{"verify", path}
		if subset != "" {
			args = append(args, "-proxies", subset)
		}
		out := mustRun(t, args...)
		if n := strings.Count(out, " ok"); subset != "" && n != len(strings.Split(subset, ",")) {
			t.Errorf("-proxies %s printed %d verdicts\n%s", subset, n, out)
		}
	}
}
