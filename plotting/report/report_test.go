package report

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/zc"
)

// small is a study of two search spaces, with a proxy that is undefined on a task.
func small() *Study {
	s := &Study{Name: "small", Title: "A <small> study"}
	for i, task := range []zc.TaskID{{Space: "A", Task: "x"}, {Space: "A", Task: "y"}, {Space: "B & C", Task: "z"}} {
		for j, p := range []string{"snip", "synflow", "flops", "jacob_cov"} {
			rho := 0.1*float64(i) + 0.2*float64(j)
			if i == 2 && p == "jacob_cov" {
				rho = math.NaN()
			}
			s.Results = append(s.Results, zc.Result{TaskID: task, Proxy: p, Source: zc.SourceComputed,
				Correlation: zc.Correlation{Rho: rho, N: 50}, Interval: zc.SpearmanInterval(rho, 50, 0.95)})
		}
		m, err := zc.AllPairs(zc.StatisticSpearman, []string{"snip", "flops"}, [][]float64{{1, 2, 3, float64(i)}, {2, 1, 3, 4}})
		if err != nil {
			panic(err)
		}
		m.TaskID = task
		s.Matrices = append(s.Matrices, m)
	}
	return s
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	files, err := Write(dir, []*Study{small()})
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, name := range files {
		st, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil || st.Size() == 0 {
			t.Errorf("%s: %v, %v", name, st, err)
		}
		kinds[filepath.Ext(name)]++
	}
	if kinds[".pdf"] == 0 || kinds[".pdf"] != kinds[".svg"] || kinds[".pdf"] != kinds[".png"] || kinds[".tex"] == 0 || kinds[".tex"] != kinds[".csv"] {
		t.Errorf("files by ending: %v", kinds)
	}
	for _, want := range []string{"small/spearman-b-c.tex", "small/profiles.pdf", "small/profiles-a.svg", "small/all-pairs-a.png", "small/all-pairs-b-c-z.png",
		"small/mean-all-pairs.pdf", "small/average-ranks.csv", "small/critical-difference.pdf", "small/wilcoxon-holm.md", "small/ratios.csv"} {
		if !slices.Contains(files, want) {
			t.Errorf("no %s in %v", want, files)
		}
	}

	// Both index pages lead to every file, and to nothing else.
	for page, link := range map[string]string{"index.html": `(?:href|src)="([^"#]+)"`, "index.md": `\]\(([^)]+)\)`} {
		text, err := os.ReadFile(filepath.Join(dir, page))
		if err != nil {
			t.Fatal(err)
		}
		linked := map[string]bool{}
		for _, m := range regexp.MustCompile(link).FindAllSubmatch(text, -1) {
			linked[string(m[1])] = true
		}
		want := map[string]bool{}
		for _, f := range files {
			if !strings.HasPrefix(f, "index.") {
				want[f] = true
			}
		}
		if d := cmp.Diff(want, linked); d != "" {
			t.Errorf("%s: mismatch (-files +links)\n%s", page, d)
		}
		if page == "index.html" && !bytes.Contains(text, []byte("A &lt;small&gt; study")) {
			t.Error("the title is not escaped")
		}
	}

	// A second time, the same to the bit.
	again := t.TempDir()
	if _, err := Write(again, []*Study{small()}); err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		a, errA := os.ReadFile(filepath.Join(dir, name))
		b, errB := os.ReadFile(filepath.Join(again, name))
		if err := errors.Join(errA, errB); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs from run to run", name)
		}
	}
}

func TestWriteErrors(t *testing.T) {
	twice := small()
	twice.Results = append(twice.Results, twice.Results[0])
	badName := small()
	badName.Name = "../elsewhere"
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		dir     string
		studies []*Study
		want    string
	}{
		{"nothing", t.TempDir(), nil, "no study"},
		{"nil", t.TempDir(), []*Study{nil}, "nil"},
		{"nil matrix", t.TempDir(), []*Study{{Name: "a", Matrices: []*zc.Matrix{nil}}}, "nil"},
		{"empty", t.TempDir(), []*Study{{Name: "a"}}, "no results"},
		{"same name", t.TempDir(), []*Study{small(), small()}, "two studies"},
		{"name that is a path", t.TempDir(), []*Study{badName}, "elsewhere"},
		{"two results of one proxy", t.TempDir(), []*Study{twice}, "snip"},
		{"folder is a file", file, []*Study{small()}, "file"},
	} {
		if _, err := Write(c.dir, c.studies); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want an error with %q, got %v", c.name, c.want, err)
		}
	}
}

