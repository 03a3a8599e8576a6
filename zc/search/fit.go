package search

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Fit is how [Task.CombineWith] combines.
type Fit struct {
	// Prior is the rule that scores architectures before any is evaluated. With flops alone as the prior
	// (Proxies: "flops") a new space is safe from about ten evaluations on.
	Prior Rule
	// PriorWeight is the weight of the prior, a standardised column, in the standardised ranks of accuracy.
	PriorWeight float64
	// Noise is the variance of what proxies and encoding do not explain, relative to the kernel's scale.
	Noise float64
	// Proxies are the features; nil means all of the task that are defined for at least half of the
	// architectures and not constant.
	Proxies []string
}

// DefaultFit is the pre-study's choice: the default rule with weight 0.55 and noise 3. Both were set after looking
// at all of its tasks; [Study] says what they are worth when they are chosen on other spaces.
func DefaultFit() Fit { return Fit{Prior: Rules()[0], PriorWeight: 0.55, Noise: 3} }

// Prediction is a score for every architecture of a task with its uncertainty, both in standard deviations of the
// ranks of accuracy.
type Prediction struct {
	Score     []float64
	Deviation []float64 // of the score's error, by the Gaussian process that the ridge regression is
	Proxies   []string  // the features that were used
}

// CombineWith scores the architectures of a task with the accuracies of some of them, the rows: kernel ridge
// regression on the standardised ranks of proxies and the standardised encoding, towards a prior rule,
//
//	score = w·z0 + K_k·(K_kk + λI)⁻¹·(y − w·z0_k)
//
// where K is the sum of the linear kernels of proxies and encoding, each divided by the number of its columns, and
// y the standardised ranks of the k accuracies. Without rows it is w·z0. Missing scores have the middle rank.
//
// Errors: a row that does not exist, is given twice or has no accuracy; one row alone, or accuracies that are all
// equal, for they rank nothing; a proxy that the task has not; no features at all.
func (t *Task) CombineWith(rows []int, f Fit) (*Prediction, error) {
	prior, err := f.prior(t)
	if err != nil {
		return nil, err
	}
	k, err := t.kernel(f.Proxies)
	if err != nil {
		return nil, err
	}
	return k.predict(t, rows, prior, f, true)
}

// kernel is what does not depend on the rows nor on noise and prior: a sweep over many draws computes it once.
type kernel struct {
	features [][]float64 // by architecture
	gram     *mat.SymDense
	proxies  []string
}

func (t *Task) kernel(proxies []string) (*kernel, error) {
	k := &kernel{}
	columns, names, err := t.rankFeatures(proxies)
	if err != nil {
		return nil, err
	}
	k.proxies = names
	scale(columns)
	encoding := t.standardEncoding()
	if len(columns)+len(encoding) == 0 {
		return nil, fmt.Errorf("search: %s has neither a proxy that is defined for half of the architectures nor an encoding", t)
	}
	columns = append(columns, encoding...)
	k.features = make([][]float64, len(t.Archs))
	for i := range k.features {
		k.features[i] = make([]float64, len(columns))
		for j, c := range columns {
			k.features[i][j] = c[i]
		}
	}
	return k, nil
}

// prior scores the architectures before any is evaluated.
func (f Fit) prior(t *Task) ([]float64, error) {
	if !(f.Noise > 0) || math.IsInf(f.Noise, 0) || math.IsNaN(f.PriorWeight) || math.IsInf(f.PriorWeight, 0) {
		return nil, fmt.Errorf("search: noise %g and prior weight %g; noise is positive, and both are finite", f.Noise, f.PriorWeight)
	}
	z, err := t.Combine(f.Prior)
	if err != nil {
		return nil, err
	}
	standardise(z)
	for i := range z {
		z[i] *= f.PriorWeight
	}
	return z, nil
}

// rankFeatures returns the standardised ranks of proxies: of all usable ones where names is nil.
func (t *Task) rankFeatures(names []string) (columns [][]float64, used []string, err error) {
	all := names == nil
	if all {
		names = t.Proxies
	}
	for _, p := range names {
		column, err := t.Column(p)
		if err != nil {
			return nil, nil, err
		}
		x, n := present(column)
		if all && 2*n < len(x) {
			continue
		}
		r, err := fractions(column)
		if err != nil && all {
			continue
		} else if err != nil {
			return nil, nil, fmt.Errorf("search: %s, %s: %w", t, p, err)
		}
		for i, v := range r {
			if Missing(column[i]) {
				continue // stays at the middle
			}
			r[i] = (v*float64(len(x)) - 0.5) / float64(n)
		}
		standardise(r)
		columns = append(columns, r)
		used = append(used, p)
	}
	return columns, used, nil
}

