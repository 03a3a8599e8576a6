package compare

import (
	"math"

	"github.com/zcnas/zcnas/zc/table"
)

// Join returns the true values of the table's architectures, by their notation: one for each of scores.Archs(), in that
// order, NaN where there is none.
func Join(scores *table.Table, truth map[string]float64) []float64 {
	archs := scores.Archs()
	out := make([]float64, len(archs))
	for i, a := range archs {
		v, ok := truth[a]
		if !ok {
			v = math.NaN()
		}
		out[i] = v
	}
	return out
}

// known keeps the scores of the architectures with a true value, and those values.
func known(scores, values []float64) (x, y []float64) {
	for i, v := range values {
		if !math.IsNaN(v) {
			x, y = append(x, scores[i]), append(y, v)
		}
	}
	return x, y
}

// JoinColumn returns the scores of a proxy and the true values of the architectures that have one.
func JoinColumn(scores *table.Table, proxy string, truth map[string]float64) (x, y []float64) {
	return known(scores.Column(proxy), Join(scores, truth))
}
