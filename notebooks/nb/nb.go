// Package nb is what the cells of the notebooks share: the setting they run in, the place for their figures, and
// notes to the reader.
//
// A cell asks for the size of its experiment in both settings:
//
//	n := nb.Pick(100, 1000) // architectures
package nb

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
)

// Full reports whether the notebooks run in the full setting (go run ./notebooks -full, or ZC_FULL=1 in the
// environment) instead of the quick one.
func Full() bool {
	v := os.Getenv("ZC_FULL")
	return v != "" && v != "0"
}

// Pick returns the value for the setting that the notebooks run in.
func Pick[T any](quick, full T) T {
	if Full() {
		return full
	}
	return quick
}

// Must returns v, and panics with err if there is one: the cell then fails and shows it.
func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Figure returns the path of a figure file by its name, for example "heatmap.svg", and makes its folder: the one
// that go run ./notebooks gave ($ZC_FIGURES), else out/figures under the working directory, which in a cell is the
// folder of the notebook. It panics when the folder cannot be made.
func Figure(name string) string {
	dir := os.Getenv("ZC_FIGURES")
	if dir == "" {
		dir = filepath.Join("out", "figures")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		panic(fmt.Errorf("nb: the folder for the figure %s: %w", name, err))
	}
	return filepath.Join(dir, name)
}

// Note shows a remark to the reader as a quotation; the text is Markdown. Outside a notebook it prints it.
func Note(format string, args ...any) {
	text := "> " + strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\n> ")
	if !gonbui.IsNotebook {
		fmt.Println(text)
		return
	}
	gonbui.DisplayMarkdown(text)
	gonbui.Sync()
}
