package zc

import (
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/stats"
	"github.com/zcnas/zcnas/zc/table"
)

// What cells work with most, under this package's name: score tables of package table, and what package compare
// finds in them.
type (
	Table        = table.Table
	Entry        = table.Entry
	Key          = table.Key
	Record       = table.Record
	Correlations = compare.Correlations
	Matrix       = compare.Matrix
	Result       = compare.Result
	Results      = compare.Results
	TaskID       = compare.TaskID
)

// Correlate joins scores with accuracies, by the architecture's notation: see [compare.Correlate].
func Correlate(scores *Table, truth map[string]float64, opts ...stats.BootstrapOption) (*Correlations, error) {
	return compare.Correlate(scores, truth, opts...)
}

// AllPairs correlates all proxies of a score table with each other, and with the accuracies unless truth is nil: see
// [compare.AllPairs].
func AllPairs(scores *Table, truth map[string]float64) (*Matrix, error) {
	return compare.AllPairs(scores, truth)
}
