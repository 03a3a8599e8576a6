package compare

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/zcnas/zcnas/zc/stats"
	"github.com/zcnas/zcnas/zc/table"
)

// GroundTruthName is the name of the ground truth's column in all-pairs matrices.
const GroundTruthName = "gt"

// Matrix is a symmetric matrix of coefficients between named columns: proxies and the ground truth.
type Matrix struct {
	TaskID
	Source string
	Note   string // where in the source: "Figure 3"
	Names  []string
	Rho    [][]float64 // NaN where undefined
	// N counts what each cell was computed from: pairs of scores (0 if the source does not say), or
	// matrices for a mean of matrices.
	N [][]int
}

func newMatrix(names []string) *Matrix {
	m := &Matrix{Names: slices.Clone(names), Rho: make([][]float64, len(names)), N: make([][]int, len(names))}
	for i := range names {
		m.Rho[i] = make([]float64, len(names))
		m.N[i] = make([]int, len(names))
	}
	return m
}

// Pairwise computes the statistic between all columns; columns[i] is named names[i]. Pairs with a NaN
// are left out for each cell on its own, which N counts. The diagonal is 1, or NaN for a column without
// a coefficient. It is an error if the columns differ in length or names are not one for each column.
func Pairwise(s stats.Statistic, names []string, columns [][]float64) (*Matrix, error) {
	if len(names) != len(columns) {
		return nil, fmt.Errorf("compare: all pairs: %d names for %d columns", len(names), len(columns))
	}
	m := newMatrix(names)
	for i := range columns {
		for j := range i + 1 {
			c, err := s.Correlation(columns[i], columns[j])
			if err != nil {
				return nil, fmt.Errorf("compare: all pairs: %s and %s: %w", names[i], names[j], err)
			}
			m.Rho[i][j], m.Rho[j][i] = c.Rho, c.Rho
			m.N[i][j], m.N[j][i] = c.N, c.N
		}
	}
	return m, nil
}

// AllPairs computes Spearman's coefficient between all proxies of a score table, and the true values as a
// last column [GroundTruthName] unless truth is nil. The table must hold one run.
func AllPairs(scores *table.Table, truth map[string]float64) (*Matrix, error) {
	if scores == nil {
		return nil, errors.New("compare: all pairs: the score table is nil")
	}
	runs := scores.Runs()
	if len(runs) != 1 {
		return nil, fmt.Errorf("compare: all pairs: the score table holds %d runs; want one (see Table.Run)", len(runs))
	}
	names := scores.Proxies()
	columns := scores.Columns(names)
	if truth != nil {
		names = append(names, GroundTruthName)
		columns = append(columns, Join(scores, truth))
	}
	m, err := Pairwise(stats.StatisticSpearman, names, columns)
	if err != nil {
		return nil, err
	}
	m.TaskID = TaskID{runs[0].Space, runs[0].Data}
	m.Source = SourceComputed
	return m, nil
}

// At returns the coefficient of two names; NaN where it is undefined or a name is not in the matrix.
func (m *Matrix) At(a, b string) float64 {
	i, j := slices.Index(m.Names, a), slices.Index(m.Names, b)
	if i < 0 || j < 0 {
		return math.NaN()
	}
	return m.Rho[i][j]
}

// Select returns the part of the matrix for the names, in their order. Names that the matrix lacks are
// an error.
func (m *Matrix) Select(names []string) (*Matrix, error) {
	out := newMatrix(names)
	out.TaskID, out.Source, out.Note = m.TaskID, m.Source, m.Note
	at := make([]int, len(names))
	for i, name := range names {
		if at[i] = slices.Index(m.Names, name); at[i] < 0 {
			return nil, fmt.Errorf("compare: no column %q in the matrix; it has %q", name, m.Names)
		}
	}
	for i := range names {
		for j := range names {
			out.Rho[i][j] = m.Rho[at[i]][at[j]]
			out.N[i][j] = m.N[at[i]][at[j]]
		}
	}
	return out, nil
}

// Results returns the column of the ground truth as results: how well each proxy ranks.
func (m *Matrix) Results() (Results, error) {
	truth := slices.Index(m.Names, GroundTruthName)
	if truth < 0 {
		return nil, fmt.Errorf("compare: no column %q in the matrix; it has %q", GroundTruthName, m.Names)
	}
	var out Results
	for i, name := range m.Names {
		if i == truth {
			continue
		}
		n := m.N[i][truth]
		out = append(out, Result{
			TaskID: m.TaskID, Proxy: name, Source: m.Source, Note: m.Note, Statistic: stats.StatisticSpearman,
			Correlation: stats.Correlation{Rho: m.Rho[i][truth], N: n},
			Interval:    stats.SpearmanInterval(m.Rho[i][truth], n, 0.95),
		})
	}
	return out, nil
}

// MeanMatrix averages the matrices cell by cell. Names are all those that occur, in order of
// appearance; a cell is the mean over the matrices in which it is defined, and N counts them.
func MeanMatrix(matrices ...*Matrix) (*Matrix, error) {
	if len(matrices) == 0 {
		return nil, errors.New("compare: mean of no matrices")
	}
	var names []string
	for i, m := range matrices {
		if m == nil {
			return nil, fmt.Errorf("compare: mean of matrices: matrix %d of %d is nil", i+1, len(matrices))
		}
		for _, name := range m.Names {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	out := newMatrix(names)
	out.TaskID = TaskID{common(matrices, func(m *Matrix) string { return m.Space }), ""}
	out.Source = common(matrices, func(m *Matrix) string { return m.Source })
	for i, a := range names {
		for j, b := range names {
			var sum float64
			for _, m := range matrices {
				if v := m.At(a, b); !math.IsNaN(v) {
					sum += v
					out.N[i][j]++
				}
			}
			out.Rho[i][j] = sum / float64(out.N[i][j]) // 0/0 is NaN
		}
	}
	return out, nil
}

// common returns the text that all matrices share, or "".
func common(matrices []*Matrix, of func(*Matrix) string) string {
	text := of(matrices[0])
	for _, m := range matrices[1:] {
		if of(m) != text {
			return ""
		}
	}
	return text
}

// MeanMatrices averages the matrices over the tasks of each search space, and those means over the
// spaces, so that each space counts the same however many tasks it has (Figure 6 of the post).
// Spaces come in order of appearance.
func MeanMatrices(matrices []*Matrix) (spaces []*Matrix, overall *Matrix, err error) {
	var order []string
	of := make(map[string][]*Matrix)
	for _, m := range matrices {
		if of[m.Space] == nil {
			order = append(order, m.Space)
		}
		of[m.Space] = append(of[m.Space], m)
	}
	for _, space := range order {
		mean, err := MeanMatrix(of[space]...)
		if err != nil {
			return nil, nil, err
		}
		spaces = append(spaces, mean)
	}
	overall, err = MeanMatrix(spaces...)
	return spaces, overall, err
}
