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
	"github.com/zcnas/zcnas/zc/engine/native"
	"github.com/zcnas/zcnas/zc/proxies"
	"github.com/zcnas/zcnas/zc/table"
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
	var rows []table.Record
	var last zc.Progress
	scores, err := zc.Score(context.Background(), small, archs, zc.WithProxies("all"), zc.WithBatch(8),
		zc.WithRows(func(r table.Record) { rows = append(rows, r) }), zc.WithProgress(func(p zc.Progress) { last = p }))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := scores.Archs(), []string{string(conv), string(empty)}; !cmp.Equal(got, want) {
		t.Errorf("architectures %q, want %q", got, want)
	}
	if last.Done != 2 || last.Total != 2 || last.Rate <= 0 || len(rows) != 2 {
		t.Errorf("progress %+v, %d rows", last, len(rows))
	}
	undefined := map[string]string{ // why, for a disconnected cell
		"jacob_cov": "do not depend on its input", "epe_nas": "do not depend on its input", "nwot": "the same ReLU codes",
		"zen": "do not depend on the input", "log_synflow": "no logarithm",
		"ntk_cond": "singular", "ntk_lambda_min": "singular",
	}
	zero := map[string]bool{"grad_norm": true, "snip": true, "plain": true, "grasp": true, "synflow": true, "synflow_bn": true,
		"zico": true, "gradsign": true, "ntk_lambda_max": true}
	for _, e := range scores.Entries() {
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
	if got := scores.Best("synflow", 5); !cmp.Equal(got, []string{string(conv), string(empty)}) {
		t.Errorf("best by synflow: %q", got)
	}
}

// rowStore keeps rows in memory.
type rowStore struct{ *table.Table }

func (s rowStore) Load() (*table.Table, error) { return s.Table, nil }
func (s rowStore) Put(e []table.Entry) error   { s.Add(e...); return nil }

// What makes other networks of an architecture, or another minibatch, has rows of its own in a store.
func TestStoreTellsApart(t *testing.T) {
	reference := func(c, side, classes int, opts ...datasets.Option) zc.Option {
		t.Helper()
		d, err := datasets.Reference(c, side, side, classes, opts...)
		if err != nil {
			t.Fatal(err)
		}
		return zc.WithData(d)
	}
	const darts = "[[(0, 3), (1, 3), (0, 3), (1, 3), (1, 3), (0, 2), (0, 2), (2, 5)], [(0, 0), (1, 0), (2, 2), (1, 0), (0, 0), (2, 2), (2, 2), (1, 0)]]"
	narrow := func(o ...spaces.DARTSOption) spaces.Space {
		return spaces.DARTS(append(o, spaces.WithChannels(4), spaces.WithLayers(2))...)
	}
	image := reference(3, 16, 10)
	for _, test := range []struct {
		arch spaces.Arch
		runs map[string][2]any // a space and its data
	}{
		{darts, map[string][2]any{
			"eval":       {narrow(), image},
			"naslib":     {narrow(spaces.WithVariant(spaces.NASLibVariant)), image},
			"archai":     {narrow(spaces.WithVariant(spaces.ArchaiVariant)), image},
			"wide":       {spaces.DARTS(spaces.WithChannels(8), spaces.WithLayers(2)), image},
			"dense":      {narrow(spaces.WithHead(spaces.DenseHead)), reference(3, 16, 10, datasets.WithLoss(datasets.RelL2))},
			"dense, mse": {narrow(spaces.WithHead(spaces.DenseHead)), reference(3, 16, 10, datasets.WithLoss(datasets.MSE))},
			"classes":    {narrow(), reference(3, 16, 11)},
			"shape":      {narrow(), reference(3, 12, 10)},
		}},
		{"64-1123-basic", map[string][2]any{
			"class_object": {spaces.TransNASMacro(), reference(3, 32, 3, datasets.WithTask("class_object"))},
			"room_layout":  {spaces.TransNASMacro(), reference(3, 32, 3, datasets.WithTask("room_layout"))},
			"normal":       {spaces.TransNASMacro(), reference(3, 32, 3, datasets.WithTask("normal"))},
			"autoencoder":  {spaces.TransNASMacro(), reference(3, 32, 3, datasets.WithTask("autoencoder"))},
		}},
	} {
		store := rowStore{table.New()}
		score := func(run [2]any) float64 {
			t.Helper()
			scores, err := zc.Score(t.Context(), run[0].(spaces.Space), []spaces.Arch{test.arch}, run[1].(zc.Option),
				zc.WithStore(store), zc.WithBatch(2), zc.WithProxies("snip"))
			if err != nil {
				t.Fatal(err)
			}
			return scores.Entries()[0].Value
		}
		seen := map[float64]string{}
		for name, run := range test.runs {
			snip := score(run)
			if other, ok := seen[snip]; ok {
				t.Errorf("snip is %v for %s and for %s", snip, name, other)
			}
			seen[snip] = name
		}
		for name, run := range test.runs { // found again
			if found := score(run); seen[found] != name {
				t.Errorf("the store has snip %v for %s, which is that of %q", found, name, seen[found])
			}
		}
		if store.Len() != len(test.runs) {
			t.Errorf("%d rows of %d networks", store.Len(), len(test.runs))
		}
	}
}

