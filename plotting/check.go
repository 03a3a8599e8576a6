package plotting

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
)

// checkNames refuses lists that cannot label anything: empty, with empty or repeated names.
func checkNames(what string, names []string) error {
	if len(names) == 0 {
		return fmt.Errorf("no %s given; give at least one", what)
	}
	seen := map[string]int{}
	for i, n := range names {
		if err := canvas.CheckText(what, n); err != nil {
			return err
		}
		if strings.TrimSpace(n) == "" {
			return fmt.Errorf("%s %d has an empty name", what, i+1)
		}
		if j, ok := seen[n]; ok {
			return fmt.Errorf("%s %q is given twice (%d and %d); names must differ", what, n, j+1, i+1)
		}
		seen[n] = i
	}
	return nil
}

// checkMatrix refuses a matrix that is not rows × cols, or holds an infinite value. NaN stands for no value.
func checkMatrix(what string, m [][]float64, rows, cols []string) error {
	if len(m) != len(rows) {
		return fmt.Errorf("%s has %d rows for %d names; give one row per name", what, len(m), len(rows))
	}
	for i, r := range m {
		if len(r) != len(cols) {
			return fmt.Errorf("row %d (%s) of %s has %d values, want %d", i+1, rows[i], what, len(r), len(cols))
		}
		for j, v := range r {
			if math.IsInf(v, 0) {
				return fmt.Errorf("%s is %v at %s, %s; use NaN where there is no value", what, v, rows[i], cols[j])
			}
		}
	}
	return nil
}

// checkCorrelations is checkMatrix for values that must lie in −1…1 (with a little room for rounding).
func checkCorrelations(what string, m [][]float64, rows, cols []string) error {
	if err := checkMatrix(what, m, rows, cols); err != nil {
		return err
	}
	for i, r := range m {
		for j, v := range r {
			if math.Abs(v) > 1+1e-6 {
				return fmt.Errorf("%s is %v at %s, %s; a correlation lies in −1…1", what, v, rows[i], cols[j])
			}
		}
	}
	return nil
}

// checkIntervals checks optional bounds: both nil, or both of the matrix's shape with lo ≤ hi.
func checkIntervals(lo, hi [][]float64, rows, cols []string) error {
	if lo == nil && hi == nil {
		return nil
	}
	if lo == nil || hi == nil {
		return errors.New("only one of the interval's bounds is given; give both lo and hi, or neither")
	}
	if err := checkMatrix("the lower bound", lo, rows, cols); err != nil {
		return err
	}
	if err := checkMatrix("the upper bound", hi, rows, cols); err != nil {
		return err
	}
	for i := range lo {
		for j := range lo[i] {
			if lo[i][j] > hi[i][j] {
				return fmt.Errorf("the interval at %s, %s has its lower bound %v above its upper bound %v", rows[i], cols[j], lo[i][j], hi[i][j])
			}
		}
	}
	return nil
}

func copyMatrix(m [][]float64) [][]float64 {
	if m == nil {
		return nil
	}
	out := make([][]float64, len(m))
	for i, r := range m {
		out[i] = append([]float64(nil), r...)
	}
	return out
}
