package stats

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// correlated draws n pairs with a known dependence and many ties in y.
func correlated(n int, seed uint64) (x, y []float64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	for range n {
		v := rng.NormFloat64()
		x = append(x, v)
		y = append(y, math.Round(4*(v+rng.NormFloat64())))
	}
	return x, y
}

// TestResampledStatistic checks the shortcut of weighting sorted pairs against computing the
// coefficient of the pairs written out.
func TestResampledStatistic(t *testing.T) {
	x, y := correlated(40, 3)
	rng := rand.New(rand.NewPCG(4, 4))
	for s := range StatisticPearson + 1 {
		px, py, _, _ := pairs(x, y)
		statistic, err := s.sample(px, py)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			weight := make([]int, len(x))
			var rx, ry []float64
			for range x {
				i := rng.IntN(len(x))
				weight[i]++
				rx, ry = append(rx, x[i]), append(ry, y[i])
			}
			want, err := s.Correlation(rx, ry)
			if err != nil {
				t.Fatal(err)
			}
			if got := statistic(weight); !(math.Abs(got-want.Rho) < 1e-12) {
				t.Errorf("%s of a resample: %v; want %v", s, got, want.Rho)
			}
		}
	}
}

func TestBootstrapIsDeterministic(t *testing.T) {
	x, y := correlated(100, 5)
	_, a, err := Bootstrap(StatisticSpearman, x, y, WithSeed(7))
	if err != nil {
		t.Fatal(err)
	}
	if _, b, _ := Bootstrap(StatisticSpearman, x, y, WithSeed(7)); a != b {
		t.Errorf("same seed: %+v and %+v", a, b)
	}
	if _, b, _ := Bootstrap(StatisticSpearman, x, y, WithSeed(8)); a.Low == b.Low {
		t.Errorf("other seed, same interval %+v", a)
	}
}

// TestBootstrapCoverage counts how often the interval holds the true coefficient: for normal pairs
// with Pearson correlation r, Spearman's is 6/π·asin(r/2).
func TestBootstrapCoverage(t *testing.T) {
	const r, trials, n = 0.6, 200, 150
	truth := 6 / math.Pi * math.Asin(r/2)
	for name, opts := range map[string][]BootstrapOption{
		"percentile": {WithResamples(200), WithLevel(0.9)},
		"BCa":        {WithResamples(200), WithLevel(0.9), WithBCa()},
	} {
		rng := rand.New(rand.NewPCG(11, 12))
		covered := 0
		for range trials {
			x, y := make([]float64, n), make([]float64, n)
			for i := range x {
				x[i] = rng.NormFloat64()
				y[i] = r*x[i] + math.Sqrt(1-r*r)*rng.NormFloat64()
			}
			_, in, err := Bootstrap(StatisticSpearman, x, y, opts...)
			if err != nil {
				t.Fatal(err)
			}
			if in.Low <= truth && truth <= in.High {
				covered++
			}
		}
		if rate := float64(covered) / trials; rate < 0.84 || rate > 0.95 {
			t.Errorf("%s: the 90%% interval holds the true value in %.0f%% of trials", name, 100*rate)
		}
	}
}

// TestBootstrapLikeSciPy compares with scipy.stats.bootstrap 1.10.1, which has another random stream:
//
//	x = numpy.arange(30.0); y = (x*x*7) % 31; y[::5] += x[::5]
//	f = lambda x, y: scipy.stats.spearmanr(x, y)[0]
//	scipy.stats.bootstrap((x, y), f, paired=True, vectorized=False, n_resamples=40000, random_state=1, method=…)
func TestBootstrapLikeSciPy(t *testing.T) {
	var x, y []float64
	for i := range 30 {
		v := float64((i * i * 7) % 31)
		if i%5 == 0 {
			v += float64(i)
		}
		x, y = append(x, float64(i)), append(y, v)
	}
	for _, c := range []struct {
		name      string
		low, high float64
		opts      []BootstrapOption
	}{
		{"percentile", -0.1803, 0.5982, nil},
		{"BCa", -0.1930, 0.5892, []BootstrapOption{WithBCa()}},
	} {
		_, in, err := Bootstrap(StatisticSpearman, x, y, append(c.opts, WithResamples(40000))...)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(in.Low-c.low) > 0.01 || math.Abs(in.High-c.high) > 0.01 {
			t.Errorf("%s: [%.4f, %.4f]; want [%.4f, %.4f]", c.name, in.Low, in.High, c.low, c.high)
		}
	}
}

func TestBootstrapUndefined(t *testing.T) {
	c, in, err := Bootstrap(StatisticSpearman, []float64{1, 1, 1, 1}, []float64{1, 2, 3, 4})
	if err != nil || !math.IsNaN(c.Rho) || c.Reason == "" || !math.IsNaN(in.Low) || !math.IsNaN(in.High) {
		t.Errorf("constant column: %+v, %+v, %v; want NaN", c, in, err)
	}
	// With three pairs, a ninth of the resamples is one pair three times.
	_, in, err = Bootstrap(StatisticSpearman, []float64{1, 2, 3}, []float64{1, 2, 3})
	if err != nil || in.Undefined == 0 || in.Resamples+in.Undefined != 1000 || in.Low != 1 || in.High != 1 {
		t.Errorf("three pairs: %+v, %v", in, err)
	}
	for _, o := range []BootstrapOption{WithResamples(0), WithLevel(1), WithLevel(math.NaN())} {
		if _, _, err := Bootstrap(StatisticSpearman, []float64{1, 2, 3}, []float64{1, 2, 3}, o); err == nil {
			t.Error("bad option: no error")
		}
	}
}

func BenchmarkBootstrap(b *testing.B) {
	x, y := correlated(1000, 9)
	for s := range StatisticPearson + 1 {
		b.Run(s.String(), func(b *testing.B) {
			for b.Loop() {
				if _, _, err := Bootstrap(s, x, y); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestBootstrapStops(t *testing.T) {
	x, y := []float64{1, 2, 3, 4}, []float64{1, 3, 2, 4}
	for _, n := range []int{0, -1, maxResamples + 1} {
		if _, _, err := Bootstrap(StatisticSpearman, x, y, WithResamples(n)); err == nil || !strings.Contains(err.Error(), "want 1 to 1000000") {
			t.Errorf("%d resamples: error %v", n, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, opts := range [][]BootstrapOption{{}, {WithBCa()}} {
		if _, _, err := Bootstrap(StatisticSpearman, x, y, append(opts, WithContext(ctx))...); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want the context's", err)
		}
	}
}