// The data set's task chooses the head: the parameters are those of the task's network, and every loss fits.
func TestScoreTasks(t *testing.T) {
	space, arch := spaces.TransNASMacro(), spaces.Arch("64-1123-basic")
	for _, task := range spaces.TransNASTasks() {
		in := spaces.Shape{C: task.Input.C, H: 16, W: 16}
		data, err := datasets.Reference(in.C, in.H, in.W, task.Outputs, datasets.WithTask(task.Name))
		if err != nil {
			t.Fatal(err)
		}
		scores, err := zc.Score(t.Context(), space, []spaces.Arch{arch}, zc.WithData(data), zc.WithBatch(2), zc.WithProxies("params", "snip"))
		if err != nil {
			t.Errorf("%s: %v", task.Name, err)
			continue
		}
		g, err := space.Network(arch, spaces.Task{Name: task.Name, Input: in, Outputs: task.Outputs})
		if err != nil {
			t.Fatal(err)
		}
		if got := scores.Entries(); got[0].Value != float64(g.ParamCount()) || !(got[1].Value > 0) {
			t.Errorf("%s: params %v, want %d; snip %v", task.Name, got[0].Value, g.ParamCount(), got[1].Value)
		}
	}
}

// Scores depend on architecture, data, batch and seed, not on threads, on the proxies beside them or on what was
// scored before.
func TestScoreRepeats(t *testing.T) {
	archs, err := small.Sample(4, 3)
	if err != nil {
		t.Fatal(err)
	}
	values := func(archs []spaces.Arch, opts ...zc.Option) map[table.Key]float64 {
		t.Helper()
		scores, err := zc.Score(context.Background(), small, archs, append(opts, zc.WithBatch(8))...)
		if err != nil {
			t.Fatal(err)
		}
		m := map[table.Key]float64{}
		for _, e := range scores.Entries() {
			m[e.Key] = e.Value
		}
		return m
	}
	want := values(archs, zc.WithThreads(1))
	for name, got := range map[string]map[table.Key]float64{
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
		{"two data sets", nil, []zc.Option{zc.WithData(reference), zc.WithDataName("cifar10")}, "WithData and WithDataName are given"},
		{"threads of a device", nil, []zc.Option{zc.WithDevice(native.New()), zc.WithThreads(1)}, "WithDevice and WithThreads are given"},
	}
	for _, tt := range tests {
		archs := tt.archs
		if archs == nil {
			archs = []spaces.Arch{conv}
		}
		scores, err := zc.Score(context.Background(), small, archs, append([]zc.Option{zc.WithBatch(4)}, tt.opts...)...)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
		if want := len(archs) - 1; len(scores.Archs()) != want {
			t.Errorf("%s: %d architectures kept, want %d", tt.name, len(scores.Archs()), want)
		}
	}
}

