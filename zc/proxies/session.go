package proxies

import (
	"errors"
	"fmt"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/weights"
)

// Session is one network with one minibatch on a device: what a proxy is computed from. The signals that a proxy's Needs
// ask for are there when it runs. For anything else it runs passes of its own:
//
//	tape, err := s.Forward(engine.Mode{})
//	loss := s.Objective()
//	params, err := s.Gradients(tape, engine.Pass{Seeds: []engine.Seed{{Loss: &loss}}, Sinks: tape.Plan.EachScored(engine.Squares{})})
//
// params[i].Numbers[0] then holds what the sink delivers of the i-th weight.
type Session struct {
	engine.Signals // what the declared needs have delivered

	// Space and Arch are what the network was built from; nil and "" for a graph of one's own.
	Space spaces.Space
	Arch  spaces.Arch

	Graph  *spaces.Graph
	Params [][]float32 // parameters in the order of Graph.Params(), in PyTorch's layout; nil where no proxy needs any
	// Trained are the weights with running statistics of a network in eval mode, nil in training mode. The shared passes
	// normalise with them.
	Trained  *engine.Weights
	Inputs   []float32 // the minibatch [Batch, C, H, W]
	Labels   []int     // its class labels; nil for other targets
	Batch    int       // its size
	Unscored []spaces.Kind

	// Scheme and Seed are those of the weights and the minibatch: for draws of one's own, see [Session.Init].
	Scheme   weights.Scheme
	Seed     uint64
	Settings map[string]float64 // that differ from their defaults: see [Session.Setting]
	// MACs are the multiply-accumulates of convolutions and linear layers that the shared passes took.
	MACs int

	device  engine.Device
	data    *datasets.Batch
	loss    engine.LossKind
	more    func(k int) (*datasets.Batch, error)
	plan    *engine.Plan
	shared  map[string]result
	ownPass bool // since it was last asked for
}

type result struct {
	value any
	err   error
}

// NewSession makes a session of a network without weights, whose passes run on the device. more delivers further
// minibatches of the same size, see [Session.Minibatch]; it may be nil.
func NewSession(d engine.Device, g *spaces.Graph, b *datasets.Batch, loss string, more func(k int) (*datasets.Batch, error)) (*Session, error) {
	in := g.Input()
	if b.N < 1 || b.C*b.H*b.W != in.Size() {
		return nil, fmt.Errorf("proxies: the network reads %v, the minibatch holds %d samples of %d×%d×%d", in, b.N, b.C, b.H, b.W)
	}
	s := &Session{Graph: g, Inputs: b.Inputs, Batch: b.N, device: d, data: b, loss: engine.LossKind(loss), more: more}
	if len(b.Labels) == b.N {
		s.Labels = b.Labels
	}
	return s, nil
}

// Plan is the network's plan, with the session's kinds of layers unscored. Options make another one, for example with
// [engine.Outputs].
func (s *Session) Plan(opts ...engine.PlanOption) (*engine.Plan, error) {
	if len(opts) > 0 {
		return engine.NewPlan(s.Graph, append([]engine.PlanOption{engine.Unscored(s.Unscored...)}, opts...)...)
	}
	if s.plan != nil {
		return s.plan, nil
	}
	plan, err := engine.NewPlan(s.Graph, engine.Unscored(s.Unscored...))
	if err != nil {
		return nil, err
	}
	s.plan = plan
	s.JacobianConstant = plan.ConstantSum()
	return plan, nil
}

// Deliver computes the signals that are needed, in one sweep forward and one backward over the minibatch.
func (s *Session) Deliver(n Needs) error {
	plan, err := s.Plan()
	if err != nil || n&OfData == 0 {
		return err
	}
	from := engine.Host(s.Params)
	if s.Trained != nil {
		from, s.JacobianConstant = engine.Source{Weights: s.Trained}, false
	}
	want := n.want(s.JacobianConstant)
	if s.Trained != nil {
		want.Norm = engine.NormRunning
	}
	got, err := engine.RunFrom(s.device, plan, from, &engine.Batch{N: s.Batch, Inputs: s.Inputs, Loss: s.Objective()}, want)
	if err != nil {
		return err
	}
	s.Signals = *got
	s.MACs = s.Batch * plan.MACs(want)
	return nil
}

