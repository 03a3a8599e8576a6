package report

import (
	"bytes"
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

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/stats"
	"github.com/zcnas/zcnas/zc/table"
)

// small is a study of two search spaces, with a proxy that is undefined on a task.
func small() *Study {
	s := &Study{Name: "small", Title: "A <small> study"}
	for i, task := range []compare.TaskID{{Space: "A", Task: "x"}, {Space: "A", Task: "y"}, {Space: "B & C", Task: "z"}} {
		for j, p := range []string{"snip", "synflow", "flops", "jacob_cov"} {
			rho := 0.1*float64(i) + 0.2*float64(j)
			if i == 2 && p == "jacob_cov" {
				rho = math.NaN()
			}
			s.Results = append(s.Results, compare.Result{TaskID: task, Proxy: p, Source: compare.SourceComputed,
				Correlation: stats.Correlation{Rho: rho, N: 50}, Interval: stats.SpearmanInterval(rho, 50, 0.95)})
		}
		m, err := compare.Pairwise(stats.StatisticSpearman, []string{"snip", "flops"}, [][]float64{{1, 2, 3, float64(i)}, {2, 1, 3, 4}})
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
	if kinds[".pdf"] == 0 || kinds[".pdf"] != kinds[".svg"] || kinds[".pdf"] != kinds[".png"] || kinds[".tex"] == 0 || kinds[".tex"] != kinds[".csv"] || kinds[".tex"] != kinds[".md"]-1 {
		t.Errorf("files by ending: %v", kinds)
	}
	// Tables are there as figures too.
	for _, name := range files {
		if base, ok := strings.CutSuffix(name, ".tex"); ok {
			for _, ending := range []string{".pdf", ".svg", ".png"} {
				if !slices.Contains(files, base+ending) {
					t.Errorf("no %s%s of the table", base, ending)
				}
			}
		}
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
		{"nil matrix", t.TempDir(), []*Study{{Name: "a", Matrices: []*compare.Matrix{nil}}}, "nil"},
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
	p, err := compare.PerformanceProfiles(s.Results, nil)
	if err != nil {
		t.Fatal(err)
	}
	scores, err := RatioTable(p)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(scores.CSV())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := slices.IndexFunc(rows[0], func(h string) bool { return strings.Contains(h, "DARTS") && strings.Contains(h, "Spherical") })
	for _, r := range rows {
		if r[0] == "snip" && !strings.HasPrefix(r[column], "1.4609") { // (1−0.2675)/(1−0.4986)
			t.Errorf("snip on DARTS, Spherical CIFAR-100: %s", r[column])
		}
	}

	p, err = compare.PerformanceProfiles(small().Results, nil)
	if err != nil {
		t.Fatal(err)
	}
	if scores, err = RatioTable(p); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(scores.CSV(), "jacob_cov,1,1,NaN") {
		t.Errorf("want NaN for an undefined ratio in\n%s", scores.CSV())
	}
}

// What the published study shows: every table and figure of the post that has numbers.
func TestPublishedItems(t *testing.T) {
	s, err := Published()
	if err != nil {
		t.Fatal(err)
	}
	names := itemsOf(t, s, plotting.WithTheme(canvas.Dark()))
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

// Captions name the tables and figures of the post that they show again, and those of other studies never do.
func TestCaptionsNameThePost(t *testing.T) {
	s, err := Published()
	if err != nil {
		t.Fatal(err)
	}
	part := "the part with published numbers of Figure 6"
	want := map[string]string{
		"spearman-nats-bench-tss": "Table 1", "spearman-darts": "Table 2", "spearman-transnas-bench-101": "Table 3",
		"all-pairs-nats-bench-tss": "Figure 3", "all-pairs-darts": "Figure 4", "mean-all-pairs": part, "average-ranks": "Table 4",
		"profiles-nats-bench-tss": "Figure 7", "profiles-darts": "Figure 7", "profiles-transnas-bench-101": "Figure 7",
		"profiles": "Figure 8", "profiles-wide": "Figure 8",
	}
	got := map[string]string{}
	for name, it := range itemsOf(t, s) {
		if m := regexp.MustCompile(`\(([^()]*) of the post\)`).FindStringSubmatch(it.Caption); m != nil {
			got[name] = m[1]
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	own := small()
	own.Results[0].Note = "Table 9"
	for name, it := range itemsOf(t, own) {
		if strings.Contains(it.Caption, "the post") {
			t.Errorf("%s: %s", name, it.Caption)
		}
		if name == "spearman-a" && !strings.Contains(it.Caption, "(Table 9)") {
			t.Errorf("%s does not show its note: %s", name, it.Caption)
		}
		if regexp.MustCompile(`\b1 tasks`).MatchString(it.Caption) {
			t.Errorf("%s: %s", name, it.Caption)
		}
	}
	if c := itemsOf(t, own)["profiles-b-c"].Caption; c != "Performance profiles on B & C, 1 task." {
		t.Errorf("caption %q", c)
	}
}

// The post prints four digits. Of Table 2's column with 0.2644 and 0.2635 only the first is bold.
func TestPublishedDigits(t *testing.T) {
	s, err := Published()
	if err != nil {
		t.Fatal(err)
	}
	md := itemsOf(t, s)["spearman-darts"].Table.Markdown()
	if !strings.Contains(md, "**0.2644**") || !strings.Contains(md, " 0.2635 ") {
		t.Errorf("Table 2:\n%s", md)
	}
}

// itemsOf are the items of a study that can be drawn without error, by their names.
func itemsOf(t *testing.T, s *Study, opts ...plotting.Option) map[string]Item {
	t.Helper()
	items, err := s.Items(opts...)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]Item{}
	for _, it := range items {
		if _, ok := out[it.Name]; ok || (it.Figure == nil) == (it.Table == nil) || it.Caption == "" {
			t.Errorf("item %+v", it)
		}
		out[it.Name] = it
	}
	return out
}

// svgOf is the figure with its labels as text.
func svgOf(t *testing.T, it Item) string {
	t.Helper()
	w, err := plotting.WriterTo(it.Figure, "svg")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Every label and caption names the coefficient that the results are.
func TestOtherStatistics(t *testing.T) {
	for _, c := range []struct {
		statistic    stats.Statistic
		name, symbol string
	}{{stats.StatisticKendall, "Kendall", "τ"}, {stats.StatisticPearson, "Pearson", "r"}} {
		s := small()
		s.Matrices = nil // those are always Spearman's
		for i := range s.Results {
			s.Results[i].Statistic = c.statistic
		}
		items := itemsOf(t, s)
		named := 0
		for name, it := range items {
			text := name + " " + it.Caption
			if it.Figure != nil {
				text += svgOf(t, it)
			} else {
				text += it.Table.LaTeX()
			}
			if strings.Contains(text, "pearman") || strings.Contains(text, "ρ") {
				t.Errorf("%v: %s names Spearman", c.statistic, name)
			}
			if strings.Contains(text, c.name) {
				named++
			}
		}
		if named < 4 { // a table and bars of each search space
			t.Errorf("%v: %d items name it", c.statistic, named)
		}
		if it, ok := items[c.statistic.String()+"-a"]; !ok || !strings.HasPrefix(it.Caption, c.name+"'s "+c.symbol) {
			t.Errorf("%v: table %+v", c.statistic, it)
		}
		if got := items["ratios"].Caption; !strings.HasPrefix(got, "Error 1−"+c.symbol+" ") {
			t.Errorf("%v: ratios: %s", c.statistic, got)
		}
	}
}

// A search space without any number loses its own figures only, with a line in the index.
func TestUndefined(t *testing.T) {
	undefine := func(spaces ...string) *Study {
		s := small()
		s.Matrices = nil
		for i, r := range s.Results {
			if slices.Contains(spaces, r.Space) {
				s.Results[i].Correlation = stats.Correlation{Rho: math.NaN(), N: 2, Reason: "2 pairs are too few"}
				s.Results[i].Interval = stats.Interval{Low: math.NaN(), High: math.NaN()}
			}
		}
		return s
	}
	for _, c := range []struct {
		study         *Study
		drawn, absent []string
		notes         []string
	}{
		{undefine("B & C"), []string{"spearman-b-c", "intervals-a", "profiles-a", "profiles", "average-ranks-diagram", "ratios", "friedman", "critical-difference"},
			[]string{"intervals-b-c", "profiles-b-c"}, []string{"No bars and no profiles of B &amp; C: no proxy has a coefficient there (2 pairs are too few)."}},
		{undefine("A"), []string{"spearman-a", "intervals-b-c", "profiles-b-c", "average-ranks"}, []string{"intervals-a", "friedman"},
			[]string{"profiles of A", "No tests of significance", "there are 3 on 1 task."}},
		{undefine("A", "B & C"), []string{"spearman-a", "spearman-b-c"}, []string{"intervals-a", "profiles", "average-ranks", "friedman"},
			[]string{"profiles of A", "profiles of B &amp; C"}},
	} {
		dir := t.TempDir()
		files, err := Write(dir, []*Study{c.study})
		if err != nil {
			t.Errorf("%v: %v", c.drawn, err)
			continue
		}
		has := func(name string) bool { return slices.Contains(files, "small/"+name+".pdf") }
		for _, name := range c.drawn {
			if !has(name) {
				t.Errorf("no %s", name)
			}
		}
		for _, name := range c.absent {
			if has(name) {
				t.Errorf("%s of nothing", name)
			}
		}
		page, err := os.ReadFile(filepath.Join(dir, "index.html"))
		if err != nil {
			t.Fatal(err)
		}
		for _, note := range c.notes {
			if !strings.Contains(string(page), note) {
				t.Errorf("the index does not say %q", note)
			}
		}
	}
}

// What cannot be drawn loses nothing else: not of its study, and not the studies after it.
func TestWriteGoesOn(t *testing.T) {
	scores := table.New()
	truth := map[string]float64{}
	for i, arch := range []string{"a", "b", "c"} {
		scores.Add(table.Entry{Key: table.Key{Space: "A", Arch: arch, Data: "x", Proxy: "snip"}, Value: float64(i)})
		truth[arch] = float64(i)
	}
	truth["c"] = math.Inf(1)
	bad := small()
	bad.Name = "bad"
	bad.Scatters = []Scores{{TaskID: compare.TaskID{Space: "A", Task: "x"}, Table: scores, Truth: truth}}
	bad.Matrices = nil
	after := small()
	after.Matrices = nil
	dir := t.TempDir()
	files, err := Write(dir, []*Study{bad, after})
	if err == nil || !strings.Contains(err.Error(), "bad, scatter-a-x") || strings.Contains(err.Error(), "\n") {
		t.Errorf("want one error that names the scatter, got %v", err)
	}
	for _, want := range []string{"bad/profiles.pdf", "bad/wilcoxon-holm.png", "small/profiles.pdf", "index.html"} {
		if !slices.Contains(files, want) {
			t.Errorf("no %s", want)
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil || !strings.Contains(string(page), "Could not be drawn: bad, scatter-a-x") {
		t.Errorf("the index does not say what is missing (%v)", err)
	}
}

// Where all proxies tie there is no statistic, and the table says why.
func TestFriedmanTies(t *testing.T) {
	s := small()
	for i := range s.Results {
		s.Results[i].Rho = 0.5
	}
	items := itemsOf(t, s)
	if svg := svgOf(t, items["critical-difference"]); strings.Contains(svg, "NaN") {
		t.Error("the diagram prints NaN")
	}
	md := items["friedman"].Table.Markdown()
	if strings.Contains(md, "NaN") || !strings.Contains(md, "all proxies tie on all tasks") || !strings.Contains(md, "–") {
		t.Errorf("Friedman:\n%s", md)
	}
}

func TestIntervalsCaption(t *testing.T) {
	level := func(levels ...float64) compare.Results {
		var out compare.Results
		for _, l := range levels {
			r := compare.Result{Correlation: stats.Correlation{Rho: 0.5}, Interval: stats.Interval{Low: 0.1, High: 0.9, Level: l}}
			if l < 0 {
				r.Interval = stats.Interval{}
			}
			out = append(out, r)
		}
		return out
	}
	for want, r := range map[string]compare.Results{
		"": level(-1), " with 95% intervals": level(0.95, -1, 0.95), " with 99.5% intervals": level(0.995), " with intervals": level(0.9, 0.95),
	} {
		if got := intervals(r); got != want {
			t.Errorf("%v: %q, want %q", r, got, want)
		}
	}
}

func TestSuiteZero(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	s, err := SuiteZero()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.Matrices); n != 18 || len(s.Scatters) != 18 || len(s.Results.Tasks()) != 18 {
		t.Errorf("%d matrices, %d scatters, %d tasks; want 18 of each", n, len(s.Scatters), len(s.Results.Tasks()))
	}
	// The suite's nwot has infinite scores: they must not stop the scatters.
	items := itemsOf(t, s)
	for name, want := range map[string]struct {
		noise bool
		label string // of a scatter
	}{
		"scatter-nats-bench-tss-cifar10":               {false, "accuracy"},
		"scatter-darts-cifar10":                        {true, "accuracy"},
		"scatter-transnas-bench-101-micro-room-layout": {true, "negative loss"},
		"scatter-transnas-bench-101-macro-autoencoder": {false, "SSIM"},
		"scatter-transnas-bench-101-macro-class-scene": {true, "accuracy"},
	} {
		it := items[name]
		if it.Figure == nil {
			t.Errorf("no %s", name)
			continue
		}
		if noise := strings.Contains(it.Caption, "rounding noise"); noise != want.noise || !strings.Contains(it.Caption, "against "+want.label) {
			t.Errorf("%s: caption %q; want a remark: %v, and %q", name, it.Caption, want.noise, want.label)
		}
		if svg := svgOf(t, it); strings.Contains(svg, ">accuracy<") != (want.label == "accuracy") || !strings.Contains(svg, ">"+want.label+"<") {
			t.Errorf("%s: the y axis does not say %s", name, want.label)
		}
	}
	for name, want := range map[string]bool{"spearman-nats-bench-tss": false, "spearman-darts": true, "spearman-transnas-bench-101-micro": true,
		"spearman-transnas-bench-101-macro": true, "average-ranks": true, "ratios": true, "friedman": true} {
		if md := items[name].Table.Markdown(); strings.Contains(md, "rounding noise") != want {
			t.Errorf("%s: note on noise: %v, want %v", name, !want, want)
		}
	}
	if !strings.Contains(s.Text, "rounding noise") {
		t.Errorf("the study does not say what is noise: %s", s.Text)
	}
}

func TestPValue(t *testing.T) {
	for p, want := range map[float64]string{0.0499: "0.050", 1e-16: "< 0.001", 0.001: "0.001", 1: "1.000", math.NaN(): "–"} {
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
