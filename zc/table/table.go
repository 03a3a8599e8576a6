package table

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
)

// Key names one score: the score of one proxy for one architecture on one minibatch.
type Key struct {
	Space string // "nats-tss", with options that are not the default "nats-tss channels=8": see [spaces.FullName]
	Arch  string // the official notation of the space
	// Data is "cifar10", "synthetic-cifar10", "reference", …, with what of the set and of the run is not the default
	// behind it, "reference shape=27,64,64 task=jigsaw", "cifar10 init=kaiming": see [datasets.Info] and [zc.Score].
	Data  string
	Batch int
	Seed  uint64
	Proxy string // "synflow", …
}

// RunKey is what the scores of one run share: everything of a [Key] but architecture and proxy.
type RunKey struct {
	Space string
	Data  string
	Batch int
	Seed  uint64
}

// Run returns the run that the score belongs to.
func (k Key) Run() RunKey {
	return RunKey{Space: k.Space, Data: k.Data, Batch: k.Batch, Seed: k.Seed}
}

// Entry is one row of a [Table].
type Entry struct {
	Key
	Value   float64 // NaN where the score is undefined
	Reason  string  // why the value is NaN; "" otherwise
	Seconds float64 // time that this score took, with its share of the network's making and of the passes
}

// Table is a score table: rows in the order in which they were added, one for each [Key].
// The zero value is an empty table. It is safe for concurrent use, and must not be copied.
type Table struct {
	mu    sync.RWMutex
	rows  []Entry
	index map[Key]int // position in rows
}

// NewTable returns a table of the entries; see [Table.Add].
func New(entries ...Entry) *Table {
	t := &Table{}
	t.Add(entries...)
	return t
}

// Add appends the entries. An entry whose key is in the table already replaces that row in its place.
// A time that is not a finite, non-negative number is kept as 0, so that times can be summed and written.
func (t *Table) Add(entries ...Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.index == nil {
		t.index = make(map[Key]int, len(entries))
	}
	for _, e := range entries {
		if !(e.Seconds >= 0) || math.IsInf(e.Seconds, 0) {
			e.Seconds = 0
		}
		if i, ok := t.index[e.Key]; ok {
			t.rows[i] = e
			continue
		}
		t.index[e.Key] = len(t.rows)
		t.rows = append(t.rows, e)
	}
}

// Merge adds all rows of the other table; rows with equal keys take the other table's values.
// It returns t.
func (t *Table) Merge(other *Table) *Table {
	t.Add(other.Entries()...)
	return t
}

// Len returns the number of rows.
func (t *Table) Len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.rows)
}

// Entries returns a copy of the rows in order.
func (t *Table) Entries() []Entry {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Clone(t.rows)
}

// Get returns the row with the key, and whether there is one.
func (t *Table) Get(k Key) (Entry, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	i, ok := t.index[k]
	if !ok {
		return Entry{}, false
	}
	return t.rows[i], true
}

// Select returns a new table of the rows for which keep is true.
func (t *Table) Select(keep func(Entry) bool) *Table {
	out := &Table{}
	for _, e := range t.Entries() {
		if keep(e) {
			out.Add(e)
		}
	}
	return out
}

// Run returns a new table of the rows of one run.
func (t *Table) Run(r RunKey) *Table {
	return t.Select(func(e Entry) bool { return e.Key.Run() == r })
}

// Runs lists the runs in the table, in the order of their first rows.
func (t *Table) Runs() []RunKey { return distinct(t, Key.Run) }

// Archs lists the architectures in the table, in the order of their first rows.
func (t *Table) Archs() []string { return distinct(t, func(k Key) string { return k.Arch }) }

// Proxies lists the proxies in the table, in the order of their first rows.
func (t *Table) Proxies() []string { return distinct(t, func(k Key) string { return k.Proxy }) }

func distinct[T comparable](t *Table, of func(Key) T) []T {
	t.mu.RLock()
	defer t.mu.RUnlock()
	seen := make(map[T]bool)
	var out []T
	for i := range t.rows {
		if v := of(t.rows[i].Key); !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// Column returns the scores of one proxy, one for each architecture of [Table.Archs] and in that
// order; NaN where the architecture has no score. Of an architecture that several runs scored it
// takes the first row: take one run with [Table.Run] where there are more.
func (t *Table) Column(proxy string) []float64 {
	columns := t.Columns([]string{proxy})
	return columns[0]
}

// Columns returns [Table.Column] of each of the proxies.
func (t *Table) Columns(proxies []string) [][]float64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	position := make(map[string]int)
	for i := range t.rows {
		if _, ok := position[t.rows[i].Arch]; !ok {
			position[t.rows[i].Arch] = len(position)
		}
	}
	out := make([][]float64, len(proxies))
	filled := make([][]bool, len(proxies))
	which := make(map[string]int, len(proxies))
	for j, p := range proxies {
		which[p] = j
		out[j] = make([]float64, len(position))
		filled[j] = make([]bool, len(position))
		for i := range out[j] {
			out[j][i] = math.NaN()
		}
	}
	for i := range t.rows {
		e := &t.rows[i]
		j, ok := which[e.Proxy]
		if !ok {
			continue
		}
		if at := position[e.Arch]; !filled[j][at] {
			filled[j][at] = true
			out[j][at] = e.Value
		}
	}
	return out
}

// Best returns the n architectures that a proxy ranks highest, of those it is defined for.
func (t *Table) Best(proxy string, n int) []string {
	score := map[string]float64{}
	for _, e := range t.Entries() {
		if e.Proxy == proxy && e.Value == e.Value {
			score[e.Arch] = e.Value
		}
	}
	archs := slices.Sorted(maps.Keys(score))
	slices.SortStableFunc(archs, func(a, b string) int {
		switch {
		case score[a] > score[b]:
			return -1
		case score[a] < score[b]:
			return 1
		}
		return 0
	})
	return archs[:min(n, len(archs))]
}

// String is what is in the table, and its first rows, to be printed.
func (t *Table) String() string {
	const shown = 5
	records := t.Records()
	var b strings.Builder
	fmt.Fprintf(&b, "%d architectures × %d proxies\n", len(t.Archs()), len(t.Proxies()))
	for _, r := range records[:min(shown, len(records))] {
		b.WriteString(r.Arch)
		for _, p := range t.Proxies() {
			if v, ok := r.Scores[p]; ok {
				fmt.Fprintf(&b, "  %s %.4g", p, v)
			}
		}
		b.WriteByte('\n')
	}
	if more := len(records) - shown; more > 0 {
		fmt.Fprintf(&b, "… and %d more\n", more)
	}
	return b.String()
}
