package search

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// Method is a search: it asks for the accuracies of architectures, one after the other, until its budget is spent.
type Method struct {
	Name  string
	Title string
	Paper string
	// Needs of the task: one-edit neighbours, a proxy, an encoding.
	Neighbours, Proxy, Encoding bool
	run                         func(*searcher)
}

// Methods lists the searches.
func Methods() []Method {
	zeroCost := "Abdelfattah et al., \"Zero-Cost Proxies for Lightweight NAS\", ICLR 2021"
	bananas := "White et al., \"BANANAS\", AAAI 2021; the surrogate is a Gaussian process on ranks"
	return []Method{
		{Name: "random", Title: "random search", Paper: "Li and Talwalkar, UAI 2019", run: randomSearch},
		{Name: "evolution", Title: "ageing evolution", Paper: "Real et al., \"Regularized Evolution for Image Classifier Architecture Search\", AAAI 2019",
			Neighbours: true, run: func(s *searcher) { s.evolve(s.draw(64), 64, 10, false) }},
		{Name: "warm-random", Title: "random architectures in the proxy's order", Paper: zeroCost, Proxy: true, run: warmRandom},
		{Name: "warm-evolution", Title: "ageing evolution that starts with the proxy's best", Paper: zeroCost, Neighbours: true, Proxy: true,
			run: func(s *searcher) { s.evolve(s.warm(3000, 64), 64, 10, false) }},
		{Name: "move", Title: "ageing evolution with moves that the proxy proposes", Paper: zeroCost, Neighbours: true, Proxy: true,
			run: func(s *searcher) { s.evolve(s.draw(64), 64, 10, true) }},
		{Name: "area", Title: "assisted ageing evolution", Paper: "Mellor et al., \"Neural Architecture Search without Training\", ICML 2021, algorithm 2",
			Neighbours: true, Proxy: true, run: func(s *searcher) { s.evolve(s.warm(20, 10), 10, 3, false) }},
		{Name: "bayes", Title: "Bayesian optimisation on the encoding", Paper: bananas, Encoding: true,
			run: func(s *searcher) { s.bayes(EncodingOnly, s.draw(10), false) }},
		{Name: "bayes-proxies", Title: "Bayesian optimisation on encoding and proxies", Paper: bananas, Proxy: true, Encoding: true,
			run: func(s *searcher) { s.bayes(Both, s.draw(10), false) }},
		{Name: "bayes-warm", Title: "the same, started with the proxy's best", Paper: bananas, Proxy: true, Encoding: true,
			run: func(s *searcher) { s.bayes(Both, s.warm(3000, 10), false) }},
		{Name: "proxybo", Title: "Bayesian optimisation that weighs proxies by how well they order what is evaluated",
			Paper: "Shen et al., \"ProxyBO\", AAAI 2023; read from the paper, no public code", Proxy: true, Encoding: true,
			run: func(s *searcher) { s.bayes(EncodingOnly, s.draw(10), true) }},
	}
}

// LookupMethod finds a method by its name.
func LookupMethod(name string) (Method, error) {
	var names []string
	for _, m := range Methods() {
		if m.Name == name {
			return m, nil
		}
		names = append(names, m.Name)
	}
	return Method{}, fmt.Errorf("search: unknown method %q; there are %s", name, strings.Join(names, ", "))
}

// ReplayOptions says what [Replay] does. Zero values stand for the defaults.
type ReplayOptions struct {
	Methods []string // default: all that the task has what it takes for
	// Proxy ranks architectures for the methods that need one: a proxy of the task or the name of a rule. By default
	// it is the default rule, or flops, or the first proxy of a task that lacks both.
	Proxy    string
	Budget   int // evaluations; default 200
	Seeds    int // default 100
	Seed     uint64
	Progress func(done, total int)
}

// Trace is the best accuracy found, by seed and number of evaluations.
type Trace struct {
	Method, Proxy string
	Best          [][]float64
}

// At returns the mean over seeds of the best accuracy after n evaluations, with the interval of ± 1.96 standard
// errors.
func (t *Trace) At(n int) (mean, low, high float64) {
	x := make([]float64, len(t.Best))
	for i, b := range t.Best {
		x[i] = b[min(n, len(b))-1]
	}
	mean, deviation := meanDeviation(x)
	half := 1.96 * deviation / math.Sqrt(float64(len(x)))
	return mean, mean - half, mean + half
}

