package main

import (
	"go/format"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// committed lists the notebooks beside this test.
func committed(t *testing.T) []string {
	t.Helper()
	books, err := filepath.Glob("*.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	if len(books) == 0 {
		t.Skip("no notebook yet")
	}
	return books
}

var machinePath = regexp.MustCompile(`(?:/root|/home/\w+|/Users/\w+|/work)/\w+`)

func TestCommittedNotebooks(t *testing.T) {
	for _, book := range committed(t) {
		t.Run(bookName(book), func(t *testing.T) {
			nb, err := readNotebook(book)
			if err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(book)
			if err != nil {
				t.Fatal(err)
			}
			if len(data) > maxSize {
				t.Errorf("%d bytes, more than %d", len(data), maxSize)
			}
			if p := machinePath.Find(data); p != nil {
				t.Errorf("names a path of the machine that executed it: %s", p)
			}
			first := true
			ids := make(map[string]bool)
			for i, c := range nb.cells {
				id, _ := c["id"].(string)
				if id == "" || ids[id] {
					t.Errorf("cell %d: id %q is empty or used twice", i+1, id)
				}
				ids[id] = true
				if !c.isCode() {
					continue
				}
				if first {
					if diff := cmp.Diff(setupCell, c.source()); diff != "" {
						t.Errorf("the first code cell does not set up the import (-want +got):\n%s", diff)
					}
					first = false
				}
				for _, part := range goParts(c.source()) {
					formatted, err := format.Source([]byte(part))
					if err != nil {
						t.Errorf("cell %d is no Go: %v\n%s", i+1, err, part)
					} else if diff := cmp.Diff(string(formatted), part); diff != "" {
						t.Errorf("cell %d is not formatted (-gofmt +cell):\n%s", i+1, diff)
					}
				}
			}
			if first {
				t.Error("no code cell")
			}
		})
	}
}

// goParts returns the Go of a cell without the lines that are commands to GoNB: its declarations, and the
// statements below %%.
func goParts(source string) []string {
	var parts []string
	var b strings.Builder
	flush := func() {
		if part := strings.TrimSpace(b.String()); part != "" {
			parts = append(parts, part)
		}
		b.Reset()
	}
	for _, line := range strings.Split(source, "\n") {
		switch {
		case strings.HasPrefix(line, "%%"), strings.HasPrefix(line, "%main"):
			flush()
		case !strings.HasPrefix(line, "%") && !strings.HasPrefix(line, "!"):
			b.WriteString(line + "\n")
		}
	}
	flush()
	return parts
}

func TestGoParts(t *testing.T) {
	got := goParts("import \"fmt\"\n\nvar x = 1\n%goflags -race\n%%\n\nfmt.Println(x)\n!ls")
	want := []string{"import \"fmt\"\n\nvar x = 1", "fmt.Println(x)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mismatch (-want +got):\n%s", diff)
	}
}

const oneCell = `{"cells":[{"cell_type":"code","execution_count":1,"id":"a","metadata":{"execution":{"t":1}},"outputs":[` +
	`{"name":"stdout","output_type":"stream","text":["<b> at /tmp/checkout/x.go\n"]}],"source":["import (\n","\t\"fmt\"\n",` +
	`"\t\"gonum.org/v1/plot\"\n","\tx \"github.com/a/b\"\n",")\n","import \"example.com/c\"\n","%%\n","fmt.Println(\"d.e/f\")"]}],` +
	`"metadata":{"language_info":{"name":"go","version":"go1.26.8"}},"nbformat":4,"nbformat_minor":5}`

func TestParseNotebook(t *testing.T) {
	for _, test := range []struct{ name, data, err string }{
		{"good", oneCell, ""},
		{"source as a string", `{"nbformat":4,"metadata":{},"cells":[{"cell_type":"markdown","metadata":{},"source":"hi"}]}`, ""},
		{"empty", "", "no notebook: EOF"},
		{"cut short", oneCell[:60], "unexpected EOF"},
		{"format 3", `{"nbformat":3,"worksheets":[]}`, "nbformat 3"},
		{"no cells", `{"nbformat":4,"metadata":{}}`, "no cells"},
		{"no metadata", `{"nbformat":4,"cells":[]}`, "no metadata"},
		{"cell is a number", `{"nbformat":4,"metadata":{},"cells":[1]}`, "cell 1 is no object"},
		{"no source", `{"nbformat":4,"metadata":{},"cells":[{"cell_type":"raw","metadata":{}}]}`, "cell 1: source"},
		{"source of numbers", `{"nbformat":4,"metadata":{},"cells":[{"cell_type":"raw","metadata":{},"source":[1]}]}`, "cell 1: source"},
		{"code without outputs", `{"nbformat":4,"metadata":{},"cells":[{"cell_type":"code","metadata":{},"source":""}]}`, "needs outputs"},
		{"text with outputs", `{"nbformat":4,"metadata":{},"cells":[{"cell_type":"markdown","metadata":{},"source":"","outputs":[]}]}`, "has outputs"},
		{"kind of cell", `{"nbformat":4,"metadata":{},"cells":[{"cell_type":"x","metadata":{},"source":""}]}`, "unknown cell_type x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseNotebook([]byte(test.data))
			switch {
			case test.err == "" && err != nil:
				t.Error(err)
			case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Errorf("error %v, want one with %q", err, test.err)
			}
		})
	}
}

