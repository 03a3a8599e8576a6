package plotting

import (
	"bytes"
	"encoding/gob"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

func render(t *testing.T, f *Figure, format string) string {
	t.Helper()
	w, err := WriterTo(f, format)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFormats(t *testing.T) {
	f := must(HeatMap(heatNames, heatRho, WithTitle("A & B < C")))
	for format, want := range map[string][]string{
		"pdf": {"%PDF-", "/FontFile2", "/ToUnicode"},
		"png": {"\x89PNG"},
		"svg": {"<title>A &amp; B &lt; C: heat map", "sans-serif", "textLength", `role="img"`},
		"eps": {"%!PS-Adobe-3.0 EPSF-3.0", "%%BoundingBox: 0 0 234 ", "%%HiResBoundingBox"},
		"tex": {`\documentclass{standalone}`, `A \& B \textless{} C`, `grad\_norm`, `$-$0.44`},
	} {
		got := render(t, f, format)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: no %q", format, w)
			}
		}
		if format == "pdf" {
			if again := render(t, f, format); again != got {
				t.Error("equal figures give different PDF files")
			}
		}
		if format == "tex" && strings.Contains(got, "e-") {
			t.Error("tex: a number in a notation that TeX cannot read")
		}
		if format == "eps" && strings.Contains(got, "findfont") {
			t.Error("eps: asks for a font that the file does not hold")
		}
	}
}

// The SVG must stand inside HTML: well formed, no prologue, and every text with its width.
func TestSVG(t *testing.T) {
	s := render(t, must(HeatMap(heatNames, heatRho)), "svg")
	if !strings.HasPrefix(s, "<svg ") {
		t.Errorf("starts with %.40q", s)
	}
	d := xml.NewDecoder(strings.NewReader(s))
	texts := 0
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "text" {
			texts++
			if e.Attr[0].Name.Local != "textLength" {
				t.Fatalf("a text without its width: %v", e)
			}
		}
	}
	if texts < 30 {
		t.Errorf("only %d texts", texts)
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	f := must(HeatMap(heatNames, heatRho))
	if err := Save(f, filepath.Join(dir, "x", "a.svg"), filepath.Join(dir, "a.PDF")); err != nil {
		t.Fatal(err)
	}
	err := Save(f, filepath.Join(dir, "a.bmp"))
	if err == nil || !strings.Contains(err.Error(), `"bmp"`) || !strings.Contains(err.Error(), "eps, pdf, png, svg, tex") {
		t.Errorf("error %v does not name the format and its choices", err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Save(f, filepath.Join(file, "a.svg")); err == nil {
		t.Error("saving below a file gives no error")
	}
	left, err := filepath.Glob(filepath.Join(dir, ".tmp*"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files left: %v, %v", left, err)
	}
	if err := Save(nil, filepath.Join(dir, "a.svg")); err == nil {
		t.Error("a nil figure is saved")
	}
}

func TestShow(t *testing.T) {
	f := must(HeatMap(heatNames, heatRho))
	tb := must(NumberTable([]string{"a"}, []string{"t"}, [][]float64{{1}}))
	if err := Show(f, tb); err != nil {
		t.Error(err)
	}
	for _, bad := range []Shower{nil, (*Figure)(nil), (*Table)(nil)} {
		if err := Show(bad); err == nil {
			t.Errorf("%T: nothing is shown without an error", bad)
		}
	}
	forms := func(it Shower) []string {
		d, err := it.Bundle()
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for k, v := range d.Data {
			if fmt.Sprint(v) == "" {
				t.Errorf("%s is empty", k)
			}
			out = append(out, string(k))
		}
		slices.Sort(out)
		// What GoNB's protocol cannot carry is lost without a word.
		if err := gob.NewEncoder(io.Discard).Encode(d); err != nil {
			t.Error(err)
		}
		return out
	}
	// A scatter of many points is shown as PNG only, since its SVG would swell the notebook.
	n := 3000
	x, y := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i], y[i] = float64(i), float64(i*i%97)
	}
	for _, c := range []struct {
		it   Shower
		want []string
	}{
		{f, []string{"image/png", "image/svg+xml", "text/plain"}},
		{must(Scatter("synflow", x, y)), []string{"image/png", "text/plain"}},
		{tb, []string{"text/html", "text/markdown", "text/plain"}},
	} {
		if diff := cmp.Diff(c.want, forms(c.it)); diff != "" {
			t.Errorf("forms mismatch (-want +got):\n%s", diff)
		}
	}
}

func TestFromPlot(t *testing.T) {
	p := plot.New()
	p.Title.Text = "any plot"
	s, err := plotter.NewScatter(plotter.XYs{{X: 1, Y: 2}, {X: 2, Y: 1}})
	if err != nil {
		t.Fatal(err)
	}
	p.Add(s)
	f, err := FromPlot(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range Formats() {
		if len(render(t, f, format)) < 500 {
			t.Errorf("%s: nearly empty", format)
		}
	}
	if _, err := FromPlot(nil); err == nil {
		t.Error("a nil plot is accepted")
	}
}

func TestMustPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Must did not panic on an error")
		}
	}()
	must(HeatMap(nil, nil))
}
