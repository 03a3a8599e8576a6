package gomlx_test

import (
	"context"
	"io"
	"math"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/enginetest"
	"github.com/zcnas/zcnas/zc/engine/gomlx"
	"github.com/zcnas/zcnas/zc/proxies"
)

type problem struct {
	plan   *engine.Plan
	params [][]float32
	batch  *engine.Batch
}

func newProblem(t *testing.T, g *spaces.Graph, n int, loss engine.LossKind) problem {
	t.Helper()
	p, err := enginetest.NewProblem(g, n, loss)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := engine.NewPlan(g)
	if err != nil {
		t.Fatal(err)
	}
	return problem{plan, p.Params, p.Batch}
}

// The number of compilations of a sweep must not grow with the number of architectures.
func TestCompilationsStopGrowing(t *testing.T) {
	space, archs := tss(t, 60)
	d, err := gomlx.NewAlone("go")
	if err != nil {
		t.Fatal(err)
	}
	score := func(archs []spaces.Arch) {
		for _, a := range archs {
			g, err := space.Network(a, spaces.Task{Input: spaces.Shape{C: 3, H: 8, W: 8}, Outputs: 10})
			if err != nil {
				t.Fatal(err)
			}
			p := newProblem(t, g, 2, engine.CrossEntropy)
			if _, err := engine.Run(d, p.plan, p.params, p.batch, engine.Want{LossGrad: true, Hessian: true, OutputGrad: true}); err != nil {
				t.Fatal(a, err)
			}
			s, err := proxies.NewSession(d, g, &datasets.Batch{N: 2, C: 3, H: 8, W: 8}, datasets.CrossEntropy, nil)
			if err != nil {
				t.Fatal(a, err)
			}
			s.Params = p.params
			synflow, err := proxies.Lookup("synflow")
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := synflow.Evaluate(s); err != nil {
				t.Fatal(a, err)
			}
		}
	}
	score(archs[:30])
	first := d.Compilations()
	score(archs[30:])
	t.Logf("%d compilations after 30 architectures, %d after 60", first, d.Compilations())
	if d.Compilations() > 100 {
		t.Errorf("%d compilations, want at most 100", d.Compilations())
	}
	if n := d.Compilations() - first; n > 0 {
		t.Errorf("30 more architectures needed %d more compilations", n)
	}
}

// Clones that run at once, from the first compilation on, give the scores of one device, to the bit. (With -race,
// GoMLX's matrix product needs -gcflags=all=-d=checkptr=0.)
func TestSameScoresFromClones(t *testing.T) {
	d, err := gomlx.NewAlone("go")
	if err != nil {
		t.Fatal(err)
	}
	data, err := datasets.Reference(3, 8, 8, 10)
	if err != nil {
		t.Fatal(err)
	}
	space, archs := tss(t, 4)
	score := func(d engine.Device, archs []spaces.Arch) []zc.Entry {
		table, err := zc.Score(context.Background(), space, archs, zc.WithDevice(d), zc.WithData(data), zc.WithBatch(4), zc.WithProxies("post", "plain", "nwot", "epe_nas", "l2_norm", "synflow_bn", "zen"))
		if err != nil {
			t.Error(err)
		}
		return table.Entries()
	}
	var got [2][]zc.Entry
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			c := d.Clone()
			got[i] = score(c, archs)
			if err := c.(io.Closer).Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	want := score(open(t), archs)
	for i := range got {
		if len(got[i]) != len(want) || len(want) == 0 {
			t.Fatalf("%d and %d scores", len(got[i]), len(want))
		}
		for k, w := range want {
			if g := got[i][k].Value; math.Float64bits(g) != math.Float64bits(w.Value) {
				t.Errorf("clone %d, %s of %s: %v, want %v", i, w.Proxy, w.Arch, g, w.Value)
			}
		}
	}
}

// tss is a small NATS-Bench topology space with n of its architectures.
func tss(t *testing.T, n int) (spaces.Space, []spaces.Arch) {
	t.Helper()
	space, err := spaces.New("nats-tss", map[string]any{"channels": 4.0, "cells_per_stage": 2.0})
	if err != nil {
		t.Fatal(err)
	}
	archs, err := space.Sample(n, 1)
	if err != nil {
		t.Fatal(err)
	}
	return space, archs
}