// Options that only sweeps have a use for are not ignored by a scorer.
func TestScorerOptions(t *testing.T) {
	for name, o := range map[string]zc.Option{"WithBatch": zc.WithBatch(4), "WithWorkers": zc.WithWorkers(2), "WithProgress": zc.WithProgress(func(zc.Progress) {}),
		"WithRows": zc.WithRows(func(table.Record) {}), "WithStore": zc.WithStore(rowStore{table.New()}), "WithDataName": zc.WithDataName("cifar10")} {
		if _, err := zc.NewScorer(o); err == nil || !strings.Contains(err.Error(), name+" is for sweeps") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A space of the user's own may panic, make no network or one too large: an error that names the architecture
// and keeps the finished rows.
type brokenSpace struct {
	*spaces.TSSSpace
	network func() (*spaces.Graph, error)
}

func (s brokenSpace) Network(a spaces.Arch, t spaces.Task) (*spaces.Graph, error) {
	if a == empty {
		return s.network()
	}
	return s.TSSSpace.Network(a, t)
}

func TestScoreBrokenSpace(t *testing.T) {
	for name, tt := range map[string]struct {
		network func() (*spaces.Graph, error)
		want    string
	}{
		"panics":     {func() (*spaces.Graph, error) { return make([]*spaces.Graph, 1)[len(small.Name())], nil }, "panicked: runtime error: index out of range"},
		"no network": {func() (*spaces.Graph, error) { return nil, nil }, "made no network"},
		"too large": {func() (*spaces.Graph, error) {
			return spaces.TSS(spaces.WithChannels(100_000)).Network(conv, spaces.Task{Input: spaces.Shape{C: 3, H: 32, W: 32}, Outputs: 10})
		}, "GiB of weights"},
	} {
		space := brokenSpace{small, tt.network}
		scores, err := zc.Score(context.Background(), space, []spaces.Arch{conv, empty}, zc.WithBatch(4), zc.WithProxies("snip"))
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), string(empty)) || scores.Len() != 1 {
			t.Errorf("%s: error %v with %d rows, want one with %q, the architecture and the finished row", name, err, scores.Len(), tt.want)
		}
	}
}

// Runs that differ in what changes scores have different keys, so that merging their tables keeps both.
func TestScoreKeys(t *testing.T) {
	all := table.New()
	for _, tt := range []struct {
		space spaces.Space
		opts  []zc.Option
		want  table.RunKey
	}{
		{spaces.TSS(), nil, table.RunKey{Space: "nats-tss", Data: "synthetic-cifar10"}},
		{small, nil, table.RunKey{Space: "nats-tss cells_per_stage=1 channels=8", Data: "synthetic-cifar10"}},
		{spaces.TSS(), []zc.Option{zc.WithInit(weights.Kaiming)}, table.RunKey{Space: "nats-tss", Data: "synthetic-cifar10 init=kaiming"}},
		{spaces.TSS(), []zc.Option{zc.WithSampling(datasets.Grasp)}, table.RunKey{Space: "nats-tss", Data: "synthetic-cifar10 sampling=grasp"}},
		{spaces.TSS(), []zc.Option{zc.WithUnscored(spaces.ConvTranspose)}, table.RunKey{Space: "nats-tss", Data: "synthetic-cifar10 without=conv_transpose"}},
	} {
		var row table.Record
		opts := append(tt.opts, zc.WithBatch(10), zc.WithProxies("params"), zc.WithRows(func(r table.Record) { row = r }))
		scores, err := zc.Score(context.Background(), tt.space, []spaces.Arch{conv}, opts...)
		if err != nil {
			t.Fatal(err)
		}
		tt.want.Batch = 10
		if diff := cmp.Diff([]table.RunKey{tt.want}, scores.Runs()); diff != "" || row.Space != tt.want.Space || row.Data != tt.want.Data {
			t.Errorf("run (-want +got):\n%s; record %s on %s", diff, row.Space, row.Data)
		}
		all.Merge(scores)
	}
	if all.Len() != 5 {
		t.Errorf("%d rows after merging 5 different runs", all.Len())
	}
}