func TestNotebookImports(t *testing.T) {
	nb, err := parseNotebook([]byte(oneCell))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"gonum.org/v1/plot", "github.com/a/b", "example.com/c"}
	if diff := cmp.Diff(want, nb.imports()); diff != "" {
		t.Errorf("mismatch (-want +got):\n%s", diff)
	}
}

// Cleaning removes versions, times and paths, and a second pass changes nothing more.
func TestNotebookClean(t *testing.T) {
	encode := func(data []byte) []byte {
		nb, err := parseNotebook(data)
		if err != nil {
			t.Fatal(err)
		}
		nb.clean()
		out, err := nb.encode("/tmp/checkout")
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	once := encode([]byte(oneCell))
	for _, gone := range []string{"1.26", "/tmp", `"t"`} {
		if strings.Contains(string(once), gone) {
			t.Errorf("%q is still there:\n%s", gone, once)
		}
	}
	if !strings.Contains(string(once), "<b> at x.go") {
		t.Errorf("the output is not kept as it was:\n%s", once)
	}
	if diff := cmp.Diff(string(once), string(encode(once))); diff != "" {
		t.Errorf("cleaning twice differs (-once +twice):\n%s", diff)
	}
}

func TestNotebookEmbedSVG(t *testing.T) {
	nb, err := parseNotebook([]byte(`{"nbformat":4,"metadata":{},"cells":[{"cell_type":"code","execution_count":1,"metadata":{},` +
		`"source":"","outputs":[{"output_type":"display_data","metadata":{},` +
		`"data":{"image/svg+xml":["<svg>","</svg>"],"image/png":"x","text/plain":"a \"b\""}},{"output_type":"stream","text":"t"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	nb.embedSVG()
	want := []any{
		map[string]any{"output_type": "display_data", "metadata": map[string]any{}, "data": map[string]any{
			"text/html": `<img alt="a &#34;b&#34;" src="data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=">`}},
		map[string]any{"output_type": "stream", "text": "t"},
	}
	if diff := cmp.Diff(want, nb.cells[0]["outputs"]); diff != "" {
		t.Errorf("mismatch (-want +got):\n%s", diff)
	}
}

func TestNotebookDropSVG(t *testing.T) {
	nb, err := parseNotebook([]byte(`{"nbformat":4,"metadata":{},"cells":[{"cell_type":"code","execution_count":1,"metadata":{},` +
		`"source":"","outputs":[{"output_type":"display_data","metadata":{},"data":{"image/svg+xml":"<svg>","image/png":"x"}},` +
		`{"output_type":"display_data","metadata":{},"data":{"image/svg+xml":"<svg>"}}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	nb.dropSVG()
	want := []any{
		map[string]any{"output_type": "display_data", "metadata": map[string]any{}, "data": map[string]any{"image/png": "x"}},
		map[string]any{"output_type": "display_data", "metadata": map[string]any{}, "data": map[string]any{"image/svg+xml": "<svg>"}},
	}
	if diff := cmp.Diff(want, nb.cells[0]["outputs"]); diff != "" {
		t.Errorf("mismatch (-want +got):\n%s", diff)
	}
}

func FuzzParseNotebook(f *testing.F) {
	f.Add([]byte(oneCell))
	f.Add([]byte(`{"nbformat":4,"metadata":{},"cells":[{"cell_type":"markdown","metadata":{},"source":["a","b"]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		nb, err := parseNotebook(data)
		if err != nil {
			return
		}
		nb.imports()
		nb.codeCells()
		nb.clean()
		nb.dropSVG()
		nb.embedSVG()
		out, err := nb.encode("/nowhere")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseNotebook(out); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}
