package plotting

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/stats"
	"github.com/zcnas/zcnas/zc/table"
)

func published(t *testing.T) compare.Results {
	t.Helper()
	r, err := compare.PublishedResults()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTableOfPublished(t *testing.T) {
	tb, err := TableOf(published(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(tb.cols) != 12 || len(tb.rows) != 8 {
		t.Fatalf("%d rows, %d columns", len(tb.rows), len(tb.cols))
	}
	best := map[string]string{}
	for j, c := range tb.cols {
		for i := range tb.rows {
			if tb.cells[i][j].bold {
				best[c.group+"/"+c.name] += tb.rows[i] + " "
			}
		}
	}
	for task, want := range map[string]string{"NATS-Bench TSS/CIFAR-100": "synflow ", "DARTS/CIFAR-100": "flops params ", "TransNAS-Bench-101/Jigsaw": "snip "} {
		if best[task] != want {
			t.Errorf("best on %s: %q, want %q", task, best[task], want)
		}
	}
	if len(tb.groups()) != 3 || !strings.Contains(tb.LaTeX(), `\emph{published}`) {
		t.Errorf("groups %v", tb.groups())
	}
}

func TestTableOfTwoSources(t *testing.T) {
	task := compare.TaskID{Space: "NATS-Bench TSS", Task: "CIFAR-100"}
	mk := func(proxy, source string, rho float64) compare.Result {
		return compare.Result{TaskID: task, Proxy: proxy, Source: source, Correlation: stats.Correlation{Rho: rho},
			Interval: stats.Interval{Low: rho - 0.1, High: rho + 0.1}}
	}
	r := compare.Results{mk("snip", compare.SourcePublished, 0.68), mk("synflow", compare.SourcePublished, 0.79), mk("snip", compare.SourceComputed, 0.61)}
	tb, err := TableOf(r, nil, WithResultIntervals())
	if err != nil {
		t.Fatal(err)
	}
	want := `| Proxy   | NATS-Bench TSS: CIFAR-100 (published) | NATS-Bench TSS: CIFAR-100 (computed) |
|---------|--------------------------------------:|-------------------------------------:|
| snip    |                     0.68 [0.58, 0.78] |                **0.61** [0.51, 0.71] |
| synflow |                 **0.79** [0.69, 0.89] |                                    – |

Bold: highest of the column. – no value.
`
	if diff := cmp.Diff(want, tb.Markdown()); diff != "" {
		t.Errorf("mismatch (-want +got)\n%s", diff)
	}
	if _, err := TableOf(append(r, r[0]), nil); err == nil {
		t.Error("two results for one cell are accepted")
	}
	kendall := mk("flops", compare.SourceComputed, 0.5)
	kendall.Statistic = stats.StatisticKendall
	if _, err := TableOf(append(r[:2:2], kendall), nil); err == nil || !strings.Contains(err.Error(), "mix spearman and kendall") {
		t.Errorf("error %v does not say that statistics are mixed", err)
	}
	if svg := render(t, must(BarsOf(compare.Results{kendall}, nil)), "svg"); !strings.Contains(svg, "Kendall’s τ") {
		t.Error("bars of Kendall's coefficient do not say so")
	}
	if _, err := BarsOf(r, nil); err == nil {
		t.Error("bars of two sources are accepted")
	}
	if _, err := BarsOf(r.From(compare.SourceComputed), nil); err != nil {
		t.Error(err)
	}
	if _, err := TableOf(nil, nil); err == nil {
		t.Error("a table of no results is accepted")
	}
}

// Every figure of the post comes out of the published numbers.
func TestFiguresOfPublished(t *testing.T) {
	r := published(t)
	must := func(f *Figure, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Bundle(); err != nil {
			t.Fatal(err)
		}
	}
	must(BarsOf(r, nil, WithWidth(TwoColumn)))
	profiles, err := compare.PerformanceProfiles(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	must(ProfilesOf(profiles))
	cd, err := compare.CriticalDifferences(r, nil, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	f, err := CriticalDifferenceOf(cd)
	must(f, err)
	if !strings.Contains(f.cfg.note, "Friedman test over 12 tasks: χ² = ") || !strings.Contains(f.cfg.note, "p = 0.") {
		t.Errorf("the note %q does not give the result of Friedman's test", f.cfg.note)
	}
	if diff := cmp.Diff(cd.Groups, f.cfg.cliques); diff != "" {
		t.Errorf("groups mismatch (-test +drawn)\n%s", diff)
	}
	ranks, err := compare.AverageRanks(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	must(RanksOf(ranks))
	tb, err := RanksTableOf(ranks)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(tb.Markdown(), "NATS-Bench TSS (3 tasks)") || !strings.Contains(tb.Markdown(), "**1.33**") {
		t.Errorf("got\n%s", tb.Markdown())
	}
	ms, err := compare.PublishedMatrices()
	if err != nil {
		t.Fatal(err)
	}
	must(HeatMapOf(ms[0]))
	must(HeatMapsOf(ms))
}

func TestProxiesWithoutValuesAreNoted(t *testing.T) {
	f, err := ProfilesOf(&compare.Profiles{Profiles: []compare.Profile{{Proxy: "snip", Tau: []float64{1}, Fraction: []float64{1}}, {Proxy: "grasp"}}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(f.cfg.note, "grasp") {
		t.Errorf("the note %q does not name grasp", f.cfg.note)
	}
	f, err = RanksOf(&compare.RankTable{Proxies: []string{"snip", "grasp"}, Rows: []compare.RankRow{{Space: "DARTS", Tasks: 1, Ranks: []float64{1, math.NaN()}}},
		Overall: compare.RankRow{Space: "Overall", Tasks: 1, Ranks: []float64{1, math.NaN()}}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(f.cfg.note, "grasp") {
		t.Errorf("the note %q does not name grasp", f.cfg.note)
	}
}

// A rank over part of the tasks says so, and is not bold although it is the lowest.
func TestPartialRanks(t *testing.T) {
	ranks := &compare.RankTable{Proxies: []string{"snip", "synflow", "grasp"},
		Rows: []compare.RankRow{{Space: "DARTS", Tasks: 2, Ranks: []float64{1.5, 1, 2}, Counts: []int{2, 1, 2}},
			{Space: "TSS", Tasks: 1, Ranks: []float64{1, math.NaN(), 2}, Counts: []int{1, 0, 1}}},
		Overall: compare.RankRow{Space: "Overall", Tasks: 3, Ranks: []float64{4. / 3, 1, 2}, Counts: []int{3, 1, 3}}}
	tb, err := RanksTableOf(ranks)
	if err != nil {
		t.Fatal(err)
	}
	want := `| Proxy   | DARTS (2 tasks) | TSS (1 task) | Overall (3 tasks) |
|---------|----------------:|-------------:|------------------:|
| snip    |        **1.50** |     **1.00** |          **1.33** |
| synflow |      1.00 (1/2) |            – |        1.00 (1/3) |
| grasp   |            2.00 |         2.00 |              2.00 |

Bold: lowest of the column among the proxies with all tasks. (1/2): on 1 of 2 tasks, the proxy is undefined on the others. – no value.
`
	if diff := cmp.Diff(want, tb.Markdown()); diff != "" {
		t.Errorf("Markdown mismatch (-want +got)\n%s", diff)
	}
	wantCSV := `Proxy,DARTS (2 tasks),DARTS (2 tasks) tasks,TSS (1 task),Overall (3 tasks),Overall (3 tasks) tasks
snip,1.5,2,1,1.3333333333333333,3
synflow,1,1,NaN,1,1
grasp,2,2,2,2,3
`
	if diff := cmp.Diff(wantCSV, tb.CSV()); diff != "" {
		t.Errorf("CSV mismatch (-want +got)\n%s", diff)
	}
	for name, s := range map[string]string{"HTML": tb.HTML(), "LaTeX": tb.LaTeX()} {
		if !strings.Contains(s, "(1/3)") || !strings.Contains(s, "on 1 of 2 tasks") {
			t.Errorf("%s does not mark the ranks:\n%s", name, s)
		}
	}
	f, err := RanksOf(ranks)
	checkGolden(t, "ranks_partial", f, err)
	if svg := render(t, f, "svg"); !strings.Contains(svg, "1.00 (1/3)") || !strings.Contains(svg, "on 1 of 3 tasks") || !strings.Contains(svg, "In brackets") {
		t.Error("the diagram does not say that synflow's rank is over one task")
	}
	// Ranks without counts, as printed in a paper, are taken as complete.
	ranks.Overall.Counts, ranks.Rows[0].Counts, ranks.Rows[1].Counts = nil, nil, nil
	if md := must(RanksTableOf(ranks)).Markdown(); strings.Contains(md, "(1/") {
		t.Errorf("ranks are marked without counts:\n%s", md)
	}
}

func TestScatterOf(t *testing.T) {
	scores := table.New()
	truth := map[string]float64{}
	for i, a := range []string{"a", "b", "c", "d", "e", "f"} {
		v := float64(i * i)
		if a == "f" {
			v = math.NaN()
		}
		for _, p := range []string{"snip", "synflow"} {
			scores.Add(table.Entry{Key: table.Key{Space: "nats-tss", Arch: a, Data: "cifar10", Batch: 64, Proxy: p}, Value: v})
		}
		if a != "a" {
			truth[a] = 90 + float64(i)
		}
	}
	f, err := ScatterOf(scores, "snip", truth)
	if err != nil {
		t.Fatal(err)
	}
	svg := render(t, f, "svg")
	for _, want := range []string{"ρ = 1.00", "n = 4 (1 undefined)"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q in the figure", want)
		}
	}
	if _, err := ScattersOf(scores, nil, truth, WithTitle("Both")); err != nil {
		t.Error(err)
	}
	if !strings.Contains(svg, ">accuracy<") {
		t.Error("the axis does not say that the true values on cifar10 are accuracies")
	}
	if _, err := ScattersOf(scores, []string{"snp"}, truth); err == nil || !strings.Contains(err.Error(), `"snp"; did you mean "snip"?`) {
		t.Errorf("error %v does not name the proxy and the nearest", err)
	}
	if _, err := ScatterOf(scores, "snip", nil); err == nil {
		t.Error("no ground truth gives no error")
	}
	scores.Add(table.Entry{Key: table.Key{Space: "nats-tss", Arch: "a", Data: "cifar10", Batch: 32, Proxy: "snip"}, Value: 1})
	if _, err := ScatterOf(scores, "snip", truth); err == nil || !strings.Contains(err.Error(), "2 runs") {
		t.Errorf("error %v does not say that there are two runs", err)
	}
}

func TestNilAdapters(t *testing.T) {
	for name, f := range map[string]func() error{
		"HeatMapOf":            func() error { _, err := HeatMapOf(nil); return err },
		"HeatMapsOf":           func() error { _, err := HeatMapsOf([]*compare.Matrix{nil}); return err },
		"RanksTableOf":         func() error { _, err := RanksTableOf(nil); return err },
		"RanksOf":              func() error { _, err := RanksOf(nil); return err },
		"CriticalDifferenceOf": func() error { _, err := CriticalDifferenceOf(nil); return err },
		"ProfilesOf":           func() error { _, err := ProfilesOf(nil); return err },
		"ScatterOf":            func() error { _, err := ScatterOf(nil, "snip", nil); return err },
		"ScattersOf":           func() error { _, err := ScattersOf(nil, nil, nil); return err },
	} {
		if f() == nil {
			t.Errorf("%s takes nil", name)
		}
	}
}
