package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zcnas/zcnas/datasets/truth"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/proxies"
	"github.com/zcnas/zcnas/zc/table"
)

// record is a line of the format jsonl as its specification says, read without package zc.
type record struct {
	Space, Arch, Data string
	Batch             int
	Seed              uint64
	Scores            map[string]*float64
	Reasons           map[string]string
	Seconds           *float64
}

func scoresOf(t *testing.T, text string) []record {
	t.Helper()
	var out []record
	for line := range strings.Lines(text) {
		var r record
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&r); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		out = append(out, r)
	}
	return out
}

func TestScoreJSONL(t *testing.T) {
	out := mustRun(t, small("score", "-space", "nats-tss", "-arch", disconnected, "-arch", connected, "-seed", "3", "-format", "jsonl")...)
	got := scoresOf(t, out)
	if len(got) != 2 {
		t.Fatalf("%d lines, want 2", len(got))
	}
	for i, arch := range []string{disconnected, connected} {
		r := got[i]
		if r.Space != "nats-tss cells_per_stage=1 channels=8" || r.Arch != arch || r.Data != "reference" || r.Batch != 4 || r.Seed != 3 || r.Seconds == nil || !(*r.Seconds > 0) {
			t.Errorf("line %d: %+v", i+1, r)
		}
		for _, p := range proxies.Post() {
			if _, ok := r.Scores[p]; !ok {
				t.Errorf("line %d has no %s", i+1, p)
			}
		}
	}
	if got[0].Scores["jacob_cov"] != nil || got[0].Reasons["jacob_cov"] == "" {
		t.Errorf("a disconnected cell has no jacob_cov; got %v, %q", got[0].Scores["jacob_cov"], got[0].Reasons["jacob_cov"])
	}
	if v := got[1].Scores["jacob_cov"]; v == nil || math.IsNaN(*v) || len(got[1].Reasons) != 0 {
		t.Errorf("jacob_cov of a connected cell: %v, %v", v, got[1].Reasons)
	}
}

