package zc

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	_ "github.com/zcnas/zcnas/zc/engine/native" // the default backend
	"github.com/zcnas/zcnas/zc/proxies"
	"github.com/zcnas/zcnas/zc/weights"
)

// Scorer computes proxies of networks, one after the other, on one device whose buffers it reuses. It is for one
// goroutine; make several for several. [Score] is the call for whole sets of architectures.
type Scorer struct {
	device   engine.Device
	proxies  []proxies.Proxy
	needs    proxies.Needs // of all of them
	scheme   weights.Scheme
	seed     uint64
	unscored []spaces.Kind // kinds of layers whose weights do not count
	settings map[string]float64
	more     func(k, n int) (*datasets.Batch, error)
}

// NetworkScores is what a scorer says of one network.
type NetworkScores struct {
	Scores  map[string]float64 // NaN where undefined
	Reasons map[string]string  // why, for each NaN
	Loss    float64            // of the minibatch; NaN if no chosen proxy needs it
	Seconds float64            // all of it
	// Parts of that time, in the order of execution: only those that the chosen proxies need.
	Parts []Part
	// ProxySeconds shares them out: each proxy's own passes and reduction, and its share of the parts it needs.
	ProxySeconds map[string]float64
	// MACs are the multiply-accumulates of convolutions and linear layers that the shared sweeps need, for the whole
	// minibatch.
	MACs int
}

// NewScorer makes a scorer. Of the options it uses those that say what to compute and on what: [WithProxies],
// [WithBackend], [WithThreads], [WithDevice], [WithInit], [WithSeed] and [WithUnscored]; and [WithData] and [WithSampling],
// for proxies that draw minibatches beside the one that they are given. Options of sweeps are an error.
func NewScorer(opts ...Option) (*Scorer, error) {
	c, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	for _, name := range c.given {
		switch name {
		case "WithWorkers", "WithDataName", "WithBatch", "WithStore", "WithProgress", "WithProgressBar", "WithRows", "WithEntries":
			return nil, fmt.Errorf("zc: NewScorer: %s is for sweeps (Score)", name)
		}
	}
	return c.scorer()
}

func (c *config) scorer() (*Scorer, error) {
	chosen, err := proxies.Select(c.proxies...)
	if err != nil {
		return nil, err
	}
	d := c.device
	if d == nil {
		if d, err = engine.Open(c.backend, c.threads); err != nil {
			return nil, err
		}
	}
	s := &Scorer{device: d, proxies: chosen, scheme: c.init, seed: c.seed, unscored: c.unscored, settings: c.settings}
	for _, p := range chosen {
		s.needs |= p.Needs
	}
	if c.data != nil {
		s.draws(context.Background(), c.data, c.sampling)
	}
	return s, nil
}

// Device is what the scorer computes on.
func (s *Scorer) Device() engine.Device { return s.device }

// Network scores a layer graph with freshly initialised parameters on a minibatch. The graph may come from a
// search space or from a [spaces.Builder].
func (s *Scorer) Network(g *spaces.Graph, b *datasets.Batch, loss string) (*NetworkScores, error) {
	if err := notNil(g, b); err != nil {
		return nil, err
	}
	w := work{graph: g}
	if err := w.draw(s); err != nil {
		return nil, err
	}
	return s.score(&w, b, loss)
}

// Arch scores an architecture of a search space with freshly initialised parameters on a minibatch. It is [Scorer.Network]
// for proxies too that look at more than the network: those of thin networks of the same cell.
func (s *Scorer) Arch(space spaces.Space, arch spaces.Arch, t spaces.Task, b *datasets.Batch, loss string) (*NetworkScores, error) {
	if space == nil {
		return nil, errors.New("zc: the search space is nil; was the error of the call that made it looked at?")
	}
	g, err := space.Network(arch, t)
	if err != nil {
		return nil, err
	}
	if err := notNil(g, b); err != nil {
		return nil, err
	}
	w := work{graph: g, space: space, arch: arch}
	if err := w.draw(s); err != nil {
		return nil, err
	}
	return s.score(&w, b, loss)
}

// Trained scores a layer graph with given weights: in training mode, as at initialisation, or in eval mode, where batch
// norms take their running statistics in the passes that proxies share. Passes of a proxy's own are the same in both.
func (s *Scorer) Trained(g *spaces.Graph, w *engine.Weights, eval bool, b *datasets.Batch, loss string) (*NetworkScores, error) {
	if err := notNil(g, b); err != nil {
		return nil, err
	}
	if w == nil {
		return nil, errors.New("zc: the weights are nil; was the error of the call that made them looked at?")
	}
	work := &work{graph: g, params: w.Params}
	if eval {
		work.trained = w
	}
	return s.score(work, b, loss)
}

