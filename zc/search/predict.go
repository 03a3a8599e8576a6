package search

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// Features says what a predictor sees of an architecture.
type Features string

// The features.
const (
	EncodingOnly Features = "encoding"
	ProxiesOnly  Features = "proxies"
	Both         Features = "both"
)

// AllFeatures lists the kinds of features.
func AllFeatures() []Features { return []Features{EncodingOnly, ProxiesOnly, Both} }

// Predictor learns from the accuracies of some architectures of a task and scores all of them, higher being better.
type Predictor struct {
	Name  string
	Title string
	Paper string
	// Learn looks at the accuracies of the rows alone. The task may be used by several goroutines at once.
	Learn func(t *Task, f Features, rows []int) ([]float64, error)
}

// Predictors lists the predictors.
func Predictors() []Predictor {
	return []Predictor{
		{"ridge", "ridge regression on ranks", "Hoerl and Kennard 1970", ridge},
		{"gp", "Gaussian process on ranks, towards the default combination of proxies", "Rasmussen and Williams 2006", gaussian},
		{"trees", "gradient-boosted trees on scores", "Krishnakumar et al., \"NAS-Bench-Suite-Zero\", NeurIPS 2022; Chen and Guestrin, \"XGBoost\", KDD 2016", boosted},
	}
}

// LookupPredictor finds a predictor by its name.
func LookupPredictor(name string) (Predictor, error) {
	var names []string
	for _, p := range Predictors() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Predictor{}, fmt.Errorf("search: unknown predictor %q; there are %s", name, strings.Join(names, ", "))
}

// Predict scores all architectures of the task, having learned from the accuracies of the rows. Errors: fewer than two
// rows, rows that are not there or have no accuracy, accuracies that are all equal, features that the task has not.
func (t *Task) Predict(p Predictor, f Features, rows []int) ([]float64, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if err := t.checkRows(rows); err != nil {
		return nil, err
	}
	if len(rows) < 2 {
		return nil, fmt.Errorf("search: %s learns from at least two architectures, not %d", p.Name, len(rows))
	}
	if y := take(t.Accuracy, rows); constant(y) {
		return nil, fmt.Errorf("search: the %d architectures to learn from on %s all have the accuracy %g", len(rows), t, y[0])
	}
	if f != EncodingOnly && f != ProxiesOnly && f != Both {
		return nil, fmt.Errorf("search: unknown features %q; there are %q", f, AllFeatures())
	}
	if f != ProxiesOnly && len(t.Encoding) == 0 {
		return nil, fmt.Errorf("search: %s has no encoding of its architectures; see Encode", t)
	}
	if f != EncodingOnly && len(t.Proxies) == 0 {
		return nil, fmt.Errorf("search: %s has no proxies", t)
	}
	return p.Learn(t, f, rows)
}

// rawScores are the columns that the suite gives its trees: the scores as they are, ±1e9 where there is no finite
// one.
func (t *Task) rawScores() [][]float64 {
	out := make([][]float64, len(t.Scores))
	for j, c := range t.Scores {
		out[j] = slices.Clone(c)
		for i, v := range c {
			switch {
			case math.IsInf(v, 1):
				out[j][i] = 1e9
			case math.IsNaN(v) || math.IsInf(v, -1):
				out[j][i] = -1e9
			}
		}
	}
	return out
}

func boosted(t *Task, f Features, rows []int) ([]float64, error) {
	var columns [][]float64
	if f != ProxiesOnly {
		columns = append(columns, t.Encoding...)
	}
	if f != EncodingOnly {
		columns = append(columns, t.rawScores()...)
	}
	train := make([][]float64, len(columns))
	for j, c := range columns {
		train[j] = take(c, rows)
	}
	y := take(t.Accuracy, rows)
	mean, deviation := stat.PopMeanStdDev(y, nil)
	for i := range y {
		y[i] = (y[i] - mean) / deviation
	}
	var trees Trees
	if err := trees.Fit(train, y); err != nil {
		return nil, err
	}
	return trees.Predict(columns)
}

// ridgePenalty by features: λ of the ridge regression.
func ridgePenalty(f Features) float64 {
	if f == EncodingOnly {
		return 1
	}
	return 10
}

// ridge uses the standardised average ranks of the scores, as they are published with −1e9 for what is missing, and
// the encoding as it is, centred on what it learns from.
func ridge(t *Task, f Features, rows []int) ([]float64, error) {
	var columns [][]float64
	if f != EncodingOnly {
		for _, c := range t.rawScores() {
			columns = append(columns, rankScores(c))
		}
	}
	if f != ProxiesOnly {
		for _, c := range t.Encoding {
			columns = append(columns, slices.Clone(c))
		}
	}
	p := len(columns)
	for _, c := range columns {
		mean := stat.Mean(take(c, rows), nil)
		for i := range c {
			c[i] -= mean
		}
	}
	y := rankScores(take(t.Accuracy, rows))
	gram := mat.NewSymDense(p, nil)
	target := mat.NewVecDense(p, nil)
	for a := range p {
		for b := a; b < p; b++ {
			s := 0.0
			for _, r := range rows {
				s += columns[a][r] * columns[b][r]
			}
			gram.SetSym(a, b, s)
		}
		gram.SetSym(a, a, gram.At(a, a)+ridgePenalty(f))
		for i, r := range rows {
			target.SetVec(a, target.AtVec(a)+columns[a][r]*y[i])
		}
	}
	var chol mat.Cholesky
	var w mat.VecDense
	if !chol.Factorize(gram) {
		return nil, errors.New("search: ridge regression: the features depend on each other beyond rounding")
	}
	if err := chol.SolveVecTo(&w, target); err != nil {
		return nil, fmt.Errorf("search: ridge regression: %w", err)
	}
	out := make([]float64, len(t.Archs))
	for a, c := range columns {
		for i, v := range c {
			out[i] += w.AtVec(a) * v
		}
	}
	return out, nil
}

