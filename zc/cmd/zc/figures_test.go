package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/stats"
	"github.com/zcnas/zcnas/zc/table"
)

// offline leaves nothing of the benchmarks on this machine.
func offline(t *testing.T) {
	t.Helper()
	for _, v := range []string{"ZC_DATA", "XDG_CACHE_HOME", "HOME"} {
		t.Setenv(v, t.TempDir())
	}
}

// links are the files that the index page leads to; each must be there and not be empty.
func links(t *testing.T, dir string) []string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile(`(?:href|src)="([^"#]+)"`).FindAllSubmatch(page, -1) {
		name := string(m[1])
		if st, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); err != nil || st.Size() == 0 {
			t.Errorf("%s: %v, %v", name, st, err)
		}
		out = append(out, name)
	}
	return out
}

func TestFiguresPublished(t *testing.T) {
	offline(t)
	dir := filepath.Join(t.TempDir(), "out")
	out := mustRun(t, "figures", "-out", dir, "-suite", "no")
	if !strings.Contains(out, "index.html") {
		t.Errorf("printed %q", out)
	}
	files := links(t, dir)
	for _, want := range []string{"published/spearman-darts.tex", "published/spearman-darts.pdf", "published/average-ranks.svg", "published/friedman.png", "published/average-ranks.csv", "published/average-ranks-printed.md", "published/all-pairs-darts.pdf",
		"published/mean-all-pairs.svg", "published/profiles-transnas-bench-101.pdf", "published/profiles.png", "published/critical-difference.pdf"} {
		if !slices.Contains(files, want) {
			t.Errorf("no link to %s", want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "index.md")); err != nil {
		t.Error(err)
	}
}

// Correlations and scores of the user's own get folders of their own, whatever their files are called.
func TestFiguresOfResults(t *testing.T) {
	offline(t)
	var results compare.Results
	for i, task := range []string{"x", "y"} {
		for j, p := range []string{"snip", "synflow", "flops"} {
			results = append(results, compare.Result{TaskID: compare.TaskID{Space: "mine", Task: task}, Proxy: p, Source: compare.SourceComputed,
				Correlation: stats.Correlation{Rho: 0.1 + 0.2*float64(i*j), N: 50}})
		}
	}
	var text strings.Builder
	if err := results.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	correlations := write(t, "Published.json", text.String())
	scores := write(t, "scores.jsonl", mustRun(t, small("score", "-sample", "5", "-proxies", "params,flops,snip", "-format", "jsonl")...))
	truth := "arch,accuracy\n"
	for i, r := range scoresOf(t, readFile(t, scores)) {
		truth += r.Arch + "," + string(rune('1'+i)) + "\n"
	}

	dir := t.TempDir()
	mustRun(t, "figures", "-out", dir, "-suite", "no", "-theme", "dark", "-results", correlations, scores)
	files := links(t, dir)
	for _, want := range []string{"results-published/spearman-mine.tex", "results-published/profiles-mine.pdf", "published/profiles.pdf",
		"scores/all-pairs-nats-tss-cells-per-stage-1-channels-8-reference-batch-4-seed-0.svg"} {
		if !slices.Contains(files, want) {
			t.Errorf("no link to %s in %v", want, files)
		}
	}
	if page := readFile(t, filepath.Join(dir, "index.html")); !strings.Contains(page, "No accuracies of these architectures were at hand for nats-tss") {
		t.Error("the page does not say that accuracies are missing")
	}

	dir = t.TempDir()
	mustRun(t, "figures", "-out", dir, "-suite", "no", "-truth", write(t, "truth.csv", truth), "-results", scores)
	files = links(t, dir)
	if !slices.ContainsFunc(files, func(f string) bool { return strings.HasPrefix(f, "scores/scatter-") }) ||
		!slices.ContainsFunc(files, func(f string) bool { return strings.HasPrefix(f, "scores/spearman-") }) {
		t.Errorf("with accuracies there are no scatters and correlations: %v", files)
	}
}

// A score file takes the published accuracies where there are some of its architectures.
func TestFiguresFindTruth(t *testing.T) {
	known := []string{"|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|"}
	for _, c := range []struct {
		suite string
		run   table.RunKey
		archs []string
		want  int
	}{
		{"yes", table.RunKey{Space: "nats-tss channels=8", Data: "cifar10"}, known, spaces.TSSSize},
		// The figures of the suite's own scores are one thing, its accuracies another.
		{"no", table.RunKey{Space: "nats-tss", Data: "cifar10"}, known, spaces.TSSSize},
		{"yes", table.RunKey{Space: "nats-tss", Data: "cifar10"}, []string{"another"}, 0},
		{"yes", table.RunKey{Space: "nats-tss", Data: "synthetic-cifar10"}, known, 0},
		{"yes", table.RunKey{Space: "nats-sss", Data: "cifar10"}, known, 0},
	} {
		truth, metric, err := (&figuresCmd{Suite: c.suite}).truthOf(&app{ctx: t.Context(), stderr: io.Discard}, c.run, c.archs)
		if err != nil || len(truth) != c.want || (metric == "accuracy") != (c.want > 0) {
			t.Errorf("-suite %s, %v: %d accuracies, %q, %v; want %d", c.suite, c.run, len(truth), metric, err, c.want)
		}
	}
}

// A column of one's own says what the scatters show.
func TestFiguresMetric(t *testing.T) {
	offline(t)
	scores := write(t, "s.csv", scoreCSV)
	truth := write(t, "t.csv", "arch,top1\n"+testArch(0)+",1\n"+testArch(1)+",2\n"+testArch(2)+",3\n")
	studies, err := (&figuresCmd{Truth: truth}).studies(&app{ctx: t.Context()}, scores)
	if err != nil || len(studies) != 1 || len(studies[0].Scatters) == 0 || studies[0].Scatters[0].Metric != "top1" {
		t.Errorf("%+v, %v", studies, err)
	}
}

// Results from several sources, and of several statistics, are a study each, in a folder of its own.
func TestFiguresOfSeveralSources(t *testing.T) {
	row := func(source, statistic string) string {
		return `{"space":"a","task":"b","proxy":"snip","source":"` + source + `","statistic":"` + statistic + `","value":0.5,"n":9}`
	}
	file := func(name string, rows ...string) string { return write(t, name, "["+strings.Join(rows, ",")+"]") }
	studies, err := (&figuresCmd{}).own(&app{ctx: t.Context()}, []string{
		file("two.json", row("p", "spearman"), row("q q", "spearman")),
		file("two.json", row("p", "spearman"), row("p", "kendall"), row("q", "pearson")),
		file("suite.json", row("zero", "spearman"), row("", "spearman")),
		file("published.json", row("", "kendall")),
		file("two-p.json", row("", "spearman")),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := [][2]string{
		{"two-p", "two.json: p"}, {"two-q-q", "two.json: q q"},
		{"two-p-spearman", "two.json: p, spearman"}, {"two-p-kendall", "two.json: p, kendall"}, {"two-q", "two.json: q"},
		{"suite-zero-2", "suite.json: zero"}, {"suite-without-a-source", "suite.json: without a source"},
		{"results-published", "published.json"}, {"two-p-2", "two-p.json"},
	}
	var got [][2]string
	for _, s := range studies {
		got = append(got, [2]string{s.Name, s.Title})
		if len(s.Results) != 1 {
			t.Errorf("%s: %d results", s.Name, len(s.Results))
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("folders and titles (-want +got)\n%s", d)
	}
}

func TestFiguresBadInput(t *testing.T) {
	offline(t)
	dir := t.TempDir()
	file := write(t, "file", "x")
	one := `{"space":"a","task":"b","proxy":"snip","source":"p","statistic":"spearman","value":0.5,"n":9}`
	two := write(t, "two.json", "["+one+","+one+"]")
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no folder", nil, exitUsage, "-out"},
		{"folder is a file", []string{"-out", file}, exitUsage, "is a file"},
		{"no such theme", []string{"-out", dir, "-theme", "blue"}, exitUsage, "light"},
		{"file without flag", []string{"-out", dir, two}, exitUsage, "-results"},
		{"truth without scores", []string{"-out", dir, "-truth", "nasbench201"}, exitUsage, "-results"},
		{"missing file", []string{"-out", dir, "-results", filepath.Join(dir, "none.json")}, exitFailure, "none.json"},
		{"second file missing", []string{"-out", dir, "-results", write(t, "one.json", "["+one+"]"), filepath.Join(dir, "none.csv")}, exitFailure, "none.csv"},
		{"two results of one proxy", []string{"-out", dir, "-results", two}, exitFailure, "two.json: two results of snip on a, b: from p and from p; keep one"},
		{"another ending", []string{"-out", dir, "-results", file}, exitUsage, ".jsonl"},
		{"no JSON", []string{"-out", dir, "-results", write(t, "x.json", "{")}, exitFailure, "x.json"},
		{"truncated results", []string{"-out", dir, "-results", write(t, "x.json", `[{"space":"a","task":"b","proxy":"snip","statistic":"spearman"},{"sp`)}, exitFailure, "x.json"},
		{"results without a proxy", []string{"-out", dir, "-results", write(t, "x.json", `[{"space":"a","task":"b","statistic":"spearman"}]`)}, exitFailure, "proxy"},
		{"empty results", []string{"-out", dir, "-results", write(t, "x.json", "[]")}, exitFailure, "no scores"},
		{"truth of no such file", []string{"-out", dir, "-truth", filepath.Join(dir, "t.csv"), "-results", write(t, "x.csv", scoreCSV)}, exitFailure, "t.csv"},
	} {
		code, _, errs := zcRun(append([]string{"figures"}, c.args...)...)
		if code != c.code || !strings.Contains(errs, c.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: exit code %d, %q; want %d and %q on one line", c.name, code, errs, c.code, c.want)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("files were written in spite of errors: %v", left)
	}
}