// Replay runs searches on a task whose accuracies are all known, with many seeds, so that a search over trained
// networks takes milliseconds. An architecture is evaluated once: what was seen before costs nothing. Equal seeds
// give equal traces. Errors: an unknown method or proxy, a task that lacks what a method needs, a budget beyond the
// task's architectures.
func Replay(ctx context.Context, t *Task, o ReplayOptions) ([]Trace, error) {
	if o.Budget == 0 {
		o.Budget = 200
	}
	if o.Seeds == 0 {
		o.Seeds = 100
	}
	if err := t.checkTrained(); err != nil {
		return nil, err
	}
	if o.Budget < 1 || o.Budget > len(t.Archs) || o.Seeds < 1 {
		return nil, fmt.Errorf("search: %d evaluations with %d seeds; %s has %d architectures to evaluate", o.Budget, o.Seeds, t, len(t.Archs))
	}
	p := &problem{task: t, proxyName: o.Proxy}
	if err := p.prepare(); err != nil {
		return nil, err
	}
	var methods []Method
	for _, m := range Methods() {
		if p.lacks(m) == "" && o.Methods == nil {
			methods = append(methods, m)
		}
	}
	for _, name := range o.Methods {
		m, err := LookupMethod(name)
		if err != nil {
			return nil, err
		}
		if what := p.lacks(m); what != "" {
			return nil, fmt.Errorf("search: %s takes %s, and %s has none", name, what, t)
		}
		methods = append(methods, m)
	}
	out := make([]Trace, len(methods))
	for i, m := range methods {
		out[i] = Trace{Method: m.Name, Best: make([][]float64, o.Seeds)}
		if m.Proxy {
			out[i].Proxy = p.proxyName
		}
	}
	err := parallel(ctx, len(methods)*o.Seeds, o.Progress, func(i int) error {
		m, seed := methods[i/o.Seeds], i%o.Seeds
		s := newSearcher(p, o.Budget, rand.New(rand.NewPCG(o.Seed, uint64(seed))))
		m.run(s)
		for !s.spent() { // a population that has run dry
			s.evaluate(s.unseen())
		}
		out[i/o.Seeds].Best[seed] = s.best
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// problem is what all searches of a replay share.
type problem struct {
	task       *Task
	proxyName  string
	proxy      []float64 // higher is better; nil: none
	neighbours [][]int32
	ranks      [][]float64 // standardised ranks of the proxies, by proxy
	models     map[Features]*points
}

func (p *problem) prepare() error {
	t := p.task
	if p.proxyName == "" && len(t.Proxies) > 0 {
		p.proxyName = Rules()[0].Name
		if _, err := t.Combine(Rules()[0]); err != nil {
			p.proxyName = t.Proxies[0]
			if slices.Contains(t.Proxies, flops) {
				p.proxyName = flops
			}
		}
	}
	if p.proxyName != "" {
		x, err := t.Ranking(p.proxyName)
		if err != nil {
			return err
		}
		p.proxy = x
	}
	var err error
	if !nested(t.Archs[0]) {
		if p.neighbours, err = Neighbours(t.Archs); err != nil {
			return err
		}
		lonely := 0
		for _, n := range p.neighbours {
			if len(n) < 3 {
				lonely++
			}
		}
		if 2*lonely > len(p.neighbours) {
			p.neighbours = nil // a sample of a space, not a space
		}
	}
	if p.ranks, _, err = t.rankFeatures(nil); err != nil {
		return err
	}
	p.models = map[Features]*points{}
	if len(t.Encoding) > 0 {
		p.models[EncodingOnly] = newPoints(t.standardEncoding())
		both := slices.Clone(p.ranks)
		for i := range both {
			both[i] = slices.Clone(both[i])
		}
		scale(both)
		p.models[Both] = newPoints(append(both, t.standardEncoding()...))
	}
	return nil
}

// Ranking scores the architectures by a proxy of the task or by a rule, higher being better; a score that is [Missing]
// has the middle rank. Errors: neither the one nor the other, or a rule whose proxies the task has not.
func (t *Task) Ranking(name string) ([]float64, error) {
	if r, err := LookupRule(name); err == nil {
		return t.Combine(r)
	}
	column, err := t.Column(name)
	if err != nil {
		return nil, err
	}
	x, err := fractions(column)
	if err != nil {
		return nil, fmt.Errorf("search: %s, %s: %w", t, name, err)
	}
	return x, nil
}

// lacks says what the task has not that a method needs.
func (p *problem) lacks(m Method) string {
	switch {
	case m.Neighbours && p.neighbours == nil:
		return "the neighbours of every architecture, so all of a space"
	case m.Proxy && p.proxy == nil:
		return "a proxy"
	case m.Encoding && p.models[EncodingOnly] == nil:
		return "an encoding of its architectures"
	}
	return ""
}

// searcher is one search with one seed.
type searcher struct {
	*problem
	rng    *rand.Rand
	budget int
	seen   []bool
	order  []int     // what was evaluated
	best   []float64 // best accuracy by number of evaluations
}

func newSearcher(p *problem, budget int, rng *rand.Rand) *searcher {
	return &searcher{problem: p, rng: rng, budget: budget, seen: make([]bool, len(p.task.Archs))}
}

func (s *searcher) spent() bool { return len(s.order) >= s.budget }

// evaluate returns the accuracy of a row, and spends budget on it if it has not been evaluated before.
func (s *searcher) evaluate(row int) float64 {
	a := s.task.Accuracy[row]
	if s.seen[row] || s.spent() {
		return a
	}
	s.seen[row] = true
	best := a
	if len(s.best) > 0 {
		best = max(a, s.best[len(s.best)-1])
	}
	s.order = append(s.order, row)
	s.best = append(s.best, best)
	return a
}

// unseen draws a row that was not evaluated yet.
func (s *searcher) unseen() int {
	for range 100 {
		if row := s.rng.IntN(len(s.seen)); !s.seen[row] {
			return row
		}
	}
	var left []int
	for row, seen := range s.seen {
		if !seen {
			left = append(left, row)
		}
	}
	return left[s.rng.IntN(len(left))]
}

// draw returns n different rows that were not evaluated, or all of them where there are not so many.
func (s *searcher) draw(n int) []int {
	n = min(n, len(s.seen)-len(s.order))
	out := make([]int, 0, n)
	taken := make(map[int]bool, n)
	if 4*n > len(s.seen)-len(s.order) {
		for _, row := range s.rng.Perm(len(s.seen)) {
			if len(out) < n && !s.seen[row] {
				out = append(out, row)
			}
		}
		return out
	}
	for len(out) < n {
		if row := s.unseen(); !taken[row] {
			taken[row] = true
			out = append(out, row)
		}
	}
	return out
}

// warm draws rows and keeps the best by the proxy, in its order.
func (s *searcher) warm(drawn, kept int) []int {
	rows := s.draw(drawn)
	slices.SortStableFunc(rows, func(a, b int) int {
		switch {
		case s.proxy[a] > s.proxy[b]:
			return -1
		case s.proxy[a] < s.proxy[b]:
			return 1
		}
		return 0
	})
	return rows[:min(kept, len(rows))]
}

func randomSearch(s *searcher) {
	for !s.spent() {
		s.evaluate(s.unseen())
	}
}

func warmRandom(s *searcher) {
	for _, row := range s.warm(3000, s.budget) {
		s.evaluate(row)
	}
}

// evolve is ageing evolution from a first population: the best of a random few has a child, one edit away, and the
// oldest of the population goes. With propose, a proxy chooses the child among all neighbours that were not
// evaluated, but for one in four, which stay random.
func (s *searcher) evolve(first []int, size, tournament int, propose bool) {
	const randomShare = 0.25
	population := slices.Clone(first)
	for _, row := range population {
		s.evaluate(row)
	}
	for steps := 0; !s.spent() && steps < 100*s.budget; steps++ {
		winner := population[s.rng.IntN(len(population))]
		for range tournament - 1 {
			if other := population[s.rng.IntN(len(population))]; s.task.Accuracy[other] > s.task.Accuracy[winner] {
				winner = other
			}
		}
		near := s.neighbours[winner]
		if len(near) == 0 {
			near = []int32{int32(s.unseen())}
		}
		child := int(near[s.rng.IntN(len(near))])
		if propose && s.rng.Float64() >= randomShare {
			for _, n := range near {
				if row := int(n); !s.seen[row] && (s.seen[child] || s.proxy[row] > s.proxy[child]) {
					child = row
				}
			}
		}
		s.evaluate(child)
		population = append(population, child)
		if len(population) > size {
			population = population[1:]
		}
	}
}
