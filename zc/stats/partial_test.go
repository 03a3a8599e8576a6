package stats

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestPartialSpearman(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	n := 200
	size, x, y, noise := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		size[i] = rng.NormFloat64()
		noise[i] = rng.NormFloat64()
		x[i] = size[i] + 0.3*noise[i]
		y[i] = size[i] + 0.3*rng.NormFloat64()
	}
	rho := func(x, y []float64) float64 {
		c, err := Spearman(x, y)
		if err != nil {
			t.Fatal(err)
		}
		return c.Rho
	}
	partial := func(x, y []float64, given ...[]float64) Correlation {
		c, err := PartialSpearman(x, y, given...)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	t.Run("nothing given", func(t *testing.T) {
		if got, want := partial(x, y).Rho, rho(x, y); math.Abs(got-want) > 1e-12 {
			t.Errorf("%v; want Spearman's %v", got, want)
		}
	})
	t.Run("the formula for one column", func(t *testing.T) {
		xy, xz, yz := rho(x, y), rho(x, size), rho(y, size)
		want := (xy - xz*yz) / math.Sqrt((1-xz*xz)*(1-yz*yz))
		if got := partial(x, y, size).Rho; math.Abs(got-want) > 1e-12 {
			t.Errorf("%v; want %v", got, want)
		}
		if xy < 0.8 || math.Abs(want) > 0.2 {
			t.Errorf("the example shows nothing: %v becomes %v", xy, want)
		}
	})
	t.Run("a column twice is a column", func(t *testing.T) {
		if one, two := partial(x, y, size).Rho, partial(x, y, size, size).Rho; math.Abs(one-two) > 1e-9 {
			t.Errorf("%v and %v", one, two)
		}
	})
	t.Run("order does not matter", func(t *testing.T) {
		if a, b := partial(x, y, size, noise).Rho, partial(y, x, noise, size).Rho; math.Abs(a-b) > 1e-9 {
			t.Errorf("%v and %v", a, b)
		}
	})
	t.Run("NaN", func(t *testing.T) {
		z := append([]float64{math.NaN()}, size[1:]...)
		if c := partial(x, y, z); c.N != n-1 || c.Dropped != 1 {
			t.Errorf("%+v", c)
		}
	})
	for name, c := range map[string]Correlation{
		"explain":  partial(x, y, x),
		"too few":  partial(x[:4], y[:4], size[:4], noise[:4]),
		"constant": partial(make([]float64, n), y, size),
	} {
		t.Run(name, func(t *testing.T) {
			if !math.IsNaN(c.Rho) || !strings.Contains(c.Reason, name) {
				t.Errorf("%+v", c)
			}
		})
	}
	if _, err := PartialSpearman(x, y, size[1:]); err == nil || !strings.Contains(err.Error(), "199") {
		t.Errorf("columns of different lengths: %v", err)
	}
}
