package compare

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
