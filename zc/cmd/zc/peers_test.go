package main

import (
	"math"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/spaces"
)

func TestReadPeers(t *testing.T) {
	const good = `{"arch": "5", "batch": 4, "threads": 1, "fused_s": 1, "torch": "1.13"}`
	space := spaces.TSS()
	for _, c := range []struct{ name, line, want string }{
		{"good", good, ""},
		{"longer than a buffer", `{"arch": "5", "batch": 4, "threads": 1, "fused_s": 1, "x": "` + strings.Repeat("x", 1<<17) + `"}`, ""},
		{"cut off", good[:30], "is no JSON object: unexpected end"},
		{"another kind", "[1]", "is no JSON object"},
		{"text", "5 4 1", "is no JSON object"},
		{"two objects", good + good, "is no JSON object"},
		{"null", "null", "arch is missing"},
		{"key twice", strings.Replace(good, "{", `{"fused_s": 2, `, 1), `the key "fused_s" is in one object twice`},
		{"arch missing", `{"batch": 4, "threads": 1, "fused_s": 1}`, "arch is missing"},
		{"arch a number", `{"arch": 5, "batch": 4, "threads": 1, "fused_s": 1}`, "arch is missing or no text"},
		{"arch of another space", strings.Replace(good, `"5"`, `"64:64:64:64:64"`, 1), "64:64"},
		{"batch missing", `{"arch": "5", "threads": 1, "fused_s": 1}`, "batch is missing"},
		{"batch a half", strings.Replace(good, "4", "4.5", 1), "batch is 4.5, want a whole number"},
		{"batch zero", strings.Replace(good, "4", "0", 1), "batch is 0"},
		{"batch huge", strings.Replace(good, "4", "1e300", 1), "batch is 1e+300"},
		{"threads text", strings.Replace(good, `"threads": 1`, `"threads": "1"`, 1), "threads is 1, want"},
		{"time negative", strings.Replace(good, `"fused_s": 1`, `"fused_s": -1`, 1), "fused_s is -1"},
		{"time null", strings.Replace(good, `"fused_s": 1`, `"fused_s": null`, 1), "fused_s is <nil>"},
		{"time out of range", strings.Replace(good, `"fused_s": 1`, `"fused_s": 1e999`, 1), "1e999"},
		{"no peer's name", strings.Replace(good, `"fused_s": 1`, `"_s": 1`, 1), "no peer's time"},
	} {
		file := write(t, "p.jsonl", "\r\n"+c.line+"\r\n")
		b := &benchmark{}
		err := (&benchCmd{Against: file}).readPeers(b, space)
		switch {
		case c.want == "" && (err != nil || len(b.Rows) != 1 || b.PeerThreads != 1 || b.Rows[0].Batch != 4 || b.Rows[0].Peers["fused"] != 1):
			t.Errorf("%s: %+v, %v", c.name, b, err)
		case c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), file+", line 2: ") || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: error %v, want %q in line 2 of the file", c.name, err, c.want)
		}
	}
}

func FuzzReadPeer(f *testing.F) {
	space := spaces.TSS()
	f.Add([]byte(peerLine(connected, 2)))
	f.Add([]byte(`{"arch": "5", "batch": 1e3, "threads": 1, "fused_s": 1e-320}`))
	f.Add([]byte(`{"arch": "5", "batch": 4.5, "threads": 1, "_s": 1, "x_s": null}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		row, threads, err := readPeer(line, space)
		if err != nil {
			return
		}
		if x, err := space.Parse(row.Arch); err != nil || string(x) != row.Arch {
			t.Errorf("architecture %q: %v", row.Arch, err)
		}
		if row.Batch < 1 || threads < 1 || len(row.Peers) == 0 {
			t.Errorf("batch %d, %d threads, peers %v", row.Batch, threads, row.Peers)
		}
		for name, s := range row.Peers {
			if name == "" || !(s > 0) || math.IsInf(s, 0) {
				t.Errorf("peer %q took %g s", name, s)
			}
		}
	})
}
