package plotting

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"github.com/zcnas/zcnas/zc/compare"
)

// LaTeX numbers tables itself: a number in the caption would stand there twice. Other formats keep it.
func TestTableLaTeXCaption(t *testing.T) {
	for caption, want := range map[string]string{
		"Table 3: Ranks": `\caption{Ranks}`, "Table 12. Ranks": `\caption{Ranks}`,
		"Table 4, as printed": `\caption{Table 4, as printed}`, "Tables 1 to 3": `\caption{Tables 1 to 3}`,
	} {
		tb := smallTable(t, WithCaption(caption))
		if !strings.Contains(tb.LaTeX(), want) {
			t.Errorf("%q: no %q in\n%s", caption, want, tb.LaTeX())
		}
		if !strings.Contains(tb.Markdown(), caption) {
			t.Errorf("%q is not the caption in Markdown", caption)
		}
	}
}

// A table with too many columns for legible type is set in parts, none wider than the page.
func TestTableLaTeXBlocks(t *testing.T) {
	p := &canvas.Pen{Theme: Light()}
	for _, c := range []struct {
		name string
		opts []TableOption
		want []columnRun
	}{
		{"values", nil, []columnRun{{"", 0, 12}}},
		{"intervals", []TableOption{WithResultIntervals()}, []columnRun{{"NATS-Bench TSS", 0, 3}, {"DARTS", 3, 8}, {"TransNAS-Bench-101", 8, 12}}},
		{"intervals of four digits", []TableOption{WithResultIntervals(), WithDigits(4)},
			[]columnRun{{"NATS-Bench TSS", 0, 3}, {"DARTS", 3, 5}, {"DARTS", 5, 8}, {"TransNAS-Bench-101", 8, 12}}},
	} {
		tb := must(TableOf(published(t), nil, c.opts...))
		got := tb.latexBlocks(p)
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(columnRun{})); diff != "" {
			t.Errorf("%s: mismatch (-want +got)\n%s", c.name, diff)
		}
		for _, r := range got {
			if w := tb.latexWidth(p, r.from, r.to); w > latexPage {
				t.Errorf("%s: columns %d to %d are %v wide", c.name, r.from, r.to, w)
			}
		}
		if s := tb.LaTeX(); strings.Count(s, `\toprule`) != len(c.want) || strings.Count(s, "fisher") != len(c.want) {
			t.Errorf("%s: not every part is a table with the proxies' names", c.name)
		}
	}
}

func TestTableLaTeXCompiles(t *testing.T) {
	pdflatex, err := exec.LookPath("pdflatex")
	if err != nil {
		t.Skip("no pdflatex on this machine")
	}
	r := published(t)
	ranks, err := compare.AverageRanks(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	rankTable := must(RanksTableOf(ranks))
	if !strings.Contains(rankTable.LaTeX(), `(3~tasks)`) {
		t.Error("a heading may break inside its brackets")
	}
	dir := t.TempDir()
	paper := `\documentclass{article}\usepackage{booktabs,graphicx}\begin{document}`
	for name, tb := range map[string]*Table{
		"wide": must(TableOf(r, nil, WithResultIntervals(), WithDigits(4), WithCaption("100% & #1"))), "ranks": rankTable,
		"text": must(TextTable([]string{"Proxy", "Paper"}, [][]string{{"snip", strings.Repeat("many words ", 30)}, {"#1", "few"}})),
	} {
		MustSaveTable(tb, filepath.Join(dir, name+".tex"))
		paper += `\input{` + name + `}`
	}
	// In a paper, and alone.
	for _, args := range [][]string{{"-jobname=paper", paper + `\end{document}`}, {"wide.tex"}} {
		cmd := exec.Command(pdflatex, append([]string{"-interaction=nonstopmode", "-halt-on-error"}, args...)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if strings.Contains(string(out), ".sty' not found") {
			t.Skip("this machine's LaTeX lacks booktabs or graphicx")
		}
		if err != nil || strings.Contains(string(out), "Overfull") {
			t.Errorf("%s: %v\n%s", args[0], err, out)
		}
	}
}
