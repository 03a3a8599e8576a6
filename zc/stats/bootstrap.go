package stats

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Interval is a bootstrap confidence interval of a [Correlation].
type Interval struct {
	Low, High float64 // NaN where the correlation is undefined
	Level     float64 // 0.95
	Resamples int     // resamples in which the coefficient was defined
	Undefined int     // resamples in which it was not: all values equal in one column
}

type bootstrapConfig struct {
	resamples int
	level     float64
	seed      uint64
	bca       bool
	ctx       context.Context
}

// maxResamples is more than any interval needs: its ends then are exact to three digits.
const maxResamples = 1_000_000

// BootstrapOption changes how [Bootstrap] resamples.
type BootstrapOption func(*bootstrapConfig)

// WithContext ends the work, with the context's error, when the context does.
func WithContext(ctx context.Context) BootstrapOption {
	return func(c *bootstrapConfig) { c.ctx = ctx }
}

// WithResamples sets the number of resamples, 1 to a million; the default is 1000.
func WithResamples(n int) BootstrapOption { return func(c *bootstrapConfig) { c.resamples = n } }

// WithLevel sets the confidence level; the default is 0.95.
func WithLevel(level float64) BootstrapOption { return func(c *bootstrapConfig) { c.level = level } }

// WithBootstrapSeed sets the seed of the resamples; the default is 0. Equal seeds give equal intervals.
func WithSeed(seed uint64) BootstrapOption {
	return func(c *bootstrapConfig) { c.seed = seed }
}

// WithBCa takes the bias-corrected and accelerated interval (Efron, "Better Bootstrap Confidence
// Intervals", JASA 1987) instead of the percentile one.
func WithBCa() BootstrapOption { return func(c *bootstrapConfig) { c.bca = true } }

func newBootstrapConfig(opts []BootstrapOption) (bootstrapConfig, error) {
	c := bootstrapConfig{resamples: 1000, level: 0.95, ctx: context.Background()}
	for _, o := range opts {
		if o != nil {
			o(&c)
		}
	}
	if c.resamples < 1 || c.resamples > maxResamples {
		return c, fmt.Errorf("stats: bootstrap: %d resamples; want 1 to %d", c.resamples, maxResamples)
	}
	if c.ctx == nil {
		return c, errors.New("stats: bootstrap: the context is nil")
	}
	if !(c.level > 0 && c.level < 1) {
		return c, fmt.Errorf("stats: bootstrap: confidence level %g; want it between 0 and 1, for example 0.95", c.level)
	}
	return c, nil
}

// Bootstrap returns the coefficient of the pairs (x[i], y[i]) and a confidence interval for it: pairs
// are drawn with replacement, as many as there are, and the interval's ends are percentiles of the
// coefficients of the draws. It is deterministic under its seed.
// Where the coefficient is undefined, the interval is NaN.
func Bootstrap(s Statistic, x, y []float64, opts ...BootstrapOption) (Correlation, Interval, error) {
	config, err := newBootstrapConfig(opts)
	if err != nil {
		return Correlation{}, Interval{}, err
	}
	c, err := s.Correlation(x, y)
	if err != nil {
		return Correlation{}, Interval{}, err
	}
	interval := Interval{Low: math.NaN(), High: math.NaN(), Level: config.level}
	if math.IsNaN(c.Rho) {
		return c, interval, nil
	}
	px, py, _, err := pairs(x, y)
	if err != nil {
		return Correlation{}, Interval{}, err
	}
	statistic, err := s.sample(px, py)
	if err != nil {
		return Correlation{}, Interval{}, err
	}
	n := len(px)
	rng := rand.New(rand.NewPCG(config.seed, 0x7a63626f6f747374)) // "zcbootst"
	draws := make([]float64, 0, config.resamples)
	weight := make([]int, n)
	for i := range config.resamples {
		if err := config.ctx.Err(); err != nil {
			return c, interval, fmt.Errorf("stats: bootstrap: stopped after %d of %d resamples: %w", i, config.resamples, err)
		}
		clear(weight)
		for range n {
			weight[rng.IntN(n)]++
		}
		if v := statistic(weight); math.IsNaN(v) {
			interval.Undefined++
		} else {
			draws = append(draws, v)
		}
	}
	interval.Resamples = len(draws)
	if len(draws) == 0 {
		return c, interval, nil
	}
	slices.Sort(draws)
	low, high := (1-config.level)/2, (1+config.level)/2
	if config.bca {
		jack, err := jackknife(config.ctx, statistic, n)
		if err != nil {
			return c, interval, err
		}
		low, high = bcaLevels(c.Rho, draws, jack, config.level)
	}
	interval.Low = percentile(draws, low)
	interval.High = percentile(draws, high)
	return c, interval, nil
}

// sample prepares the statistic of resampled pairs: a function of how often each pair occurs.
func (s Statistic) sample(x, y []float64) (func(weight []int) float64, error) {
	switch s {
	case StatisticSpearman:
		return newSpearmanSample(x, y).statistic, nil
	case StatisticKendall:
		return newKendallSample(x, y).statistic, nil
	case StatisticPearson:
		normalise(x)
		normalise(y)
		w := make([]float64, len(x))
		return func(weight []int) float64 {
			for i, v := range weight {
				w[i] = float64(v)
			}
			return clamp(stat.Correlation(x, y, w))
		}, nil
	}
	return nil, errors.New("stats: unknown statistic")
}

// jackknife returns the statistic with each pair left out in turn.
func jackknife(ctx context.Context, statistic func([]int) float64, n int) ([]float64, error) {
	weight := ones(n)
	out := make([]float64, 0, n)
	for i := range weight {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("stats: bootstrap: stopped in the jackknife: %w", err)
		}
		weight[i] = 0
		if v := statistic(weight); !math.IsNaN(v) {
			out = append(out, v)
		}
		weight[i] = 1
	}
	return out, nil
}

// bcaLevels returns the percentiles of the sorted draws that bound the BCa interval (Efron and
// Tibshirani, "An Introduction to the Bootstrap", 1993, equations 14.9 to 14.15).
func bcaLevels(rho float64, draws, jack []float64, level float64) (low, high float64) {
	below, equal := 0, 0
	for _, d := range draws {
		switch {
		case d < rho:
			below++
		case d == rho:
			equal++
		}
	}
	z0 := normalQuantile((float64(below) + float64(equal)/2) / float64(len(draws)))
	mean := stat.Mean(jack, nil)
	var cube, square float64
	for _, v := range jack {
		d := mean - v
		cube += d * d * d
		square += d * d
	}
	var acceleration float64
	if square > 0 {
		acceleration = cube / (6 * math.Pow(square, 1.5))
	}
	adjust := func(p float64) float64 {
		z := z0 + normalQuantile(p)
		return normalCDF(z0 + z/(1-acceleration*z))
	}
	low, high = adjust((1-level)/2), adjust((1+level)/2)
	if math.IsInf(z0, 0) || math.IsNaN(low) || math.IsNaN(high) {
		// All draws lie on one side of the coefficient: the correction is infinite and says nothing.
		return (1 - level) / 2, (1 + level) / 2
	}
	return low, high
}

// percentile interpolates linearly between the sorted values.
func percentile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
