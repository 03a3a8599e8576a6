package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// maxSize bounds a committed notebook, so that code hosts still show it.
const maxSize = 1_500_000

// setupCell is the first code cell of every notebook. A kernel that this command registered makes the module
// importable without it; the cell does so in any GoNB kernel, and always for the checkout that the notebook lies in.
// Its last two lines make the cells quicker.
const setupCell = `// In any GoNB kernel: import the module from the checkout that this notebook lies in.
!*rm -f go.work && go work init . "$GONB_DIR/.."
%goworkfix
%noautoget
%goflags "-ldflags=-s -w"`

// A notebook is an .ipynb file of format 4, kept as it was read so that nothing of it is lost.
type notebook struct {
	doc   map[string]any
	cells []cell
}

type cell map[string]any

// readNotebook reads a notebook and checks what the others rely on.
func readNotebook(path string) (*notebook, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	nb, err := parseNotebook(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return nb, nil
}

func parseNotebook(data []byte) (*notebook, error) {
	nb := new(notebook)
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&nb.doc); err != nil {
		return nil, fmt.Errorf("no notebook: %w", err)
	}
	if v := fmt.Sprint(nb.doc["nbformat"]); v != "4" {
		return nil, fmt.Errorf("no notebook of format 4 (nbformat %s)", v)
	}
	if _, ok := nb.doc["metadata"].(map[string]any); !ok {
		return nil, errors.New("the notebook has no metadata")
	}
	cells, ok := nb.doc["cells"].([]any)
	if !ok {
		return nil, errors.New("the notebook has no cells")
	}
	for i, c := range cells {
		m, ok := c.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("cell %d is no object", i+1)
		}
		nb.cells = append(nb.cells, m)
		if err := nb.cells[i].check(); err != nil {
			return nil, fmt.Errorf("cell %d: %w", i+1, err)
		}
	}
	return nb, nil
}

// check reports where a cell is not as nbformat 4 wants it.
func (c cell) check() error {
	if _, ok := text(c["source"]); !ok {
		return errors.New("source is no text")
	}
	if _, ok := c["metadata"].(map[string]any); !ok {
		return errors.New("no metadata")
	}
	_, hasOutputs := c["outputs"].([]any)
	_, hasCount := c["execution_count"]
	switch c["cell_type"] {
	case "code":
		if !hasOutputs || !hasCount {
			return errors.New("a code cell needs outputs and execution_count")
		}
	case "markdown", "raw":
		if hasOutputs || hasCount {
			return fmt.Errorf("a %s cell has outputs", c["cell_type"])
		}
	default:
		return fmt.Errorf("unknown cell_type %v", c["cell_type"])
	}
	return nil
}

// text joins what nbformat writes as a string or a list of lines.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case []any:
		var b strings.Builder
		for _, line := range v {
			s, ok := line.(string)
			if !ok {
				return "", false
			}
			b.WriteString(s)
		}
		return b.String(), true
	}
	return "", false
}

func (c cell) isCode() bool { return c["cell_type"] == "code" }

func (c cell) source() string {
	s, _ := text(c["source"]) // checked when it was read
	return s
}

func (nb *notebook) source(i int) string {
	if i < 0 || i >= len(nb.cells) {
		return ""
	}
	return nb.cells[i].source()
}

// codeCells counts the cells that are executed.
func (nb *notebook) codeCells() int {
	n := 0
	for _, c := range nb.cells {
		if c.isCode() && strings.TrimSpace(c.source()) != "" {
			n++
		}
	}
	return n
}

var importLine = regexp.MustCompile(`(?m)^(?:import)?\s*(?:[\w.]+\s+)?"(\w+\.\w+/[^"\s]+)"$`)

// imports lists the packages that the cells import, without those of the standard library.
func (nb *notebook) imports() []string {
	var paths []string
	for _, c := range nb.cells {
		if c.isCode() {
			for _, m := range importLine.FindAllStringSubmatch(c.source(), -1) {
				paths = append(paths, m[1])
			}
		}
	}
	return paths
}

// clean removes what differs from run to run or from machine to machine: times, versions and the messages of the
// set-up cell.
func (nb *notebook) clean() {
	nb.doc["metadata"] = map[string]any{
		"kernelspec": map[string]any{"display_name": "Go (gonb)", "language": "go", "name": "gonb"},
		// GoNB leaves pygments_lexer empty, and the HTML would be coloured as Python.
		"language_info": map[string]any{"file_extension": ".go", "mimetype": "text/x-go", "name": "go", "pygments_lexer": "go"},
	}
	for _, c := range nb.cells {
		delete(c["metadata"].(map[string]any), "execution")
		if c.source() == setupCell {
			c["outputs"] = []any{}
		}
	}
}

const svgType = "image/svg+xml"

// images calls f for every output with an SVG drawing.
func (nb *notebook) images(f func(output, data map[string]any, svg string)) {
	for _, c := range nb.cells {
		outputs, _ := c["outputs"].([]any)
		for _, o := range outputs {
			output, _ := o.(map[string]any)
			data, _ := output["data"].(map[string]any)
			if svg, ok := text(data[svgType]); ok {
				f(output, data, svg)
			}
		}
	}
}

// embedSVG turns the SVG outputs into HTML with the drawing as an image, for nbconvert 6.5, which empties them when
// it makes a page. Images also keep the ids that the drawings of a page have in common apart.
func (nb *notebook) embedSVG() {
	nb.images(func(output, data map[string]any, svg string) {
		alt, _ := text(data["text/plain"])
		output["data"] = map[string]any{"text/html": fmt.Sprintf(`<img alt="%s" src="data:%s;base64,%s">`,
			html.EscapeString(alt), svgType, base64.StdEncoding.EncodeToString([]byte(svg)))}
	})
}

// dropSVG leaves only the PNG of figures that have both: in a committed notebook every code host shows it, while
// some prefer the SVG and then show nothing.
func (nb *notebook) dropSVG() {
	nb.images(func(_, data map[string]any, _ string) {
		if _, ok := text(data["image/png"]); ok {
			delete(data, svgType)
		}
	})
}

// encode writes the notebook as Jupyter does, with sorted keys and an indent of one. Paths below root lose it.
func (nb *notebook) encode(root string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(nb.doc); err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(b.Bytes(), []byte(root+string(filepath.Separator)), nil), nil
}
