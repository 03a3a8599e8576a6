package plotting

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/stats"
)

// HeatMapOf is [HeatMap] of a matrix of package zc. Its title is the search space and task unless [WithTitle] sets
// one.
func HeatMapOf(m *compare.Matrix, opts ...Option) (*Figure, error) {
	if m == nil {
		return nil, fmt.Errorf("plotting: HeatMapOf: the matrix is nil")
	}
	return HeatMap(m.Names, m.Rho, append([]Option{WithTitle(taskTitle(m.TaskID))}, opts...)...)
}

// HeatMapsOf is [HeatMapGrid] of matrices of package zc, each under its search space and task.
func HeatMapsOf(matrices []*compare.Matrix, opts ...Option) (*Figure, error) {
	panels := make([]Panel, len(matrices))
	for i, m := range matrices {
		if m == nil {
			return nil, fmt.Errorf("plotting: HeatMapsOf: matrix %d is nil", i+1)
		}
		panels[i] = Panel{taskTitle(m.TaskID), m.Names, m.Rho}
	}
	return HeatMapGrid(panels, opts...)
}

func taskTitle(t compare.TaskID) string {
	switch {
	case t.Space == "":
		return t.Task
	case t.Task == "":
		return t.Space
	}
	return t.Space + ", " + t.Task
}

// TableOf is the [CorrelationTable] of results: a row per proxy, a column per task and source, grouped by search
// space. Nil proxies means all that have results. [WithResultIntervals] adds the intervals.
func TableOf(results compare.Results, proxies []string, opts ...TableOption) (*Table, error) {
	if proxies == nil {
		proxies = results.Proxies()
	}
	if _, err := statisticOf(results); err != nil {
		return nil, fmt.Errorf("plotting: TableOf: %w", err)
	}
	row := make(map[string]int, len(proxies))
	rho, lo, hi := make([][]float64, len(proxies)), make([][]float64, len(proxies)), make([][]float64, len(proxies))
	for i, p := range proxies {
		row[p] = i
	}
	var tasks, groups, sources []string
	for _, task := range sortedTasks(results) {
		for _, source := range results.Sources() {
			part := results.Select(func(r compare.Result) bool { return r.TaskID == task && r.Source == source })
			if len(part) == 0 {
				continue
			}
			tasks, groups, sources = append(tasks, task.Task), append(groups, task.Space), append(sources, source)
			for i := range proxies {
				rho[i], lo[i], hi[i] = append(rho[i], math.NaN()), append(lo[i], math.NaN()), append(hi[i], math.NaN())
			}
			j := len(tasks) - 1
			seen := map[string]bool{}
			for _, r := range part {
				i, ok := row[r.Proxy]
				if !ok {
					continue
				}
				if seen[r.Proxy] {
					return nil, fmt.Errorf("plotting: TableOf: two results of %s on %s from %s; select one", r.Proxy, taskTitle(task), source)
				}
				seen[r.Proxy] = true
				rho[i][j] = r.Rho
				if r.Interval != (stats.Interval{}) {
					lo[i][j], hi[i][j] = r.Interval.Low, r.Interval.High
				}
			}
		}
	}
	probe := tableConfig{t: &Table{}}
	for _, o := range opts {
		if o != nil {
			o(&probe)
		}
	}
	base := []TableOption{WithColumnGroups(groups), WithSources(sources)}
	if probe.resultIntervals {
		base = append(base, WithIntervals(lo, hi))
	}
	return CorrelationTable(proxies, tasks, rho, append(base, opts...)...)
}

// sortedTasks are the tasks in order of appearance, those of one search space together.
func sortedTasks(results compare.Results) []compare.TaskID {
	var out []compare.TaskID
	tasks := results.Tasks()
	for _, s := range results.Spaces() {
		for _, t := range tasks {
			if t.Space == s {
				out = append(out, t)
			}
		}
	}
	return out
}

// WithResultIntervals makes [TableOf] print the intervals that the results have.
func WithResultIntervals() TableOption { return func(c *tableConfig) { c.resultIntervals = true } }

