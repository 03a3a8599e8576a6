package plotting

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
)

func smallTable(t *testing.T, opts ...TableOption) *Table {
	t.Helper()
	tb, err := CorrelationTable([]string{"grad_norm", "snip", "a|b*<i>"}, []string{"CIFAR-100", "50% & more", "Jigsaw"},
		[][]float64{{0.6779, 0.123, math.NaN()}, {0.6789, -0.5, math.NaN()}, {0.2, -0.0001, math.NaN()}}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return tb
}

func TestTableBold(t *testing.T) {
	tb := smallTable(t)
	want := [][]bool{{true, true, false}, {true, false, false}, {false, false, false}}
	for i, r := range tb.cells {
		for j, c := range r {
			if c.bold != want[i][j] {
				t.Errorf("row %d, column %d: bold is %v (prints %s)", i, j, c.bold, tb.value(c))
			}
		}
	}
	// With three digits 0.678 and 0.679 differ, and only the higher is bold.
	tb = smallTable(t, WithDigits(3))
	if tb.cells[0][0].bold || !tb.cells[1][0].bold {
		t.Error("with three digits only snip is best on CIFAR-100")
	}
	ranks, err := NumberTable([]string{"a", "b"}, []string{"x"}, [][]float64{{2}, {1}}, WithBest(Lowest))
	if err != nil {
		t.Fatal(err)
	}
	if ranks.cells[0][0].bold || !ranks.cells[1][0].bold {
		t.Error("the lowest rank is not the bold one")
	}
	if !strings.Contains(ranks.Markdown(), "lowest of the column") {
		t.Error("the note does not say that low is best")
	}
	none := smallTable(t, WithBest(NoBest))
	if strings.Contains(none.Markdown(), "**") {
		t.Error("NoBest still has bold values")
	}
}

func TestTableMarkdown(t *testing.T) {
	got := smallTable(t, WithCaption("Rank | correlations")).Markdown()
	want := `Rank \| correlations

| Proxy           | CIFAR-100 | 50% & more | Jigsaw |
|-----------------|----------:|-----------:|-------:|
| grad\_norm      |  **0.68** |   **0.12** |      – |
| snip            |  **0.68** |      −0.50 |      – |
| a\|b\*&lt;i&gt; |      0.20 |       0.00 |      – |

Bold: highest of the column. – no value.
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTableHTMLEscapes(t *testing.T) {
	got := smallTable(t, WithCaption("<script>"), WithColumnGroups([]string{"TSS", "TSS", "Trans<NAS"}),
		WithSources([]string{"published", "suite", "suite"})).HTML()
	for _, want := range []string{"&lt;script&gt;", "a|b*&lt;i&gt;", "50% &amp; more", "<strong>0.68</strong>", `colspan="2"`, "Trans&lt;NAS", "published"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "<script>") || strings.Contains(got, "<i>") {
		t.Error("a name came through unescaped")
	}
}

func TestTableLaTeX(t *testing.T) {
	got := smallTable(t, WithCaption(`100% of $x_1 \alpha$`), WithLabel("tab:{x}"), WithColumnGroups([]string{"TSS", "TSS", "DARTS"})).LaTeX()
	for _, want := range []string{`grad\_norm`, `50\%\\\&\\more`, `\textbf{0.68}`, `100\% of \$x\_1 \textbackslash{}alpha\$`,
		`\label{tab:-x-}`, `\multicolumn{2}{c}{TSS}`, `\cmidrule(lr){2-3}\cmidrule(lr){4-4}`, `\toprule`, `\bottomrule`, `$-$0.50`, `a\textbar{}b*\textless{}i\textgreater{}`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if n, m := strings.Count(got, "{"), strings.Count(got, "}"); n != m {
		t.Errorf("%d opening and %d closing braces", n, m)
	}
}

func TestEscapeLaTeX(t *testing.T) {
	got := canvas.EscapeLaTeX(`a_b%c#d&e$f{g}h~i^j\k<l>m|n"o−ρτ±×–χ²`)
	want := `a\_b\%c\#d\&e\$f\{g\}h\textasciitilde{}i\textasciicircum{}j\textbackslash{}k\textless{}l\textgreater{}m\textbar{}n''o$-$$\rho$$\tau$$\pm$$\times$--$\chi$$^{2}$`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTableCSV(t *testing.T) {
	lo := [][]float64{{0.6, 0, math.NaN()}, {0.6, -0.6, math.NaN()}, {0.1, -0.1, math.NaN()}}
	hi := [][]float64{{0.7, 0.2, math.NaN()}, {0.7, -0.4, math.NaN()}, {0.3, 0.1, math.NaN()}}
	tb := smallTable(t, WithIntervals(lo, hi), WithSources([]string{"suite", "suite", "published"}))
	rows, err := csv.NewReader(strings.NewReader(tb.CSV())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 4 || len(rows[0]) != 8 {
		t.Fatalf("%d rows of %d: %v", len(rows), len(rows[0]), rows)
	}
	if rows[0][1] != "CIFAR-100 (suite)" || rows[0][2] != "CIFAR-100 (suite) lo" || rows[1][1] != "0.6779" || rows[1][7] != "NaN" {
		t.Errorf("rows %v", rows)
	}
	if !strings.Contains(tb.Markdown(), "**0.68** [0.60, 0.70]") {
		t.Errorf("no interval in\n%s", tb.Markdown())
	}
	pm := smallTable(t, WithPlusMinus(lo2(0.05)))
	if !strings.Contains(pm.Markdown(), "**0.68** ± 0.05") || !strings.Contains(pm.CSV(), "CIFAR-100 ±") {
		t.Errorf("no ± in\n%s", pm.Markdown())
	}
}

func lo2(v float64) [][]float64 { return [][]float64{{v, v, v}, {v, v, v}, {v, v, v}} }

func TestTextTable(t *testing.T) {
	tb, err := TextTable([]string{"Proxy", "Passes", "Paper"}, [][]string{{"snip", "1", "Lee et al. 2019"}, {"flops", "none", "–"}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(tb.Markdown(), "| snip  | 1      | Lee et al. 2019 |") {
		t.Errorf("got\n%s", tb.Markdown())
	}
}

func TestTableBadInput(t *testing.T) {
	one := [][]float64{{0.5}}
	for name, f := range map[string]func() (*Table, error){
		"no rows":        func() (*Table, error) { return CorrelationTable(nil, []string{"t"}, nil) },
		"no columns":     func() (*Table, error) { return CorrelationTable([]string{"a"}, nil, [][]float64{{}}) },
		"rows":           func() (*Table, error) { return CorrelationTable([]string{"a", "b"}, []string{"t"}, one) },
		"columns":        func() (*Table, error) { return CorrelationTable([]string{"a"}, []string{"t", "u"}, one) },
		"infinite":       func() (*Table, error) { return NumberTable([]string{"a"}, []string{"t"}, [][]float64{{math.Inf(1)}}) },
		"no correlation": func() (*Table, error) { return CorrelationTable([]string{"a"}, []string{"t"}, [][]float64{{2}}) },
		"same columns": func() (*Table, error) {
			return CorrelationTable([]string{"a"}, []string{"t", "t"}, [][]float64{{0, 1}})
		},
		"groups": func() (*Table, error) {
			return CorrelationTable([]string{"a"}, []string{"t"}, one, WithColumnGroups([]string{"x", "y"}))
		},
		"sources": func() (*Table, error) {
			return CorrelationTable([]string{"a"}, []string{"t"}, one, WithSources([]string{}))
		},
		"half an interval": func() (*Table, error) {
			return CorrelationTable([]string{"a"}, []string{"t"}, one, WithIntervals(one, nil))
		},
		"turned interval": func() (*Table, error) {
			return CorrelationTable([]string{"a"}, []string{"t"}, one, WithIntervals([][]float64{{1}}, [][]float64{{0}}))
		},
		"digits": func() (*Table, error) { return CorrelationTable([]string{"a"}, []string{"t"}, one, WithDigits(-1)) },
		"minus": func() (*Table, error) {
			return NumberTable([]string{"a"}, []string{"t"}, one, WithPlusMinus([][]float64{{-1}}))
		},
		"no header":  func() (*Table, error) { return TextTable(nil, [][]string{{"a"}}) },
		"short row":  func() (*Table, error) { return TextTable([]string{"a", "b"}, [][]string{{"x"}}) },
		"empty text": func() (*Table, error) { return TextTable([]string{"a", "b"}, nil) },
	} {
		if _, err := f(); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestSaveTable(t *testing.T) {
	dir := t.TempDir()
	tb := smallTable(t)
	names := []string{"new/a.md", "a.html", "a.tex", "a.csv"}
	for i, n := range names {
		names[i] = filepath.Join(dir, n)
	}
	if err := SaveTable(tb, names...); err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if b, err := os.ReadFile(n); err != nil || len(b) == 0 {
			t.Errorf("%s: %d bytes, %v", n, len(b), err)
		}
	}
	if err := SaveTable(tb, filepath.Join(dir, "a.docx")); err == nil || !strings.Contains(err.Error(), ".docx") {
		t.Errorf("error %v does not name the format", err)
	}
	if err := SaveTable(nil, "a.md"); err == nil {
		t.Error("a nil table is saved")
	}
}
