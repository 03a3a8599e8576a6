package table

import (
	"fmt"
	"math"
)

// collector puts the rows of a file into a table, and remembers where each was.
type collector struct {
	table *Table
	unit  string // what at counts: "line" or "row"
	at    map[Key]int
}

func newCollector(t *Table, unit string) *collector {
	return &collector{table: t, unit: unit, at: map[Key]int{}}
}

// add adds the rows that begin at a place. A score that the file has twice must be the same both times: which one
// holds, nobody could tell.
func (c *collector) add(at int, entries ...Entry) error {
	for _, e := range entries {
		if old, ok := c.table.Get(e.Key); ok && old.Value != e.Value && !(math.IsNaN(old.Value) && math.IsNaN(e.Value)) {
			return fmt.Errorf("%s of %s is %v here and %v in %s %d", e.Proxy, e.Arch, e.Value, old.Value, c.unit, c.at[e.Key])
		}
		if _, ok := c.at[e.Key]; !ok {
			c.at[e.Key] = at
		}
		c.table.Add(e)
	}
	return nil
}
