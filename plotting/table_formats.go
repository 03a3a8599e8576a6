package plotting

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"html"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zcnas/zcnas/internal/plain"
)

// title is a column's full name, for formats with one header line.
func (c column) title() string {
	s := c.name
	if c.group != "" {
		s = c.group + ": " + s
	}
	if c.source != "" {
		s += " (" + c.source + ")"
	}
	return s
}

// Markdown is the table in GitHub's Markdown, its columns aligned so that it also reads well in a terminal.
func (t *Table) Markdown() string {
	lines := [][]string{{plain.Markdown(t.rowHeader)}}
	for _, c := range t.cols {
		lines[0] = append(lines[0], plain.Markdown(c.title()))
	}
	for i, r := range t.cells {
		line := []string{plain.Markdown(t.rows[i])}
		for _, c := range r {
			s := plain.Markdown(t.value(c))
			if c.bold {
				s = "**" + s + "**"
			}
			if iv := t.aside(c); iv != "" {
				s += " " + iv
			}
			line = append(line, s)
		}
		lines = append(lines, line)
	}
	width := make([]int, len(t.cols)+1)
	for _, l := range lines {
		for j, s := range l {
			width[j] = max(width[j], utf8.RuneCountInString(s), 3)
		}
	}
	var b strings.Builder
	if t.caption != "" {
		fmt.Fprintf(&b, "%s\n\n", plain.Markdown(t.caption))
	}
	for i, l := range lines {
		for j, s := range l {
			pad := strings.Repeat(" ", width[j]-utf8.RuneCountInString(s))
			if t.numeric(j) {
				s = pad + s
			} else {
				s += pad
			}
			b.WriteString("| " + s + " ")
		}
		b.WriteString("|\n")
		if i == 0 {
			for j := range l {
				if t.numeric(j) {
					b.WriteString("|" + strings.Repeat("-", width[j]+1) + ":")
				} else {
					b.WriteString("|" + strings.Repeat("-", width[j]+2))
				}
			}
			b.WriteString("|\n")
		}
	}
	if n := t.notes(); len(n) > 0 {
		b.WriteString("\n" + plain.Markdown(strings.Join(n, " ")) + "\n")
	}
	return b.String()
}

// numeric says whether printed column j (0 is the row names) holds numbers.
func (t *Table) numeric(j int) bool { return j > 0 && len(t.cells) > 0 && t.cells[0][j-1].number }

