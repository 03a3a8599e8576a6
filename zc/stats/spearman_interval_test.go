package stats

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestSpearmanInterval(t *testing.T) {
	for _, c := range []struct {
		rho       float64
		n         int
		low, high float64
	}{ // computed with NumPy from the formula
		{0.7, 1000, 0.662939649953408, 0.7336381922938783},
		{0.7, 100, 0.5684653138529971, 0.79664024928097},
		{-0.2, 100, -0.38312481679502786, -0.0017481707415411506},
		{0.5, 3, math.NaN(), math.NaN()},
		{1, 10, 1, 1},
	} {
		in := SpearmanInterval(c.rho, c.n, 0.95)
		if diff := cmp.Diff([]float64{c.low, c.high}, []float64{in.Low, in.High}, cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-12)); diff != "" {
			t.Errorf("ρ = %v, n = %d (-want +got):\n%s", c.rho, c.n, diff)
		}
	}
}
