package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zcnas/zcnas/internal/plain"
	"github.com/zcnas/zcnas/plotting"
)

// grid is a table of text. Columns that hold numbers are set flush right.
type grid struct {
	head []string
	rows [][]string
}

func (g *grid) add(cells ...string) { g.rows = append(g.rows, cells) }

// write writes the grid as "table" (aligned text), "markdown", "html", "latex" (booktabs) or "csv".
func (g *grid) write(w io.Writer, format string) error {
	var b strings.Builder
	switch format {
	case "table":
		g.text(&b)
	case "markdown", "html", "latex":
		t, err := plotting.TextTable(g.head, g.rows)
		if err != nil {
			return err
		}
		writePaper(&b, t, format)
	case "csv":
		cw := csv.NewWriter(&b)
		texts := g.each(cellText)
		_ = cw.WriteAll(append([][]string{texts.head}, texts.rows...)) // a strings.Builder takes everything
	default:
		return usage("no tables in the format %q", format)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writePaper writes a table as "markdown", "html" or "latex".
func writePaper(b *strings.Builder, t *plotting.Table, format string) {
	text := map[string]func() string{"markdown": t.Markdown, "html": t.HTML, "latex": t.LaTeX}[format]()
	b.WriteString(strings.TrimRight(text, "\n") + "\n")
}

func (g *grid) text(b *strings.Builder) {
	g = g.each(plain.Line)
	width := make([]int, len(g.head))
	for _, row := range append([][]string{g.head}, g.rows...) {
		for j, c := range row {
			width[j] = max(width[j], utf8.RuneCountInString(c))
		}
	}
	right := g.right()
	for _, row := range append([][]string{g.head}, g.rows...) {
		var line strings.Builder
		for j, c := range row {
			pad := strings.Repeat(" ", width[j]-utf8.RuneCountInString(c))
			if j > 0 {
				line.WriteString("  ")
			}
			if right[j] {
				line.WriteString(pad + c)
			} else {
				line.WriteString(c + pad)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

// each is the grid with every text changed.
func (g *grid) each(change func(string) string) *grid {
	row := func(cells []string) []string {
		out := make([]string, len(cells))
		for j, c := range cells {
			out[j] = change(c)
		}
		return out
	}
	out := &grid{head: row(g.head)}
	for _, r := range g.rows {
		out.rows = append(out.rows, row(r))
	}
	return out
}

// cellText is what CSV has for a text: numbers as they are, and nothing that a spreadsheet program computes.
func cellText(s string) string {
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return plain.Cell(s)
}

// right tells which columns hold numbers alone.
func (g *grid) right() []bool {
	out := make([]bool, len(g.head))
	for j := range out {
		out[j] = len(g.rows) > 0
		for _, row := range g.rows {
			cell := strings.TrimRight(row[j], "×%")
			if _, err := strconv.ParseFloat(cell, 64); err != nil && cell != none && cell != "" {
				out[j] = false
			}
		}
	}
	return out
}

// none stands for a number that there is not.
const none = "–"

// number writes a value as fmt's verb says, NaN as a dash.
func number(verb string, v float64) string {
	if math.IsNaN(v) {
		return none
	}
	return fmt.Sprintf(verb, v)
}
