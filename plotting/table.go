package plotting

import (
	"fmt"
	"math"
	"slices"

	"github.com/zcnas/zcnas/internal/plain"
	"github.com/zcnas/zcnas/plotting/internal/canvas"
)

// Best says which value of a column a [Table] sets in bold.
type Best uint8

// What is best in a column.
const (
	Highest Best = iota // correlations
	Lowest              // ranks, errors
	NoBest              // nothing is bold
)

// Table is a table ready to be shown and exported: proxies × tasks, or any other. It is made by [CorrelationTable],
// [NumberTable] or [TextTable] and does not change afterwards.
//
// In every column of numbers the best value is bold. Values that print alike as the best are all bold, because
// the reader cannot tell them apart either. NaN prints as an en dash, with a note below the table. Ranks over part of
// a column's tasks ([RanksTableOf]) have their number of tasks beside them and are never bold.
type Table struct {
	rowHeader            string
	rows                 []string
	cols                 []column
	cells                [][]cell
	best                 Best
	digits               int
	caption, label, note string
}

type column struct{ name, group, source string }

type cell struct {
	text       string // of a TextTable; elsewhere ""
	number     bool
	v          float64
	lo, hi, pm float64 // NaN where there is no interval
	bold       bool
	n, of      int // tasks that v is over, and those of the column; 0 where that is not known
}

// partial says whether the value is over fewer tasks than the column has.
func (c cell) partial() bool { return c.n < c.of && !math.IsNaN(c.v) }

// TableOption changes a table.
type TableOption func(*tableConfig)

type tableConfig struct {
	t       *Table
	groups  []string
	sources []string
	lo, hi  [][]float64
	pm      [][]float64

	resultIntervals bool    // for TableOf
	counts          [][]int // for RanksTableOf: tasks behind every value, and those of every column; nil if not known
	of              []int
}

// WithCaption sets the table's caption.
func WithCaption(s string) TableOption { return func(c *tableConfig) { c.t.caption = s } }

// WithLabel sets the label by which LaTeX refers to the table, for example "tab:spearman".
func WithLabel(s string) TableOption { return func(c *tableConfig) { c.t.label = s } }

// WithTableNote adds a remark below the table.
func WithTableNote(s string) TableOption { return func(c *tableConfig) { c.t.note = s } }

// WithRowHeader sets the heading of the first column; the default is "Proxy".
func WithRowHeader(s string) TableOption { return func(c *tableConfig) { c.t.rowHeader = s } }

// WithDigits sets the number of digits after the decimal point, 0 to 10. CSV always has all.
func WithDigits(n int) TableOption { return func(c *tableConfig) { c.t.digits = n } }

// WithBest says which value of a column is bold.
func WithBest(b Best) TableOption { return func(c *tableConfig) { c.t.best = b } }

// WithColumnGroups names the group of every column; neighbours of the same group get one heading, for example
// their search space.
func WithColumnGroups(groups []string) TableOption { return func(c *tableConfig) { c.groups = groups } }

// WithSources names where every column's numbers come from: "published", "suite", "computed".
func WithSources(sources []string) TableOption { return func(c *tableConfig) { c.sources = sources } }

// WithIntervals adds to every value its interval lo…hi, both [rows][columns]; NaN where there is none.
func WithIntervals(lo, hi [][]float64) TableOption {
	return func(c *tableConfig) { c.lo, c.hi = lo, hi }
}

// WithPlusMinus adds ± and a half-width or standard error to every value, [rows][columns]; NaN where there is none.
func WithPlusMinus(pm [][]float64) TableOption { return func(c *tableConfig) { c.pm = pm } }

// CorrelationTable is the table of rank correlations of proxies with the accuracy on tasks: rho is
// [len(proxies)][len(tasks)], NaN where a proxy has no score. The highest value of each column is bold (not the
// highest absolute value: a proxy that ranks backwards has failed). Task names may repeat when their groups or
// sources differ. Two digits are printed unless [WithDigits] says otherwise.
func CorrelationTable(proxies, tasks []string, rho [][]float64, opts ...TableOption) (*Table, error) {
	for i, r := range rho {
		for j, v := range r {
			if math.Abs(v) > 1+1e-6 {
				return nil, fmt.Errorf("plotting: CorrelationTable: row %d, column %d holds %v; a correlation lies in −1…1", i+1, j+1, v)
			}
		}
	}
	return newTable("CorrelationTable", proxies, tasks, rho, opts)
}

