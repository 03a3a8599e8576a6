package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zcnas/zcnas/internal/outside"
)

// zc runs the command in this process.
func zcRun(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(context.Background(), args, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// mustRun runs a command that has to succeed and returns what it printed.
func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := zcRun(args...)
	if code != exitOK {
		t.Fatalf("zc %s: exit code %d: %s", strings.Join(args, " "), code, errs)
	}
	if errs != "" {
		t.Errorf("zc %s: wrote to standard error: %s", strings.Join(args, " "), errs)
	}
	return out
}

// small is a quick network of NATS-Bench TSS on a tiny minibatch.
func small(args ...string) []string {
	return append(args, "-option", "channels=8", "-option", "cells_per_stage=1", "-batch", "4", "-data", "reference")
}

// shared is a file beside the checkout; the test is skipped where it is not at hand.
func shared(t *testing.T, path ...string) string {
	t.Helper()
	return outside.File(t, strings.Join(path, "/"))
}

// write makes a file in a folder of the test's own.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	disconnected = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"
	connected    = "|nor_conv_3x3~0|+|nor_conv_3x3~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|"
)

func TestBadInput(t *testing.T) {
	t.Setenv("ZC_DATA", t.TempDir()) // nothing there
	dir := t.TempDir()
	for _, c := range []struct {
		name string
		args []string
		code int
		want string // in the one line on standard error
	}{
		{"no such command", []string{"scor"}, exitUsage, `did you mean "score"`},
		{"no such flag", []string{"score", "-bach", "3"}, exitUsage, `unknown flag --bach, did you mean one of "--arch", "--batch"?`},
		{"no architecture", []string{"score"}, exitUsage, "give one of -arch"},
		{"two ways", []string{"score", "-sample", "1", "-all"}, exitUsage, "give one of -arch"},
		{"architecture without value", []string{"score", "-arch"}, exitUsage, "zc: --arch: missing value"},
		{"truth without value", []string{"correlate", "x.csv", "-truth"}, exitUsage, "zc: --truth: expected string value"},
		{"architecture that looks like a flag", []string{"score", "-arch", "-1"}, exitUsage, `(short flag); perhaps try --arch="-1"?`},
		{"batch that is no number", []string{"score", "-batch", "x"}, exitUsage, `--batch: expected a valid 64 bit int but got "x"`},
		{"seed beyond 64 bits", []string{"score", "-seed", "99999999999999999999"}, exitUsage, `--seed: expected a valid 64 bit uint but got "99999999999999999999"`},
		{"sample beyond drawing", []string{"score", "-space", "darts", "-sample", "99999999999"}, exitUsage, "-sample 99999999999: give 1 to 1000000"},
		{"sample beyond the space", []string{"score", "-sample", "100000"}, exitFailure, "cannot draw 100000 of 15625"},
		{"networks beyond memory", []string{"score", "-sample", "1", "-option", "channels=100000000"}, exitFailure, "give it fewer channels"},
		{"cells beyond sense", []string{"score", "-sample", "1", "-option", "cells_per_stage=1000000"}, exitFailure, "option cells_per_stage is 1000000, want 0 to 1000"},
		{"batch beyond memory", []string{"score", "-sample", "1", "-data", "reference", "-batch", "1000000000"}, exitFailure, "a minibatch of 1000000000"},
		{"bench with a batch beyond memory", []string{"bench", "-sample", "1", "-data", "reference", "-batch", "1000000000"}, exitFailure, "a minibatch of 1000000000"},
		{"input too small", small("score", "-sample", "1", "-shape", "3x1x1"), exitFailure, "cells.1.conv_a.conv (conv): stride 2 on the input 8×1×1"},
		{"negative sample", []string{"score", "-sample=-3"}, exitUsage, "-sample -3"},
		{"unknown format", []string{"score", "-sample", "1", "-format", "xml"}, exitUsage, "jsonl"},
		{"batch 0", []string{"score", "-sample", "1", "-batch", "0"}, exitUsage, "-batch 0"},
		{"option without value", []string{"score", "-sample", "1", "-option", "channels"}, exitUsage, "name=value"},
		{"shape of real data", []string{"score", "-sample", "1", "-shape", "3,8,8"}, exitUsage, "-data reference"},
		{"bad shape", []string{"score", "-sample", "1", "-data", "reference", "-shape", "3,8"}, exitUsage, "C,H,W"},
		{"bad size", []string{"score", "-sample", "1", "-data", "reference", "-shape", "3,8,a"}, exitUsage, `"a"`},

		{"malformed arch", small("score", "-arch", "|nor_conv_3x3~0|+|nonce~0|none~1|+|none~0|none~1|none~2|"), exitFailure, `"nonce" (did you mean "none"?) at byte 18`},
		{"second arch malformed", small("score", "-arch", connected, "-arch", "|none~0"), exitFailure, "nats-tss"},
		{"arch out of range", small("score", "-arch", "15625"), exitFailure, "15625"},
		{"unknown proxy", small("score", "-sample", "1", "-proxies", "params,synflo"), exitFailure, `did you mean "synflow"`},
		{"unknown space", []string{"score", "-sample", "1", "-space", "nats-ts"}, exitFailure, `did you mean "nats-tss"`},
		{"unknown data", []string{"score", "-sample", "1", "-data", "cifar-10"}, exitFailure, `did you mean "cifar10"`},
		{"unknown init", small("score", "-sample", "1", "-init", "xavier"), exitFailure, "xavier"},
		{"unknown backend", small("score", "-sample", "1", "-backend", "abacus"), exitFailure, "abacus"},
		{"unknown option", []string{"score", "-sample", "1", "-option", "chanels=8"}, exitFailure, `did you mean "channels"`},
		{"negative threads", small("score", "-sample", "1", "-threads=-1"), exitUsage, "-threads -1: give 1 to 4096"},
		{"more threads than there can be", small("score", "-sample", "1", "-threads", "100000"), exitUsage, "-threads 100000: give 1 to 4096"},
		{"more workers than there can be", small("score", "-sample", "1", "-workers=-1"), exitUsage, "-workers -1: give"},
		{"workers of the native backend", small("score", "-sample", "1", "-workers", "2"), exitFailure, "one network at a time"},
		{"bench with too many threads", small("bench", "-sample", "1", "-threads", "100000"), exitUsage, "-threads 100000"},
		{"verify with too many threads", []string{"verify", "-threads", "100000", write(t, "c.jsonl", smallCase(`"params": 1`))}, exitUsage, "-threads 100000"},
		{"loss of real data", []string{"score", "-sample", "1", "-loss", "mse"}, exitUsage, "-data reference"},
		{"unknown loss", small("score", "-sample", "1", "-loss", "msee"), exitFailure, `did you mean "mse"?`},
		{"dense head without dense targets", []string{"score", "-space", "darts", "-option", "head=dense", "-sample", "1"}, exitUsage, "a target for every pixel"},
		{"dense head with labels", []string{"score", "-space", "darts", "-option", "head=dense", "-sample", "1", "-data", "reference", "-loss", "cross_entropy"}, exitUsage, "a target for every pixel"},
		{"task of a space without tasks", small("score", "-sample", "1", "-task", "foo"), exitUsage, "-task foo: nats-tss has one head"},
		{"spaces with the task of a space without tasks", []string{"spaces", "-space", "darts", "-task", "jigsaw"}, exitUsage, "darts has one head"},
		{"unknown task", []string{"score", "-space", "transnas-macro", "-sample", "1", "-data", "reference", "-task", "jigsaws"}, exitFailure, `did you mean "jigsaw"?`},
		{"task without its targets", []string{"score", "-space", "transnas-macro", "-sample", "1", "-task", "room_layout"}, exitUsage, "-data synthetic-rooms"},
		{"folder of images", []string{"score", "-sample", "1", "-data", dir}, exitFailure, "want a folder for each class"},
		{"missing folder", []string{"score", "-sample", "1", "-data", filepath.Join(dir, "none", "here")}, exitFailure, filepath.Join("none", "here")},
		{"no classes", small("score", "-sample", "1", "-classes", "0"), exitUsage, "-classes 0: give 1 or more"},
		{"negative classes", small("score", "-sample", "1", "-classes=-3"), exitUsage, "-classes -3: give 1 or more"},
		{"batch below classes", []string{"score", "-sample", "1", "-batch", "4", "-sampling", "grasp"}, exitFailure, "10 classes"},
		{"all of a huge space", []string{"score", "-space", "darts", "-all"}, exitFailure, "use -sample"},

		{"archs missing", small("score", "-archs", filepath.Join(dir, "none.txt")), exitFailure, "none.txt"},
		{"archs malformed", small("score", "-archs", write(t, "a.txt", "5\n# a comment\n\nfive\n")), exitFailure, "line 4"},
		{"archs empty", small("score", "-archs", write(t, "a.txt", "# nothing\n")), exitFailure, "no architecture"},

		{"sweep without store", []string{"sweep", "-sample", "1"}, exitUsage, "missing flags: --store"},
		{"sweep into no folder", small("sweep", "-sample", "1", "-store", filepath.Join(dir, "no", "s.sqlite")), exitFailure, "no such file"},
		{"sweep into another file", small("sweep", "-sample", "1", "-store", write(t, "s.sqlite", strings.Repeat("not a database ", 99))), exitFailure, "s.sqlite"},

		{"verify a missing file", []string{"verify", filepath.Join(dir, "none.jsonl")}, exitFailure, "none.jsonl"},
		{"verify a truncated file", []string{"verify", write(t, "c.jsonl", smallCase(`"params": 1`)[:60])}, exitFailure, "line 1"},
		{"verify another file", []string{"verify", write(t, "c.jsonl", "{}\n")}, exitFailure, "space or arch is missing"},
		{"verify an unknown score", []string{"verify", "-proxies", "parms", write(t, "c.jsonl", smallCase(`"params": 1`))}, exitFailure, `did you mean "params"`},

		{"correlate nothing", []string{"correlate", "-truth", "x"}, exitUsage, "<scores>"},
		{"correlate without truth", []string{"correlate", "x.csv"}, exitUsage, "missing flags: --truth"},
		{"correlate a missing file", []string{"correlate", filepath.Join(dir, "x.sqlite"), "-truth", "nasbench201"}, exitFailure, "x.sqlite"},
		{"correlate another ending", []string{"correlate", write(t, "x.txt", ""), "-truth", "nasbench201"}, exitUsage, ".jsonl"},
		{"correlate a truncated CSV", []string{"correlate", write(t, "x.csv", "space,arch,data,batch,seed,proxy,value\nnats-tss,5,ref"), "-truth", "nasbench201"}, exitFailure, "line 2"},
		{"correlate an empty CSV", []string{"correlate", write(t, "x.csv", "space,arch,data,batch,seed,proxy,value\n"), "-truth", "nasbench201"}, exitFailure, "no scores"},
		{"correlate with an unknown benchmark", []string{"correlate", write(t, "x.csv", scoreCSV), "-truth", "nasbnch201"}, exitFailure, `did you mean "nasbench201"`},
		{"correlate with a missing truth", []string{"correlate", write(t, "x.csv", scoreCSV), "-truth", filepath.Join(dir, "t.json")}, exitFailure, "t.json"},
		{"correlate with truncated truth", []string{"correlate", write(t, "x.csv", scoreCSV), "-truth", write(t, "t.json", `{"cifar10": {"(0, 1`)}, exitFailure, "t.json"},
		{"correlate with truth of no column", []string{"correlate", write(t, "x.csv", scoreCSV), "-truth", write(t, "t.csv", "a,b\n")}, exitFailure, "no column arch"},
		{"correlate with truth of two columns", []string{"correlate", write(t, "x.csv", scoreCSV), "-truth", write(t, "t.csv", "arch,a,b\n")}, exitUsage, "-task"},
		{"correlate with truth that is no number", []string{"correlate", write(t, "x.csv", scoreCSV), "-truth", write(t, "t.csv", "arch,a\n5,high\n")}, exitFailure, "line 2"},
		{"correlate an unknown proxy", []string{"correlate", write(t, "x.csv", scoreCSV), "-truth", "x", "-proxies", "b"}, exitFailure, "it has params"},
		{"correlate with -suite of a CSV", []string{"correlate", write(t, "x.csv", scoreCSV), "-suite", "-truth", write(t, "t.csv", "arch,a\n"+testArch(0)+",1\n")}, exitFailure, "no scores came with"},

		{"bench against nothing", []string{"bench", "-against", write(t, "p.jsonl", "\n")}, exitFailure, "no timings"},
		{"bench against a truncated file", []string{"bench", "-against", write(t, "p.jsonl", `{"arch": "`)}, exitFailure, "line 1"},
		{"bench against no peer", []string{"bench", "-against", write(t, "p.jsonl", `{"arch": "5", "batch": 4, "threads": 1}`)}, exitFailure, "no peer's time"},
		{"bench against, without threads", []string{"bench", "-against", write(t, "p.jsonl", `{"arch": "5", "batch": 4, "fused_s": 1}`)}, exitFailure, "threads"},
		{"bench against text", []string{"bench", "-against", write(t, "p.jsonl", `{"arch": "5", "batch": 4, "threads": 1, "fused_s": "1"}`)}, exitFailure, "fused_s"},
		{"bench against mixed threads", []string{"bench", "-against", write(t, "p.jsonl", peerLine("5", 1)+peerLine("5", 2))}, exitFailure, "line 2"},
		{"bench against and a sample", []string{"bench", "-sample", "3", "-against", "p.jsonl"}, exitUsage, "-against"},

		{"spaces without classes", []string{"spaces", "-arch", "5", "-classes", "0"}, exitUsage, "-classes 0"},
		{"spaces with an unknown one", []string{"spaces", "-space", "dart"}, exitFailure, `did you mean "darts"`},
		{"spaces with an unknown task", []string{"spaces", "-space", "transnas-micro", "-task", "jigsaws", "-arch", "64-41414-2_11_311"}, exitFailure, `did you mean "jigsaw"`},
		{"spaces with too small an input", []string{"spaces", "-space", "nats-tss", "-shape", "3,2,2", "-arch", "5"}, exitFailure, "2"},
		{"spaces drawn in no format", []string{"spaces", "-space", "nats-tss", "-arch", "5", "-out", "x.doc"}, exitUsage, "x.doc"},
		{"spaces drawn whole without a file", []string{"spaces", "-space", "nats-tss", "-arch", "5", "-network"}, exitUsage, "-network draws the network, so it needs -out"},
		{"spaces drawn nowhere", []string{"spaces", "-space", "nats-tss", "-out", "x.dot"}, exitUsage, "-arch"},

		{"data without command", []string{"data"}, exitUsage, "list"},
		{"fetch what there is not", []string{"data", "fetch", "cifar11"}, exitFailure, "cifar10"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := zcRun(c.args...)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			if !strings.HasPrefix(errs, "zc: ") || strings.Count(errs, "\n") != 1 {
				t.Errorf("want one line that begins with \"zc: \", got %q", errs)
			}
			if !strings.Contains(errs, c.want) {
				t.Errorf("want %q in %q", c.want, errs)
			}
			for _, p := range []string{"spaces: ", "datasets: ", ": zc: "} {
				if strings.Contains(errs, p) {
					t.Errorf("the error names a package (%q): %q", p, errs)
				}
			}
			if out != "" {
				t.Errorf("printed %q", out)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{nil, {"-h"}, {"-help"}, {"score", "-h"}, {"data", "fetch", "--help"}} {
		if out := mustRun(t, args...); !strings.Contains(out, "Usage: zc") {
			t.Errorf("zc %v printed %q", args, out)
		}
	}
}

func TestLongFlags(t *testing.T) {
	got := longFlags([]string{"score", "-arch", "|a~0|", "-h", "-sample", "-3", "-batch=4", "--seed", "1", "-", "--", "-x", "-yy"})
	want := []string{"score", "--arch", "|a~0|", "-h", "--sample", "-3", "--batch=4", "--seed", "1", "-", "--", "-x", "-yy"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("mismatch (-want +got)\n%s", d)
	}
}

// Everything that can be asked of a command without work is answered.
func TestOverviews(t *testing.T) {
	t.Setenv("ZC_DATA", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"proxies"}, []string{"jacob_cov", "data-independent", "Tanaka"}},
		{[]string{"proxies", "-format", "json"}, []string{`"name": "snip"`}},
		{[]string{"proxies", "-format", "csv"}, []string{"proxy,family,needs"}},
		{[]string{"proxies", "-format", "markdown"}, []string{"| synflow"}},
		{[]string{"proxies", "-format", "latex"}, []string{`\toprule`, `grad\_norm`}},
		{[]string{"backends"}, []string{"native", "yes, auto", "gomlx:go", "gomlx:xla:cuda"}},
		{[]string{"backends", "-format", "json"}, []string{`"backend": "gomlx:go"`, `"ready": true`}},
		{[]string{"spaces"}, []string{"nats-tss", "15625", "32768", "darts", "4096", "3256"}},
		{[]string{"spaces", "-space", "nats-sss"}, []string{"32768", "neighbours     35"}},
		{[]string{"data", "list"}, []string{"synthetic-cifar10", "nasbench201"}},
		{[]string{"data", "path"}, []string{os.Getenv("ZC_DATA") + "\n", "zcnas\n"}},
		{[]string{"data", "fetch", "reference", "synthetic-cifar10"}, []string{"reference: ready\nsynthetic-cifar10: ready\n"}},
	} {
		out := mustRun(t, c.args...)
		for _, w := range c.want {
			if !strings.Contains(out, w) {
				t.Errorf("zc %s: want %q in\n%s", strings.Join(c.args, " "), w, out)
			}
		}
	}
	// The data set's files are not there, generated data and the embedded records are.
	for line := range strings.Lines(mustRun(t, "data", "list")) {
		f := strings.Fields(line)
		want, ok := map[string]string{"cifar10": " no ", "taskonomy": " no ", "reference": " generated ", "nasbench201": " in the program ", "transnas-bench_v10141024.pth": " no "}[f[0]]
		if ok && !strings.Contains(line, want) {
			t.Errorf("data list: want %q in %q", want, line)
		}
	}
}

// column returns a column of an aligned table, below its head.
func column(t *testing.T, table, head string) []string {
	t.Helper()
	lines := strings.Split(strings.TrimRight(table, "\n"), "\n")
	j := slices.Index(strings.Fields(lines[0]), head)
	if j < 0 {
		t.Fatalf("no column %q in\n%s", head, table)
	}
	var out []string
	for _, l := range lines[1:] {
		if f := strings.Fields(l); len(f) > j {
			out = append(out, f[j])
		}
	}
	return out
}

// What a file says does not reach the terminal as commands.
func TestTerminalIsSafe(t *testing.T) {
	bad := write(t, "s.csv", strings.ReplaceAll(scoreCSV, "snip", "sn\x1b[2Jip\u202e"))
	out := mustRun(t, "correlate", bad, "-truth", write(t, "t.csv", truthCSV), "-task", "cifar10", "-resamples", "10")
	if strings.ContainsAny(out, "\x1b\u202e") || !strings.Contains(out, "sn␛[2Jip") {
		t.Errorf("printed %q", out)
	}
	_, _, errs := zcRun("correlate", bad, "-truth", "\x1b]0;title\a.csv")
	if strings.ContainsAny(errs, "\x1b\a") || !strings.Contains(errs, "␛]0;title") {
		t.Errorf("error %q", errs)
	}
}
