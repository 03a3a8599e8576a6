package main

import (
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets/formats"
	"github.com/zcnas/zcnas/datasets/truth"
)

func TestDataShow(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{
		{"synthetic-cifar10", "-n", "5"},
		{"synthetic-rooms", "-n", "2", "-task", "normal", "-data-option", "side=32", "-split", "test", "-seed", "3"},
		{"synthetic-rooms", "-n", "2", "-task", "jigsaw"},
		{"synthetic-emg", "-n", "3"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			file := filepath.Join(dir, "samples.png")
			out := mustRun(t, append(append([]string{"data", "show"}, args...), "-out", file)...)
			if !strings.Contains(out, args[2]+" samples of "+args[0]) {
				t.Errorf("it says %q", out)
			}
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if m, err := png.Decode(f); err != nil || m.Bounds().Dx() < 100 {
				t.Errorf("%v, %v", m, err)
			}
		})
	}
}

// What is exported is what a minibatch holds.
func TestDataExport(t *testing.T) {
	file := filepath.Join(t.TempDir(), "samples.npz")
	for _, test := range []struct {
		args   []string
		name   string
		shape  []int
		inputs []int
	}{
		{[]string{"synthetic-cifar10", "-n", "4", "-split", "test"}, "labels", []int{4}, []int{4, 3, 32, 32}},
		{[]string{"synthetic-rooms", "-n", "2", "-task", "segmentsemantic", "-data-option", "side=16"}, "labels", []int{2, 16, 16}, []int{2, 3, 16, 16}},
		{[]string{"synthetic-rooms", "-n", "2", "-task", "room_layout", "-data-option", "side=16"}, "targets", []int{2, 9}, []int{2, 3, 16, 16}},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			mustRun(t, append(append([]string{"data", "export"}, test.args...), "-out", file)...)
			z, err := formats.OpenNPZ(file)
			if err != nil {
				t.Fatal(err)
			}
			defer z.Close()
			for name, want := range map[string][]int{"inputs": test.inputs, test.name: test.shape} {
				v, shape, err := formats.ReadNPZ[float32](z, name)
				n := 1
				for _, d := range want {
					n *= d
				}
				if err != nil || len(v) != n || len(shape) != len(want) {
					t.Errorf("%s: shape %v of %d values, %v; want %v", name, shape, len(v), err, want)
				}
			}
			if len(z.Names()) != 2 {
				t.Errorf("it holds %v", z.Names())
			}
		})
	}
}

func TestDataList(t *testing.T) {
	out := mustRun(t, "data", "list", "synthetic-rooms")
	for _, want := range []string{"generated", "soft_cross_entropy", "task", "jigsaw", "generator_seed"} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q in\n%s", want, out)
		}
	}
}

func TestDataUsage(t *testing.T) {
	for _, test := range []struct {
		args  []string
		words string
	}{
		{[]string{"data", "show", "cifar11", "-out", "x.png"}, "did you mean"},
		{[]string{"data", "show", "synthetic-cifar10", "-out", "x.jpg"}, "ends in .png"},
		{[]string{"data", "show", "synthetic-cifar10", "-n", "0", "-out", "x.png"}, "-n 0"},
		{[]string{"data", "export", "synthetic-cifar10", "-out", "x.csv"}, "ends in .npz"},
		{[]string{"data", "export", "synthetic-cifar10", "-split", "validation", "-out", "x.npz"}, "split"},
		{[]string{"data", "export", "synthetic-cifar10", "-data-option", "a", "-out", "x.npz"}, "name=value"},
		{[]string{"data", "export", "synthetic-rooms", "-task", "normal", "-data-option", "task=jigsaw", "-out", "x.npz"}, "twice"},
		{[]string{"data", "list", "cifar11"}, "did you mean"},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			code, _, text := zcRun(test.args...)
			if code != exitUsage || !strings.Contains(text, test.words) {
				t.Errorf("exit code %d, want %d; want %q in %q", code, exitUsage, test.words, text)
			}
		})
	}
}

// Scores are correlated with the published files of whole benchmarks.
func TestCorrelateWhole(t *testing.T) {
	pth := filepath.Join(os.Getenv("ZC_DIVERSE"), "transnas", "transnas-bench_v10141024.pth")
	if os.Getenv("ZC_DIVERSE") == "" {
		pth = shared(t, "data", "diverse", "transnas", "transnas-bench_v10141024.pth")
	}
	bench, err := truth.OpenTransNAS(pth)
	if err != nil {
		t.Skipf("no file of TransNAS-Bench-101: %v", err)
	}
	args := []string{"score", "-space", "transnas-macro", "-task", "class_scene", "-data", "reference", "-shape", "3,64,64", "-batch", "2", "-proxies", "params,flops", "-format", "csv"}
	archs := bench.Archs("macro")
	for _, arch := range archs {
		args = append(args, "-arch", arch)
	}
	scores := write(t, "s.csv", mustRun(t, args...))
	for _, more := range [][]string{{}, {"-epoch", "best"}, {"-metric", "valid_loss", "-epoch", "0"}} {
		t.Run(strings.Join(more, " "), func(t *testing.T) {
			out := mustRun(t, append([]string{"correlate", scores, "-truth", pth, "-task", "class_scene", "-format", "json"}, more...)...)
			if !strings.Contains(out, "params") || !strings.Contains(out, fmt.Sprint(len(archs))) {
				t.Errorf("want the correlation of params over %d architectures in %s", len(archs), out)
			}
		})
	}
	for words, more := range map[string][]string{"no task": {"-task", "depth"}, "no metric": {"-task", "class_scene", "-metric", "valid_mIoU"}, "give last": {"-task", "class_scene", "-epoch", "first"}} {
		if code, _, text := zcRun(append([]string{"correlate", scores, "-truth", pth}, more...)...); code == exitOK || !strings.Contains(text, words) {
			t.Errorf("%v: exit code %d, want %q in %q", more, code, words, text)
		}
	}
}