// The ratios of the post's example, and of a proxy without a value.
func TestRatioTable(t *testing.T) {
	s, err := Published()
	if err != nil {
		t.Fatal(err)
	}
	p, err := zc.PerformanceProfiles(s.Results, nil)
	if err != nil {
		t.Fatal(err)
	}
	table, err := RatioTable(p)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(table.CSV())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := slices.IndexFunc(rows[0], func(h string) bool { return strings.Contains(h, "DARTS") && strings.Contains(h, "Spherical") })
	for _, r := range rows {
		if r[0] == "snip" && !strings.HasPrefix(r[column], "1.4609") { // (1−0.2675)/(1−0.4986)
			t.Errorf("snip on DARTS, Spherical CIFAR-100: %s", r[column])
		}
	}

	p, err = zc.PerformanceProfiles(small().Results, nil)
	if err != nil {
		t.Fatal(err)
	}
	if table, err = RatioTable(p); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(table.CSV(), "jacob_cov,1,1,NaN") {
		t.Errorf("want NaN for an undefined ratio in\n%s", table.CSV())
	}
}

// What the published study shows: every table and figure of the post that has numbers.
func TestPublishedItems(t *testing.T) {
	s, err := Published()
	if err != nil {
		t.Fatal(err)
	}
	items, err := s.Items(plotting.WithTheme(plotting.Dark()))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]Item{}
	for _, it := range items {
		if _, ok := names[it.Name]; ok || (it.Figure == nil) == (it.Table == nil) || it.Caption == "" {
			t.Errorf("item %+v", it)
		}
		names[it.Name] = it
	}
	for _, want := range []string{"spearman-nats-bench-tss", "spearman-darts", "spearman-transnas-bench-101", "average-ranks", "average-ranks-printed",
		"all-pairs-nats-bench-tss", "all-pairs-darts", "mean-all-pairs", "profiles-darts", "profiles", "critical-difference"} {
		if _, ok := names[want]; !ok {
			t.Errorf("no %s", want)
		}
	}
	if md := names["friedman"].Table.Markdown(); !strings.Contains(md, "All tasks") || !strings.Contains(md, "3.03") { // CD of 8 proxies on 12 tasks
		t.Errorf("Friedman:\n%s", md)
	}
}

func TestSuiteZero(t *testing.T) {
	if s, err := SuiteZero(context.Background(), datasets.WithDir(t.TempDir()), datasets.WithOffline()); s != nil && err == nil || s == nil && !errors.Is(err, datasets.ErrOffline) {
		t.Errorf("without records: %v, %v", s, err)
	}
	if testing.Short() {
		t.Skip("takes seconds")
	}
	dir := os.Getenv("ZC_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	s, err := SuiteZero(context.Background(), datasets.WithDir(dir), datasets.WithOffline())
	if errors.Is(err, datasets.ErrOffline) {
		t.Skipf("the records are not at hand: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.Matrices); n != 18 || len(s.Scatters) != 18 || len(s.Results.Tasks()) != 18 {
		t.Errorf("%d matrices, %d scatters, %d tasks; want 18 of each", n, len(s.Scatters), len(s.Results.Tasks()))
	}
	// The suite's nwot has infinite scores: they must not stop the scatters.
	if _, err := s.Items(); err != nil {
		t.Error(err)
	}
}

func TestPValue(t *testing.T) {
	for p, want := range map[float64]string{0.0499: "0.050", 1e-16: "< 0.001", 0.001: "0.001", 1: "1.000", math.NaN(): "NaN"} {
		if got := pValue(p, 3); got != want {
			t.Errorf("%v: %q, want %q", p, got, want)
		}
	}
}

func TestSlug(t *testing.T) {
	for in, want := range map[string]string{"NATS-Bench TSS": "nats-bench-tss", " a__b ": "a-b", "ρ": "", "a (2)": "a-2"} {
		if got := Slug(in); got != want {
			t.Errorf("Slug(%q) = %q, want %q", in, got, want)
		}
	}
}
