package engine

import (
	"fmt"
	"runtime/debug"
)

// Network is a plan on a device, with weights and for minibatches of one size. It is valid until the device loads
// the next one.
type Network struct {
	Device Device
	Plan   *Plan
	Batch  int
	Mode   Mode

	reads    *reads
	onDevice bool // the weights are
}

// Load starts a network on a device: its weights, the size of its minibatches and what will be asked of it. It fails
// on weights of another network, and on what the device cannot do.
func Load(d Device, p *Plan, from Source, batch int, mode Mode) (n *Network, err error) {
	defer guard(&err, "loading a network")
	if batch < 1 {
		return nil, fmt.Errorf("engine: a batch of %d samples; it needs 1 or more", batch)
	}
	if err := mode.check(from, d.Capabilities()); err != nil {
		return nil, err
	}
	switch {
	case from.State != nil:
	case from.Weights == nil:
		return nil, fmt.Errorf("engine: no weights were given")
	default:
		if err := p.checkWeights(from.Weights); err != nil {
			return nil, err
		}
	}
	if err := d.Load(p, from, batch, mode); err != nil {
		return nil, err
	}
	return &Network{Device: d, Plan: p, Batch: batch, Mode: mode, reads: p.reads(mode), onDevice: from.State != nil}, nil
}

// check reports a mode that makes no sense or that the device does not have.
func (m Mode) check(from Source, c Capabilities) error {
	for _, part := range []struct {
		name      string
		want, has bool
	}{
		{"float64 arithmetic", m.Double, c.Double},
		{"second order", m.Tangent, c.Tangents},
		{"weights that stay on the device", from.State != nil, c.Training},
		{"running statistics", m.Norm == NormRunning || m.Momentum != 0, c.Training},
		{"statistics of each sample", m.Norm == NormSample, c.PerSample},
	} {
		if part.want && !part.has {
			return fmt.Errorf("engine: %s: %s: %w", c.Name, part.name, ErrNotImplemented)
		}
	}
	switch {
	case m.Norm > NormSkip:
		return fmt.Errorf("engine: unknown way %d to normalise", m.Norm)
	case m.Momentum != 0 && (from.State == nil || m.Norm != NormBatch):
		return fmt.Errorf("engine: running statistics move only in a state on the device, and with the statistics of the batch")
	case !(m.Momentum >= 0 && m.Momentum <= 1):
		return fmt.Errorf("engine: the momentum %v of running statistics is not in 0…1", m.Momentum)
	}
	return nil
}

// Store moves weights to a device, where they stay until they are freed with its Free. It fails on weights of
// another network.
func Store(d Device, p *Plan, w *Weights) (s State, err error) {
	defer guard(&err, "storing weights")
	if c := d.Capabilities(); !c.Training {
		return nil, fmt.Errorf("engine: %s: weights that stay on the device: %w", c.Name, ErrNotImplemented)
	}
	if err := p.checkWeights(w); err != nil {
		return nil, err
	}
	return d.Store(p, w)
}

// Fetch delivers numbers, or the first error that the device met since it loaded the network.
func (n *Network) Fetch(s ...Scalars) (numbers [][]float64, err error) {
	defer guard(&err, "fetching numbers")
	numbers = n.Device.Fetch(s)
	return numbers, n.Device.Err()
}

// Reduce takes numbers from maps: operands of tapes of this network, or what passes have tapped.
func (n *Network) Reduce(r Reduction, in ...Operand) (s Scalars, err error) {
	defer guard(&err, "reducing maps")
	if err := n.checkReduction(r, in); err != nil {
		return nil, err
	}
	s = n.Device.Reduce(r, in)
	return s, n.Device.Err()
}

// guard turns a panic into an error, so that one network does not end a program that works on thousands.
func guard(err *error, doing string) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("engine: %s panicked: %v\n%s", doing, p, debug.Stack())
	}
}
