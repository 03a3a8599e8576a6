package plotting

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
)

func TestTableFigureGolden(t *testing.T) {
	lo := [][]float64{{0.6, 0, math.NaN()}, {0.6, -0.6, math.NaN()}, {0.1, -0.1, math.NaN()}}
	hi := [][]float64{{0.7, 0.2, math.NaN()}, {0.7, -0.4, math.NaN()}, {0.3, 0.1, math.NaN()}}
	f, err := TableFigure(smallTable(t, WithIntervals(lo, hi), WithColumnGroups([]string{"NATS-Bench TSS", "NATS-Bench TSS", "DARTS"}),
		WithSources([]string{"published", "published", "suite"}), WithCaption("Spearman's ρ of three proxies, on three tasks of two search spaces.")))
	checkGolden(t, "table", f, err)
	tb, err := TableOf(published(t), nil, WithDigits(3))
	if err != nil {
		t.Fatal(err)
	}
	f, err = TableFigure(tb, WithWidth(4.25*vg.Inch))
	checkGolden(t, "table_turned", f, err)
	text, err := TextTable([]string{"Proxy", "Family", "Paper"}, [][]string{{"snip", "saliency", "Lee et al., SNIP: Single-shot network pruning based on connection sensitivity, ICLR 2019"},
		{"synflow", "saliency", "Tanaka et al., Pruning neural networks without any data by iteratively conserving synaptic flow, NeurIPS 2020"}})
	if err != nil {
		t.Fatal(err)
	}
	f, err = TableFigure(text, WithTheme(Dark()), WithWidth(OneColumn))
	checkGolden(t, "table_text", f, err)
}

// A table is as wide as its contents: small ones are narrow, wide ones at most as wide as the page in legible type.
func TestTableFigureWidth(t *testing.T) {
	small := must(TableFigure(smallTable(t)))
	if w, _ := small.Size(); w > OneColumn {
		t.Errorf("a table of four columns is %v wide", w)
	}
	wide := must(TableFigure(must(TableOf(published(t), nil))))
	if w, _ := wide.Size(); w > TwoColumn+0.01 || w < OneColumn {
		t.Errorf("a table of twelve tasks is %v wide", w)
	}
	for _, format := range Formats() {
		if _, err := WriterTo(wide, format); err != nil {
			t.Error(err)
		}
	}
	_, err := TableFigure(must(TableOf(published(t), nil, WithResultIntervals())), WithWidth(1.5*vg.Inch))
	if err == nil || !strings.Contains(err.Error(), "larger") {
		t.Errorf("error %v does not say that the width is too small", err)
	}
	if _, err := TableFigure(nil); err == nil {
		t.Error("a nil table is drawn")
	}
}
