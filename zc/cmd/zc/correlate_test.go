package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zcnas/zcnas/datasets/truth"
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/stats"
)

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// scoreCSV holds scores whose ranks against truthCSV are worked out by hand: params 1 2 3 4 5 against 1 3 2 5 4
// has Spearman 1 − 6·4/(5·24) = 0.8 and Kendall (8−2)/10 = 0.6. snip lacks one score, and ranks the rest backwards.
var scoreCSV = func() string {
	var b strings.Builder
	b.WriteString("space,arch,data,batch,seed,proxy,value\n")
	for i := range 6 {
		fmt.Fprintf(&b, "nats-tss,%s,cifar10,64,0,params,%d\n", testArch(i), i)
		snip := ""
		if i > 1 {
			snip = strconv.Itoa(-[]int{0, 1, 3, 2, 5, 4}[i])
		}
		fmt.Fprintf(&b, "nats-tss,%s,cifar10,64,0,snip,%s\n", testArch(i), snip)
	}
	return b.String()
}()

// testArch is architecture 0 with one operation changed, in official notation.
func testArch(i int) string {
	ops := []string{"avg_pool_3x3", "nor_conv_1x1", "nor_conv_3x3", "none", "skip_connect"}
	return fmt.Sprintf("|%s~0|+|%s~0|none~1|+|none~0|none~1|none~2|", ops[i%5], ops[i/5])
}

// truthCSV has the first five architectures' accuracies, architecture 0 apart, and one that was not scored.
var truthCSV = func() string {
	var b strings.Builder
	b.WriteString("\ufeffarch,cifar10,other\n")
	for i, v := range []string{"", "1", "3", "2", "5", "4", "9"} {
		fmt.Fprintf(&b, "%s,%s,\n", testArch(i), v)
	}
	return b.String()
}()

