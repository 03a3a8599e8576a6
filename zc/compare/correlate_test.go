package compare

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/zc/stats"
	"github.com/zcnas/zcnas/zc/table"
)

func TestCorrelate(t *testing.T) {
	scores := table.New()
	truth := map[string]float64{"z": 1, "not a number": math.NaN()}
	for i, v := range []float64{1, 2, 3, 4, 5, 6} {
		arch := fmt.Sprint("arch", i)
		scores.Add(testEntry(arch, "up", v), testEntry(arch, "down", -v), testEntry(arch, "flat", 2))
		if i > 0 {
			truth[arch] = 10 * v
			scores.Add(testEntry(arch, "few", 3*v))
		}
	}
	scores.Add(testEntry("arch5", "up", math.NaN()))
	got, err := Correlate(scores, truth)
	if err != nil {
		t.Fatal(err)
	}
	if got.Joined != 5 || got.NoTruth != 1 || got.NoScore != 1 || got.Run != scores.Runs()[0] {
		t.Errorf("%d joined, %d without truth, %d without score, run %+v", got.Joined, got.NoTruth, got.NoScore, got.Run)
	}
	want := []struct {
		proxy      string
		rho        float64
		n, dropped int
	}{{"up", 1, 4, 1}, {"down", -1, 5, 0}, {"flat", math.NaN(), 5, 0}, {"few", 1, 5, 0}}
	if len(got.Rows) != len(want) {
		t.Fatalf("rows %+v", got.Rows)
	}
	for i, w := range want {
		r := got.Rows[i]
		for _, c := range []stats.Correlation{r.Spearman, r.Kendall} {
			if r.Proxy != w.proxy || !(c.Rho == w.rho || math.IsNaN(c.Rho) && math.IsNaN(w.rho)) || c.N != w.n || c.Dropped != w.dropped {
				t.Errorf("row %d is %+v; want %+v", i, r, w)
			}
		}
		if math.IsNaN(w.rho) != math.IsNaN(r.Interval.Low) || r.Interval.Low > r.Spearman.Rho {
			t.Errorf("%s: interval %+v", r.Proxy, r.Interval)
		}
	}
}

func TestCorrelateErrors(t *testing.T) {
	mixed := testTable()
	other := testEntry(archChain, "snip", 1)
	other.Data = "cifar100"
	mixed.Add(other)
	truth := map[string]float64{archChain: 90, archSkip: 40}
	for want, call := range map[string]func() error{
		"is empty":     func() error { _, err := Correlate(table.New(), truth); return err },
		"mixes 2 runs": func() error { _, err := Correlate(mixed, truth); return err },
		"notation":     func() error { _, err := Correlate(testTable(), map[string]float64{"(0, 1)": 1}); return err },
		"resamples":    func() error { _, err := Correlate(testTable(), truth, stats.WithResamples(-1)); return err },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one that says %q", err, want)
		}
	}
}

func ExampleCorrelate() {
	scores := table.New()
	accuracy := make(map[string]float64)
	for i, params := range []float64{73306, 101306, 316346, 344346, 587386, 802426} {
		arch := fmt.Sprint("arch", i)
		scores.Add(table.Entry{Key: table.Key{Space: "nats-tss", Arch: arch, Data: "cifar10", Batch: 64, Proxy: "params"}, Value: params})
		accuracy[arch] = []float64{10, 84.1, 88.2, 87.9, 91.5, 92.2}[i]
	}
	result, err := Correlate(scores, accuracy)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, row := range result.Rows {
		fmt.Printf("%s: Spearman %.3f, Kendall %.3f over %d architectures\n", row.Proxy, row.Spearman.Rho, row.Kendall.Rho, row.Spearman.N)
	}
	// Output:
	// params: Spearman 0.943, Kendall 0.867 over 6 architectures
}