// Whatever the format, the scores are the same; both spellings of flags work.
func TestScoreFormats(t *testing.T) {
	args := small("score", "--arch="+connected, "-proxies", "params,snip")
	want, err := table.ReadJSONL(strings.NewReader(mustRun(t, append(args, "-format", "jsonl")...)))
	if err != nil {
		t.Fatal(err)
	}
	values := func(t *table.Table) map[string]float64 {
		out := map[string]float64{}
		for _, e := range t.Entries() {
			out[e.Arch+" "+e.Proxy] = e.Value
		}
		return out
	}
	if len(values(want)) != 2 {
		t.Fatalf("want two scores, got %v", values(want))
	}
	csv, err := table.ReadCSV(strings.NewReader(mustRun(t, append(args, "-format", "csv")...)))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(values(want), values(csv)); d != "" {
		t.Errorf("CSV (-want +got)\n%s", d)
	}
	js, err := table.ReadJSON(strings.NewReader(mustRun(t, append(args, "-format", "json")...)))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(values(want), values(js)); d != "" {
		t.Errorf("JSON (-want +got)\n%s", d)
	}
	table := mustRun(t, append(args, "-threads", "2")...)
	if d := cmp.Diff([]string{"44610"}, column(t, mustRun(t, small("score", "-arch", "|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|nor_conv_3x3~0|none~1|skip_connect~2|")...), "params")); d != "" {
		t.Errorf("params (-want +got)\n%s\n%s", d, table)
	}
	if d := cmp.Diff([]string{connected}, column(t, table, "arch")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestScoreTableSaysWhy(t *testing.T) {
	out := mustRun(t, small("score", "-arch", disconnected, "-proxies", "jacob_cov")...)
	if !strings.Contains(out, none) || !strings.Contains(out, "jacob_cov of "+disconnected+": ") {
		t.Errorf("no reason in\n%s", out)
	}
}

// A sample depends on its seed alone, and the seed of the sample can be another than that of the weights.
func TestScoreSample(t *testing.T) {
	archs := func(args ...string) []string {
		var out []string
		for _, r := range scoresOf(t, mustRun(t, small(append([]string{"score", "-sample", "3", "-proxies", "params", "-format", "jsonl"}, args...)...)...)) {
			out = append(out, r.Arch)
		}
		return out
	}
	a, b, c := archs("-seed", "1"), archs("-seed", "2"), archs("-seed", "2", "-sample-seed", "1")
	if len(a) != 3 || cmp.Equal(a, b) || !cmp.Equal(a, c) {
		t.Errorf("seed 1: %v\nseed 2: %v\nsample seed 1: %v", a, b, c)
	}
}

func TestScoreArchsFromStdin(t *testing.T) {
	var out, errs bytes.Buffer
	code := run(context.Background(), small("score", "-archs", "-", "-proxies", "params", "-format", "jsonl"),
		strings.NewReader("0\n# NASLib's notation:\n(0, 2, 3, 2, 3, 1)\n\n"+connected), &out, &errs)
	if code != exitOK {
		t.Fatal(errs.String())
	}
	if got := scoresOf(t, out.String()); len(got) != 3 || got[2].Arch != connected {
		t.Errorf("got %+v", got)
	}
}

// The name of a benchmark stands for the architectures that it has accuracies of, in the space's notation.
func TestArchsOfBenchmark(t *testing.T) {
	file := shared(t, "data", "nas-bench-suite-zero", "zc_nasbench201.json")
	t.Setenv("ZC_DATA", shared(t, "data"))
	records, err := truth.OpenSuiteZero(file)
	if err != nil {
		t.Fatal(err)
	}
	var want []spaces.Arch
	for _, key := range records.Archs("cifar10") {
		x, err := spaces.TSS().Parse(key)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, x)
	}
	if len(want) != 725 {
		t.Fatalf("%d architectures, want 725", len(want))
	}
	a := &app{ctx: t.Context()}
	for _, name := range []string{"nasbench201", "nasbench201:cifar10"} {
		got, err := (&archFlags{Archs: name}).archs(a, spaces.TSS(), 0)
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Errorf("%s: %v (-want +got)\n%s", name, err, d)
		}
	}
	for _, c := range []struct{ space, name, want string }{
		{"nats-tss", "nasbench201:cifar1", `nasbench201 has no task "cifar1"; did you mean "cifar10"?`},
		{"nats-tss", "nasbnch201", `did you mean the benchmark "nasbench201"?`},
		{"darts", "nasbench201", "nasbench201 is not about darts"},
	} {
		code, _, errs := zcRun("score", "-space", c.space, "-archs", c.name)
		if code != exitFailure || !strings.Contains(errs, c.want) {
			t.Errorf("%s on %s: exit code %d, %q, want %q", c.name, c.space, code, errs, c.want)
		}
	}
	// A file of that name is a file.
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("nasbench201", []byte("5\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := (&archFlags{Archs: "nasbench201"}).archs(a, spaces.TSS(), 0); err != nil || len(got) != 1 {
		t.Errorf("%d architectures of the file, %v", len(got), err)
	}
}

// The task chooses the head, its outputs and its loss; the key tells tasks apart.
func TestScoreTask(t *testing.T) {
	image := spaces.Shape{C: 3, H: 64, W: 64}
	for _, c := range []struct {
		args []string
		task spaces.Task
		data string
	}{
		{[]string{"-shape", "3,64,64"}, spaces.Task{Input: image, Outputs: 10}, "reference shape=3,64,64"},
		{[]string{"-shape", "3,64,64", "-task", "room_layout"}, spaces.Task{Name: "room_layout", Input: image, Outputs: 9}, "reference shape=3,64,64 task=room_layout"},
		{[]string{"-shape", "9,3,64,64", "-task", "jigsaw"}, spaces.Task{Name: "jigsaw", Input: spaces.Shape{C: 27, H: 64, W: 64}, Outputs: 1000}, "reference task=jigsaw"},
		{[]string{"-task", "jigsaw"}, spaces.Task{Name: "jigsaw", Input: spaces.Shape{C: 27, H: 64, W: 64}, Outputs: 1000}, "reference task=jigsaw"},
		{[]string{"-shape", "3,64,64", "-task", "normal"}, spaces.Task{Name: "normal", Input: image, Outputs: 3}, "reference shape=3,64,64 task=normal"},
		{[]string{"-shape", "3,64,64", "-task", "normal", "-classes", "2"}, spaces.Task{Name: "normal", Input: image, Outputs: 2}, "reference classes=2 shape=3,64,64 task=normal"},
	} {
		g, err := spaces.TransNASMacro().Network("64-1234-basic", c.task)
		if err != nil {
			t.Fatal(err)
		}
		got := scoresOf(t, mustRun(t, append([]string{"score", "-space", "transnas-macro", "-arch", "64-1234-basic", "-data", "reference", "-batch", "2",
			"-proxies", "params", "-format", "jsonl"}, c.args...)...))[0]
		if *got.Scores["params"] != float64(g.ParamCount()) || got.Data != c.data || got.Space != "transnas-macro" {
			t.Errorf("%v: %.0f parameters on %q of %q; want %d on %q", c.args, *got.Scores["params"], got.Data, got.Space, g.ParamCount(), c.data)
		}
	}
}

// A dense head is scored with Darcy Flow's loss, or with the one that is named.
func TestScoreLoss(t *testing.T) {
	snip := map[float64]bool{}
	for _, c := range []struct {
		args []string
		data string
	}{
		{nil, "reference classes=1 loss=rel_l2 shape=1,9,9"},
		{[]string{"-loss", "mse"}, "reference classes=1 loss=mse shape=1,9,9"},
		{[]string{"-loss", "l1"}, "reference classes=1 loss=l1 shape=1,9,9"},
	} {
		got := scoresOf(t, mustRun(t, append([]string{"score", "-space", "darts", "-option", "head=dense", "-option", "channels=4", "-option", "layers=1", "-arch", genotype,
			"-data", "reference", "-shape", "1,9,9", "-classes", "1", "-batch", "2", "-proxies", "snip", "-format", "jsonl"}, c.args...)...))[0]
		if got.Data != c.data || snip[*got.Scores["snip"]] {
			t.Errorf("%v: on %q, want %q; snip %v", c.args, got.Data, c.data, *got.Scores["snip"])
		}
		snip[*got.Scores["snip"]] = true
	}
}

// full takes n bytes, as a disk that becomes full does.
type full struct {
	kept bytes.Buffer
	n    int
}

var errFull = errors.New("no space left on device")

func (f *full) Write(p []byte) (int, error) {
	if f.kept.Len()+len(p) > f.n {
		n, _ := f.kept.Write(p[:f.n-f.kept.Len()])
		return n, errFull
	}
	return f.kept.Write(p)
}

func TestFullDisk(t *testing.T) {
	for _, c := range []struct {
		format string
		room   int
	}{{"jsonl", 700}, {"csv", 700}, {"csv", 40}, {"json", 700}, {"table", 700}} {
		t.Run(fmt.Sprint(c.format, c.room), func(t *testing.T) {
			scored := onScore(t, func(int) {})
			out := &full{n: c.room}
			var errs bytes.Buffer
			code := run(context.Background(), small("score", "-sample", "8", "-proxies", "params,flops,test_hook", "-format", c.format), nil, out, &errs)
			if code != exitFailure || !strings.HasPrefix(errs.String(), "zc: ") || !strings.Contains(errs.String(), errFull.Error()) {
				t.Errorf("exit code %d, %q", code, errs.String())
			}
			if !streamed(c.format) {
				return
			}
			if c.room == 40 { // not even the header
				if *scored != 0 {
					t.Errorf("%d architectures were scored for nothing", *scored)
				}
				return
			}
			if *scored == 8 {
				t.Error("rows were not printed until all were there")
			}
			// The cut may by chance fall at the end of a line: the times on the lines differ in length.
			text := out.kept.String()
			whole := text[:strings.LastIndex(text, "\n")+1]
			kept, err := readRows(c.format, whole)
			if err != nil || kept.Len() < 3 {
				t.Errorf("%d rows kept of\n%s%v", kept.Len(), text, err)
			}
		})
	}
}

// readRows reads what a format prints.
func readRows(format, text string) (*table.Table, error) {
	read := map[string]func(io.Reader) (*table.Table, error){"jsonl": table.ReadJSONL, "csv": table.ReadCSV, "json": table.ReadJSON}
	return read[format](strings.NewReader(text))
}

// hook is what the proxy test_hook calls.
var hook = func() {}

func init() {
	proxies.MustRegister(proxies.Proxy{Name: "test_hook", Needs: proxies.Weights, Run: func(*proxies.Session) (float64, error) {
		hook()
		return 1, nil
	}})
}

// onScore calls f while each architecture is scored with the proxy test_hook, and counts them.
func onScore(t *testing.T, f func(i int)) (scored *int) {
	t.Helper()
	scored = new(int)
	hook = func() { *scored++; f(*scored) }
	t.Cleanup(func() { hook = func() {} })
	return scored
}

// Whatever asks a run to stop, the architecture at hand is finished, and all that are finished are printed.
func TestInterrupt(t *testing.T) {
	const last, all = 3, 50
	for _, stop := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		for _, format := range []string{"jsonl", "csv", "json", "table"} {
			t.Run(fmt.Sprint(stop, " ", format), func(t *testing.T) {
				if runtime.GOOS == "windows" || signal.Ignored(stop) {
					t.Skip("no such signal here")
				}
				me, err := os.FindProcess(os.Getpid())
				if err != nil {
					t.Fatal(err)
				}
				ctx := untilSignal(t.Context())
				onScore(t, func(i int) {
					if i == last {
						if err := me.Signal(stop); err != nil {
							t.Error(err)
						}
						<-ctx.Done()
					}
				})
				var out, errs bytes.Buffer
				code := run(ctx, small("score", "-sample", fmt.Sprint(all), "-proxies", "params,test_hook", "-format", format), nil, &out, &errs)
				// The end of a context reaches those made from it a little later; the rows are those it says, all the same.
				var n int
				if _, err := fmt.Sscanf(errs.String(), "zc: stopped after %d of 50 architectures: interrupted\n", &n); err != nil || code != exitInterrupted || n < last || n >= all {
					t.Fatalf("exit code %d, %q; want %d after %d or few more", code, errs.String(), exitInterrupted, last)
				}
				if format == "table" {
					if got := column(t, out.String(), "test_hook"); len(got) != n {
						t.Errorf("%d rows, want %d, in\n%s", len(got), n, out.String())
					}
					return
				}
				got, err := readRows(format, out.String())
				if err != nil || len(got.Archs()) != n || got.Len() != 2*n {
					t.Errorf("%d rows of %d architectures, %v; want %d of %d", got.Len(), len(got.Archs()), err, 2*n, n)
				}
			})
		}
	}
}