// RanksTableOf is the table of average ranks (Table 4 of the post, turned): a row per proxy, a column per search
// space with its number of tasks, and one over all tasks. The lowest rank of each column is bold. A proxy that is
// undefined on some of a column's tasks has the number of those that its rank is over beside it, as in "3.50 (4/18)",
// with a note; such ranks do not compare with the others and are not bold.
func RanksTableOf(t *compare.RankTable, opts ...TableOption) (*Table, error) {
	if t == nil {
		return nil, fmt.Errorf("plotting: RanksTableOf: the table is nil")
	}
	var cols []string
	values, counts := make([][]float64, len(t.Proxies)), make([][]int, len(t.Proxies))
	var of []int
	for _, r := range append(slices.Clone(t.Rows), t.Overall) {
		name := r.Space
		switch {
		case r.Tasks == 1:
			name += " (1 task)"
		case r.Tasks > 1:
			name += fmt.Sprintf(" (%d tasks)", r.Tasks)
		}
		if len(r.Ranks) != len(t.Proxies) {
			return nil, fmt.Errorf("plotting: RanksTableOf: %s has %d ranks for %d proxies", r.Space, len(r.Ranks), len(t.Proxies))
		}
		cols, of = append(cols, name), append(of, r.Tasks)
		for i, v := range r.Ranks {
			values[i], counts[i] = append(values[i], v), append(counts[i], rankCount(r, i))
		}
	}
	withCounts := func(c *tableConfig) { c.counts, c.of = counts, of }
	return NumberTable(t.Proxies, cols, values, append([]TableOption{WithBest(Lowest), withCounts}, opts...)...)
}

// rankCount is the number of tasks that the rank of proxy i is over: all where the row does not say.
func rankCount(r compare.RankRow, i int) int {
	if i < len(r.Counts) {
		return r.Counts[i]
	}
	return r.Tasks
}

// tasksOf is "(4/18)".
func tasksOf(n, of int) string { return fmt.Sprintf("(%d/%d)", n, of) }

// tasksOfNote explains tasksOf by an example.
func tasksOfNote(n, of int) string {
	return fmt.Sprintf("%s: on %d of %s, the proxy is undefined on the others.", tasksOf(n, of), n, canvas.Counted(of, "task"))
}

// RanksOf is [AverageRanks] of a rank table of package zc. Proxies without an overall rank are left out, with a note.
// Ranks over part of the tasks are marked as in [RanksTableOf]; those of a search space stand in brackets.
func RanksOf(t *compare.RankTable, opts ...Option) (*Figure, error) {
	if t == nil {
		return nil, fmt.Errorf("plotting: RanksOf: the table is nil")
	}
	var spaces, proxies, missing []string
	var ranks [][]float64
	var overall []float64
	part := &partialRanks{tasks: t.Overall.Tasks}
	for _, r := range append(slices.Clone(t.Rows), t.Overall) {
		if len(r.Ranks) != len(t.Proxies) {
			return nil, fmt.Errorf("plotting: RanksOf: %s has %d ranks for %d proxies", r.Space, len(r.Ranks), len(t.Proxies))
		}
	}
	for _, r := range t.Rows {
		spaces = append(spaces, r.Space)
	}
	for i, p := range t.Proxies {
		if math.IsNaN(t.Overall.Ranks[i]) {
			missing = append(missing, p)
			continue
		}
		row, incomplete := make([]float64, len(t.Rows)), make([]bool, len(t.Rows))
		for j, r := range t.Rows {
			row[j], incomplete[j] = r.Ranks[i], rankCount(r, i) < r.Tasks
		}
		part.overall, part.spaces = append(part.overall, rankCount(t.Overall, i)), append(part.spaces, incomplete)
		proxies, ranks, overall = append(proxies, p), append(ranks, row), append(overall, t.Overall.Ranks[i])
	}
	return AverageRanks(proxies, spaces, ranks, overall, append(append(missingNote(missing), func(c *config) { c.partial = part }), opts...)...)
}

