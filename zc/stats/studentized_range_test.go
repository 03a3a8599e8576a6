package stats

import (
	"math"
	"testing"
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
	if cd, err := NemenyiDistance(4, 5, minAlpha); err != nil || !(cd > 1 && cd < 100) {
		t.Errorf("critical difference at the least level: %v, %v", cd, err)
	}
	for _, c := range []struct {
		k, n  int
		alpha float64
	}{{1, 5, 0.05}, {4, 0, 0.05}, {4, 5, 0}, {4, 5, math.NaN()}, {4, 5, 1e-300}, {4, 5, 1e-17}} {
		if _, err := NemenyiDistance(c.k, c.n, c.alpha); err == nil {
			t.Errorf("%+v: no error", c)
		}
	}
}
