// Package table holds score tables, one row for each architecture and proxy, and reads and writes them as CSV, JSON
// and JSON lines:
//
//	t, err := table.ReadCSV(file)
//	scores := t.Column("synflow") // one for each of t.Archs()
package table

import "github.com/zcnas/zcnas/zc/internal/format"

// FormatError says where outside data is malformed: Line and Column (0 if unknown), Field ("" if the fault is not in
// one field), and the fault itself, Err.
type FormatError = format.Error
