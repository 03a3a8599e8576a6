package stats

import (
	"fmt"
	"math"
)

// Correlation is a correlation coefficient with what it was computed from.
type Correlation struct {
	Rho     float64 // in [-1, 1]; NaN where undefined
	N       int     // pairs used
	Dropped int     // pairs left out because one or both values are NaN
	Reason  string  // why Rho is NaN; "" otherwise
}

// minPairs is the least number of pairs for which a coefficient says anything: two pairs always
// give 1 or -1.
const minPairs = 3

func undefined(n, dropped int, format string, args ...any) Correlation {
	return Correlation{Rho: math.NaN(), N: n, Dropped: dropped, Reason: fmt.Sprintf(format, args...)}
}

// pairs keeps the pairs in which neither value is NaN.
func pairs(x, y []float64) (px, py []float64, dropped int, err error) {
	if len(x) != len(y) {
		return nil, nil, 0, fmt.Errorf("stats: correlation of %d with %d values; want equally many", len(x), len(y))
	}
	px = make([]float64, 0, len(x))
	py = make([]float64, 0, len(y))
	for i := range x {
		if math.IsNaN(x[i]) || math.IsNaN(y[i]) {
			dropped++
			continue
		}
		px = append(px, x[i])
		py = append(py, y[i])
	}
	return px, py, dropped, nil
}

// constant tells whether all values are equal; x is not empty.
func constant(x []float64) bool {
	for _, v := range x[1:] {
		if v != x[0] {
			return false
		}
	}
	return true
}

// checkPairs returns the undefined correlation of pairs that have none, and whether they have none.
func checkPairs(x, y []float64, dropped int) (Correlation, bool) {
	switch n := len(x); {
	case n < minPairs:
		return undefined(n, dropped, "%d pairs are too few; at least %d are needed", n, minPairs), true
	case constant(x):
		return undefined(n, dropped, "the first column is constant (%g)", x[0]), true
	case constant(y):
		return undefined(n, dropped, "the second column is constant (%g)", y[0]), true
	}
	return Correlation{}, false
}

func clamp(rho float64) float64 { return max(-1, min(1, rho)) }