// gaussian is [Task.CombineWith], without a prior where it sees no proxies or the task has not those of the prior.
func gaussian(t *Task, f Features, rows []int) ([]float64, error) {
	seen := *t
	fit := DefaultFit()
	switch f {
	case EncodingOnly:
		seen.Proxies, seen.Scores = nil, nil
	case ProxiesOnly:
		seen.Encoding = nil
	}
	k, err := seen.kernel(nil)
	if err != nil {
		return nil, err
	}
	prior, err := fit.prior(&seen)
	if err != nil {
		prior = make([]float64, len(t.Archs))
	}
	p, err := k.predict(&seen, rows, prior, fit, false)
	if err != nil {
		return nil, err
	}
	return p.Score, nil
}

// CurvePoint is how well a predictor orders the architectures that it did not learn from.
type CurvePoint struct {
	Predictor string
	Features  Features
	K         int
	// Kendall's tau-b and Spearman's rho: fitted to the first K architectures, and the mean over random draws
	// with its 95% interval, ± 1.96 standard errors.
	First, Mean, Low, High, Deviation          float64
	FirstSpearman, Spearman, SpearmanDeviation float64
}

// CurveOptions says what [Curves] computes. Zero values stand for the defaults.
type CurveOptions struct {
	Predictors []string   // default all
	Features   []Features // default all
	Ks         []int      // default 5, 10, 20, 50, 100, 200, 400
	Draws      int        // default 20
	Seed       uint64
	Progress   func(done, total int)
}

// Curves fits predictors to k architectures of a task and compares their order with the accuracies of the others
// (White et al., "How Powerful are Performance Predictors in Neural Architecture Search?", NeurIPS 2021). Errors: as of
// [Task.Predict]; a k that leaves fewer than three architectures.
func Curves(ctx context.Context, t *Task, o CurveOptions) ([]CurvePoint, error) {
	if o.Ks == nil {
		o.Ks = []int{5, 10, 20, 50, 100, 200, 400}
	}
	if o.Draws == 0 {
		o.Draws = 20
	}
	if o.Features == nil {
		o.Features = AllFeatures()
	}
	if o.Predictors == nil {
		for _, p := range Predictors() {
			o.Predictors = append(o.Predictors, p.Name)
		}
	}
	if err := t.checkTrained(); err != nil {
		return nil, err
	}
	var points []CurvePoint
	for _, name := range o.Predictors {
		if _, err := LookupPredictor(name); err != nil {
			return nil, err
		}
		for _, f := range o.Features {
			for _, k := range o.Ks {
				if k < 2 || len(t.Archs)-k < minRest {
					return nil, fmt.Errorf("search: %d of the %d architectures of %s to learn from; want at least 2, and %d left over", k, len(t.Archs), t, minRest)
				}
				points = append(points, CurvePoint{Predictor: name, Features: f, K: k})
			}
		}
	}
	type cell struct{ tau, rho float64 }
	cells := make([]cell, len(points)*(o.Draws+1))
	err := parallel(ctx, len(cells), o.Progress, func(i int) error {
		p, draw := &points[i/(o.Draws+1)], i%(o.Draws+1)
		rows := make([]int, p.K)
		for j := range rows {
			rows[j] = j
		}
		if draw > 0 {
			rows = rand.New(rand.NewPCG(o.Seed, uint64(draw))).Perm(len(t.Archs))[:p.K]
		}
		predictor, err := LookupPredictor(p.Predictor)
		if err != nil {
			return err
		}
		score, err := t.Predict(predictor, p.Features, rows)
		if err != nil {
			return err
		}
		others := rest(len(t.Archs), rows)
		x, y := take(score, others), take(t.Accuracy, others)
		cells[i] = cell{kendall(x, y), spearman(x, y)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range points {
		p, own := &points[i], cells[i*(o.Draws+1):(i+1)*(o.Draws+1)]
		p.First, p.FirstSpearman = own[0].tau, own[0].rho
		var tau, rho []float64
		for _, c := range own[1:] {
			tau, rho = append(tau, c.tau), append(rho, c.rho)
		}
		p.Mean, p.Deviation = meanDeviation(tau)
		p.Spearman, p.SpearmanDeviation = meanDeviation(rho)
		half := 1.96 * p.Deviation / math.Sqrt(float64(o.Draws))
		p.Low, p.High = p.Mean-half, p.Mean+half
	}
	return points, nil
}

// minRest is how many architectures must be left to compare.
const minRest = 3