// Each sweep's time has a name that says what shares it, and the proxies' times add up to all of it.
func TestParts(t *testing.T) {
	batch, err := must(datasets.Get("synthetic-cifar10")).Minibatch(context.Background(), 4, 0, datasets.Random)
	if err != nil {
		t.Fatal(err)
	}
	g, err := small.Network(conv, spaces.Task{Input: spaces.Shape{C: 3, H: 32, W: 32}, Outputs: 10})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ proxies, want []string }{
		{[]string{"params", "flops"}, []string{"reduce"}},
		{[]string{"l2_norm"}, []string{"initialise", "reduce"}},
		{[]string{"nwot"}, []string{"initialise", "forward", "ReLU codes", "reduce"}},
		{[]string{"snip", "jacob_cov"}, []string{"initialise", "forward", "backward: loss gradient, output gradient", "reduce"}},
		{[]string{"grasp", "epe_nas", "synflow", "synflow_bn", "zen"}, []string{"initialise", "forward with tangents",
			"backward: loss gradient, second order, output gradient", "synflow", "synflow_bn", "zen", "reduce"}},
	} {
		scorer, err := zc.NewScorer(zc.WithProxies(tt.proxies...))
		if err != nil {
			t.Fatal(err)
		}
		r, err := scorer.Network(g, batch, datasets.CrossEntropy)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range r.Parts {
			names = append(names, p.String())
			if !(p.Seconds > 0) {
				t.Errorf("%v: %s took %v s", tt.proxies, p, p.Seconds)
			}
		}
		if diff := cmp.Diff(tt.want, names); diff != "" {
			t.Errorf("%v: parts (-want +got):\n%s", tt.proxies, diff)
		}
		var shared float64
		for _, s := range r.ProxySeconds {
			shared += s
		}
		if math.Abs(shared-r.Seconds) > 1e-9*r.Seconds {
			t.Errorf("%v: the proxies' times add up to %v s of %v", tt.proxies, shared, r.Seconds)
		}
	}
}

// Proxies that look at the graph alone need no weights: a network whose weights fill no memory is counted.
func TestScoreWithoutWeights(t *testing.T) {
	wide := spaces.TSS(spaces.WithChannels(4096))
	scores, err := zc.Score(context.Background(), wide, []spaces.Arch{conv}, zc.WithBatch(1), zc.WithProxies("params", "flops", "macs", "naslib_flops"))
	if err != nil || scores.Len() != 4 || !(scores.Column("params")[0] > 1e10) {
		t.Errorf("%v, error %v", scores.Entries(), err)
	}
	_, err = zc.Score(context.Background(), wide, []spaces.Arch{conv}, zc.WithBatch(1), zc.WithProxies("params", "l2_norm"))
	if err == nil || !strings.Contains(err.Error(), "GiB of weights") {
		t.Errorf("error %v", err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestScoreStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	scores, err := zc.Score(ctx, small, []spaces.Arch{conv, empty}, zc.WithBatch(4), zc.WithProxies("snip"),
		zc.WithRows(func(table.Record) { cancel() }))
	if !errors.Is(err, context.Canceled) || scores.Len() != 1 {
		t.Errorf("error %v with %d rows, want the end of the context and the finished row", err, scores.Len())
	}
}

// A user's proxy takes part like the built-in ones; its panic is an error that keeps the finished rows.
func TestRegister(t *testing.T) {
	proxies.MustRegister(proxies.Proxy{Name: "test_depth", Family: proxies.DataIndependent,
		Run: func(s *proxies.Session) (float64, error) { return float64(len(s.Graph.Layers)), nil }})
	proxies.MustRegister(proxies.Proxy{Name: "test_panic", Family: proxies.DataIndependent,
		Run: func(s *proxies.Session) (float64, error) {
			if s.Graph.ParamCount() > 25_000 {
				return s.Jacobian[0][0], nil // not asked for
			}
			return 0, proxies.Undefined("too small")
		}})
	scores, err := zc.Score(context.Background(), small, []spaces.Arch{conv}, zc.WithBatch(4), zc.WithProxies("test_depth"))
	if err != nil || !(scores.Column("test_depth")[0] > 20) {
		t.Errorf("%v, %v", scores.Column("test_depth"), err)
	}
	scores, err = zc.Score(context.Background(), small, []spaces.Arch{empty, conv}, zc.WithBatch(4), zc.WithProxies("test_panic"))
	if err == nil || !strings.Contains(err.Error(), "test_panic panicked") || scores.Len() != 1 {
		t.Errorf("error %v with %d rows", err, scores.Len())
	}
	if err := proxies.Register(proxies.Proxy{Name: "nameless"}); err == nil {
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
	scores, err := zc.Score(context.Background(), space, archs, zc.WithProxies("params", "flops"), zc.WithBatch(16))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range scores.Entries() {
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
