package zc

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/proxies"
	"github.com/zcnas/zcnas/zc/weights"
)

// OneShotOptions says how [OneShot] searches. Zero values stand for the defaults.
type OneShotOptions struct {
	Proposals int // default 10
	Rounds    int // minibatches that each proposal is validated on; default 100
	// Order is how edges follow each other: "random" (the default), "order" or "reverse".
	Order    string
	Progress func(done, total int) // after every proposal and every validated one
}

// Proposal is an architecture that [OneShot] found.
type Proposal struct {
	Arch  spaces.Arch
	Score float64 // nwot, summed over the validation's minibatches
	Times int     // how many of the proposals it is
}

// OneShot is Zero-Cost-PT (Xiang et al., "Zero-Cost Operation Scoring in Differentiable Architecture Search", AAAI 2023) on
// NATS-Bench TSS: of a supernet that is never trained, edge by edge, the operation is kept without which nwot is the
// lowest; each proposal takes 30 forward passes. The distinct proposals, scored as networks of their own on further
// minibatches, come back with the best first. Batch norms use untouched running statistics, as in the paper's code.
//
// The options are those of [Score], but for proxies and store; the paper's minibatches have 256 samples. It ends with
// the context. Errors: as of Score, options that make no sense, a device without running statistics.
func OneShot(ctx context.Context, space *spaces.TSSSpace, o OneShotOptions, opts ...Option) ([]Proposal, error) {
	if o.Proposals == 0 {
		o.Proposals = 10
	}
	if o.Rounds == 0 {
		o.Rounds = 100
	}
	if o.Order == "" {
		o.Order = "random"
	}
	if o.Proposals < 1 || o.Rounds < 1 || !slices.Contains([]string{"random", "order", "reverse"}, o.Order) {
		return nil, fmt.Errorf("zc: one-shot search with %d proposals, %d rounds and the order %q; want at least one, and random, order or reverse", o.Proposals, o.Rounds, o.Order)
	}
	s, err := newOneShot(opts)
	if err != nil {
		return nil, err
	}
	if s.config.device == nil {
		defer release(s.device)
	}
	done, total := 0, 2*o.Proposals
	step := func() {
		if done++; o.Progress != nil {
			o.Progress(done, total)
		}
	}
	var found []Proposal
	for range o.Proposals {
		arch, err := s.propose(ctx, space, o.Order)
		if err != nil {
			return nil, err
		}
		step()
		at := slices.IndexFunc(found, func(p Proposal) bool { return p.Arch == arch })
		if at < 0 {
			at = len(found)
			found = append(found, Proposal{Arch: arch})
		}
		found[at].Times++
	}
	total = done + len(found)
	for i := range found {
		if found[i].Score, err = s.validate(ctx, space, found[i].Arch, o.Rounds); err != nil {
			return nil, err
		}
		step()
	}
	slices.SortStableFunc(found, func(a, b Proposal) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	return found, nil
}

// oneShot is what the steps of a one-shot search share.
type oneShot struct {
	config *config
	device engine.Device
	data   datasets.Dataset
	info   datasets.Info
	proxy  proxies.Proxy
	rng    *rand.Rand
	draws  uint64 // minibatches drawn so far
	super  *spaces.Supernet
	plan   *engine.Plan
	params [][]float32
}

func newOneShot(opts []Option) (*oneShot, error) {
	c, err := newConfig(append(slices.Clone(opts), WithProxies("nwot")))
	if err != nil {
		return nil, err
	}
	scorer, err := c.scorer()
	if err != nil {
		return nil, err
	}
	s := &oneShot{config: c, device: scorer.device, proxy: scorer.proxies[0], data: c.data, rng: rand.New(rand.NewPCG(c.seed, 0x7a636f6e6573686f))} // "zconesho"
	if s.data == nil {
		if s.data, err = datasets.Get(c.dataName); err != nil {
			return nil, err
		}
	}
	s.info = s.data.Info()
	return s, nil
}

// minibatch draws the next one.
func (s *oneShot) minibatch(ctx context.Context) (*datasets.Batch, error) {
	s.draws++
	return s.data.Minibatch(ctx, s.config.batch, s.config.seed<<20+s.draws, s.config.sampling)
}

// propose fixes one edge after the other.
func (s *oneShot) propose(ctx context.Context, space *spaces.TSSSpace, order string) (spaces.Arch, error) {
	var w [][]float64
	var edges []int
	for {
		if err := ctx.Err(); err != nil {
			return "", fmt.Errorf("zc: one-shot search: %w", err)
		}
		batch, err := s.minibatch(ctx)
		if err != nil {
			return "", err
		}
		if s.super == nil { // its weights stay the same for all proposals
			if s.super, err = space.Supernet(batch.Task(s.info.Task)); err != nil {
				return "", err
			}
			if s.plan, s.params, err = s.draw(s.super.Graph); err != nil {
				return "", err
			}
		}
		if w == nil {
			for e, choices := range s.super.Choices {
				edges = append(edges, e)
				w = append(w, softmax(s.rng, len(choices)))
			}
		}
		if len(edges) == 0 {
			choices := make([]int, len(w))
			for e := range w {
				choices[e] = slices.Index(w[e], 1)
			}
			return s.super.Arch(choices)
		}
		at := 0
		switch order {
		case "random":
			at = s.rng.IntN(len(edges))
		case "reverse":
			at = len(edges) - 1
		}
		e := edges[at]
		edges = slices.Delete(edges, at, at+1)
		kept, lowest := 0, math.Inf(1)
		for op := range w[e] {
			without := slices.Clone(w)
			without[e] = slices.Clone(w[e])
			without[e][op] = 0
			gates, err := s.super.Factors(without, batch.N)
			if err != nil {
				return "", err
			}
			score, err := s.score(s.plan, s.params, batch, gates)
			if err != nil {
				return "", err
			}
			if score < lowest { // NaN is not; of equals the first stays
				kept, lowest = op, score
			}
		}
		clear(w[e])
		w[e][kept] = 1
	}
}

// softmax of small random numbers: about equal weights.
func softmax(rng *rand.Rand, n int) []float64 {
	w, total := make([]float64, n), 0.0
	for i := range w {
		w[i] = math.Exp(1e-3 * rng.NormFloat64())
		total += w[i]
	}
	for i := range w {
		w[i] /= total
	}
	return w
}

// validate sums the scores of a network of its own.
func (s *oneShot) validate(ctx context.Context, space *spaces.TSSSpace, arch spaces.Arch, rounds int) (float64, error) {
	var plan *engine.Plan
	var params [][]float32
	sum := 0.0
	for range rounds {
		if err := ctx.Err(); err != nil {
			return 0, fmt.Errorf("zc: one-shot search: %w", err)
		}
		batch, err := s.minibatch(ctx)
		if err != nil {
			return 0, err
		}
		if plan == nil {
			graph, err := space.Network(arch, batch.Task(s.info.Task))
			if err != nil {
				return 0, err
			}
			if plan, params, err = s.draw(graph); err != nil {
				return 0, err
			}
		}
		score, err := s.score(plan, params, batch, nil)
		if err != nil {
			return 0, err
		}
		if !math.IsNaN(score) {
			sum += score
		}
	}
	return sum, nil
}

func (s *oneShot) draw(g *spaces.Graph) (*engine.Plan, [][]float32, error) {
	plan, err := engine.NewPlan(g)
	if err != nil {
		return nil, nil, err
	}
	set, err := weights.Init(g, s.config.init, s.config.seed)
	if err != nil {
		return nil, nil, err
	}
	return plan, set.Values, nil
}

// score is nwot of a network in evaluation mode, NaN where it is undefined.
func (s *oneShot) score(plan *engine.Plan, params [][]float32, batch *datasets.Batch, gates [][]float32) (float64, error) {
	n, err := engine.Load(s.device, plan, engine.Host(params), batch.N, engine.Mode{Norm: engine.NormRunning})
	if err != nil {
		return 0, err
	}
	only := []int{}
	for i := range plan.Graph.Layers {
		if plan.Graph.Layers[i].Kind == spaces.ReLU {
			only = append(only, i)
		}
	}
	t, err := n.Forward(engine.Feed{Inputs: batch.Inputs, Gates: gates, Dead: true, Only: only})
	if err != nil {
		return 0, err
	}
	defer t.Close()
	kernel, err := t.CodeKernel()
	if err != nil {
		return 0, err
	}
	numbers, err := t.Fetch(kernel)
	if err != nil {
		return 0, err
	}
	session := &proxies.Session{Graph: plan.Graph, Batch: batch.N}
	session.Codes = numbers[0]
	score, err := s.proxy.Run(session)
	if _, undefined := err.(proxies.Undefined); undefined {
		return math.NaN(), nil
	}
	return score, err
}
