package plotting

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot/vg"
)

// Widths by which LaTeX tables are planned, before LaTeX measures them. The text widths of papers go from about 345 pt
// (article) to 500 pt; of columns, from about 230 pt. What is planned for 7-pt type in latexPage is at worst shrunk to
// 6 pt in the narrowest.
const (
	latexSmall  vg.Length = 7
	latexPage             = 345 * latexSmall / 6
	latexColumn vg.Length = 230
	latexText   vg.Length = 120 // text columns wider than that have their lines broken
)

var tableNumber = regexp.MustCompile(`^Table\s+\d+\s*[:.]\s*`)

// LaTeX is the table in LaTeX with the rules of booktabs. The text works in two ways: alone it compiles as it is,
// and a paper that loads the packages booktabs and graphicx takes it with \input. The caption goes without a leading
// "Table 3:", as LaTeX numbers tables itself.
//
// LaTeX measures the table and takes the largest type in which it fits the page: \small or \footnotesize, the same with
// the widest headings turned upright, or \scriptsize. A table with too many columns for that is set in parts, one below
// the other.
func (t *Table) LaTeX() string {
	p := &canvas.Pen{Theme: Light()}
	blocks := t.latexBlocks(p)
	var b strings.Builder
	// \@nodocument is undefined as soon as a document has begun: that tells the two uses apart.
	b.WriteString(`% Compiles as it is. To \input it in a paper, load the packages booktabs and graphicx there.
\expandafter\ifx\csname @nodocument\endcsname\relax\let\zcnasend\relax\else
\documentclass{article}\usepackage{booktabs,graphicx}\usepackage[margin=2cm]{geometry}
\begin{document}\def\zcnasend{\end{document}}\fi
`)
	env, room := "table", `\linewidth`
	if len(t.cols) > 5 || t.latexWidth(p, 0, len(t.cols)) > latexColumn {
		env, room = "table*", `\textwidth`
	}
	fmt.Fprintf(&b, "\\begin{%s}[t]\n\\centering\n", env)
	if t.caption != "" {
		fmt.Fprintf(&b, "\\caption{%s}\n", canvas.EscapeLaTeX(tableNumber.ReplaceAllString(t.caption, "")))
	}
	if t.label != "" {
		fmt.Fprintf(&b, "\\label{%s}\n", latexLabel(t.label))
	}
	fmt.Fprintf(&b, `\def\zcnashead#1#2{#1}%% a heading: broken into lines, or turned
\def\zcnasfit#1#2{\sbox0{#1\setlength{\tabcolsep}{#2}\zcnastable}}%%
\long\def\zcnastable{%%
%s}%%
\zcnasfit{\small}{4pt}%%
\ifdim\wd0>%[2]s \zcnasfit{\footnotesize}{3pt}\fi
\ifdim\wd0>%[2]s \def\zcnashead#1#2{#2}\zcnasfit{\small}{4pt}\fi
\ifdim\wd0>%[2]s \zcnasfit{\footnotesize}{3pt}\fi
\ifdim\wd0>%[2]s \zcnasfit{\scriptsize}{2pt}\fi
\ifdim\wd0>%[2]s \resizebox{%[2]s}{!}{\usebox0}\else\usebox0\fi
`, t.latexParts(p, blocks), room)
	if n := t.notes(); len(n) > 0 {
		fmt.Fprintf(&b, "\\par\\smallskip{\\footnotesize %s\\par}\n", canvas.EscapeLaTeX(strings.Join(n, " ")))
	}
	fmt.Fprintf(&b, "\\end{%s}\n\\zcnasend\n", env)
	return b.String()
}

// latexWidth is about how wide columns from…to-1 are beside the row names in \scriptsize, with headings turned where
// that makes them narrower.
func (t *Table) latexWidth(p *canvas.Pen, from, to int) vg.Length {
	w := t.latexColumn(p, 0)
	for j := from; j < to; j++ {
		w += 4 + t.latexColumn(p, j+1)
		if j > from && t.cols[j].group != t.cols[j-1].group {
			w += 12
		}
	}
	return w
}

// latexColumn is about how wide the entries of printed column j are in \scriptsize.
func (t *Table) latexColumn(p *canvas.Pen, j int) vg.Length {
	ts := canvas.TextStyle{Size: latexSmall}
	if j == 0 {
		return min(latexText, p.MaxWidth(append([]string{t.rowHeader}, t.rows...), ts))
	}
	w := latexSmall // a turned heading
	for _, r := range t.cells {
		c := r[j-1]
		entry := p.Width(t.value(c), canvas.TextStyle{Size: latexSmall, Bold: c.bold})
		if s := t.aside(c); s != "" {
			entry += 1.2 + p.Width(s, ts)
		}
		w = max(w, entry)
	}
	if !t.numeric(j) {
		w = min(latexText, max(w, p.Width(t.cols[j-1].name, ts)))
	}
	return w
}

// latexBlocks divides the columns into as few parts of about equal width as fit the page; between groups of columns
// where all groups fit.
func (t *Table) latexBlocks(p *canvas.Pen) []columnRun {
	if !t.numeric(1) || t.latexWidth(p, 0, len(t.cols)) <= latexPage {
		return []columnRun{{from: 0, to: len(t.cols)}}
	}
	var out []columnRun
	pieces := t.groups()
	if pieces == nil {
		pieces = []columnRun{{from: 0, to: len(t.cols)}}
	}
	for _, g := range pieces {
		// Groups that fit beside the part before them stay there.
		if n := len(out); n > 0 && t.latexWidth(p, out[n-1].from, g.to) <= latexPage {
			out[n-1].to = g.to
			continue
		}
		parts := 1
		for ; parts < g.to-g.from; parts++ {
			fits := true
			for k := range parts {
				r := g.part(k, parts)
				fits = fits && t.latexWidth(p, r.from, r.to) <= latexPage
			}
			if fits {
				break
			}
		}
		for k := range parts {
			out = append(out, g.part(k, parts))
		}
	}
	return out
}