// standardEncoding returns the standardised columns of the encoding, divided by the root of their number.
func (t *Task) standardEncoding() [][]float64 {
	var out [][]float64
	for _, c := range t.Encoding {
		c = slices.Clone(c)
		standardise(c)
		out = append(out, c)
	}
	scale(out)
	return out
}

// scale divides columns by the root of their number, so that their kernel is a mean over columns.
func scale(columns [][]float64) {
	for _, c := range columns {
		for i := range c {
			c[i] /= math.Sqrt(float64(len(columns)))
		}
	}
}

// at is the kernel of two architectures.
func (k *kernel) at(i, j int) float64 {
	if k.gram != nil {
		return k.gram.At(i, j)
	}
	s := 0.0
	b := k.features[j]
	for c, v := range k.features[i] {
		s += v * b[c]
	}
	return s
}

// fill computes the kernel of all pairs, for sweeps that ask for them many times.
func (k *kernel) fill() {
	n := len(k.features)
	gram := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			gram.SetSym(i, j, k.at(i, j))
		}
	}
	k.gram = gram
}

// checkRows finds rows that cannot be learned from.
func (t *Task) checkRows(rows []int) error {
	seen := make(map[int]bool, len(rows))
	for _, r := range rows {
		switch {
		case r < 0 || r >= len(t.Archs):
			return fmt.Errorf("search: %s has no row %d; it has %d architectures", t, r, len(t.Archs))
		case seen[r]:
			return fmt.Errorf("search: row %d of %s is given twice", r, t)
		case math.IsNaN(t.Accuracy[r]):
			return fmt.Errorf("search: the accuracy of %s on %s is not known", t.Archs[r], t)
		}
		seen[r] = true
	}
	return nil
}

var errFew = errors.New("search: one evaluated architecture ranks nothing; give none or at least two")

// predict needs the deviations only where deviation is set: they take most of the time.
func (k *kernel) predict(t *Task, rows []int, prior []float64, f Fit, deviation bool) (*Prediction, error) {
	if err := t.checkRows(rows); err != nil {
		return nil, err
	}
	n, m := len(t.Archs), len(rows)
	p := &Prediction{Score: slices.Clone(prior), Proxies: slices.Clone(k.proxies)}
	if deviation {
		p.Deviation = make([]float64, n)
		for i := range p.Deviation {
			p.Deviation[i] = math.Sqrt(max(0, 1-f.PriorWeight*f.PriorWeight))
		}
	}
	switch m {
	case 0:
		return p, nil
	case 1:
		return nil, errFew
	}
	y := rankScores(take(t.Accuracy, rows))
	if constant(y) {
		return nil, fmt.Errorf("search: the %d evaluated architectures of %s all have the accuracy %g, which ranks nothing", m, t, t.Accuracy[rows[0]])
	}
	gram := mat.NewSymDense(m, nil)
	target := mat.NewVecDense(m, nil)
	for a, i := range rows {
		for b := a; b < m; b++ {
			gram.SetSym(a, b, k.at(i, rows[b]))
		}
		gram.SetSym(a, a, gram.At(a, a)+f.Noise)
		target.SetVec(a, y[a]-prior[i])
	}
	var chol mat.Cholesky
	var alpha mat.VecDense
	if !chol.Factorize(gram) {
		return nil, fmt.Errorf("search: %s: the kernel of the %d evaluated architectures is singular; use a larger noise", t, m)
	}
	if err := chol.SolveVecTo(&alpha, target); err != nil {
		return nil, fmt.Errorf("search: %s: %w", t, err)
	}
	weights := alpha.RawVector().Data
	variance := mat.Dot(target, &alpha) / float64(m) // of the process, by maximum likelihood
	root := chol.RawU().T()
	cross, half := mat.NewVecDense(m, nil), mat.NewVecDense(m, nil)
	for i := range n {
		c := cross.RawVector().Data
		for a, r := range rows {
			c[a] = k.at(i, r)
			p.Score[i] += c[a] * weights[a]
		}
		if !deviation {
			continue
		}
		if err := half.SolveVec(root, cross); err != nil {
			return nil, fmt.Errorf("search: %s: %w", t, err)
		}
		p.Deviation[i] = math.Sqrt(max(0, variance*(k.at(i, i)-mat.Dot(half, half))))
	}
	return p, nil
}

func constant(x []float64) bool {
	for _, v := range x[1:] {
		if v != x[0] {
			return false
		}
	}
	return true
}
