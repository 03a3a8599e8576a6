package zc

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func near(got, want, tolerance float64) bool {
	return got == want || math.Abs(got-want) <= tolerance*math.Max(1, math.Abs(want))
}

// TestStudentizedRange compares with scipy.stats.studentized_range(k, inf) of SciPy 1.10.1.
func TestStudentizedRange(t *testing.T) {
	for _, c := range []struct {
		k        int
		cdf      [3]float64 // at 0.5, 3 and 7
		quantile [3]float64 // of 0.9, 0.95 and 0.99
	}{
		{2, [3]float64{0.27632639016823696, 0.9661051464753106, 0.9999992569016277}, [3]float64{2.3261743073533476, 2.771807648699355, 3.642772735436894}},
		{3, [3]float64{0.06657805486471302, 0.9144574283450421, 0.9999977777338547}, [3]float64{2.9023802134282515, 3.314493155398122, 4.12030320646012}},
		{8, [3]float64{3.24551875670496e-05, 0.5990613872186419, 0.9999795648324658}, [3]float64{3.9313491004685965, 4.286309409349043, 4.987182689088668}},
		{13, [3]float64{1.2392050696477427e-08, 0.3511280634404299, 0.9999438460075418}, [3]float64{4.351158198633436, 4.684919847313499, 5.347591540207854}},
		{50, [3]float64{2.0606563556332876e-34, 0.0031428109423946487, 0.999186983159409}, [3]float64{5.356686875267444, 5.646026026380527, 6.228392608582205}},
	} {
		for i, q := range []float64{0.5, 3, 7} {
			if got := StudentizedRangeCDF(q, c.k); !near(got, c.cdf[i], 1e-10) {
				t.Errorf("k = %d: P(q ≤ %v) = %v; want %v", c.k, q, got, c.cdf[i])
			}
		}
		for i, p := range []float64{0.9, 0.95, 0.99} {
			if got := StudentizedRangeQuantile(p, c.k); !near(got, c.quantile[i], 1e-6) {
				t.Errorf("k = %d: quantile of %v is %v; want %v", c.k, p, got, c.quantile[i])
			}
		}
	}
	for _, v := range []float64{
		StudentizedRangeCDF(1, 1), StudentizedRangeCDF(math.NaN(), 3), StudentizedRangeQuantile(0, 3),
		StudentizedRangeQuantile(1, 3), StudentizedRangeQuantile(0.5, 1),
	} {
		if !math.IsNaN(v) {
			t.Errorf("outside the domain: %v; want NaN", v)
		}
	}
}

// TestNemenyiTable compares with the critical values of Demšar, JMLR 2006, Table 5(a).
func TestNemenyiTable(t *testing.T) {
	table := map[float64][]float64{
		0.05: {1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164},
		0.10: {1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920},
	}
	for alpha, row := range table {
		for i, want := range row {
			if got := StudentizedRangeQuantile(1-alpha, i+2) / math.Sqrt2; math.Abs(got-want) > 0.001 {
				t.Errorf("alpha %v, k = %d: %.4f; want %.3f", alpha, i+2, got, want)
			}
		}
	}
	// Demšar's example: four classifiers on fourteen data sets.
	if cd, err := NemenyiDistance(4, 14, 0.05); err != nil || math.Abs(cd-1.25) > 0.005 {
		t.Errorf("critical difference %v, %v; Demšar has 1.25", cd, err)
	}
	for _, c := range []struct {
		k, n  int
		alpha float64
	}{{1, 5, 0.05}, {4, 0, 0.05}, {4, 5, 0}, {4, 5, math.NaN()}} {
		if _, err := NemenyiDistance(c.k, c.n, c.alpha); err == nil {
			t.Errorf("%+v: no error", c)
		}
	}
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
		r, err := Friedman(c.values)
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
	r, err := Friedman([][]float64{{1, 1, 1}, {2, 2, 2}})
	if err != nil || !math.IsNaN(r.ChiSquare) || r.Reason == "" {
		t.Errorf("all tie: %+v, %v; want NaN with a reason", r, err)
	}
	for name, values := range map[string][][]float64{
		"none": nil, "two proxies": {{1, 2}, {2, 1}}, "ragged": {{1, 2, 3}, {1, 2}},
		"one task": {{1, 2, 3}}, "one complete task": {{1, 2, 3}, {1, math.NaN(), 3}},
	} {
		if _, err := Friedman(values); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestRankGroups(t *testing.T) {
	for _, c := range []struct {
		ranks []float64
		cd    float64
		want  [][2]int
	}{
		{[]float64{1, 2, 3, 4}, 10, [][2]int{{0, 3}}},
		{[]float64{1, 2, 3, 4}, 0.5, nil},
		{[]float64{1, 2, 3.5, 4.5}, 2, [][2]int{{0, 1}, {1, 2}, {2, 3}}},
		{[]float64{1, 1.5, 2.5, 4, 4.2}, 1.6, [][2]int{{0, 2}, {2, 3}, {3, 4}}},
		{[]float64{1, 3}, 2, nil}, // as far apart as the critical difference is significant
	} {
		if diff := cmp.Diff(c.want, rankGroups(c.ranks, c.cd)); diff != "" {
			t.Errorf("%v within %v (-want +got):\n%s", c.ranks, c.cd, diff)
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
		return column(rho, 0)
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
		p, n, err := WilcoxonSignedRank(c.x, c.y)
		if err != nil || !near(p, c.p, 1e-12) || n != c.n {
			t.Errorf("%s: p %v of %d pairs, %v; want %v of %d", c.name, p, n, err, c.p, c.n)
		}
	}
	for name, c := range map[string][2][]float64{
		"lengths": {{1, 2}, {1}}, "no difference": {{1, 2}, {1, 2}}, "infinite": {{math.Inf(1)}, {1}},
	} {
		if _, _, err := WilcoxonSignedRank(c[0], c[1]); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestWilcoxonHolm(t *testing.T) {
	// a is above b on all ten tasks and c equals b.
	a, b := make([]float64, 10), make([]float64, 10)
	for i := range a {
		b[i] = float64(i) / 20
		a[i] = b[i] + 0.01*float64(i+1)
	}
	got, err := WilcoxonHolm(resultsOf(map[string][]float64{"a": a, "b": b, "c": b}), []string{"a", "b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	// Two of the 2^10 signs are as extreme, so p = 1/512; Holm multiplies by 3, then 2 (kept monotone).
	want := []PairTest{
		{"a", "b", 10, 1.0 / 512, 3.0 / 512},
		{"a", "c", 10, 1.0 / 512, 3.0 / 512},
		{"b", "c", 0, 1, 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The post concludes that no proxy is significantly better than the others over its twelve tasks.
func ExampleCriticalDifferences() {
	results, err := PublishedResults()
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := CriticalDifferences(results, nil, 0.05)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("Friedman p = %.2f; ranks %.2f (%s) to %.2f (%s) are closer than %.2f\n",
		d.Friedman.P, d.Ranks[0], d.Proxies[0], d.Ranks[7], d.Proxies[7], d.CD)
	for _, g := range d.Groups {
		fmt.Println("not significantly different:", d.Proxies[g[0]:g[1]+1])
	}
	// Output:
	// Friedman p = 0.89; ranks 4.00 (flops) to 5.42 (jacob_cov) are closer than 3.03
	// not significantly different: [flops synflow fisher snip params grad_norm grasp jacob_cov]
}