func notNil(g *spaces.Graph, b *datasets.Batch) error {
	switch {
	case g == nil:
		return errors.New("zc: the network is nil; was the error of the call that made it looked at?")
	case b == nil:
		return errors.New("zc: the minibatch is nil; was the error of the call that made it looked at?")
	}
	return nil
}

// draws has further minibatches come from the data set.
func (s *Scorer) draws(ctx context.Context, d datasets.Dataset, sampling datasets.Sampling) {
	s.more = func(k, n int) (*datasets.Batch, error) {
		return d.Minibatch(ctx, n, s.seed+uint64(k), sampling)
	}
}

// work is a network to be scored.
type work struct {
	graph       *spaces.Graph
	space       spaces.Space // nil for a graph of one's own
	arch        spaces.Arch
	params      [][]float32
	trained     *engine.Weights // with running statistics, for eval mode; nil for training mode
	build, init time.Duration   // what it took to make them
}

// draw initialises the parameters, unless the chosen proxies look at the graph alone.
func (w *work) draw(s *Scorer) error {
	if s.needs == 0 {
		return nil
	}
	start := time.Now()
	set, err := weights.Init(w.graph, s.scheme, s.seed)
	if err != nil {
		return err
	}
	w.params, w.init = set.Values, time.Since(start)
	return nil
}

func (s *Scorer) score(w *work, b *datasets.Batch, loss string) (*NetworkScores, error) {
	session, err := s.session(w, b, loss)
	if err != nil {
		return nil, err
	}
	r := &NetworkScores{Scores: map[string]float64{}, Reasons: map[string]string{}, Loss: math.NaN()}
	c := clock{last: time.Now()}
	if w.build > 0 {
		c.add(Part{Kind: PartBuild, Seconds: w.build.Seconds()})
	}
	if s.needs != 0 {
		defer tidyHeap()()
		c.add(Part{Kind: PartInitialise, Seconds: w.init.Seconds()})
		if err := s.deliver(session, &c); err != nil {
			return nil, err
		}
		if s.needs&proxies.LossGrad != 0 {
			r.Loss = session.Loss
		}
		r.MACs = session.MACs
	}
	own := map[string]float64{}
	for i := range s.proxies {
		p := &s.proxies[i]
		v, reason, err := p.Evaluate(session)
		if err != nil {
			return nil, err
		}
		r.Scores[p.Name] = v
		if reason != "" {
			r.Reasons[p.Name] = reason
		}
		part := Part{Kind: PartReduce}
		if session.OwnPasses() {
			part = Part{Kind: PartOwn, Proxy: p.Name}
		}
		own[p.Name] = c.lap(part)
	}
	r.Parts = c.inOrder()
	r.ProxySeconds = shares(s.proxies, r.Parts)
	for name, seconds := range own {
		r.ProxySeconds[name] += seconds
	}
	for _, p := range r.Parts {
		r.Seconds += p.Seconds
	}
	return r, nil
}

// session opens a network with a minibatch.
func (s *Scorer) session(w *work, b *datasets.Batch, loss string) (*proxies.Session, error) {
	var more func(int) (*datasets.Batch, error)
	if s.more != nil {
		more = func(k int) (*datasets.Batch, error) { return s.more(k, b.N) }
	}
	session, err := proxies.NewSession(s.device, w.graph, b, loss, more)
	if err != nil {
		return nil, err
	}
	session.Trained, session.Space, session.Arch, session.Settings = w.trained, w.space, w.arch, s.settings
	session.Params, session.Unscored, session.Scheme, session.Seed = w.params, s.unscored, s.scheme, s.seed
	return session, nil
}

// deliver runs the passes that the chosen proxies share.
func (s *Scorer) deliver(session *proxies.Session, c *clock) error {
	if _, err := session.Plan(); err != nil {
		return err
	}
	c.lap(Part{Kind: PartInitialise})
	if s.needs&proxies.OfData == 0 {
		return nil
	}
	if err := session.Deliver(s.needs); err != nil {
		return err
	}
	signals := s.needs
	if signals&proxies.Hessian != 0 {
		signals |= proxies.LossGrad // which the second order is made of
	}
	// The shared passes' own times, so that nothing is lost: what is not codes or backward is forward.
	forward := Part{Kind: PartForward, Signals: (signals & proxies.OfData).List()}
	c.lap(forward)
	for _, part := range []struct {
		Part
		of   proxies.Needs
		took time.Duration
	}{
		{Part{Kind: PartCodes}, proxies.Codes, session.Times.Codes},
		{Part{Kind: PartBackward, Signals: (signals & proxies.Backward).List()}, proxies.Backward, session.Times.Backward},
	} {
		if s.needs&part.of != 0 {
			forward.Seconds = -part.took.Seconds()
			c.add(forward)
			part.Seconds = part.took.Seconds()
			c.add(part.Part)
		}
	}
	return nil
}