func TestCorrelateByHand(t *testing.T) {
	scores, truth := write(t, "s.csv", scoreCSV), write(t, "t.csv", truthCSV)
	rows, err := csv.NewReader(strings.NewReader(mustRun(t, "correlate", scores, "-truth", truth, "-task", "cifar10", "-format", "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"params", "0.8", "0.6", "5", "0"},
		{"snip", "-1", "-1", "4", "1"},
	}
	for i, w := range want {
		r := rows[i+1]
		for j, at := range []int{5, 6, 9, 11, 12} {
			a, errA := strconv.ParseFloat(w[j], 64)
			b, errB := strconv.ParseFloat(r[at], 64)
			if same := errA == nil && errB == nil && math.Abs(a-b) < 1e-12; !same && w[j] != r[at] {
				t.Errorf("%s: %s is %q, want %q", w[0], rows[0][at], r[at], w[j])
			}
		}
	}
	out := mustRun(t, "correlate", scores, "-truth", truth, "-task", "cifar10")
	for _, w := range []string{"0.800", "0.600", "-1.000", "left out: 1 scored architectures", "5 architectures"} {
		if !strings.Contains(out, w) {
			t.Errorf("want %q in\n%s", w, out)
		}
	}
	// Markdown and LaTeX are for papers: the best value is bold.
	if md := mustRun(t, "correlate", scores, "-truth", truth, "-task", "cifar10", "-format", "markdown"); !strings.Contains(md, "**0.80**") {
		t.Errorf("markdown:\n%s", md)
	}
	if tex := mustRun(t, "correlate", scores, "-truth", truth, "-task", "cifar10", "-format", "latex"); !strings.Contains(tex, `\textbf{0.80}`) || !strings.Contains(tex, `\bottomrule`) {
		t.Errorf("latex:\n%s", tex)
	}
	if html := mustRun(t, "correlate", scores, "-truth", truth, "-task", "cifar10", "-format", "html"); !strings.Contains(html, "<strong>0.80</strong>") {
		t.Errorf("html:\n%s", html)
	}
	if one := mustRun(t, "correlate", scores, "-truth", truth, "-task", "cifar10", "-proxies", "snip"); strings.Contains(one, "params") {
		t.Errorf("-proxies snip:\n%s", one)
	}
}

// correlations are what zc correlate -format json prints beside a result of package zc.
type correlations []struct {
	Proxy                                     string
	Value, Kendall, Suite                     float64
	Seed, Joined, No_truth, No_score, Suite_n int
}

func TestCorrelateJSON(t *testing.T) {
	// Two runs in one file are two tasks.
	two := scoreCSV + strings.ReplaceAll(scoreCSV[strings.Index(scoreCSV, "\n")+1:], ",64,0,", ",64,1,")
	out := mustRun(t, "correlate", write(t, "s.csv", two), "-truth", write(t, "t.csv", truthCSV), "-task", "cifar10", "-format", "json")
	var got correlations
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 4 {
		t.Fatalf("%d results, want 4:\n%s", len(got), out)
	}
	for i, r := range got {
		want := []struct{ spearman, kendall float64 }{{0.8, 0.6}, {-1, -1}}[i%2]
		if r.Seed != i/2 || r.Joined != 5 || r.No_truth != 1 || r.No_score != 1 || math.Abs(r.Value-want.spearman) > 1e-12 || math.Abs(r.Kendall-want.kendall) > 1e-12 {
			t.Errorf("result %d: %+v, want %+v", i, r, want)
		}
	}
	results, err := compare.ReadResults(strings.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, rho, err := results.Grid([]string{"snip", "params"}); err != nil || len(rho) != 2 || rho[1][0] != -1 {
		t.Errorf("as results: %v, %v", rho, err)
	}
	for _, r := range results {
		if r.Source != compare.SourceComputed || r.N+r.Dropped != 5 || !(r.Interval.Low <= r.Rho && r.Rho <= r.Interval.High) || r.Interval.Level != 0.95 {
			t.Errorf("as a result: %+v", r)
		}
	}
	studies, err := (&figuresCmd{Suite: "no"}).studies(&app{ctx: t.Context()}, write(t, "mine.json", out))
	if err != nil || len(studies) != 1 || !cmp.Equal(studies[0].Results, results) {
		t.Errorf("zc figures reads %+v, %v", studies, err)
	}
}

// Too few architectures have no correlation, and every format for readers says why.
func TestCorrelateSaysWhy(t *testing.T) {
	scores := write(t, "s.csv", scoreCSV)
	truth := write(t, "t.csv", "arch,a\n"+testArch(0)+",1\n"+testArch(1)+",2\n"+testArch(2)+",3\n")
	for _, format := range []string{"table", "csv", "json", "markdown", "html", "latex"} {
		out := mustRun(t, "correlate", scores, "-truth", truth, "-format", format, "-resamples", "10")
		if !strings.Contains(out, "1 pairs are too few; at least 3 are needed") {
			t.Errorf("%s:\n%s", format, out)
		}
		if format == "table" && !strings.HasSuffix(out, "\nsnip: 1 pairs are too few; at least 3 are needed\n") {
			t.Errorf("not below the table, of snip alone:\n%s", out)
		}
	}
	few := stats.Correlation{Rho: math.NaN(), N: 2, Reason: "too few"}
	constant := stats.Correlation{Rho: math.NaN(), N: 9, Reason: "all equal"}
	fine := stats.Correlation{Rho: 0.5, N: 9}
	row := func(p string, s, k, r stats.Correlation) compare.ProxyCorrelation {
		return compare.ProxyCorrelation{Proxy: p, Spearman: s, Kendall: k, Pearson: r}
	}
	for _, c := range []struct {
		rows  []compare.ProxyCorrelation
		suite map[string]stats.Correlation
		want  []string
	}{
		{rows: []compare.ProxyCorrelation{row("a", fine, fine, fine), row("b", fine, fine, fine)}},
		{rows: []compare.ProxyCorrelation{row("a", few, few, few)}, want: []string{"a: too few"}},
		{rows: []compare.ProxyCorrelation{row("a", few, few, few), row("b", few, few, few)}, suite: map[string]stats.Correlation{"a": few, "b": {Rho: math.NaN(), Reason: "0"}},
			want: []string{"every proxy: too few", "the suite's b: no scores came with the accuracies"}},
		{rows: []compare.ProxyCorrelation{row("a", fine, fine, few), row("b", constant, constant, constant), row("c", fine, few, fine)}, suite: map[string]stats.Correlation{"a": constant, "b": fine, "c": fine},
			want: []string{"Pearson of a: too few", "the suite's a: all equal", "b: all equal", "Kendall of c: too few"}},
	} {
		one := correlated{Correlations: &compare.Correlations{Rows: c.rows}, suite: c.suite}
		if d := cmp.Diff(c.want, one.reasons()); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	}
}

// Scores of a JSONL file, cut off in its last line, and of a sweep, against the suite's records, whose keys are
// op indices.
func TestCorrelateSuite(t *testing.T) {
	file := shared(t, "data", "nas-bench-suite-zero", "zc_nasbench201.json")
	dir := t.TempDir()
	suite, err := truth.OpenSuiteZero(file)
	if err != nil {
		t.Fatal(err)
	}
	archs := write(t, "archs.txt", strings.Join(suite.Archs("cifar10")[:12], "\n"))
	args := []string{"-archs", archs, "-proxies", "params,naslib_flops,flops", "-data", "reference", "-batch", "2"}
	jsonl := mustRun(t, append([]string{"score", "-format", "jsonl"}, args...)...)
	cut := filepath.Join(dir, "s.jsonl")
	if err := os.WriteFile(cut, []byte(jsonl+jsonl[:50]), 0o644); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(dir, "s.sqlite")
	mustRun(t, append([]string{"sweep", "-store", store, "-init", "kaiming"}, args...)...)

	for _, c := range []struct{ scores, truth, task string }{
		{cut, file, "cifar10"}, {store, file, "cifar10"}, {store, "nasbench201:cifar10", ""},
	} {
		t.Setenv("ZC_DATA", shared(t, "data"))
		args := []string{"correlate", c.scores, "-truth", c.truth, "-suite", "-format", "json", "-resamples", "50"}
		if c.task != "" {
			args = append(args, "-task", c.task)
		}
		code, out, errs := zcRun(args...)
		want := "" // standard error
		if c.scores == cut {
			want = "zc: warning: " + cut + ": read JSONL: line 13, column 50: last line is cut off (a killed run?); the finished lines were kept\n"
		}
		if code != exitOK || errs != want {
			t.Fatalf("exit code %d, %q, want %q", code, errs, want)
		}
		var got correlations
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		if len(got) != 3 {
			t.Fatalf("%+v", got)
		}
		for _, r := range got {
			// The suite's params are ours and its flops our naslib_flops; like our flops it has nothing.
			n := 12
			if r.Proxy == "flops" {
				n, r.Value = 0, 0
			}
			if d := math.Abs(r.Value - r.Suite); r.Joined != 12 || r.Suite_n != n || d > 1e-12 {
				t.Errorf("%s: %g, the suite %g of %d", r.Proxy, r.Value, r.Suite, r.Suite_n)
			}
		}
	}
	code, _, errs := zcRun("correlate", cut, "-truth", file)
	if code != exitUsage || !strings.Contains(errs, "cifar10, cifar100, ImageNet16-120") {
		t.Errorf("three tasks to choose from: exit code %d, %q", code, errs)
	}
	code, _, errs = zcRun("correlate", cut, "-truth", file, "-task", "cifar1000")
	if code != exitFailure || !strings.Contains(errs, `did you mean "cifar100"`) {
		t.Errorf("unknown task: exit code %d, %q", code, errs)
	}
}
