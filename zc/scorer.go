package zc

import (
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"sync"
	"time"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/datasets/stream"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	_ "github.com/zcnas/zcnas/zc/engine/native" // the default backend
	"github.com/zcnas/zcnas/zc/proxies"
	"github.com/zcnas/zcnas/zc/weights"
)

// Scorer computes proxies of networks, one after the other, on one device whose buffers it reuses. It is for one
// goroutine; make several for several. [Score] is the call for whole sets of architectures.
type Scorer struct {
	device  engine.Device
	proxies []proxies.Proxy
	need    proxies.Needs
	init    weights.Scheme
	seed    uint64
	// unscored are the kinds of layers whose weights do not count
	unscored []spaces.Kind
	pass     passNames
}

// The parts of [NetworkScores].PassSeconds that every scorer has, and those of the passes without data.
const (
	passBuild      = "build"
	passInitialise = "initialise"
	passCodes      = "ReLU codes"
	passSynflow    = "synflow"
	passSynflowBN  = "synflow_bn"
	passZen        = "zen"
	passReduce     = "reduce"
)

// passNames are the names of the sweeps over the minibatch; they say what the chosen proxies want of them.
type passNames struct{ forward, backward string }

func passNamesOf(n proxies.Needs) passNames {
	names := passNames{forward: "forward"}
	if n&proxies.Hessian != 0 {
		names.forward = "forward with tangents"
		n |= proxies.LossGrad // which the second order is made of
	}
	names.backward = "backward: " + (n & backwardNeeds).String()
	return names
}

// NetworkScores is what a scorer says of one network.
type NetworkScores struct {
	Scores  map[string]float64 // NaN where undefined
	Reasons map[string]string  // why, for each NaN
	Loss    float64            // of the minibatch; NaN if no chosen proxy needs it
	Seconds float64            // all of it
	// PassSeconds are the parts, only those that the chosen proxies need:
	//
	//   - "build" (the layer graph, where the scorer has built it) and "initialise" (weights and plan);
	//   - "forward", or "forward with tangents" for second order: one sweep for all signals of the minibatch;
	//   - "ReLU codes": their kernel;
	//   - "backward: loss gradient, second order, output gradient", or as many of these as are needed: one sweep,
	//     in which they share the layers' inputs and weights, so that they have no times of their own;
	//   - "synflow", "synflow_bn", "zen": passes of their own, without the minibatch;
	//   - "reduce": from signals to scores.
	//
	// They are times of the host. On a device that works on by itself "forward" is the time to give the orders, and
	// the waiting falls to "ReLU codes" and "backward", at whose ends numbers are fetched: to wait in between would
	// make the scoring slower.
	PassSeconds map[string]float64
	// ProxySeconds shares the parts out: each proxy's own reduction, and its share of the parts it needs.
	ProxySeconds map[string]float64
	// PassMACs are the multiply-accumulates of convolutions and linear layers that the forward and backward sweeps
	// need, for the whole minibatch.
	PassMACs int
}

