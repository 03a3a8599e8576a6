package search

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Study says, on tasks whose accuracies are all known, how well rules and fitted combinations rank architectures,
// against flops, params, nwot and the better of flops and params (chosen with hindsight), with intervals over tasks, over
// spaces and over architectures; and what becomes of combinations that are chosen on some tasks and tested on others.
// It ends with the context. Errors: no tasks, a task without flops or with unknown or equal accuracies, fewer
// architectures than the largest k needs.
func Study(ctx context.Context, tasks []*Task, o EvidenceOptions) (*Evidence, error) {
	o = o.withDefaults()
	if len(tasks) == 0 {
		return nil, errors.New("search: there are no tasks to study")
	}
	for _, t := range tasks {
		if err := t.checkTrained(); err != nil {
			return nil, err
		}
		if most := slices.Max(o.Ks); len(t.Archs) < most+3 {
			return nil, fmt.Errorf("search: %s has %d architectures; %d of them evaluated leave too few to compare", t, len(t.Archs), most)
		}
	}
	studies := make([]*taskStudy, len(tasks))
	err := parallel(ctx, len(tasks), o.Progress, func(i int) (err error) {
		studies[i], err = newTaskStudy(tasks[i], o)
		return err
	})
	if err != nil {
		return nil, err
	}
	e := &Evidence{}
	for _, s := range studies {
		e.Tasks = append(e.Tasks, s.evidence)
	}
	baselines := []string{"flops", "params", "nwot", bestOfTwo}
	for _, r := range Rules() {
		for _, b := range baselines {
			e.Rules = append(e.Rules, contrasts(studies, r.Name, b, o)...)
		}
	}
	for _, way := range []string{fittedDefault, fittedFlops, fittedHeldOut} {
		for _, k := range o.Ks {
			name := atK(way, k)
			if way == fittedHeldOut {
				holdOut(studies, k)
			}
			for _, b := range baselines {
				e.Fitted = append(e.Fitted, contrasts(studies, name, b, o)...)
			}
		}
	}
	leaveOut(e, studies, o)
	return e, nil
}

// The names of what is compared, besides proxies and rules.
const (
	bestOfTwo     = "the better of flops and params"
	fittedDefault = "fitted"
	fittedFlops   = "fitted, flops as prior"
	fittedHeldOut = "fitted, set on other spaces"
)

func atK(way string, k int) string { return fmt.Sprintf("%s, k = %d", way, k) }

// settings of the fitted combination among which held-out spaces choose.
var settings = func() (out []Fit) {
	for _, noise := range []float64{1, 3, 10} {
		for _, weight := range []float64{0.25, 0.55, 0.8} {
			for _, prior := range []string{"log-rank", "flops"} {
				f := DefaultFit()
				f.Noise, f.PriorWeight = noise, weight
				if prior == "flops" {
					f.Prior = flopsAlone()
				}
				out = append(out, f)
			}
		}
	}
	return out
}()

// flopsAlone is the rule that ranks by flops.
func flopsAlone() Rule {
	return Rule{Name: "flops", Proxies: []string{flops}, Score: rankSum}
}

// taskStudy holds the correlations of one task.
type taskStudy struct {
	task     *Task
	evidence TaskEvidence
	rho      map[string]float64   // by name of what is compared
	columns  map[string][]float64 // the scores behind them, where they do not depend on draws
	tried    map[string]float64   // settings of the fitted combination, by setting and k
	combos   map[string]float64   // candidates among which to choose
	moments  *moments
	// resampled are the correlations on draws of the architectures, by name.
	resampled map[string][]float64
}