// Objective is the loss of the minibatch, to be changed at will.
func (s *Session) Objective() engine.Loss { return s.ObjectiveOf(s.data) }

// ObjectiveOf is the loss of another minibatch.
func (s *Session) ObjectiveOf(b *datasets.Batch) engine.Loss {
	return engine.Loss{Kind: s.loss, Labels: b.Labels, Targets: b.Targets}
}

// Minibatch is a minibatch of the session's data: k = 0 is the session's own, later ones are those that other seeds draw,
// the seed k higher. It fails where the network came without a data set.
func (s *Session) Minibatch(k int) (*datasets.Batch, error) {
	switch {
	case k == 0:
		return s.data, nil
	case k < 0:
		return nil, fmt.Errorf("proxies: minibatch %d; they count from 0", k)
	case s.more == nil:
		return nil, errors.New("proxies: there is one minibatch only: give the scorer a data set (zc.WithData) to draw others from")
	}
	return s.more(k)
}

// Init draws weights for the network, in the order of Graph.Params().
func (s *Session) Init(scheme weights.Scheme, seed uint64) ([][]float32, error) {
	set, err := weights.Init(s.Graph, scheme, seed)
	if err != nil {
		return nil, err
	}
	return set.Values, nil
}

// Load puts the network on the device with these weights, for minibatches of that size. It is valid until the next Load
// or Forward.
func (s *Session) Load(params [][]float32, batch int, mode engine.Mode, opts ...engine.PlanOption) (*engine.Network, error) {
	plan, err := s.Plan(opts...)
	if err != nil {
		return nil, err
	}
	return s.LoadPlan(plan, params, batch, mode)
}

// LoadPlan is [Session.Load] of another network: one that belongs to the session's, for example with fewer channels.
func (s *Session) LoadPlan(plan *engine.Plan, params [][]float32, batch int, mode engine.Mode) (*engine.Network, error) {
	s.ownPass = true
	return engine.Load(s.device, plan, engine.Host(params), batch, mode)
}

// Forward runs the minibatch forward through the network with the session's weights.
func (s *Session) Forward(mode engine.Mode, opts ...engine.PlanOption) (*engine.Tape, error) {
	n, err := s.Load(s.Params, s.Batch, mode, opts...)
	if err != nil {
		return nil, err
	}
	return n.Forward(engine.Feed{Inputs: s.Inputs})
}

// Gradient is what the sinks of a pass have delivered of one parameter, in their order.
type Gradient struct {
	Param   int // index in Graph.Params()
	Numbers [][]float64
}

// Gradients runs one pass back over a tape, which it uses up, and fetches what the sinks deliver.
func (s *Session) Gradients(t *engine.Tape, p engine.Pass) ([]Gradient, error) {
	r, err := t.Finish(p)
	if err != nil {
		return nil, err
	}
	var handles []engine.Scalars
	for _, w := range r[0].Params {
		handles = append(handles, w.Numbers...)
	}
	numbers, err := t.Fetch(handles...)
	if err != nil {
		return nil, err
	}
	out := make([]Gradient, len(r[0].Params))
	for i, w := range r[0].Params {
		n := len(w.Numbers)
		out[i] = Gradient{w.Param, numbers[:n:n]}
		numbers = numbers[n:]
	}
	return out, nil
}

// Shared is what several proxies have in common: it is computed for the first that asks.
func (s *Session) Shared(name string, compute func() (float64, error)) (float64, error) {
	return Share(s, name, compute)
}

// Share is [Session.Shared] for values of any kind.
func Share[T any](s *Session, name string, compute func() (T, error)) (T, error) {
	r, ok := s.shared[name]
	if !ok {
		r.value, r.err = compute()
		if s.shared == nil {
			s.shared = map[string]result{}
		}
		s.shared[name] = r
	}
	v, _ := r.value.(T)
	return v, r.err
}

// OwnPasses reports whether a proxy has run passes of its own since the last call.
func (s *Session) OwnPasses() bool {
	did := s.ownPass
	s.ownPass = false
	return did
}
