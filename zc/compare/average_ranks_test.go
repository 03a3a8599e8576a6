package compare

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/zcnas/zcnas/zc/stats"
)

func published(t testing.TB) Results {
	t.Helper()
	r, err := PublishedResults()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestTable4 recomputes Table 4 of the post from Tables 1 to 3: all cells but those of grasp and
// jacob_cov on DARTS, and their overall averages; see PublishedRanks.
func TestTable4(t *testing.T) {
	printed, err := PublishedRanks()
	if err != nil {
		t.Fatal(err)
	}
	got, err := AverageRanks(published(t), printed.Proxies)
	if err != nil {
		t.Fatal(err)
	}
	type cell struct{ space, proxy string }
	differs := map[cell]float64{
		{"DARTS", "grasp"}:       4.8,
		{"DARTS", "jacob_cov"}:   4.6,
		{"Overall", "grasp"}:     4.75,
		{"Overall", "jacob_cov"}: 5.42,
	}
	if len(got.Rows) != len(printed.Rows) || len(got.Rows) != 3 {
		t.Fatalf("%d rows; the post has %d", len(got.Rows), len(printed.Rows))
	}
	for i, row := range append(got.Rows, got.Overall) {
		want := append(printed.Rows, printed.Overall)[i]
		if row.Space != want.Space || row.Tasks != want.Tasks {
			t.Errorf("row %d is %s over %d tasks; want %s over %d", i, row.Space, row.Tasks, want.Space, want.Tasks)
		}
		for j, rank := range row.Ranks {
			expected, differ := differs[cell{row.Space, got.Proxies[j]}]
			if !differ {
				expected = want.Ranks[j]
			} else if expected == want.Ranks[j] {
				t.Errorf("%s, %s: the post has %v, which should differ", row.Space, got.Proxies[j], expected)
			}
			if fmt.Sprintf("%.2f", rank) != fmt.Sprintf("%.2f", expected) {
				t.Errorf("%s, %s: %.4f; want %.2f", row.Space, got.Proxies[j], rank, expected)
			}
			if row.Counts[j] != row.Tasks {
				t.Errorf("%s, %s: ranked on %d tasks; want %d", row.Space, got.Proxies[j], row.Counts[j], row.Tasks)
			}
		}
	}
}

func TestAverageRanksTiesAndGaps(t *testing.T) {
	got, err := AverageRanks(resultsOf(map[string][]float64{
		"a": {0.5, 0.9, math.NaN()},
		"b": {0.5, -0.1, 0.2},
		"c": {0.4, math.NaN(), 0.3},
	}), []string{"c", "a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	want := RankRow{Space: "Overall", Tasks: 3, Ranks: []float64{2, 1.25, 5.5 / 3}, Counts: []int{2, 2, 3}}
	if diff := cmp.Diff(want, got.Overall, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// resultsOf makes results on tasks "task 0", "task 1", … of one space from the coefficients of each proxy.
func resultsOf(rho map[string][]float64) Results {
	var out Results
	for proxy, values := range rho {
		for i, v := range values {
			out = append(out, Result{
				TaskID: TaskID{"space", fmt.Sprint("task ", i)}, Proxy: proxy,
				Source: SourceComputed, Correlation: stats.Correlation{Rho: v},
			})
		}
	}
	return out
}

func ExampleAverageRanks() {
	results, err := PublishedResults()
	if err != nil {
		fmt.Println(err)
		return
	}
	ranks, err := AverageRanks(results, []string{"synflow", "flops", "params"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ranks.Proxies)
	for _, row := range append(ranks.Rows, ranks.Overall) {
		fmt.Printf("%-18s %2d tasks %.2f\n", row.Space, row.Tasks, row.Ranks)
	}
	// Output:
	// [synflow flops params]
	// NATS-Bench TSS      3 tasks [1.00 2.67 2.33]
	// DARTS               5 tasks [2.60 1.80 1.60]
	// TransNAS-Bench-101  4 tasks [2.00 1.50 2.50]
	// Overall            12 tasks [2.00 1.92 2.08]
}
