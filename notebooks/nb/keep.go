package nb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/zcnas/zcnas/zc/table"
)

// session is where what one cell leaves for the next is kept: GoNB's folder for the kernel, which goes when the
// kernel ends.
func session(name string) string {
	dir := os.Getenv("GONB_TMP_DIR")
	if dir == "" {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "zcnas-"+name)
}

// Keep keeps a score table for later cells, until the kernel ends. GoNB runs every cell as a program of its own, so
// variables do not outlive a cell. It panics when the table cannot be written.
func Keep(name string, t *table.Table) {
	f := Must(os.Create(session(name + ".json")))
	if err := errors.Join(t.WriteJSON(f), f.Close()); err != nil {
		panic(fmt.Errorf("nb: keeping the scores %q: %w", name, err))
	}
}

// Kept returns the table that an earlier cell kept under the name. It panics if there is none.
func Kept(name string) *table.Table {
	f, err := os.Open(session(name + ".json"))
	if err != nil {
		panic(fmt.Errorf("nb: no scores are kept as %q: run the cell that computes them first", name))
	}
	defer f.Close()
	return Must(table.ReadJSON(f))
}