// part is the k-th of so many parts of about as many columns.
func (r columnRun) part(k, parts int) columnRun {
	n := r.to - r.from
	return columnRun{r.name, r.from + k*n/parts, r.from + (k+1)*n/parts}
}

// latexParts are the blocks of columns below each other.
func (t *Table) latexParts(p *canvas.Pen, blocks []columnRun) string {
	if len(blocks) == 1 {
		return t.latexTabular(p, blocks[0])
	}
	var b strings.Builder
	b.WriteString("\\begin{tabular}[b]{@{}l@{}}\n")
	for i, r := range blocks {
		if i > 0 {
			b.WriteString("\\\\\\noalign{\\medskip}\n")
		}
		b.WriteString(t.latexTabular(p, r))
	}
	b.WriteString("\\end{tabular}")
	return b.String()
}

func (t *Table) latexTabular(p *canvas.Pen, block columnRun) string {
	var b strings.Builder
	b.WriteString("\\begin{tabular}{@{}l")
	long := t.longColumns(p)
	for j := block.from; j < block.to; j++ {
		if j > block.from && t.cols[j-1].group != t.cols[j].group {
			b.WriteString(`@{\hspace{12pt}}`)
		}
		switch {
		case t.numeric(j + 1):
			b.WriteString("r")
		case long[j]:
			fmt.Fprintf(&b, "p{%.2f\\textwidth}", 0.55/float64(len(long)))
		default:
			b.WriteString("l")
		}
	}
	b.WriteString("@{}}\n\\toprule\n")
	if g := clip(t.groups(), block); g != nil {
		rules := ""
		for _, r := range g {
			fmt.Fprintf(&b, "& \\multicolumn{%d}{c}{%s} ", r.to-r.from, canvas.EscapeLaTeX(r.name))
			if r.name != "" {
				rules += fmt.Sprintf("\\cmidrule(lr){%d-%d}", r.from-block.from+2, r.to-block.from+1)
			}
		}
		b.WriteString("\\\\\n" + rules + "\n")
	}
	b.WriteString(canvas.EscapeLaTeX(t.rowHeader))
	for j := block.from; j < block.to; j++ {
		b.WriteString(" & " + t.latexHeader(p, j))
	}
	b.WriteString(" \\\\\n")
	if s := clip(t.sources(), block); s != nil {
		for _, r := range s {
			fmt.Fprintf(&b, "& \\multicolumn{%d}{c}{\\emph{%s}} ", r.to-r.from, canvas.EscapeLaTeX(r.name))
		}
		b.WriteString("\\\\\n")
	}
	b.WriteString("\\midrule\n")
	for i, r := range t.cells {
		b.WriteString(canvas.EscapeLaTeX(t.rows[i]))
		for j := block.from; j < block.to; j++ {
			b.WriteString(" & ")
			if long[j] {
				b.WriteString(`\raggedright ` + t.latexCell(r[j]))
			} else {
				b.WriteString(t.latexCell(r[j]))
			}
		}
		b.WriteString(" \\tabularnewline\n") // \raggedright gives \\ another meaning
	}
	b.WriteString("\\bottomrule\n\\end{tabular}")
	return b.String()
}

func (t *Table) latexCell(c cell) string {
	s := canvas.EscapeLaTeX(t.value(c))
	if c.bold {
		s = `\textbf{` + strings.Replace(s, "$-$", `$\mathbf{-}$`, 1) + `}`
	}
	if a := t.aside(c); a != "" {
		s += `\,{\scriptsize ` + canvas.EscapeLaTeX(a) + `}`
	}
	return s
}

// longColumns are the columns of text too long for one line.
func (t *Table) longColumns(p *canvas.Pen) map[int]bool {
	out := map[int]bool{}
	for j := range t.cols {
		for _, r := range t.cells {
			if !t.numeric(j+1) && p.Width(t.value(r[j]), canvas.TextStyle{Size: latexSmall}) > latexText {
				out[j] = true
			}
		}
	}
	return out
}

// clip is the part of the runs inside the block.
func clip(runs []columnRun, block columnRun) []columnRun {
	var out []columnRun
	for _, r := range runs {
		if from, to := max(r.from, block.from), min(r.to, block.to); from < to {
			out = append(out, columnRun{r.name, from, to})
		}
	}
	return out
}

// latexHeader breaks a heading of several words into lines, so that narrow columns of numbers stay narrow; one whose
// words are wider than the numbers can also be turned.
func (t *Table) latexHeader(p *canvas.Pen, j int) string {
	name := t.cols[j].name
	if !t.numeric(j + 1) {
		return canvas.EscapeLaTeX(name)
	}
	ts := canvas.TextStyle{Size: latexSmall}
	pieces := headingWords(name)
	lines := make([]string, len(pieces))
	for i, s := range pieces {
		lines[i] = strings.ReplaceAll(canvas.EscapeLaTeX(s), " ", "~")
	}
	broken := strings.Join(lines, "")
	if len(lines) > 1 {
		broken = `\begin{tabular}[b]{@{}r@{}}` + strings.Join(lines, `\\`) + `\end{tabular}`
	}
	if longestWord(p, ts, name) <= t.latexColumn(p, j+1) {
		return broken
	}
	return `\zcnashead{` + broken + `}{\rotatebox{90}{` + canvas.EscapeLaTeX(name) + `}}`
}

// latexLabel keeps the characters that a \label may hold.
func latexLabel(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(":-.+*/ ", r)) {
			return r
		}
		return '-'
	}, s)
}
