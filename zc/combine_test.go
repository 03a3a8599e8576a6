package zc

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/search"
	"github.com/zcnas/zcnas/zc/table"
)

func fiveScores() *Table {
	t := table.New()
	flops, nwot := []float64{1, 2, 3, 4, 5}, []float64{2, 1, 3, math.NaN(), 5}
	for i, arch := range []string{"0", "1", "2", "3", "4"} {
		t.Add(Entry{Key: Key{Space: "s", Arch: "(" + arch + ", 1)", Data: "d", Batch: 8, Proxy: "flops"}, Value: flops[i]},
			Entry{Key: Key{Space: "s", Arch: "(" + arch + ", 1)", Data: "d", Batch: 8, Proxy: "nwot"}, Value: nwot[i]})
	}
	return t
}

func TestCombine(t *testing.T) {
	got, err := Combine(fiveScores(), "")
	if err != nil {
		t.Fatal(err)
	}
	column := got.Column("log-rank")
	for i, want := range []float64{math.Log(.2 * .4), math.Log(.4 * .2), math.Log(.6 * .6), math.Log(.8 * .5), math.Log(1 * .8)} {
		if math.Abs(column[i]-want) > 1e-12 {
			t.Errorf("architecture %d: %v; want %v", i, column[i], want)
		}
	}
	if best := got.Best("log-rank", 2); best[0] != "(4, 1)" || best[1] != "(3, 1)" {
		t.Errorf("the best are %q", best)
	}
	for name, f := range map[string]func() error{
		"unknown rule":    func() error { _, err := Combine(fiveScores(), "mean"); return err },
		"empty":           func() error { _, err := Combine(table.New(), ""); return err },
		"without synflow": func() error { _, err := Combine(fiveScores(), "vote"); return err },
	} {
		if f() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestCombineWith(t *testing.T) {
	accuracies := map[string]float64{"(0, 1)": 10, "(1, 1)": 30, "(4, 1)": 20, "elsewhere": 5}
	got, err := CombineWith(fiveScores(), accuracies, search.DefaultFit())
	if err != nil {
		t.Fatal(err)
	}
	fitted, deviation := got.Column(Fitted), got.Column(FittedDeviation)
	for i := range fitted {
		if math.IsNaN(fitted[i]) || !(deviation[i] > 0) {
			t.Errorf("architecture %d: %v ± %v", i, fitted[i], deviation[i])
		}
	}
	if fitted[0] >= fitted[4] {
		t.Errorf("the worst has %v, the best by proxies %v", fitted[0], fitted[4])
	}
	_, err = CombineWith(fiveScores(), map[string]float64{"|none~0|": 1}, search.DefaultFit())
	if err == nil || !strings.Contains(err.Error(), "notation") {
		t.Errorf("accuracies of another space: %v", err)
	}
}

func TestSearch(t *testing.T) {
	space := spaces.TSS(spaces.WithChannels(4), spaces.WithCellsPerStage(1))
	run := func(ranking string, budget int, method SearchMethod, opts ...Option) *Table {
		t.Helper()
		found, err := Search(context.Background(), space, ranking, budget, method, append(opts, WithBatch(2))...)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	for _, method := range []SearchMethod{SearchRandom, SearchEvolve} {
		t.Run(string(method), func(t *testing.T) {
			var last Progress
			found := run("log-rank", 60, method, WithProgress(func(p Progress) { last = p }))
			if n := len(found.Archs()); n != 60 || last.Done != 60 || last.Total != 60 {
				t.Errorf("%d architectures, progress %+v; want 60", n, last)
			}
			if best := found.Best("log-rank", 3); len(best) != 3 {
				t.Errorf("the best are %q", best)
			}
		})
	}
	best := func(found *Table) float64 {
		a := found.Best("params", 1)[0]
		for i, b := range found.Archs() {
			if a == b {
				return found.Column("params")[i]
			}
		}
		return math.NaN()
	}
	// Convolutions of 3×3 on all six edges have the most parameters.
	all, err := Score(context.Background(), space, []spaces.Arch{"(2, 2, 2, 2, 2, 2)"}, WithProxies("params"), WithBatch(2))
	if err != nil {
		t.Fatal(err)
	}
	most := all.Column("params")[0]
	drawn, evolved := best(run("params", 200, SearchRandom)), best(run("params", 200, SearchEvolve))
	if evolved != most || drawn >= most {
		t.Errorf("evolution finds %v parameters, drawing %v; the most are %v", evolved, drawn, most)
	}
	for name, f := range map[string]func() error{
		"unknown ranking": func() error { _, err := Search(context.Background(), space, "sinflow", 5, SearchRandom); return err },
		"unknown method":  func() error { _, err := Search(context.Background(), space, "params", 5, "rea"); return err },
		"no budget":       func() error { _, err := Search(context.Background(), space, "params", 0, SearchRandom); return err },
		"beyond":          func() error { _, err := Search(context.Background(), space, "params", 15626, SearchRandom); return err },
	} {
		if f() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	found, err := Search(ctx, space, "params", 60, SearchRandom, WithBatch(2), WithProgress(func(p Progress) {
		if p.Done == 5 {
			cancel()
		}
	}))
	if !errors.Is(err, context.Canceled) || len(found.Archs()) < 5 {
		t.Errorf("interrupted after 5: %d architectures, %v", len(found.Archs()), err)
	}
}