// NumberTable is a table of any numbers, [len(rows)][len(columns)], for example average ranks with
// WithBest(Lowest).
func NumberTable(rows, columns []string, values [][]float64, opts ...TableOption) (*Table, error) {
	return newTable("NumberTable", rows, columns, values, opts)
}

func newTable(what string, rows, cols []string, values [][]float64, opts []TableOption) (*Table, error) {
	t := &Table{rowHeader: "Proxy", rows: slices.Clone(rows), digits: 2}
	c := tableConfig{t: t}
	for _, o := range opts {
		if o != nil {
			o(&c)
		}
	}
	fail := func(err error) (*Table, error) { return nil, fmt.Errorf("plotting: %s: %w", what, err) }
	if err := checkNames("row", rows); err != nil {
		return fail(err)
	}
	if len(cols) == 0 {
		return fail(fmt.Errorf("no columns given; give at least one"))
	}
	if err := checkMatrix("the table", values, rows, cols); err != nil {
		return fail(err)
	}
	if err := checkIntervals(c.lo, c.hi, rows, cols); err != nil {
		return fail(err)
	}
	if c.pm != nil {
		if err := checkMatrix("the ± matrix", c.pm, rows, cols); err != nil {
			return fail(err)
		}
		if c.lo != nil {
			return fail(fmt.Errorf("both WithIntervals and WithPlusMinus are given; choose one"))
		}
	}
	if err := t.setColumns(cols, c); err != nil {
		return fail(err)
	}
	at := func(m [][]float64, i, j int) float64 {
		if m == nil {
			return math.NaN()
		}
		return m[i][j]
	}
	for i := range rows {
		row := make([]cell, len(cols))
		for j := range cols {
			row[j] = cell{number: true, v: values[i][j], lo: at(c.lo, i, j), hi: at(c.hi, i, j), pm: at(c.pm, i, j)}
			if row[j].pm < 0 {
				return fail(fmt.Errorf("the ± value at %s, %s is %v; give a width of at least 0", rows[i], cols[j], row[j].pm))
			}
			if c.counts != nil {
				row[j].n, row[j].of = c.counts[i][j], c.of[j]
			}
		}
		t.cells = append(t.cells, row)
	}
	t.markBest()
	t.clean()
	return t, nil
}

func (t *Table) setColumns(cols []string, c tableConfig) error {
	if c.groups != nil && len(c.groups) != len(cols) {
		return fmt.Errorf("%d column groups for %d columns; name the group of every column", len(c.groups), len(cols))
	}
	if c.sources != nil && len(c.sources) != len(cols) {
		return fmt.Errorf("%d sources for %d columns; name the source of every column", len(c.sources), len(cols))
	}
	if t.digits < 0 || t.digits > 10 {
		return fmt.Errorf("%d digits; give 0 to 10", t.digits)
	}
	for _, s := range []string{t.caption, t.label, t.note, t.rowHeader} {
		if err := canvas.CheckText("text", s); err != nil {
			return err
		}
	}
	seen := map[column]int{}
	for j, n := range cols {
		col := column{name: n}
		if c.groups != nil {
			col.group = c.groups[j]
		}
		if c.sources != nil {
			col.source = c.sources[j]
		}
		for _, s := range []string{col.name, col.group, col.source} {
			if err := canvas.CheckText("column", s); err != nil {
				return err
			}
		}
		if k, ok := seen[col]; ok {
			return fmt.Errorf("columns %d and %d are both %q with the same group and source; readers could not tell them apart", k+1, j+1, n)
		}
		seen[col] = j
		t.cols = append(t.cols, col)
	}
	return nil
}

// markBest sets the best of each column in bold, and all that print like it.
func (t *Table) markBest() {
	if t.best == NoBest {
		return
	}
	for j := range t.cols {
		best := math.NaN()
		for i := range t.cells {
			v := t.cells[i][j].v
			if t.cells[i][j].partial() {
				continue // it is over easier or harder tasks than the others
			}
			if math.IsNaN(best) || t.best == Highest && v > best || t.best == Lowest && v < best {
				best = v
			}
		}
		if math.IsNaN(best) {
			continue
		}
		for i := range t.cells {
			c := &t.cells[i][j]
			c.bold = !c.partial() && canvas.Decimal(c.v, t.digits) == canvas.Decimal(best, t.digits)
		}
	}
}

