package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/zc"
)

func peerLine(arch string, threads int) string {
	return fmt.Sprintf(`{"arch": %q, "batch": 4, "threads": %d, "separate_s": 2.0, "fused_s": 1.0}`+"\n", arch, threads)
}

func TestBench(t *testing.T) {
	out := mustRun(t, small("bench", "-sample", "2", "-threads", "1")...)
	for _, w := range []string{"forward with tangents", "backward: loss gradient, second order, output gradient", "synflow", "peak memory", "1 threads", "kernels", "all"} {
		if !strings.Contains(out, w) {
			t.Errorf("want %q in\n%s", w, out)
		}
	}
}

func TestBenchAgainst(t *testing.T) {
	peers := write(t, "p.jsonl", peerLine(connected, 1)+`{"arch": "5", "batch": 2, "threads": 1, "fused_s": 3}`+"\n")
	out := mustRun(t, "bench", "-against", peers, "-option", "channels=8", "-option", "cells_per_stage=1", "-format", "json")
	var got benchmark
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Data != "reference" || got.Threads != 1 || got.PeerThreads != 1 || len(got.Rows) != 2 || got.PeakMiB < 1 || got.WarmUp <= 0 {
		t.Errorf("got %+v", got)
	}
	a, b := got.Rows[0], got.Rows[1]
	if a.Arch != connected || a.Batch != 4 || b.Batch != 2 || a.Seconds <= 0 || !slices.ContainsFunc(a.Parts, func(p zc.Part) bool { return p.String() == "forward with tangents" && p.Seconds > 0 }) {
		t.Errorf("rows %+v", got.Rows)
	}
	// A peer is compared over the architectures that it has timed.
	for peer, want := range map[string]float64{"separate": 2 / a.Seconds, "fused": 4 / (a.Seconds + b.Seconds)} {
		if r := got.PeerRatio[peer]; math.Abs(r-want) > 1e-9*want {
			t.Errorf("%s: ratio %g, want %g", peer, r, want)
		}
	}
	if d := math.Abs(got.Seconds - a.Seconds - b.Seconds); d > 1e-12 || math.Abs(got.PerArch-got.Seconds/2) > 1e-12 {
		t.Errorf("sums: %g and %g of %g and %g", got.Seconds, got.PerArch, a.Seconds, b.Seconds)
	}
	var passes float64
	for _, p := range got.Parts {
		passes += p.Seconds
	}
	if passes > got.PerArch*1.0001 || passes < 0.9*got.PerArch {
		t.Errorf("the passes take %g s of %g s", passes, got.PerArch)
	}
	table := mustRun(t, "bench", "-against", peers, "-option", "channels=8", "-option", "cells_per_stage=1")
	for _, w := range []string{"separate", "fused", "×", none} {
		if !strings.Contains(table, w) {
			t.Errorf("want %q in\n%s", w, table)
		}
	}
}

// The device that GoMLX brings along compiles, and says how often: not again for the same layers.
func TestBenchGoMLX(t *testing.T) {
	var got benchmark
	out := mustRun(t, small("bench", "-arch", connected, "-arch", connected, "-proxies", "synflow,snip", "-backend", "gomlx:go", "-format", "json")...)
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Compiled == 0 || got.CompileTime <= 0 || got.Kernels != "" {
		t.Errorf("got %+v", got)
	}
	one := got.Compiled
	if err := json.Unmarshal([]byte(mustRun(t, small("bench", "-arch", connected, "-proxies", "synflow,snip", "-backend", "gomlx:go", "-format", "json")...)), &got); err != nil {
		t.Fatal(err)
	}
	if got.Compiled != one {
		t.Errorf("%d compilations for two equal architectures, %d for one", one, got.Compiled)
	}
}

// The peer runs after each round, on what was timed, and medians are compared.
func TestBenchPeer(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell")
	}
	dir := t.TempDir()
	// A round takes the peer longer than the one before: 1, 2 and 3 seconds.
	peer := filepath.Join(dir, "peer")
	script := `echo "$@" >> ` + dir + `/args
n=$(grep -c . ` + dir + `/args)
printf '{"arch": "%s", "batch": 4, "threads": 1, "separate_s": %d}\n' "${13}" "$n"
`
	if err := os.WriteFile(peer, []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	var got benchmark
	out := mustRun(t, "bench", "-arch", connected, "-batch", "4", "-threads", "1", "-shape", "3,8,8", "-proxies", "synflow,snip",
		"-rounds", "3", "-peer", "sh "+peer, "-format", "json")
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Rounds != 3 || len(got.Rows) != 1 || got.Rows[0].Peers["separate"] != 2 || math.Abs(got.PeerRatio["separate"]*got.Seconds-2) > 1e-9 {
		t.Errorf("got %+v", got)
	}
	if got.Data != "reference shape=3,8,8" || got.PeerThreads != 1 || got.PeerPeakMiB <= 0 {
		t.Errorf("got %+v", got)
	}
	args, err := os.ReadFile(filepath.Join(dir, "args"))
	want := strings.Repeat("--space nats-tss --shape 3 8 8 --classes 10 --batch 4 --threads 1 "+connected+"\n", 3)
	if err != nil || string(args) != want {
		t.Errorf("the peer got\n%swant\n%s%v", args, want, err)
	}

	for _, tt := range []struct {
		want string
		args []string
	}{
		{"-peer false: exit status 1", []string{"-peer", "false"}},
		{"the output of -peer holds no timings", []string{"-peer", "true"}},
		{"the output of -peer, line 1: is no JSON object", []string{"-peer", "echo"}},
		{"leave -option, -task and -loss away", []string{"-peer", "true", "-option", "channels=8"}},
		{"leave -option, -task and -loss away", []string{"-peer", "true", "-loss", "mse"}},
		{"seed 0", []string{"-peer", "true", "-seed", "1"}},
		{"not both", []string{"-peer", "true", "-against", "x"}},
		{"-rounds 0", []string{"-rounds", "0"}},
	} {
		args := append([]string{"bench", "-arch", connected, "-batch", "2", "-shape", "3,8,8", "-data", "reference", "-proxies", "params"}, tt.args...)
		if code, _, errs := zcRun(args...); code == exitOK || !strings.Contains(errs, tt.want) {
			t.Errorf("%q: exit code %d, %s, want %q", tt.args, code, errs, tt.want)
		}
	}
}
