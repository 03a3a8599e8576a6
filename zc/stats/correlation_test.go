package stats

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/zcnas/zcnas/internal/outside"
)

// testFloat is a number in testdata, or the text "nan", "inf" or "-inf".
type testFloat float64

func (f *testFloat) UnmarshalJSON(data []byte) error {
	v, err := strconv.ParseFloat(string(bytes.Trim(data, `"`)), 64)
	*f = testFloat(v)
	return err
}

func floats(x []testFloat) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

type scipyCase struct {
	Name                       string
	File, Task, Proxy          string
	X, Y                       []testFloat
	N                          int
	Spearman, Kendall, Pearson *float64
}

func readScipyCases(t *testing.T, name string) []scipyCase {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var cases []scipyCase
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

func compareScipy(t *testing.T, c scipyCase, x, y []float64) {
	t.Helper()
	for _, s := range []struct {
		statistic Statistic
		want      *float64
	}{{StatisticSpearman, c.Spearman}, {StatisticKendall, c.Kendall}, {StatisticPearson, c.Pearson}} {
		got, err := s.statistic.Correlation(x, y)
		if err != nil {
			t.Fatal(err)
		}
		if got.N != c.N || got.N+got.Dropped != len(x) {
			t.Errorf("%s: %d pairs used and %d dropped of %d; want %d used", s.statistic, got.N, got.Dropped, len(x), c.N)
		}
		if s.want == nil {
			if !math.IsNaN(got.Rho) || got.Reason == "" {
				t.Errorf("%s = %v with reason %q; want NaN with a reason", s.statistic, got.Rho, got.Reason)
			}
			continue
		}
		if !(math.Abs(got.Rho-*s.want) <= 1e-9) || got.Reason != "" {
			t.Errorf("%s = %v (%s); want %v", s.statistic, got.Rho, got.Reason, *s.want)
		}
	}
}

func TestCorrelationsEqualSciPy(t *testing.T) {
	for _, c := range readScipyCases(t, "correlation_scipy.json") {
		t.Run(c.Name, func(t *testing.T) { compareScipy(t, c, floats(c.X), floats(c.Y)) })
	}
}

// suiteColumns reads a file of NAS-Bench-Suite-Zero: for each task, the accuracies and the scores of
// each proxy in the file's order of architectures. It is independent of the datasets package's reader.
func suiteColumns(t *testing.T, name string) map[string]map[string][2][]float64 {
	t.Helper()
	data, err := os.ReadFile(outside.File(t, "data/nas-bench-suite-zero/"+name))
	if err != nil {
		t.Fatal(err)
	}
	// The files hold Python's spelling of what JSON has no number for.
	data = bytes.ReplaceAll(data, []byte(": -Infinity"), []byte(`: "-inf"`))
	data = bytes.ReplaceAll(data, []byte(": Infinity"), []byte(`: "inf"`))
	data = bytes.ReplaceAll(data, []byte(": NaN"), []byte(`: "nan"`))
	var tasks map[string]map[string]map[string]json.RawMessage
	if err := json.Unmarshal(data, &tasks); err != nil {
		t.Fatal(err)
	}
	out := make(map[string]map[string][2][]float64)
	for task, records := range tasks {
		type score struct{ Score *testFloat }
		proxies := make(map[string]map[string]float64)
		accuracy := make(map[string]float64)
		for arch, record := range records {
			for field, raw := range record {
				var s score
				if field == "val_accuracy" {
					var a testFloat
					if err := json.Unmarshal(raw, &a); err != nil {
						t.Fatal(err)
					}
					accuracy[arch] = float64(a)
				} else if json.Unmarshal(raw, &s) == nil && s.Score != nil && *s.Score != -1e8 {
					if proxies[field] == nil {
						proxies[field] = make(map[string]float64)
					}
					proxies[field][arch] = float64(*s.Score)
				}
			}
		}
		out[task] = make(map[string][2][]float64)
		for proxy, scores := range proxies {
			var x, y []float64
			for arch, a := range accuracy {
				v, ok := scores[arch]
				if !ok {
					v = math.NaN()
				}
				x, y = append(x, v), append(y, a)
			}
			out[task][proxy] = [2][]float64{x, y}
		}
	}
	return out
}

func TestCorrelationsOfSuiteEqualSciPy(t *testing.T) {
	files := make(map[string]map[string]map[string][2][]float64)
	for _, c := range readScipyCases(t, "suite_scipy.json") {
		if files[c.File] == nil {
			files[c.File] = suiteColumns(t, c.File)
		}
		if c.N == 0 {
			if _, ok := files[c.File][c.Task][c.Proxy]; ok {
				t.Errorf("%s %s %s: has scores; want none", c.File, c.Task, c.Proxy)
			}
			continue
		}
		columns, ok := files[c.File][c.Task][c.Proxy]
		if !ok {
			t.Errorf("%s %s: no %s", c.File, c.Task, c.Proxy)
			continue
		}
		t.Run(fmt.Sprintf("%s/%s/%s", c.File, c.Task, c.Proxy), func(t *testing.T) {
			compareScipy(t, c, columns[0], columns[1])
		})
	}
}

func TestRanks(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	got := fmt.Sprint(Ranks([]float64{3, 1, 3, nan, -inf, 3, inf, 1}))
	if want := "[5 2.5 5 NaN 1 5 7 2.5]"; got != want {
		t.Errorf("ranks %s; want %s", got, want)
	}
}

func TestCorrelationSign(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5}
	y := []float64{10, 8, 6, 4, 2}
	for s := range StatisticPearson + 1 {
		c, err := s.Correlation(x, y)
		if err != nil || c.Rho != -1 {
			t.Errorf("%s of a descending line is %v, %v; want exactly -1", s, c.Rho, err)
		}
		c, err = s.Correlation(x, x)
		if err != nil || c.Rho != 1 {
			t.Errorf("%s of a column with itself is %v, %v; want exactly 1", s, c.Rho, err)
		}
	}
}

