package zc_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/weights"
)

// small is a space of quick networks.
var small = spaces.TSS(spaces.WithChannels(8), spaces.WithCellsPerStage(1))

const (
	conv  = spaces.Arch("|nor_conv_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|avg_pool_3x3~0|none~1|nor_conv_3x3~2|")
	empty = spaces.Arch("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|")
)

func TestScore(t *testing.T) {
	archs := []spaces.Arch{conv, empty}
	var rows []zc.Record
	var last zc.Progress
	table, err := zc.Score(context.Background(), small, archs, zc.WithProxies("all"), zc.WithBatch(8),
		zc.WithRows(func(r zc.Record) { rows = append(rows, r) }), zc.WithProgress(func(p zc.Progress) { last = p }))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := table.Archs(), []string{string(conv), string(empty)}; !cmp.Equal(got, want) {
		t.Errorf("architectures %q, want %q", got, want)
	}
	if last.Done != 2 || last.Total != 2 || last.Rate <= 0 || len(rows) != 2 {
		t.Errorf("progress %+v, %d rows", last, len(rows))
	}
	undefined := map[string]string{ // why, for a disconnected cell
		"jacob_cov": "do not depend on its input", "epe_nas": "do not depend on its input", "nwot": "the same ReLU codes",
		"zen": "do not depend on the input", "log_synflow": "no logarithm",
	}
	zero := map[string]bool{"grad_norm": true, "snip": true, "plain": true, "grasp": true, "synflow": true, "synflow_bn": true}
	for _, e := range table.Entries() {
		switch {
		case strings.HasPrefix(e.Proxy, "test_"): // another test's
		case e.Arch == string(conv) || undefined[e.Proxy] == "" && !zero[e.Proxy]:
			if math.IsNaN(e.Value) || e.Value == 0 || e.Reason != "" {
				t.Errorf("%s of %s: %v %q", e.Proxy, e.Arch, e.Value, e.Reason)
			}
		case undefined[e.Proxy] != "":
			if !math.IsNaN(e.Value) || !strings.Contains(e.Reason, undefined[e.Proxy]) {
				t.Errorf("%s of a disconnected cell: %v, reason %q, want one with %q", e.Proxy, e.Value, e.Reason, undefined[e.Proxy])
			}
		case e.Value != 0 || math.Signbit(e.Value):
			t.Errorf("%s of a disconnected cell: %v, want 0", e.Proxy, e.Value)
		}
	}
	if got := table.Best("synflow", 5); !cmp.Equal(got, []string{string(conv), string(empty)}) {
		t.Errorf("best by synflow: %q", got)
	}
}

// Scores depend on architecture, data, batch and seed, not on threads, on the proxies beside them or on what was
// scored before.
func TestScoreRepeats(t *testing.T) {
	archs, err := small.Sample(4, 3)
	if err != nil {
		t.Fatal(err)
	}
	values := func(archs []spaces.Arch, opts ...zc.Option) map[zc.Key]float64 {
		t.Helper()
		table, err := zc.Score(context.Background(), small, archs, append(opts, zc.WithBatch(8))...)
		if err != nil {
			t.Fatal(err)
		}
		m := map[zc.Key]float64{}
		for _, e := range table.Entries() {
			m[e.Key] = e.Value
		}
		return m
	}
	want := values(archs, zc.WithThreads(1))
	for name, got := range map[string]map[zc.Key]float64{
		"threads": values(archs, zc.WithThreads(3)),
		"order":   values([]spaces.Arch{archs[3], archs[1], archs[0], archs[2]}),
	} {
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s change scores (-want +got):\n%s", name, diff)
		}
	}
	for key, v := range values(archs, zc.WithProxies("snip", "jacob_cov")) {
		if want[key] != v && !math.IsNaN(v) {
			t.Errorf("alone, %s of %s is %v; with the others %v", key.Proxy, key.Arch, v, want[key])
		}
	}
	for key, v := range values(archs, zc.WithSeed(1)) {
		key.Seed = 0
		if want[key] == v && key.Proxy == "snip" && v != 0 {
			t.Errorf("snip of %s is %v under both seeds", key.Arch, v)
		}
	}
}