// NewScorer makes a scorer. Of the options it uses those that say what to compute and on what: [WithProxies],
// [WithBackend], [WithThreads], [WithInit], [WithSeed] and [WithUnscored].
func NewScorer(opts ...Option) (*Scorer, error) {
	c, err := newConfig(opts)
	if err != nil {
		return nil, err
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
	s := &Scorer{device: d, proxies: chosen, init: c.init, seed: c.seed, unscored: c.unscored}
	for _, p := range chosen {
		s.need |= p.Needs
	}
	s.pass = passNamesOf(s.need)
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

// Trained scores a layer graph with given parameters, in the order of g.Params() and in PyTorch's layout.
func (s *Scorer) Trained(g *spaces.Graph, params [][]float32, b *datasets.Batch, loss string) (*NetworkScores, error) {
	if err := notNil(g, b); err != nil {
		return nil, err
	}
	return s.score(&work{graph: g, params: params}, b, loss)
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

// work is a network to be scored.
type work struct {
	graph       *spaces.Graph
	params      [][]float32
	build, init time.Duration // what it took to make them
}

// draw initialises the parameters, unless the chosen proxies look at the graph alone.
func (w *work) draw(s *Scorer) error {
	if s.need == 0 {
		return nil
	}
	start := time.Now()
	set, err := weights.Init(w.graph, s.init, s.seed)
	if err != nil {
		return err
	}
	w.params, w.init = set.Values, time.Since(start)
	return nil
}

// backwardNeeds are the signals of the backward sweep; dataNeeds are all that come from the minibatch.
const (
	backwardNeeds = proxies.LossGrad | proxies.Hessian | proxies.Jacobian
	dataNeeds     = backwardNeeds | proxies.Codes
)

func (s *Scorer) score(w *work, b *datasets.Batch, loss string) (*NetworkScores, error) {
	r := &NetworkScores{Scores: map[string]float64{}, Reasons: map[string]string{}, Loss: math.NaN(),
		PassSeconds: map[string]float64{}, ProxySeconds: map[string]float64{}}
	for name, d := range map[string]time.Duration{passBuild: w.build, passInitialise: w.init} {
		if d > 0 {
			r.PassSeconds[name] = d.Seconds()
		}
	}
	last := time.Now()
	lap := func(name string) {
		now := time.Now()
		r.PassSeconds[name] += now.Sub(last).Seconds()
		last = now
	}
	g := w.graph
	in := g.Input()
	if b.N < 1 || b.C*b.H*b.W != in.Size() {
		return nil, fmt.Errorf("zc: the network reads %v, the minibatch holds %d samples of %d×%d×%d", in, b.N, b.C, b.H, b.W)
	}
	sig := &proxies.Session{Graph: g, Params: w.params, Batch: b.N, Unscored: s.unscored}
	if len(b.Labels) == b.N {
		sig.Labels = b.Labels
	}
	if s.need != 0 {
		defer tidyHeap()()
		if err := s.signals(sig, r, b, loss, lap); err != nil {
			return nil, err
		}
	}
	for i := range s.proxies {
		p := &s.proxies[i]
		v, reason, err := p.Evaluate(sig)
		if err != nil {
			return nil, err
		}
		r.Scores[p.Name] = v
		if reason != "" {
			r.Reasons[p.Name] = reason
		}
		before := last
		lap(passReduce)
		r.ProxySeconds[p.Name] = last.Sub(before).Seconds() + s.share(p, r.PassSeconds)
	}
	for _, seconds := range r.PassSeconds {
		r.Seconds += seconds
	}
	return r, nil
}

// signals runs the passes that the chosen proxies need.
func (s *Scorer) signals(sig *proxies.Session, r *NetworkScores, b *datasets.Batch, loss string, lap func(string)) error {
	plan, err := engine.NewPlan(sig.Graph, engine.Unscored(s.unscored...))
	if err != nil {
		return err
	}
	sig.JacobianConstant = plan.ConstantSum()
	lap(passInitialise)
	if s.need&dataNeeds != 0 {
		batch := &engine.Batch{N: b.N, Inputs: b.Inputs, Loss: engine.Loss{Kind: engine.LossKind(loss), Labels: b.Labels, Targets: b.Targets}}
		want := engine.Want{
			LossGrad:   s.need&proxies.LossGrad != 0,
			Hessian:    s.need&proxies.Hessian != 0,
			OutputGrad: s.need&proxies.Jacobian != 0 && !sig.JacobianConstant,
			Codes:      s.need&proxies.Codes != 0,
		}
		r.PassMACs = b.N * plan.MACs(want)
		got, err := engine.Run(s.device, plan, sig.Params, batch, want)
		if err != nil {
			return err
		}
		sig.Signals = *got
		if s.need&proxies.LossGrad != 0 {
			r.Loss = got.Loss
		}
		// Run's own time, so that nothing is lost: what is not codes or backward is forward.
		lap(s.pass.forward)
		if s.need&proxies.Codes != 0 {
			r.move(got.Times.Codes, s.pass.forward, passCodes)
		}
		if s.need&backwardNeeds != 0 {
			r.move(got.Times.Backward, s.pass.forward, s.pass.backward)
		}
	}
	if s.need&proxies.SynflowPass != 0 {
		if sig.Synflow, err = engine.Synflow(s.device, plan, sig.Params); err != nil {
			return err
		}
		lap(passSynflow)
	}
	if s.need&proxies.SynflowBNPass != 0 {
		if sig.SynflowBN, err = engine.SynflowBN(s.device, plan, sig.Params); err != nil {
			return err
		}
		lap(passSynflowBN)
	}
	if s.need&proxies.ZenPass != 0 {
		sig.ZenDiff, sig.ZenVariances, err = s.zen(plan, b)
		if errors.Is(err, engine.ErrNoGlobalPool) {
			sig.ZenErr, err = err, nil
		}
		if err != nil {
			return err
		}
		lap(passZen)
	}
	return nil
}

// move gives a part of one pass's time to another.
func (r *NetworkScores) move(d time.Duration, from, to string) {
	r.PassSeconds[from] -= d.Seconds()
	r.PassSeconds[to] += d.Seconds()
}

// tidyHeap makes the garbage collector run early, until the function it returns is called: beside the maps of a
// large network, which are kept for the next one, it would otherwise let as much garbage pile up again. Of several
// calls at once the first sets the collector and the last to end sets it back.
func tidyHeap() (restore func()) {
	const percent = 20
	tidy.Lock()
	defer tidy.Unlock()
	if tidy.users++; tidy.users == 1 {
		if tidy.before = debug.SetGCPercent(percent); tidy.before >= 0 && tidy.before <= percent {
			debug.SetGCPercent(tidy.before)
		}
	}
	return func() {
		tidy.Lock()
		defer tidy.Unlock()
		if tidy.users--; tidy.users == 0 {
			debug.SetGCPercent(tidy.before)
		}
	}
}

var tidy struct {
	sync.Mutex
	users, before int
}

// share is a proxy's share of the parts: the time of each divided among the chosen proxies that need it.
func (s *Scorer) share(p *proxies.Proxy, pass map[string]float64) float64 {
	const all, some = proxies.Needs(0), ^proxies.Needs(0) // every proxy, and those that need a signal at all
	var sum float64
	for _, part := range []struct {
		name string
		need proxies.Needs
	}{
		{passBuild, all}, {passInitialise, some}, {s.pass.forward, dataNeeds}, {passCodes, proxies.Codes}, {s.pass.backward, backwardNeeds},
		{passSynflow, proxies.SynflowPass}, {passSynflowBN, proxies.SynflowBNPass}, {passZen, proxies.ZenPass},
	} {
		needs := func(p *proxies.Proxy) bool { return part.need == all || p.Needs&part.need != 0 }
		if !needs(p) {
			continue
		}
		users := 0
		for i := range s.proxies {
			if needs(&s.proxies[i]) {
				users++
			}
		}
		sum += pass[part.name] / float64(users)
	}
	return sum
}

// zen draws the weights and inputs of the Zen-Score, standard normal, or with [weights.Reference] the
// unit-variance uniform draws of the reference cases, and runs its two passes.
func (s *Scorer) zen(plan *engine.Plan, b *datasets.Batch) (float64, []float64, error) {
	g := plan.Graph
	draw := func(dst []float32, name string) {
		st := stream.New(name, s.seed)
		if s.init == weights.Reference {
			st.FillUniform(dst, stream.UnitScale)
			return
		}
		for i := range dst {
			dst[i] = float32(st.Norm())
		}
	}
	params := make([][]float32, len(g.Params()))
	for i, p := range g.Params() {
		params[i] = make([]float32, p.Size())
		switch l := &g.Layers[p.Layer]; {
		case proxies.ScoredWeight(g, &p) && l.Kind == spaces.ConvTranspose:
			// as NASLib: only Conv2d and Linear are redrawn; networks with these have no global pooling anyway
		case proxies.ScoredWeight(g, &p):
			draw(params[i], "zen."+p.Name)
		case l.Kind == spaces.BatchNorm && p.Name == l.Name+".weight":
			for j := range params[i] {
				params[i][j] = 1
			}
		}
	}
	n := b.N * g.Input().Size()
	x1, x2 := make([]float32, n), make([]float32, n)
	draw(x1, "zen_input1")
	draw(x2, "zen_input2")
	const gamma = 0.01
	for i := range x2 {
		x2[i] = x1[i] + gamma*x2[i]
	}
	return engine.Zen(s.device, plan, params, x1, x2, b.N)
}
