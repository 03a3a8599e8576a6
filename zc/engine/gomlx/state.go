package gomlx

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	gx "github.com/gomlx/gomlx/core/graph"

	"github.com/zcnas/zcnas/zc/engine"
)

// state is the engine.State of this device.
type state struct {
	plan     *engine.Plan
	params   []*buffer // in PyTorch's layout, float32
	running  []*buffer // [2, C], means and variances, float32
	momentum []*buffer // as params; nil before the first update
	freed    bool
}

// stay lets a buffer outlive the network.
func (d *Device) stay(b *buffer) *buffer {
	delete(d.live, b)
	return b
}

// Store implements [engine.Device].
func (d *Device) Store(p *engine.Plan, w *engine.Weights) (engine.State, error) {
	if err := fits(p, w); err != nil {
		return nil, err
	}
	d.reset()
	s := &state{plan: p, momentum: make([]*buffer, len(w.Params))}
	send := func(x []float32, dims ...int) *buffer {
		return d.stay(d.transfer(slices.Clone(x), shapes.Make(dtypes.Float32, dims...)))
	}
	for i, x := range w.Params {
		dims := p.Graph.Params()[i].Shape
		s.params = append(s.params, send(x, dims...))
		if w.Momentum != nil && w.Momentum[i] != nil {
			s.momentum[i] = send(w.Momentum[i], dims...)
		}
	}
	for i := range p.Running {
		x := runningValues(p, w, i)
		s.running = append(s.running, send(x, 2, len(x)/2))
	}
	d.states = append(d.states, s)
	return s, d.err
}

// fits reports weights that are not a plan's.
func fits(p *engine.Plan, w *engine.Weights) error {
	want := p.Graph.Params()
	if w == nil {
		return errors.New("gomlx: no weights")
	}
	check := func(what string, given [][]float32, some bool) error {
		if len(given) != len(want) {
			return fmt.Errorf("gomlx: the network has %d parameters, got %d%s", len(want), len(given), what)
		}
		for i := range want {
			if len(given[i]) != want[i].Size() && !(some && given[i] == nil) {
				return fmt.Errorf("gomlx: parameter %s has %d values, got %d%s", want[i].Name, want[i].Size(), len(given[i]), what)
			}
		}
		return nil
	}
	if err := check("", w.Params, false); err != nil {
		return err
	}
	if w.Momentum != nil {
		if err := check(" of momentum", w.Momentum, true); err != nil {
			return err
		}
	}
	if w.Running == nil {
		return nil
	}
	if len(w.Running) != len(p.Running) {
		return fmt.Errorf("gomlx: the network has running statistics of %d batch norms, got %d", len(p.Running), len(w.Running))
	}
	for i, r := range w.Running {
		if c := runningChannels(p, i); len(r.Mean) != c || len(r.Var) != c {
			return fmt.Errorf("gomlx: batch norm %d of the network has %d channels, got running statistics of %d and %d", i, c, len(r.Mean), len(r.Var))
		}
	}
	return nil
}

// runningChannels is the number of channels of running statistics i.
func runningChannels(p *engine.Plan, i int) int { return p.Norms[p.Running[i]].Layer.Out.C }

// runningValues are running statistics i of weights, means before variances.
func runningValues(p *engine.Plan, w *engine.Weights, i int) []float32 {
	if w.Running != nil {
		return slices.Concat(w.Running[i].Mean, w.Running[i].Var)
	}
	x := make([]float32, 2*runningChannels(p, i))
	for k := len(x) / 2; k < len(x); k++ {
		x[k] = 1
	}
	return x
}

// Snapshot implements [engine.Device].
func (d *Device) Snapshot(from engine.State) (*engine.Weights, error) {
	s := from.(*state)
	if s.freed {
		return nil, errors.New("gomlx: the weights have been freed")
	}
	w := &engine.Weights{}
	read := func(b *buffer) []float32 {
		if b == nil {
			return nil
		}
		x := make([]float32, 0, 16)
		for _, v := range d.download(b) {
			x = append(x, float32(v))
		}
		return x
	}
	some := false
	for i := range s.params {
		w.Params = append(w.Params, read(s.params[i]))
		w.Momentum = append(w.Momentum, read(s.momentum[i]))
		some = some || s.momentum[i] != nil
	}
	if !some {
		w.Momentum = nil
	}
	for _, b := range s.running {
		x := read(b)
		w.Running = append(w.Running, engine.Running{Mean: x[:len(x)/2], Var: x[len(x)/2:]})
	}
	return w, d.err
}

// running are the running statistics of a norm, [2, C].
func (d *Device) running(n *engine.Norm) *buffer {
	if s := d.state; s != nil {
		return s.running[n.Running]
	}
	x := runningValues(d.plan, d.host, n.Running)
	return d.resident(x, 2, len(x)/2)
}