// A program that scores twice compiles once.
func TestBackendOutlivesScore(t *testing.T) {
	data, err := datasets.Reference(3, 8, 8, 10)
	if err != nil {
		t.Fatal(err)
	}
	space, archs := tss(t, 2)
	count := func(backend string) int {
		_, err := zc.Score(context.Background(), space, archs, zc.WithBackend(backend), zc.WithData(data), zc.WithBatch(3))
		if err != nil {
			t.Fatal(err)
		}
		return open(t).Compilations()
	}
	before := open(t).Compilations()
	first := count("gomlx:go")
	if first == before {
		t.Error("the first call compiled nothing; the test does not see what it compiles")
	}
	for _, backend := range []string{"gomlx:go", "gomlx:go:ops_sequential"} { // the same configuration
		if n := count(backend); n != first {
			t.Errorf("%s: %d compilations after the first call, %d after the second", backend, first, n)
		}
	}
}

// What is on the device is not sent again, and what comes back does not grow with the number of layers.
func TestTransfers(t *testing.T) {
	data, err := datasets.Reference(3, 8, 8, 10)
	if err != nil {
		t.Fatal(err)
	}
	var received []int
	for _, cells := range []float64{1, 4} {
		space, err := spaces.New("nats-tss", map[string]any{"channels": 4.0, "cells_per_stage": cells})
		if err != nil {
			t.Fatal(err)
		}
		d := open(t)
		score := func() (sent, back int) {
			sent, back = d.Transfers()
			arch := spaces.Arch("|nor_conv_3x3~0|+|nor_conv_1x1~0|none~1|+|skip_connect~0|avg_pool_3x3~1|nor_conv_3x3~2|")
			if _, err := zc.Score(context.Background(), space, []spaces.Arch{arch}, zc.WithDevice(d), zc.WithData(data),
				zc.WithBatch(3), zc.WithProxies("post", "plain", "nwot", "epe_nas", "l2_norm", "synflow_bn", "zen")); err != nil {
				t.Fatal(err)
			}
			s, b := d.Transfers()
			return s - sent, b - back
		}
		first, back := score()
		again, _ := score()
		received = append(received, back)
		if again > 0 {
			t.Errorf("%g cells: the second time %d arrays went to the device (the first time %d), want none", cells, again, first)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if fresh, _ := score(); fresh != first {
			t.Errorf("%g cells: a device that was closed sends %d arrays, a new one %d", cells, fresh, first)
		}
	}
	t.Logf("%v arrays came back", received)
	if received[0] != received[1] {
		t.Errorf("%d arrays came back of a small network, %d of a deeper one", received[0], received[1])
	}
}

func TestNewFails(t *testing.T) {
	for backend, want := range map[string]string{
		"tpu":             `no backend "tpu", only go`,
		"xla:cuda":        "-tags xla, any other program when it imports _ \"github.com/zcnas/zcnas/zc/engine/gomlx/xla\"",
		"/no/such/plugin": "gomlx/xla",
		"go:nonsense":     "nonsense",
	} {
		_, err := gomlx.New(backend)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(%q): error %v, want one with %q", backend, err, want)
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("GOMLX_BACKEND", "nosuch")
	if _, err := gomlx.New(""); err == nil || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("GOMLX_BACKEND is not heeded: %v", err)
	}
	os.Unsetenv("GOMLX_BACKEND")
	d, err := gomlx.New("")
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Backend().String(); got != "go" {
		t.Errorf("the default backend of a program without XLA is %q, want go", got)
	}
}

func TestBeginFails(t *testing.T) {
	p := newProblem(t, enginetest.Network(false), 2, engine.CrossEntropy)
	d := open(t)
	p.params[0] = p.params[0][1:]
	if _, err := engine.Run(d, p.plan, p.params, p.batch, engine.Want{LossGrad: true}); err == nil || !strings.Contains(err.Error(), "stem.weight") {
		t.Errorf("error %v, want one that names stem.weight", err)
	}
}
