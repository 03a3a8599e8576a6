package zc

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/weights"
)

// With one operation left on every edge, the supernet computes what that architecture's own network computes with the
// same weights.
func TestSupernetIsEveryNetwork(t *testing.T) {
	space := spaces.TSS(spaces.WithChannels(8), spaces.WithCellsPerStage(1))
	data, err := datasets.Get("synthetic-cifar10")
	if err != nil {
		t.Fatal(err)
	}
	batch, err := data.Minibatch(context.Background(), 3, 0, datasets.Random)
	if err != nil {
		t.Fatal(err)
	}
	task := batch.Task(data.Info().Task)
	super, err := space.Supernet(task)
	if err != nil {
		t.Fatal(err)
	}
	set, err := weights.Init(super.Graph, weights.PyTorch, 1)
	if err != nil {
		t.Fatal(err)
	}
	device, err := engine.Open("native", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer release(device)
	output := func(g *spaces.Graph, params [][]float32, gates [][]float32) []float64 {
		t.Helper()
		plan, err := engine.NewPlan(g)
		if err != nil {
			t.Fatal(err)
		}
		n, err := engine.Load(device, plan, engine.Host(params), batch.N, engine.Mode{Norm: engine.NormRunning})
		if err != nil {
			t.Fatal(err)
		}
		tape, err := n.Forward(engine.Feed{Inputs: batch.Inputs, Gates: gates})
		if err != nil {
			t.Fatal(err)
		}
		defer tape.Close()
		handle, err := n.Reduce(engine.Map{}, tape.Operand(g.Output))
		if err != nil {
			t.Fatal(err)
		}
		numbers, err := n.Fetch(handle)
		if err != nil {
			t.Fatal(err)
		}
		return numbers[0]
	}
	for _, choices := range [][]int{{3, 3, 2, 3, 1, 4}, {1, 4, 2, 0, 3, 1}, {2, 0, 0, 1, 3, 4}} {
		arch, err := super.Arch(choices)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(string(arch), func(t *testing.T) {
			own, err := space.Network(arch, task)
			if err != nil {
				t.Fatal(err)
			}
			params := make([][]float32, len(own.Params()))
			for i, p := range own.Params() {
				name := p.Name // "cells.0.edge_1_0.conv.weight" lies behind the operation's name in the supernet
				if set.Named(name) == nil {
					head, tail, _ := strings.Cut(name, ".edge_")
					edge, rest, _ := strings.Cut(tail, ".")
					for _, op := range super.Choices[0] {
						full := head + ".edge_" + edge + "." + op + "." + rest
						if v := set.Named(full); len(v) == p.Size() && strings.Contains(string(arch), op) {
							name = full
						}
					}
				}
				if params[i] = set.Named(name); len(params[i]) != p.Size() {
					t.Fatalf("the supernet has no weights for %s", p.Name)
				}
			}
			w := make([][]float64, len(choices))
			for e, op := range choices {
				w[e] = make([]float64, len(super.Choices[e]))
				w[e][op] = 1
			}
			gates, err := super.Factors(w, batch.N)
			if err != nil {
				t.Fatal(err)
			}
			want, got := output(own, params, nil), output(super.Graph, set.Values, gates)
			for i := range want {
				if math.Abs(got[i]-want[i]) > 1e-5*(1+math.Abs(want[i])) {
					t.Fatalf("output %d is %v; the network's own is %v", i, got[i], want[i])
				}
			}
		})
	}
	for name, w := range map[string][][]float64{"too few decisions": {{1}}, "too few choices": {{1}, {1}, {1}, {1}, {1}, {1}}} {
		if _, err := super.Factors(w, 1); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := super.Arch([]int{0, 0, 0, 0, 0, 5}); err == nil {
		t.Error("a choice that there is not: no error")
	}
}

func TestOneShot(t *testing.T) {
	space := spaces.TSS(spaces.WithChannels(4), spaces.WithCellsPerStage(1))
	opts := []Option{WithBatch(8), WithThreads(1)}
	search := func(o OneShotOptions) []Proposal {
		t.Helper()
		found, err := OneShot(context.Background(), space, o, opts...)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	steps := 0
	first := search(OneShotOptions{Proposals: 3, Rounds: 2, Progress: func(done, total int) { steps = done }})
	times := 0
	for i, p := range first {
		times += p.Times
		if _, err := space.Parse(string(p.Arch)); err != nil {
			t.Error(err)
		}
		if i > 0 && p.Score > first[i-1].Score {
			t.Errorf("%v stands behind %v", p.Score, first[i-1].Score)
		}
	}
	if times != 3 || steps != 3+len(first) {
		t.Errorf("%d proposals in %d steps", times, steps)
	}
	again := search(OneShotOptions{Proposals: 3, Rounds: 2})
	for i := range first {
		if first[i] != again[i] {
			t.Errorf("equal seeds find %v and %v", first[i], again[i])
		}
	}
	if found := search(OneShotOptions{Proposals: 1, Rounds: 1, Order: "reverse"}); len(found) != 1 {
		t.Errorf("%d proposals of one", len(found))
	}
	if _, err := OneShot(context.Background(), space, OneShotOptions{Order: "backwards"}, opts...); err == nil {
		t.Error("an unknown order: no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := OneShot(ctx, space, OneShotOptions{}, opts...); err == nil {
		t.Error("an interrupted search: no error")
	}
}