// HTML is the table as one <table> element, with its few styles inline.
func (t *Table) HTML() string {
	var b strings.Builder
	e := html.EscapeString
	const pad = `padding:2px 8px;`
	b.WriteString(`<table style="border-collapse:collapse;border-top:2px solid;border-bottom:2px solid;font-variant-numeric:tabular-nums">` + "\n")
	if t.caption != "" {
		fmt.Fprintf(&b, "<caption style=\"caption-side:top;text-align:left\">%s</caption>\n", e(t.caption))
	}
	b.WriteString("<thead>\n")
	span := func(rs []columnRun, style string) {
		fmt.Fprintf(&b, `<tr><td></td>`)
		for _, r := range rs {
			fmt.Fprintf(&b, `<th scope="colgroup" colspan="%d" style="%stext-align:center;%s">%s</th>`, r.to-r.from, pad, style, e(r.name))
		}
		b.WriteString("</tr>\n")
	}
	if g := t.groups(); g != nil {
		span(g, "border-bottom:1px solid;")
	}
	fmt.Fprintf(&b, `<tr><th scope="col" style="%stext-align:left">%s</th>`, pad, e(t.rowHeader))
	for j, c := range t.cols {
		fmt.Fprintf(&b, `<th scope="col" style="%stext-align:%s">%s</th>`, pad, t.align(j+1), htmlWords(c.name))
	}
	b.WriteString("</tr>\n")
	if s := t.sources(); s != nil {
		span(s, "font-weight:normal;font-style:italic;")
	}
	b.WriteString("</thead>\n<tbody style=\"border-top:1px solid\">\n")
	for i, r := range t.cells {
		fmt.Fprintf(&b, `<tr><th scope="row" style="%stext-align:left;font-weight:normal">%s</th>`, pad, e(t.rows[i]))
		for j, c := range r {
			s := e(t.value(c))
			if c.bold {
				s = "<strong>" + s + "</strong>"
			}
			if iv := t.aside(c); iv != "" {
				s += ` <span style="font-size:smaller;white-space:nowrap">` + e(iv) + `</span>`
			}
			fmt.Fprintf(&b, `<td style="%stext-align:%s">%s</td>`, pad, t.align(j+1), s)
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody>\n")
	if n := t.notes(); len(n) > 0 {
		fmt.Fprintf(&b, "<tfoot><tr><td colspan=\"%d\" style=\"%stext-align:left;font-size:smaller;border-top:1px solid\">%s</td></tr></tfoot>\n",
			len(t.cols)+1, pad, e(strings.Join(n, " ")))
	}
	b.WriteString("</table>\n")
	return b.String()
}

// htmlWords escapes a heading that may break between words, but not inside them (as in CIFAR-100) or in brackets.
func htmlWords(s string) string {
	words := headingWords(s)
	for i, w := range words {
		words[i] = html.EscapeString(w)
		if strings.ContainsAny(w, "- ") {
			words[i] = `<span style="white-space:nowrap">` + words[i] + `</span>`
		}
	}
	return strings.Join(words, " ")
}

func (t *Table) align(j int) string {
	if t.numeric(j) {
		return "right"
	}
	return "left"
}

// CSV is the table as comma-separated values: one header line, numbers with all their digits, "NaN" where there is
// no value, and further columns for intervals where there are any ("… lo", "… hi" or "… ±") and for the number of
// tasks where a value is not over all of the column's ("… tasks"). Text that a spreadsheet program would compute, such
// as =1+1, has an apostrophe in front.
func (t *Table) CSV() string {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	head := []string{plain.Cell(t.rowHeader)}
	lohi, pm, partial := make([]bool, len(t.cols)), make([]bool, len(t.cols)), make([]bool, len(t.cols))
	for j, c := range t.cols {
		for i := range t.cells {
			x := t.cells[i][j]
			lohi[j] = lohi[j] || x.number && !math.IsNaN(x.lo)
			pm[j] = pm[j] || x.number && !math.IsNaN(x.pm)
			partial[j] = partial[j] || x.partial()
		}
		title := plain.Cell(c.title())
		head = append(head, title)
		if lohi[j] {
			head = append(head, title+" lo", title+" hi")
		}
		if pm[j] {
			head = append(head, title+" ±")
		}
		if partial[j] {
			head = append(head, title+" tasks")
		}
	}
	num := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	_ = w.Write(head) // a bytes.Buffer takes everything
	for i, r := range t.cells {
		line := []string{plain.Cell(t.rows[i])}
		for j, c := range r {
			if !c.number {
				line = append(line, plain.Cell(c.text))
				continue
			}
			line = append(line, num(c.v))
			if lohi[j] {
				line = append(line, num(c.lo), num(c.hi))
			}
			if pm[j] {
				line = append(line, num(c.pm))
			}
			if partial[j] {
				line = append(line, strconv.Itoa(c.n))
			}
		}
		_ = w.Write(line)
	}
	w.Flush()
	return b.String()
}

// String is the table as [Table.Markdown].
func (t *Table) String() string { return t.Markdown() }

// SaveTable writes the table to one or more files. The extension of each name says the format: .md, .html, .tex,
// .csv. Missing folders are made.
func SaveTable(t *Table, names ...string) error {
	if t == nil {
		return fmt.Errorf("plotting: no table to save (nil)")
	}
	for _, name := range names {
		var s string
		switch ext := strings.ToLower(filepath.Ext(name)); ext {
		case ".md":
			s = t.Markdown()
		case ".html":
			s = "<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>" + html.EscapeString(t.caption) + "</title>\n" + t.HTML()
		case ".tex":
			s = t.LaTeX()
		case ".csv":
			s = t.CSV()
		default:
			return fmt.Errorf("plotting: cannot save a table as %s: unknown format %q; the formats are .md, .html, .tex, .csv", name, ext)
		}
		if err := writeFile(name, bytes.NewBufferString(s)); err != nil {
			return err
		}
	}
	return nil
}

// MustSaveTable is [SaveTable], but panics on an error. It is for notebook cells.
func MustSaveTable(t *Table, names ...string) {
	if err := SaveTable(t, names...); err != nil {
		panic(err)
	}
}