// cancelling is an interrupt after some lines.
type cancelling struct {
	bytes.Buffer
	after  int
	cancel func()
}

func (c *cancelling) Write(p []byte) (int, error) {
	if c.after--; c.after == 0 {
		c.cancel()
	}
	return c.Buffer.Write(p)
}

func TestSweepResumes(t *testing.T) {
	store := filepath.Join(t.TempDir(), "s.sqlite")
	sweep := func(args ...string) []string {
		return small(append([]string{"sweep", "-store", store, "-proxies", "params,snip"}, args...)...)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var errs bytes.Buffer
	if code := run(ctx, sweep("-sample", "6", "-format", "jsonl"), nil, &cancelling{after: 2, cancel: cancel}, &errs); code != exitInterrupted {
		t.Fatalf("exit code %d, %s", code, errs.String())
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-sample", "6"}, "6 of 6 architectures × 2 proxies, 2 found and 4 computed"},
		{[]string{"-sample", "6"}, "6 found and 0 computed"},
		// Other settings are other scores, even under an architecture's name that is in the file.
		{[]string{"-sample", "6", "-init", "reference"}, "0 found and 6 computed"},
		{[]string{"-sample", "6", "-shape", "3,16,16"}, "0 found and 6 computed"},
		{[]string{"-sample", "6", "-shape", "3x32x32", "-classes", "10"}, "6 found and 0 computed"}, // the default
		{[]string{"-sample", "6", "-seed", "1", "-sample-seed", "0"}, "0 found and 6 computed"},
		{[]string{"-sample", "6"}, "6 found and 0 computed"},
	} {
		if out := mustRun(t, sweep(c.args...)...); !strings.Contains(out, c.want) {
			t.Errorf("sweep %v printed %q, want %q", c.args, out, c.want)
		}
	}
	// What comes from the file is what was computed.
	plain := scoresOf(t, mustRun(t, small("score", "-sample", "6", "-proxies", "params,snip", "-format", "jsonl")...))
	kept := scoresOf(t, mustRun(t, sweep("-sample", "6", "-format", "jsonl")...))
	for i := range plain {
		if d := cmp.Diff(plain[i].Scores, kept[i].Scores); d != "" || plain[i].Arch != kept[i].Arch {
			t.Errorf("%s (-computed +kept)\n%s", plain[i].Arch, d)
		}
	}
}

// Data of one's own: a folder of images with a folder for each class.
func TestScoreOwnImages(t *testing.T) {
	root := t.TempDir()
	for i, class := range []string{"cats", "dogs"} {
		for k := range 4 {
			img := image.NewGray(image.Rect(0, 0, 8, 8))
			for p := range img.Pix {
				img.Pix[p] = uint8(100*i + 17*k + p)
			}
			name := filepath.Join(root, class, fmt.Sprint(k, ".png"))
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			f, err := os.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(png.Encode(f, img), f.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	args := []string{"score", "-sample", "1", "-option", "channels=4", "-option", "cells_per_stage=1", "-batch", "4", "-sampling", "grasp",
		"-data", root, "-proxies", "snip", "-format", "jsonl"}
	for _, tt := range []struct {
		options []string
		data    string
	}{
		{nil, "folder:" + filepath.Base(root) + " sampling=grasp"},
		{[]string{"-data-option", "valid=4", "-shape", "1,12,12"}, "folder:" + filepath.Base(root) + " shape=1,12,12 valid=4 sampling=grasp"},
	} {
		got := scoresOf(t, mustRun(t, append(args, tt.options...)...))[0]
		if v := got.Scores["snip"]; got.Data != tt.data || v == nil || !(*v > 0) {
			t.Errorf("%q, snip %v; want %q", got.Data, v, tt.data)
		}
	}
}
