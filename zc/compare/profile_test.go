package compare

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestPerformanceProfiles is worked by hand. Errors 1−ρ on four tasks, and their ratios to the best:
//
//	       task 0     task 1     task 2      task 3
//	a   0.5   → 1   1   → 2   0.25 → 1    0.5 → 1
//	b   1     → 2   0.5 → 1   0.5  → 2    1.5 → 3
//	c   0.75 → 1.5  2   → 4   0.25 → 1    undefined
func TestPerformanceProfiles(t *testing.T) {
	got, err := PerformanceProfiles(resultsOf(map[string][]float64{
		"a": {0.5, 0, 0.75, 0.5},
		"b": {0, 0.5, 0.5, -0.5},
		"c": {0.25, -1, 0.75, math.NaN()},
	}), []string{"a", "b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Profile{
		{Proxy: "a", Tau: []float64{1, 2}, Fraction: []float64{0.75, 1}},
		{Proxy: "b", Tau: []float64{1, 2, 3}, Fraction: []float64{0.25, 0.75, 1}},
		{Proxy: "c", Tau: []float64{1, 1.5, 4}, Fraction: []float64{0.25, 0.5, 0.75}},
	}
	if diff := cmp.Diff(want, got.Profiles); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		proxy     int
		tau, want float64
	}{{1, 0.99, 0}, {1, 1, 0.25}, {1, 1.999, 0.25}, {1, 2, 0.75}, {1, 100, 1}, {2, 100, 0.75}} {
		if v := got.Profiles[c.proxy].At(c.tau); v != c.want {
			t.Errorf("%s at %v: %v; want %v", got.Profiles[c.proxy].Proxy, c.tau, v, c.want)
		}
	}
	for i, reach := range []float64{2, 3, math.Inf(1)} {
		if v := got.Profiles[i].Reach(1); v != reach {
			t.Errorf("%s reaches 1 at %v; want %v", got.Profiles[i].Proxy, v, reach)
		}
	}
	if v := got.MaxTau(); v != 4 {
		t.Errorf("largest break point %v; want 4", v)
	}
}

func TestPerformanceRatios(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct{ errors, want []float64 }{
		{[]float64{0, 0, 0.5}, []float64{1, 1, inf}},
		{[]float64{nan, 2, 3}, []float64{inf, 1, 1.5}},
		{[]float64{nan}, []float64{inf}},
	} {
		if diff := cmp.Diff(c.want, PerformanceRatios(c.errors), cmpopts.EquateApprox(0, 0)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.errors, diff)
		}
	}
	if _, err := PerformanceProfiles(resultsOf(map[string][]float64{"a": {nan, nan}}), nil); err == nil {
		t.Error("nothing defined: no error")
	}
}

// TestPostsExample is the example that the post explains profiles with.
func TestPostsExample(t *testing.T) {
	got, err := PerformanceProfiles(published(t).Space("DARTS"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, task := range got.Tasks {
		if task.Task != "Spherical CIFAR-100" {
			continue
		}
		for j, p := range got.Profiles {
			if p.Proxy == "snip" {
				if r := fmt.Sprintf("%.3f", got.Ratios[i][j]); r != "1.461" {
					t.Errorf("snip is %s-suboptimal; the post says 1.46", r)
				}
				return
			}
		}
	}
	t.Error("no snip on Spherical CIFAR-100")
}

func ExamplePerformanceProfiles() {
	results, err := PublishedResults()
	if err != nil {
		fmt.Println(err)
		return
	}
	profiles, err := PerformanceProfiles(results.Space("DARTS"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range profiles.Profiles {
		fmt.Printf("%-10s best on %.0f%% of tasks, within a factor %.2f on all\n", p.Proxy, 100*p.At(1), p.Reach(1))
	}
	// Output:
	// fisher     best on 20% of tasks, within a factor 2.33 on all
	// grad_norm  best on 20% of tasks, within a factor 1.68 on all
	// grasp      best on 0% of tasks, within a factor 2.94 on all
	// jacob_cov  best on 20% of tasks, within a factor 2.59 on all
	// snip       best on 0% of tasks, within a factor 1.76 on all
	// synflow    best on 0% of tasks, within a factor 2.11 on all
	// flops      best on 0% of tasks, within a factor 2.41 on all
	// params     best on 40% of tasks, within a factor 2.47 on all
}
