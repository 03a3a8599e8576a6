package compare

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