func newTaskStudy(t *Task, o EvidenceOptions) (*taskStudy, error) {
	s := &taskStudy{task: t, rho: map[string]float64{}, columns: map[string][]float64{}, tried: map[string]float64{},
		resampled: map[string][]float64{}}
	s.evidence = TaskEvidence{Space: t.Space, Task: t.Name, Architectures: len(t.Archs),
		Proxies: map[string]float64{}, Rules: map[string]float64{}}
	for i, p := range t.Proxies {
		x, err := fractions(t.Scores[i])
		if err != nil {
			continue
		}
		s.columns[p] = x
		s.rho[p] = spearman(x, t.Accuracy)
		s.evidence.Proxies[p] = s.rho[p]
	}
	if _, ok := s.rho[flops]; !ok {
		return nil, fmt.Errorf("search: %s has no flops to compare with", t)
	}
	better := "flops"
	if s.rho["params"] > s.rho["flops"] {
		better = "params"
	}
	s.rho[bestOfTwo], s.columns[bestOfTwo] = s.rho[better], s.columns[better]
	for _, r := range Rules() {
		x, err := t.Combine(r)
		if err != nil {
			continue // a task that lacks a proxy has no such rule
		}
		s.columns[r.Name] = x
		s.rho[r.Name] = spearman(x, t.Accuracy)
		s.evidence.Rules[r.Name] = s.rho[r.Name]
	}
	if err := s.fit(o); err != nil {
		return nil, err
	}
	return s, s.combine()
}

// fit computes the fitted combination for each k: the default over the draws, and the other settings.
func (s *taskStudy) fit(o EvidenceOptions) error {
	t := s.task
	k, err := t.kernel(nil)
	if err != nil {
		return err
	}
	k.fill()
	s.evidence.Features = len(k.proxies)
	correlation := func(f Fit, prior []float64, rows []int) (float64, error) {
		p, err := k.predict(t, rows, prior, f, false)
		if err != nil {
			return 0, err
		}
		others := rest(len(t.Archs), rows)
		return spearman(take(p.Score, others), take(t.Accuracy, others)), nil
	}
	mean := func(f Fit, prior []float64, n, draws int) (m, deviation float64, err error) {
		rng := rand.New(rand.NewPCG(o.Seed, uint64(n)))
		var all []float64
		for range draws {
			v, err := correlation(f, prior, rng.Perm(len(t.Archs))[:n])
			if err != nil {
				return 0, 0, err
			}
			all = append(all, v)
		}
		m, deviation = meanDeviation(all)
		return m, deviation, nil
	}
	for i, f := range settings {
		prior, err := f.prior(t)
		if err != nil {
			continue // no nwot: the rule cannot be the prior
		}
		standard := f.Noise == DefaultFit().Noise && f.PriorWeight == DefaultFit().PriorWeight
		draws := o.Draws
		if !standard {
			draws = max(draws/4, 1) // enough to choose by
		}
		for _, n := range o.Ks {
			m, deviation, err := mean(f, prior, n, draws)
			if err != nil {
				return err
			}
			s.tried[atK(fmt.Sprint(i), n)] = m
			switch {
			case standard && f.Prior.Name == "flops":
				s.rho[atK(fittedFlops, n)] = m
			case standard:
				s.rho[atK(fittedDefault, n)] = m
				rows := make([]int, n)
				for i := range rows {
					rows[i] = i
				}
				first, err := correlation(f, prior, rows)
				if err != nil {
					return err
				}
				s.evidence.Fitted = append(s.evidence.Fitted, FittedPoint{K: n, First: first, Mean: m, Deviation: deviation})
			}
		}
	}
	return nil
}

// holdOut gives each task the setting of the fitted combination that is the best on the other spaces.
func holdOut(studies []*taskStudy, k int) {
	for _, space := range spacesOf(studies) {
		best, at := math.Inf(-1), -1
		for i := range settings {
			sum, n := 0.0, 0
			for _, s := range studies {
				if v, ok := s.tried[atK(fmt.Sprint(i), k)]; ok && s.task.Space != space {
					sum += v
					n++
				}
			}
			if n > 0 && sum/float64(n) > best {
				best, at = sum/float64(n), i
			}
		}
		for _, s := range studies {
			if v, ok := s.tried[atK(fmt.Sprint(at), k)]; ok && s.task.Space == space {
				s.rho[atK(fittedHeldOut, k)] = v
			}
		}
	}
}

func spacesOf(studies []*taskStudy) []string {
	var out []string
	for _, s := range studies {
		if !slices.Contains(out, s.task.Space) {
			out = append(out, s.task.Space)
		}
	}
	return out
}