func TestScoreErrors(t *testing.T) {
	reference, err := datasets.Reference(3, 9, 9, 10)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		archs []spaces.Arch
		opts  []zc.Option
		want  string
	}{
		{"arch", []spaces.Arch{conv, "|nor_conv_3x3~0|+|nor_conv~0|"}, nil, "nor_conv"},
		{"proxy", nil, []zc.Option{zc.WithProxies("sinflow")}, `did you mean "synflow"`},
		{"data", nil, []zc.Option{zc.WithDataName("cifar1")}, "cifar10"},
		{"batch", nil, []zc.Option{zc.WithBatch(0)}, "minibatch of 0"},
		{"threads", nil, []zc.Option{zc.WithThreads(-1)}, "-1 threads"},
		{"init", nil, []zc.Option{zc.WithInit("xavier")}, "xavier"},
		{"backend", nil, []zc.Option{zc.WithBackend("tpu")}, `unknown backend "tpu"`},
		{"grasp", nil, []zc.Option{zc.WithBatch(5), zc.WithSampling(datasets.Grasp)}, "classes"},
		{"shape", nil, []zc.Option{zc.WithData(reference)}, "cells.1"},
	}
	for _, tt := range tests {
		archs := tt.archs
		if archs == nil {
			archs = []spaces.Arch{conv}
		}
		table, err := zc.Score(context.Background(), small, archs, append([]zc.Option{zc.WithBatch(4)}, tt.opts...)...)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
		if want := len(archs) - 1; len(table.Archs()) != want {
			t.Errorf("%s: %d architectures kept, want %d", tt.name, len(table.Archs()), want)
		}
	}
}

func TestScoreStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	table, err := zc.Score(ctx, small, []spaces.Arch{conv, empty}, zc.WithBatch(4), zc.WithProxies("snip"),
		zc.WithRows(func(zc.Record) { cancel() }))
	if !errors.Is(err, context.Canceled) || table.Len() != 1 {
		t.Errorf("error %v with %d rows, want the end of the context and the finished row", err, table.Len())
	}
}

// A user's proxy takes part like the built-in ones; its panic is an error that keeps the finished rows.
func TestRegister(t *testing.T) {
	zc.MustRegister(zc.Proxy{Name: "test_depth", Family: zc.DataIndependent,
		Score: func(s *zc.Signals) (float64, error) { return float64(len(s.Graph.Layers)), nil }})
	zc.MustRegister(zc.Proxy{Name: "test_panic", Family: zc.DataIndependent,
		Score: func(s *zc.Signals) (float64, error) {
			if s.Graph.ParamCount() > 25_000 {
				return s.Jacobian[0][0], nil // not asked for
			}
			return 0, zc.Undefined("too small")
		}})
	table, err := zc.Score(context.Background(), small, []spaces.Arch{conv}, zc.WithBatch(4), zc.WithProxies("test_depth"))
	if err != nil || !(table.Column("test_depth")[0] > 20) {
		t.Errorf("%v, %v", table.Column("test_depth"), err)
	}
	table, err = zc.Score(context.Background(), small, []spaces.Arch{empty, conv}, zc.WithBatch(4), zc.WithProxies("test_panic"))
	if err == nil || !strings.Contains(err.Error(), "test_panic panicked") || table.Len() != 1 {
		t.Errorf("error %v with %d rows", err, table.Len())
	}
	if err := zc.Register(zc.Proxy{Name: "nameless"}); err == nil {
		t.Error("a proxy without a function was accepted")
	}
}

func ExampleScore() {
	space := spaces.TSS(spaces.WithChannels(8), spaces.WithCellsPerStage(1))
	archs, err := space.Sample(2, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	table, err := zc.Score(context.Background(), space, archs, zc.WithProxies("params", "flops"), zc.WithBatch(16))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range table.Entries() {
		fmt.Println(e.Arch, e.Proxy, e.Value)
	}
	// Output:
	// |nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|nor_conv_3x3~0|none~1|skip_connect~2| params 44610
	// |nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|nor_conv_3x3~0|none~1|skip_connect~2| flops 5.792074e+06
	// |none~0|+|avg_pool_3x3~0|skip_connect~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2| params 20194
	// |none~0|+|avg_pool_3x3~0|skip_connect~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2| flops 2.25313e+06
}

// A network of one's own is scored like those of the spaces.
func ExampleScorer_Network() {
	b := spaces.NewBuilder(spaces.Shape{C: 3, H: 32, W: 32})
	x := b.BatchNorm(b.Conv(0, "conv", spaces.ConvOpts{Out: 16, Kernel: 3, Pad: 1}), "bn")
	g, err := b.Build(b.Linear(b.GlobalAvgPool(b.ReLU(x)), "classifier", 10))
	if err != nil {
		fmt.Println(err)
		return
	}
	data, err := datasets.Reference(3, 32, 32, 10)
	if err != nil {
		fmt.Println(err)
		return
	}
	batch, err := data.Minibatch(context.Background(), 16, 0, datasets.Random)
	if err != nil {
		fmt.Println(err)
		return
	}
	scorer, err := zc.NewScorer(zc.WithProxies("params", "synflow"), zc.WithInit(weights.Reference))
	if err != nil {
		fmt.Println(err)
		return
	}
	scores, err := scorer.Network(g, batch, datasets.CrossEntropy)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("params %v, synflow %.4f\n", scores.Scores["params"], scores.Scores["synflow"])
	// Output: params 634, synflow 534.4499
}