func TestCorrelationLengths(t *testing.T) {
	for s := range StatisticPearson + 1 {
		if _, err := s.Correlation([]float64{1, 2, 3}, []float64{1, 2}); err == nil {
			t.Errorf("%s of 3 and 2 values: no error", s)
		}
	}
	if _, err := Statistic(9).Correlation(nil, nil); err == nil {
		t.Error("unknown statistic: no error")
	}
}

// kendallByPairs is the definition of tau-b, in quadratic time.
func kendallByPairs(x, y []float64) float64 {
	var s, nx, ny float64
	for i := range x {
		for j := range i {
			dx, dy := sign(x[i]-x[j]), sign(y[i]-y[j])
			s += dx * dy
			nx += dx * dx
			ny += dy * dy
		}
	}
	return s / math.Sqrt(nx*ny)
}

func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

func TestKendallIsItsDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 3; n < 70; n++ {
		x, y := make([]float64, n), make([]float64, n)
		for i := range x {
			x[i], y[i] = float64(rng.IntN(n)), float64(rng.IntN(8))
		}
		got, err := KendallTauB(x, y)
		if err != nil {
			t.Fatal(err)
		}
		if want := kendallByPairs(x, y); !(math.Abs(got.Rho-want) < 1e-12) {
			t.Errorf("n = %d: %v; want %v", n, got.Rho, want)
		}
	}
}

func ExampleSpearman() {
	synflow := []float64{12.1, 48.9, math.NaN(), 31.5, 40.2}
	accuracy := []float64{61.2, 93.4, 10.0, 90.1, 89.7}
	c, err := Spearman(synflow, accuracy)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("rho %.2f over %d architectures, %d dropped\n", c.Rho, c.N, c.Dropped)
	// Output: rho 0.80 over 4 architectures, 1 dropped
}
