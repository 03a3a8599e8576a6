package search

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

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