// move moves running statistics by the mode's momentum towards those that a norm has taken of a value [N, H, W, C].
func (d *Device) move(n *engine.Norm, st *normState, dims []int) {
	momentum := d.mode.Momentum
	values := float64(dims[0] * dims[1] * dims[2])
	c := d.anyMode("move", momentum, values)
	c.arg(st.stats)
	c.arg(d.state.running[n.Running])
	b := c.run1(func(in []*gx.Node) *gx.Node {
		stats, old := in[0], in[1]
		channels := old.Shape().Dimensions[1]
		take := func(i int) *gx.Node { return gx.Reshape(row(stats, i), channels) }
		variance := gx.MulScalar(take(rowVar), values/max(values-1, 1))
		now := gx.Stack([]*gx.Node{take(rowMean), variance}, 0)
		return gx.ConvertDType(gx.Add(gx.MulScalar(double(old), 1-momentum), gx.MulScalar(now, momentum)), old.DType())
	})
	d.replace(&d.state.running[n.Running], b)
}

// replace puts another buffer in a state.
func (d *Device) replace(at **buffer, b *buffer) {
	if d.err != nil {
		return
	}
	if *at != nil {
		d.drop(*at)
	}
	*at = d.stay(b)
}

// update is a step of gradient descent, see [engine.Update]. Rates are arguments of the executable, so that a schedule
// compiles once.
func (d *Device) update(param int, g *gradient, u engine.Update) {
	s := d.state
	if s == nil {
		d.fail(errors.New("the sink Update needs weights on the device, see Store"))
		return
	}
	old := s.momentum[param]
	if u.Reset || u.Momentum == 0 {
		old = nil
	}
	c := d.call("update", u.Nesterov, u.Momentum != 0, old != nil, u.Clip > 0)
	w := c.arg(s.params[param])
	of := d.zeros(d.dtype(), d.plan.Graph.Params()[param].Shape...)
	if g != nil {
		of = d.summed(g)
		defer d.drop(of)
	}
	dw := c.arg(of)
	rates := c.arg(d.resident([]float32{float32(u.Rate), float32(u.Momentum), float32(u.Decay)}, 3))
	buf, clip := -1, -1
	if old != nil {
		buf = c.arg(old)
	}
	if u.Clip > 0 {
		clip = c.arg(d.clip(u))
	}
	out := c.run(func(in []*gx.Node, out *outputs) {
		rate := func(i int) *gx.Node { return gx.Reshape(gx.Slice(in[rates], gx.AxisElem(i))) }
		w, g := in[w], gx.ConvertDType(in[dw], dtypes.Float32)
		if clip >= 0 {
			g = gx.Mul(g, in[clip])
		}
		g = gx.Add(g, gx.Mul(w, rate(2)))
		b := g
		if buf >= 0 {
			b = gx.Add(gx.Mul(in[buf], rate(1)), g)
		}
		along := b
		if u.Nesterov {
			along = gx.Add(g, gx.Mul(b, rate(1)))
		}
		out.add("weight", gx.Sub(w, gx.Mul(along, rate(0))))
		if u.Momentum != 0 {
			out.add("buffer", b)
		}
	})
	d.replace(&s.params[param], out.must("weight"))
	if u.Momentum != 0 {
		d.replace(&s.momentum[param], out.must("buffer"))
	}
}

// clip is the factor by which gradients are scaled so that their norm, of all parameters together, is at most u.Clip. It
// is computed once for all parameters that share u.Squares.
func (d *Device) clip(u engine.Update) *buffer {
	if len(u.Squares) == 0 { // no gradient reached any parameter
		return d.resident([]float32{1})
	}
	if d.clipped.of == &u.Squares[0] && d.clipped.at == u.Clip {
		return d.clipped.factor
	}
	var parts []*buffer
	for _, s := range u.Squares {
		if b := s.(scalars).buffer; b != nil {
			parts = append(parts, b)
		}
	}
	none := d.zeros(dtypes.Float64, vector)
	for first := true; first || len(parts) > 1; first = false {
		var next []*buffer
		for from := 0; from < max(1, len(parts)); from += bundle {
			c := d.anyMode("add numbers")
			for i := range bundle {
				if from+i < len(parts) {
					c.arg(parts[from+i])
				} else {
					c.arg(none)
				}
			}
			next = append(next, c.run1(func(in []*gx.Node) *gx.Node { return gx.ReduceSum(gx.Stack(in, 0), 0) }))
		}
		parts = next
	}
	c := d.anyMode("clip")
	c.arg(parts[0])
	c.arg(d.resident([]float32{float32(u.Clip)}))
	d.clipped.of, d.clipped.at = &u.Squares[0], u.Clip
	d.clipped.factor = c.run1(func(in []*gx.Node) *gx.Node {
		norm := gx.Sqrt(gx.Reshape(gx.Slice(in[0], gx.AxisElem(0))))
		factor := gx.Div(double(in[1]), gx.AddScalar(norm, 1e-6))
		return gx.ConvertDType(gx.Min(factor, gx.OnesLike(factor)), dtypes.Float32)
	})
	return d.clipped.factor
}

func (d *Device) freeState(s *state) {
	if s.freed {
		return
	}
	s.freed = true
	for _, list := range [][]*buffer{s.params, s.running, s.momentum} {
		for _, b := range list {
			if b != nil {
				d.drop(b)
			}
		}
	}
	d.states = slices.DeleteFunc(d.states, func(x *state) bool { return x == s })
}