func missingNote(missing []string) []Option {
	if len(missing) == 0 {
		return nil
	}
	return []Option{WithNote("Without any value, and not shown: " + strings.Join(missing, ", ") + ".")}
}

// CriticalDifferenceOf is [CriticalDifference] of a test of package zc, with the test's own groups. The note names the
// tests and their results.
func CriticalDifferenceOf(c *compare.CriticalDifference, opts ...Option) (*Figure, error) {
	if c == nil {
		return nil, fmt.Errorf("plotting: CriticalDifferenceOf: the test is nil")
	}
	note := fmt.Sprintf("Nemenyi test at α = %v: proxies joined by a bar do not differ significantly.", c.Alpha)
	if f := c.Friedman; f != nil {
		note = friedmanNote(f) + " " + note
	}
	groups := func(cfg *config) { cfg.cliques = append([][2]int{}, c.Groups...) } // not nil: no groups is a finding too
	return CriticalDifference(c.Proxies, c.Ranks, c.CD, append([]Option{WithNote(note), groups}, opts...)...)
}

func friedmanNote(f *stats.FriedmanResult) string {
	if math.IsNaN(f.P) {
		return fmt.Sprintf("Friedman test over %s: undefined (%s).", canvas.Counted(f.N, "task"), f.Reason)
	}
	p := "p = " + canvas.Decimal(f.P, 3)
	if f.P < 0.001 {
		p = "p < 0.001"
	}
	dropped := ""
	if f.Dropped > 0 {
		dropped = fmt.Sprintf(" (%s with an undefined proxy left out)", canvas.Counted(f.Dropped, "task"))
	}
	return fmt.Sprintf("Friedman test over %s%s: χ² = %s, %s.", canvas.Counted(f.N, "task"), dropped, canvas.Decimal(f.ChiSquare, 2), p)
}

// ProfilesOf is [PerformanceProfile] of profiles of package zc. Proxies without any value are left out, with a note.
func ProfilesOf(p *compare.Profiles, opts ...Option) (*Figure, error) {
	if p == nil {
		return nil, fmt.Errorf("plotting: ProfilesOf: the profiles are nil")
	}
	var names, missing []string
	var tau, share [][]float64
	for _, v := range p.Profiles {
		if len(v.Tau) == 0 {
			missing = append(missing, v.Proxy)
			continue
		}
		names, tau, share = append(names, v.Proxy), append(tau, v.Tau), append(share, v.Fraction)
	}
	return PerformanceProfile(names, tau, share, append(missingNote(missing), opts...)...)
}

// BarsOf is [CorrelationBars] of results from one source, with the intervals that they have, grouped by search space.
// Nil proxies means all that have results.
func BarsOf(results compare.Results, proxies []string, opts ...Option) (*Figure, error) {
	if proxies == nil {
		proxies = results.Proxies()
	}
	if s := results.Sources(); len(s) > 1 {
		return nil, fmt.Errorf("plotting: BarsOf: the results come from %s; take one source with From", strings.Join(s, " and "))
	}
	statistic, err := statisticOf(results)
	if err != nil {
		return nil, fmt.Errorf("plotting: BarsOf: %w", err)
	}
	t, err := TableOf(results, proxies, WithResultIntervals())
	if err != nil {
		return nil, err
	}
	var tasks, groups []string
	for _, c := range t.cols {
		tasks, groups = append(tasks, c.name), append(groups, c.group)
	}
	rho, lo, hi := make([][]float64, len(proxies)), make([][]float64, len(proxies)), make([][]float64, len(proxies))
	for i, r := range t.cells {
		for _, c := range r {
			rho[i], lo[i], hi[i] = append(rho[i], c.v), append(lo[i], c.lo), append(hi[i], c.hi)
		}
	}
	return CorrelationBars(proxies, tasks, rho, lo, hi, append([]Option{WithGroups(groups), WithStatistic(statistic)}, opts...)...)
}
