package compare

import (
	"math"
	"slices"

	"github.com/zcnas/zcnas/zc/stats"
)

// overallName is the name of the row over all tasks.
const overallName = "Overall"

// RankTable holds average ranks: a row for each search space and one over all tasks (Table 4 of the post).
type RankTable struct {
	Proxies []string
	Rows    []RankRow // one for each search space
	Overall RankRow
}

// RankRow holds the proxies' average ranks over the tasks of a search space.
type RankRow struct {
	Space  string // "Overall" for the row over all tasks
	Tasks  int
	Ranks  []float64 // one for each proxy; 1 is the highest correlation; NaN without any task
	Counts []int     // tasks on which the proxy has a rank; fewer than Tasks where it is undefined
}

func (t *RankTable) clone() *RankTable {
	out := &RankTable{Proxies: slices.Clone(t.Proxies), Overall: t.Overall.clone()}
	for _, r := range t.Rows {
		out.Rows = append(out.Rows, r.clone())
	}
	return out
}

func (r RankRow) clone() RankRow {
	r.Ranks, r.Counts = slices.Clone(r.Ranks), slices.Clone(r.Counts)
	return r
}

// AverageRanks ranks the proxies on each task, 1 for the highest correlation and tied ones at the mean
// of their ranks, and averages the ranks over the tasks of each search space and over all tasks.
// Nil proxies means all that have results. A proxy without a defined correlation on a task has no rank
// there, and the others are ranked without it: see the counts. Errors are those of [Results.Grid].
func AverageRanks(results Results, proxies []string) (*RankTable, error) {
	tasks, names, rho, err := results.Grid(proxies)
	if err != nil {
		return nil, err
	}
	out := &RankTable{Proxies: names, Overall: newRankRow(overallName, len(names))}
	rows := make(map[string]int)
	for i, task := range tasks {
		at, ok := rows[task.Space]
		if !ok {
			at = len(out.Rows)
			rows[task.Space] = at
			out.Rows = append(out.Rows, newRankRow(task.Space, len(names)))
		}
		ranks := stats.DescendingRanks(rho[i])
		out.Rows[at].add(ranks)
		out.Overall.add(ranks)
	}
	for i := range out.Rows {
		out.Rows[i].average()
	}
	out.Overall.average()
	return out, nil
}

func newRankRow(space string, n int) RankRow {
	return RankRow{Space: space, Ranks: make([]float64, n), Counts: make([]int, n)}
}

func (r *RankRow) add(ranks []float64) {
	r.Tasks++
	for j, v := range ranks {
		if !math.IsNaN(v) {
			r.Ranks[j] += v
			r.Counts[j]++
		}
	}
}

func (r *RankRow) average() {
	for j := range r.Ranks {
		r.Ranks[j] /= float64(r.Counts[j]) // 0/0 is NaN
	}
}
