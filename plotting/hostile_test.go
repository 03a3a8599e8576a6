package plotting

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// Names from outside data that a terminal, a browser, a spreadsheet program or a PDF library would act on.
var hostile = []string{"\x1b[2J\a", "a\nb\t=c", "\u202egpj", "[x](y)", `a\|b`, "=1+1", "<script>", "😀 𝛼"}

func TestHostileNames(t *testing.T) {
	columns := make([]float64, len(hostile))
	values := make([][]float64, len(hostile))
	for i := range values {
		values[i] = columns
	}
	table, err := NumberTable(hostile, hostile, values, WithCaption(strings.Join(hostile, " ")), WithRowHeader(hostile[0]), WithTableNote(hostile[3]))
	if err != nil {
		t.Fatal(err)
	}
	text, err := TextTable([]string{"name", hostile[5]}, [][]string{{hostile[0], hostile[1]}, {hostile[3], hostile[5]}})
	if err != nil {
		t.Fatal(err)
	}
	figures := map[string]*Figure{}
	for name, make := range map[string]func() (*Figure, error){
		"bars": func() (*Figure, error) {
			return CorrelationBars(hostile, hostile, values, nil, nil, WithTitle(hostile[7]))
		},
		"table": func() (*Figure, error) { return TableFigure(table) },
		"text":  func() (*Figure, error) { return TableFigure(text) },
	} {
		if figures[name], err = make(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	obeyed := func(what, s string) {
		if i := strings.IndexAny(s, "\x1b\a\u202e"); i >= 0 {
			t.Errorf("%s has %q", what, s[max(0, i-20):min(len(s), i+20)])
		}
	}
	for name, f := range figures {
		for _, format := range []string{"svg", "pdf", "png", "eps", "tex"} {
			b, err := f.render(format)
			if err != nil {
				t.Errorf("%s as %s: %v", name, format, err)
				continue
			}
			if format == "svg" || format == "tex" {
				obeyed(name+" as "+format, string(b))
			}
			if format == "svg" {
				for d := xml.NewDecoder(bytes.NewReader(b)); ; {
					if _, err := d.Token(); errors.Is(err, io.EOF) {
						break
					} else if err != nil {
						t.Errorf("%s as SVG: %v", name, err)
						break
					}
				}
			}
		}
	}
	for name, table := range map[string]*Table{"numbers": table, "text": text} {
		for format, s := range map[string]string{"Markdown": table.Markdown(), "HTML": table.HTML(), "LaTeX": table.LaTeX(), "CSV": table.CSV()} {
			obeyed(name+" as "+format, s)
		}
		if md := table.Markdown(); strings.Contains(strings.ReplaceAll(md, `\[x\](y)`, ""), "[x](y)") || strings.Contains(md, `a\|b`) {
			t.Errorf("%s: the Markdown has a link, or a cell that ends early:\n%s", name, md)
		}
		rows, err := csv.NewReader(strings.NewReader(table.CSV())).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if strings.HasPrefix(cell, "=") {
					t.Errorf("%s: the CSV has the formula %q", name, cell)
				}
			}
		}
	}
}
