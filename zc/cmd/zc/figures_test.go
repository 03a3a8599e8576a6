package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/zc"
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
	out := mustRun(t, "figures", "-out", dir)
	if !strings.Contains(out, "index.html") || !strings.Contains(out, "-suite fetch") {
		t.Errorf("printed %q", out)
	}
	files := links(t, dir)
	for _, want := range []string{"published/spearman-darts.tex", "published/average-ranks.csv", "published/average-ranks-printed.md", "published/all-pairs-darts.pdf",
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
	var results zc.Results
	for i, task := range []string{"x", "y"} {
		for j, p := range []string{"snip", "synflow", "flops"} {
			results = append(results, zc.Result{TaskID: zc.TaskID{Space: "mine", Task: task}, Proxy: p, Source: zc.SourceComputed,
				Correlation: zc.Correlation{Rho: 0.1 + 0.2*float64(i*j), N: 50}})
		}
	}
	var text strings.Builder
	if err := results.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	correlations := write(t, "Published.json", text.String())
	scores := write(t, "scores.jsonl", mustRun(t, small("score", "-sample", "5", "-proxies", "params,flops,snip", "-format", "jsonl")...))
	truth := "arch,accuracy\n"
	for i, r := range records(t, readFile(t, scores)) {
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
	if page := readFile(t, filepath.Join(dir, "index.html")); !strings.Contains(page, "No accuracies were at hand for nats-tss") {
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

// A score file of the suite's own architectures takes its accuracies from the records where they are at hand.
func TestFiguresFindTruth(t *testing.T) {
	if testing.Short() {
		t.Skip("reads the records")
	}
	t.Setenv("ZC_DATA", filepath.Dir(filepath.Dir(shared(t, "data", "nas-bench-suite-zero", "zc_nasbench201.json"))))
	c := &figuresCmd{Suite: "auto"}
	a := &app{ctx: t.Context()}
	truth, err := c.truthOf(a, zc.RunKey{Space: "nats-tss channels=8", Data: "cifar10"})
	if err != nil || len(truth) != 725 {
		t.Errorf("cifar10: %d accuracies, %v", len(truth), err)
	}
	for _, run := range []zc.RunKey{{Space: "nats-tss", Data: "synthetic-cifar10"}, {Space: "nats-sss", Data: "cifar10"}} {
		if truth, err := c.truthOf(a, run); err != nil || truth != nil {
			t.Errorf("%v: %d accuracies, %v", run, len(truth), err)
		}
	}
}

func TestFiguresBadInput(t *testing.T) {
	offline(t)
	dir := t.TempDir()
	file := write(t, "file", "x")
	two := write(t, "two.json", `[{"space":"a","task":"b","proxy":"snip","source":"p","statistic":"spearman","rho":0.5,"n":9},`+
		`{"space":"a","task":"b","proxy":"snip","source":"q","statistic":"spearman","rho":0.5,"n":9}]`)
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
		{"second file missing", []string{"-out", dir, "-results", two, filepath.Join(dir, "none.csv")}, exitFailure, "two.json holds results from p and q"},
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
