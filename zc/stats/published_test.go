package stats_test

import (
	"math"
	"testing"

	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/stats"
)

func published(t *testing.T) compare.Results {
	t.Helper()
	r, err := compare.PublishedResults()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func near(got, want, tolerance float64) bool {
	return got == want || math.Abs(got-want) <= tolerance*math.Max(1, math.Abs(want))
}

func TestFriedman(t *testing.T) {
	_, _, rho, err := published(t).Grid(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name                string
		values              [][]float64
		chiSquare, p, f, fp float64
		n, dropped          int
		checkF              bool
	}{ // scipy.stats.friedmanchisquare 1.10.1, and F from its definition with scipy.stats.f.sf
		{"published", rho, 2.9444444444444002, 0.8900935509217746, 0.399588759424257, 0.8997815229603268, 12, 0, true},
		{"ties", [][]float64{{1, 1, 2, 0.5}, {3, 2, 2, 1}, {5, 5, 5, 1}, {0, 1, 2, 3}, {2, 2, 1, 1}}, 3.0714285714285694, 0.3807428719818619, 0, 0, 5, 0, false},
		{"NaN", [][]float64{{1, 1, 2, 0.5}, {3, 2, 2, 1}, {5, 5, 5, 1}, {9, math.NaN(), 1, 2}, {0, 1, 2, 3}, {2, 2, 1, 1}}, 3.0714285714285694, 0.3807428719818619, 0, 0, 5, 1, false},
		{"all agree", [][]float64{{3, 2, 1}, {9, 8, 7}, {30, 20, 10}}, 6, math.Exp(-3), math.Inf(1), 0, 3, 0, true},
	} {
		r, err := stats.Friedman(c.values)
		if err != nil {
			t.Fatal(c.name, err)
		}
		if !near(r.ChiSquare, c.chiSquare, 1e-12) || !near(r.P, c.p, 1e-10) || r.N != c.n || r.Dropped != c.dropped {
			t.Errorf("%s: %+v; want chi-square %v, p %v", c.name, r, c.chiSquare, c.p)
		}
		if c.checkF && (!near(r.F, c.f, 1e-12) || !near(r.FP, c.fp, 1e-10)) {
			t.Errorf("%s: F %v, p %v; want %v, %v", c.name, r.F, r.FP, c.f, c.fp)
		}
	}
	r, err := stats.Friedman([][]float64{{1, 1, 1}, {2, 2, 2}})
	if err != nil || !math.IsNaN(r.ChiSquare) || r.Reason == "" {
		t.Errorf("all tie: %+v, %v; want NaN with a reason", r, err)
	}
	for name, values := range map[string][][]float64{
		"none": nil, "two proxies": {{1, 2}, {2, 1}}, "ragged": {{1, 2, 3}, {1, 2}},
		"one task": {{1, 2, 3}}, "one complete task": {{1, 2, 3}, {1, math.NaN(), 3}},
	} {
		if _, err := stats.Friedman(values); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestWilcoxonSignedRank compares with scipy.stats.wilcoxon 1.10.1 on the columns of Tables 1 to 3.
func TestWilcoxonSignedRank(t *testing.T) {
	r := published(t)
	proxy := func(name string) []float64 {
		_, _, rho, err := r.Grid([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		out := make([]float64, len(rho))
		for i, row := range rho {
			out[i] = row[0]
		}
		return out
	}
	for _, c := range []struct {
		name string
		x, y []float64
		p    float64
		n    int
	}{
		{"flops, fisher", proxy("flops"), proxy("fisher"), 0.9697265625, 12},
		{"synflow, grasp", proxy("synflow"), proxy("grasp"), 0.6220703125, 12},
		{"params, flops", proxy("params"), proxy("flops"), 0.423828125, 12},
		// method="approx", zero_method="wilcox", correction=False
		{"ties and zeros", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, math.NaN()}, []float64{2, 4, 1, 4, 7, 8, 6, 10, 11, 12, 3}, 0.06104468950598916, 9},
	} {
		p, n, err := stats.WilcoxonSignedRank(c.x, c.y)
		if err != nil || !near(p, c.p, 1e-12) || n != c.n {
			t.Errorf("%s: p %v of %d pairs, %v; want %v of %d", c.name, p, n, err, c.p, c.n)
		}
	}
	for name, c := range map[string][2][]float64{
		"lengths": {{1, 2}, {1}}, "no difference": {{1, 2}, {1, 2}}, "infinite": {{math.Inf(1)}, {1}},
	} {
		if _, _, err := stats.WilcoxonSignedRank(c[0], c[1]); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
