package search

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// Learn finds weights for [Weighted] from tasks whose accuracies are known: ridge regression, with the given penalty per
// architecture, of the standardised ranks of accuracy on the ranks of the proxies, every task counting the same.
// Penalty 0.01 is a good start. Errors: no tasks, a task that lacks one of the proxies or an accuracy.
func Learn(tasks []*Task, proxies []string, penalty float64) (map[string]float64, error) {
	m := &moments{proxies: proxies}
	for _, t := range tasks {
		if err := m.add(t); err != nil {
			return nil, err
		}
	}
	return m.solve(penalty)
}

// moments are the means over tasks of products of features with features and with the target. They can be added
// and subtracted, so that leaving a task out takes no second look at the others.
type moments struct {
	proxies []string
	tasks   float64
	xx      []float64 // by row
	xy      []float64
}

func (m *moments) add(t *Task) error {
	other, err := t.moments(m.proxies)
	if err != nil {
		return err
	}
	m.plus(other)
	return nil
}

func (m *moments) plus(other *moments) {
	if m.xx == nil {
		m.xx, m.xy = make([]float64, len(other.xx)), make([]float64, len(other.xy))
	}
	for i, v := range other.xx {
		m.xx[i] += v
	}
	for i, v := range other.xy {
		m.xy[i] += v
	}
	m.tasks += other.tasks
}

func (t *Task) moments(proxies []string) (*moments, error) {
	if err := t.checkTrained(); err != nil {
		return nil, err
	}
	columns, _, err := t.rankFeatures(proxies)
	if err != nil {
		return nil, err
	}
	y := rankScores(t.Accuracy)
	p := len(columns)
	m := &moments{proxies: proxies, tasks: 1, xx: make([]float64, p*p), xy: make([]float64, p)}
	for i, a := range columns {
		for j, b := range columns {
			m.xx[i*p+j] = meanProduct(a, b)
		}
		m.xy[i] = meanProduct(a, y)
	}
	return m, nil
}

func (m *moments) solve(penalty float64) (map[string]float64, error) {
	if m.tasks == 0 {
		return nil, errors.New("search: there are no tasks to learn weights from")
	}
	if !(penalty > 0) || math.IsInf(penalty, 0) {
		return nil, fmt.Errorf("search: the penalty %g; want a positive one", penalty)
	}
	p := len(m.proxies)
	gram := mat.NewSymDense(p, nil)
	target := mat.NewVecDense(p, nil)
	for i := range p {
		for j := i; j < p; j++ {
			gram.SetSym(i, j, m.xx[i*p+j]/m.tasks)
		}
		gram.SetSym(i, i, gram.At(i, i)+penalty)
		target.SetVec(i, m.xy[i]/m.tasks)
	}
	var chol mat.Cholesky
	var w mat.VecDense
	if !chol.Factorize(gram) {
		return nil, fmt.Errorf("search: the proxies %s depend on each other; use a larger penalty", strings.Join(m.proxies, ", "))
	}
	if err := chol.SolveVecTo(&w, target); err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	out := make(map[string]float64, p)
	for i, name := range m.proxies {
		out[name] = w.AtVec(i)
	}
	return out, nil
}

func meanProduct(a, b []float64) float64 {
	s := 0.0
	for i, v := range a {
		s += v * b[i]
	}
	return s / float64(len(a))
}

// checkTrained wants every accuracy to be known and not all to be equal.
func (t *Task) checkTrained() error {
	if err := t.check(); err != nil {
		return err
	}
	for i, v := range t.Accuracy {
		if math.IsNaN(v) {
			return fmt.Errorf("search: the accuracy of %s on %s is not known", t.Archs[i], t)
		}
	}
	if constant(t.Accuracy) {
		return fmt.Errorf("search: all accuracies of %s are %g, which ranks nothing", t, t.Accuracy[0])
	}
	return nil
}
