package search

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
)

// EvidenceOptions says how much [Study] computes. Zero values stand for the defaults.
type EvidenceOptions struct {
	Ks        []int  // numbers of evaluated architectures; default 5, 10, 20, 50, 100
	Draws     int    // random draws of them; default 20
	Resamples int    // of tasks, spaces and architectures, for intervals; default 2000 (of architectures a tenth)
	Seed      uint64 // equal seeds give equal results
	Progress  func(done, total int)
}

func (o EvidenceOptions) withDefaults() EvidenceOptions {
	if o.Ks == nil {
		o.Ks = []int{5, 10, 20, 50, 100}
	}
	if o.Draws == 0 {
		o.Draws = 20
	}
	if o.Resamples == 0 {
		o.Resamples = 2000
	}
	return o
}

// Evidence is what [Study] finds: Spearman correlations with accuracy.
type Evidence struct {
	Tasks []TaskEvidence
	// Rules compares the rules, which know no accuracy, and the fitted combinations, by number of evaluated
	// architectures, with single proxies.
	Rules  []Contrast
	Fitted []Contrast
	// Chosen are combinations that are chosen on some tasks and tested on others.
	Chosen []Contrast
	// Choices names what was chosen, by what was left out.
	Choices []Choice
}

// TaskEvidence is the evidence of one task.
type TaskEvidence struct {
	Space, Task   string
	Architectures int
	Features      int                // proxies that the fitted combination uses
	Proxies       map[string]float64 // the correlation of each proxy
	Rules         map[string]float64 // of each rule that has its proxies
	Fitted        []FittedPoint      // towards the default rule
}

// FittedPoint is the fitted combination's correlation on the architectures that it was not fitted to.
type FittedPoint struct {
	K         int
	First     float64 // fitted to the first K architectures
	Mean      float64 // over random draws
	Deviation float64
}

// Contrast compares two ways to score on the tasks that have both.
type Contrast struct {
	What, Against string
	Tasks, Wins   int
	Mean          float64 // of What's correlations
	Difference    float64 // mean difference
	// Intervals of the mean difference, at 95%: by drawing tasks, whole spaces or architectures anew.
	OverTasks, OverSpaces, OverArchs *[2]float64 `json:",omitempty"`
}

// Choice is what was chosen with some tasks left out.
type Choice struct {
	By      string // "log-rank of up to three proxies", …
	LeftOut string // a task or a space
	Chosen  string
	Tasks   int
	Mean    float64 // on what was left out
	Flops   float64 // the mean of flops there
}

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

// contrasts compares two names on the tasks that have both; nothing where none has.
func contrasts(studies []*taskStudy, what, against string, o EvidenceOptions) []Contrast {
	c := Contrast{What: what, Against: against}
	var both []*taskStudy
	var differences []float64
	columns := true
	for _, s := range studies {
		a, ok := s.rho[what]
		b, ok2 := s.rho[against]
		if !ok || !ok2 {
			continue
		}
		both = append(both, s)
		differences = append(differences, a-b)
		c.Mean += a
		c.Difference += a - b
		if a > b {
			c.Wins++
		}
		columns = columns && s.columns[what] != nil && s.columns[against] != nil
	}
	if c.Tasks = len(both); c.Tasks == 0 {
		return nil
	}
	c.Mean /= float64(c.Tasks)
	c.Difference /= float64(c.Tasks)
	rng := rand.New(rand.NewPCG(o.Seed, 1))
	if len(both) > 1 {
		c.OverTasks = interval(o.Resamples, func() float64 {
			sum := 0.0
			for range differences {
				sum += differences[rng.IntN(len(differences))]
			}
			return sum / float64(len(differences))
		})
	}
	bySpace := map[string][]float64{}
	for i, s := range both {
		bySpace[s.task.Space] = append(bySpace[s.task.Space], differences[i])
	}
	if names := spacesOf(both); len(names) > 1 {
		c.OverSpaces = interval(o.Resamples, func() float64 {
			sum, n := 0.0, 0
			for range names {
				drawn := bySpace[names[rng.IntN(len(names))]]
				for _, d := range drawn {
					sum += d
				}
				n += len(drawn)
			}
			return sum / float64(n)
		})
	}
	if columns {
		c.OverArchs = overArchs(both, what, against, o)
	}
	return []Contrast{c}
}

// overArchs draws each task's architectures anew.
func overArchs(studies []*taskStudy, what, against string, o EvidenceOptions) *[2]float64 {
	draws := max(o.Resamples/10, 1)
	sums := make([]float64, draws)
	_ = parallel(context.Background(), len(studies), nil, func(i int) error { // the context does not end
		studies[i].resample(what, uint64(i), draws, o)
		studies[i].resample(against, uint64(i), draws, o)
		return nil
	})
	for _, s := range studies {
		for d := range draws {
			sums[d] += (s.resampled[what][d] - s.resampled[against][d]) / float64(len(studies))
		}
	}
	i := -1
	return interval(draws, func() float64 { i++; return sums[i] })
}

// resample computes the correlations of a column on draws of the architectures, the same for all columns.
func (s *taskStudy) resample(name string, stream uint64, draws int, o EvidenceOptions) {
	if s.resampled[name] != nil {
		return
	}
	rng := rand.New(rand.NewPCG(o.Seed, stream+2))
	rows := make([]int, len(s.task.Archs))
	out := make([]float64, draws)
	for d := range out {
		for r := range rows {
			rows[r] = rng.IntN(len(rows))
		}
		out[d] = spearman(take(s.columns[name], rows), take(s.task.Accuracy, rows))
	}
	s.resampled[name] = out
}

// interval is the 95% percentile interval of n draws.
func interval(n int, draw func() float64) *[2]float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = draw()
	}
	slices.Sort(x)
	at := func(p float64) float64 { return x[min(n-1, int(p*float64(n)))] }
	return &[2]float64{at(0.025), at(0.975)}
}

func meanDeviation(x []float64) (mean, deviation float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		deviation += (v - mean) * (v - mean)
	}
	if len(x) > 1 {
		deviation = math.Sqrt(deviation / float64(len(x)-1))
	}
	return mean, deviation
}

// parallel calls f for 0…n−1 on several goroutines, and stops at the first error or the end of the context.
func parallel(ctx context.Context, n int, progress func(done, total int), f func(i int) error) error {
	work := make(chan int)
	errs := make([]error, n)
	var wait sync.WaitGroup
	var mu sync.Mutex
	done := 0
	failed := make(chan struct{})
	var once sync.Once
	for range min(n, workers()) {
		wait.Go(func() {
			for i := range work {
				if errs[i] = f(i); errs[i] != nil {
					once.Do(func() { close(failed) })
				}
				if progress != nil {
					mu.Lock()
					done++
					progress(done, n)
					mu.Unlock()
				}
			}
		})
	}
	var stopped error
feed:
	for i := range n {
		select {
		case work <- i:
		case <-failed:
			break feed
		case <-ctx.Done():
			stopped = fmt.Errorf("search: stopped: %w", ctx.Err())
			break feed
		}
	}
	close(work)
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return stopped
}