// TextTable is a table of text: header has one entry per column, every row as many. The first column labels the
// rows. It is for overviews, such as the proxies with their families and papers.
func TextTable(header []string, rows [][]string, opts ...TableOption) (*Table, error) {
	t := &Table{digits: 2, best: NoBest}
	c := tableConfig{t: t}
	for _, o := range opts {
		if o != nil {
			o(&c)
		}
	}
	fail := func(format string, args ...any) (*Table, error) {
		return nil, fmt.Errorf("plotting: TextTable: "+format, args...)
	}
	if len(header) < 2 {
		return fail("the header has %d columns; give at least two", len(header))
	}
	if len(rows) == 0 {
		return fail("no rows given; give at least one")
	}
	if c.lo != nil || c.hi != nil || c.pm != nil {
		return fail("a table of text has no intervals; use NumberTable")
	}
	t.rowHeader = header[0]
	if err := t.setColumns(header[1:], c); err != nil {
		return fail("%w", err)
	}
	for i, r := range rows {
		if len(r) != len(header) {
			return fail("row %d has %d entries, want %d", i+1, len(r), len(header))
		}
		row := make([]cell, 0, len(r))
		for _, s := range r {
			if err := canvas.CheckText("entry", s); err != nil {
				return fail("row %d: %w", i+1, err)
			}
			row = append(row, cell{text: s})
		}
		t.rows = append(t.rows, r[0])
		t.cells = append(t.cells, row[1:])
	}
	t.clean()
	return t, nil
}

// clean leaves nothing in the texts that a terminal or a browser obeys.
func (t *Table) clean() {
	for _, s := range []*string{&t.rowHeader, &t.caption, &t.label, &t.note} {
		*s = plain.Line(*s)
	}
	for i := range t.rows {
		t.rows[i] = plain.Line(t.rows[i])
		for j := range t.cells[i] {
			t.cells[i][j].text = plain.Line(t.cells[i][j].text)
		}
	}
	for j := range t.cols {
		c := &t.cols[j]
		c.name, c.group, c.source = plain.Line(c.name), plain.Line(c.group), plain.Line(c.source)
	}
}

// aside prints what stands beside a value in smaller type: its interval, its ± part, or of how many tasks it is.
func (t *Table) aside(c cell) string {
	switch {
	case !c.number || math.IsNaN(c.v):
		return ""
	case c.partial():
		return tasksOf(c.n, c.of)
	case !math.IsNaN(c.pm):
		return "± " + canvas.Decimal(c.pm, t.digits)
	case !math.IsNaN(c.lo) && !math.IsNaN(c.hi):
		return "[" + canvas.Decimal(c.lo, t.digits) + ", " + canvas.Decimal(c.hi, t.digits) + "]"
	}
	return ""
}

func (t *Table) value(c cell) string {
	if !c.number {
		return c.text
	}
	return canvas.Decimal(c.v, t.digits)
}

// notes are the lines below the table.
func (t *Table) notes() []string {
	var out []string
	if t.note != "" {
		out = append(out, t.note)
	}
	bold, nan, partial := false, false, ""
	for _, r := range t.cells {
		for _, c := range r {
			if c.partial() && partial == "" {
				partial = tasksOfNote(c.n, c.of)
			}
			bold = bold || c.bold
			nan = nan || c.number && math.IsNaN(c.v)
		}
	}
	if bold {
		note := map[Best]string{Highest: "Bold: highest of the column", Lowest: "Bold: lowest of the column"}[t.best]
		if partial != "" {
			note += " among the proxies with all tasks"
		}
		out = append(out, note+".")
	}
	if partial != "" {
		out = append(out, partial)
	}
	if nan {
		out = append(out, "– no value.")
	}
	return out
}

// groups are the runs of neighbouring columns with the same group; nil if no column has one.
func (t *Table) groups() []columnRun { return runsOf(t.cols, func(c column) string { return c.group }) }

// sources are the runs of columns of the same source (and group); nil if no column names one.
func (t *Table) sources() []columnRun {
	out := runsOf(t.cols, func(c column) string { return c.source })
	return out
}

type columnRun struct {
	name     string
	from, to int // to is one past the last
}

func runsOf(cols []column, key func(column) string) []columnRun {
	var out []columnRun
	any := false
	for j, c := range cols {
		k := key(c)
		any = any || k != ""
		if n := len(out); n > 0 && out[n-1].name == k && cols[j-1].group == c.group {
			out[n-1].to = j + 1
			continue
		}
		out = append(out, columnRun{k, j, j + 1})
	}
	if !any {
		return nil
	}
	return out
}
