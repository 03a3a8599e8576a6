package train

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

// Network is what is trained.
type Network struct {
	Graph *spaces.Graph
	// Auxiliary is the layer of an auxiliary head's outputs, which training adds to the loss; 0 for none.
	Auxiliary int
	Loss      engine.LossKind
}

// Trainer trains one network on one device, on which its weights stay. While it does, the device is for nothing else but
// what [Trainer.Weights] delivers. It is for one goroutine.
type Trainer struct {
	device   engine.Device
	network  Network
	plan     *engine.Plan
	protocol Protocol
	seed     uint64
	state    engine.State
	loaded   *engine.Network
	fresh    bool // the next step forgets the momentum
}

// bnMomentum is the share of a batch in running statistics, PyTorch's default.
const bnMomentum = 0.1

// New makes a trainer that starts with weights: parameters, and, to go on with a training, running statistics and momentum.
// Same seed, same numbers, whatever the threads. Close frees what it holds.
func New(d engine.Device, n Network, w *engine.Weights, p Protocol, seed uint64) (*Trainer, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	if p.Auxiliary > 0 && n.Auxiliary == 0 {
		return nil, fmt.Errorf("train: protocol %q weighs an auxiliary head, and the network has none", p.Name)
	}
	if (p.LabelSmoothing > 0) && n.Loss != engine.CrossEntropy {
		return nil, fmt.Errorf("train: protocol %q smooths labels, which the loss %s has none of", p.Name, n.Loss)
	}
	plan, err := engine.NewPlan(n.Graph, engine.Outputs(outputs(n)...))
	if err != nil {
		return nil, err
	}
	if p.DropPath > 0 && plan.Factors == 0 {
		return nil, fmt.Errorf("train: protocol %q drops paths, and the network has no gates", p.Name)
	}
	state, err := engine.Store(d, plan, w)
	if err != nil {
		return nil, err
	}
	return &Trainer{device: d, network: n, plan: plan, protocol: p, seed: seed, state: state}, nil
}

// Close frees the weights.
func (t *Trainer) Close() { t.device.Free(t.state) }

// Weights delivers what the network is now, copied.
func (t *Trainer) Weights() (*engine.Weights, error) { return t.device.Snapshot(t.state) }

// Step is what one step found before it moved the weights.
type Step struct {
	Loss    float64 // with the terms of an auxiliary head and of mixup
	Correct int     // labels that were the largest output; 0 without classes
	Rate    float64 // the learning rate
}

// ErrDiverged is wrapped where a loss is not a finite number any more.
var ErrDiverged = errors.New("the training has diverged")

// load makes the network ready for minibatches of n samples.
func (t *Trainer) load(n int, mode engine.Mode) error {
	if t.loaded != nil && t.loaded.Batch == n && t.loaded.Mode == mode {
		return nil
	}
	loaded, err := engine.Load(t.device, t.plan, engine.Source{State: t.state}, n, mode)
	if err != nil {
		return err
	}
	t.loaded = loaded
	return nil
}

// Step trains on one minibatch: step of an epoch with so many steps.
func (t *Trainer) Step(epoch, step, steps int, b *datasets.Batch) (Step, error) {
	out := Step{Rate: t.protocol.LearningRate(epoch, step, steps)}
	if step == 0 && t.protocol.FreshOptimizer {
		t.fresh = true
	}
	if err := t.load(b.N, engine.Mode{Norm: engine.NormBatch, Momentum: bnMomentum}); err != nil {
		return out, err
	}
	feed := engine.Feed{Inputs: b.Inputs, Dead: true} // batch norms that nothing depends on move their statistics too
	loss := t.loss(b)
	if t.protocol.Mixup > 0 {
		m := drawMixing(t.seed, epoch, step, b.N, t.protocol.Mixup)
		feed.Inputs = m.inputs(b.Inputs, b.C*b.H*b.W)
		if loss.Kind == engine.CrossEntropy {
			loss.Partner, loss.Mix = m.labels(loss.Labels), m.share
		} else {
			loss.Targets = m.targets(loss.Targets)
		}
	}
	if p := t.protocol.DropPath * float64(epoch) / float64(t.protocol.Epochs); p > 0 {
		feed.Gates = dropPaths(t.seed, epoch, step, t.plan.Factors, b.N, p)
	}
	tape, err := t.loaded.Forward(feed)
	if err != nil {
		return out, err
	}
	var correct []engine.Scalars
	if b.Labels != nil {
		c, err := tape.Reduce(engine.Correct{Labels: b.Labels, K: 1}, tape.Operand(t.network.Graph.Output))
		if err != nil {
			return out, err
		}
		correct = append(correct, c)
	}
	seeds := []engine.Seed{{Loss: loss}}
	if t.protocol.Auxiliary > 0 {
		auxiliary := *loss
		auxiliary.Scale = t.protocol.Auxiliary
		seeds = append(seeds, engine.Seed{Layer: t.network.Auxiliary, Loss: &auxiliary})
	}
	results, err := tape.Finish(engine.Pass{Seeds: seeds, Sinks: t.plan.EachParam(t.update(out.Rate))})
	if err != nil {
		return out, err
	}
	t.fresh = false
	numbers, err := t.loaded.Fetch(append(correct, results[0].Losses...)...)
	if err != nil {
		return out, err
	}
	if correct != nil {
		out.Correct, numbers = int(numbers[0][0]), numbers[1:]
	}
	for _, v := range numbers {
		out.Loss += v[0]
	}
	if math.IsNaN(out.Loss) || math.IsInf(out.Loss, 0) {
		return out, fmt.Errorf("train: epoch %d, step %d: loss %v at learning rate %g: %w", epoch+1, step+1, out.Loss, out.Rate, ErrDiverged)
	}
	return out, nil
}

func (t *Trainer) update(rate float64) engine.Update {
	p := &t.protocol
	return engine.Update{Rate: rate, Momentum: p.Momentum, Decay: p.Decay, Nesterov: p.Nesterov, Reset: t.fresh, Clip: p.Clip}
}

func (t *Trainer) loss(b *datasets.Batch) *engine.Loss {
	return &engine.Loss{Kind: t.network.Loss, Labels: b.Labels, Targets: b.Targets, Smoothing: t.protocol.LabelSmoothing}
}

// Epoch is what training found in one epoch.
type Epoch struct {
	Rate    float64 // the learning rate of its last step
	Losses  []float64
	Correct int // labels that were the largest output, counted while training
	Samples int
}

// Epoch trains on the batches of one epoch, of which there are steps. After an error, also when ctx ends, what has
// been done so far comes back with it.
func (t *Trainer) Epoch(ctx context.Context, epoch, steps int, batches iter.Seq2[*datasets.Batch, error]) (Epoch, error) {
	var e Epoch
	for b, err := range batches {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return e, err
		}
		s, err := t.Step(epoch, len(e.Losses), steps, b)
		if err != nil {
			return e, err
		}
		e.Losses = append(e.Losses, s.Loss)
		e.Rate = s.Rate
		e.Correct += s.Correct
		e.Samples += b.N
	}
	if len(e.Losses) == 0 {
		return e, errors.New("train: an epoch without a sample")
	}
	return e, nil
}

// Evaluate runs the network on batches, in eval mode.
func (t *Trainer) Evaluate(ctx context.Context, batches iter.Seq2[*datasets.Batch, error]) (Evaluation, error) {
	var e Evaluation
	for b, err := range batches {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return e, err
		}
		if err := t.evaluate(&e, b); err != nil {
			return e, err
		}
	}
	if e.Samples == 0 {
		return e, errors.New("train: nothing to evaluate on")
	}
	e.Loss /= float64(e.Samples)
	return e, nil
}

func (t *Trainer) evaluate(e *Evaluation, b *datasets.Batch) error {
	if err := t.load(b.N, engine.Mode{Norm: engine.NormRunning}); err != nil {
		return err
	}
	tape, err := t.loaded.Forward(engine.Feed{Inputs: b.Inputs, Only: []int{}})
	if err != nil {
		return err
	}
	defer tape.Close()
	loss := t.loss(b)
	loss.Smoothing = 0
	l, err := tape.Loss(loss)
	if err != nil {
		return err
	}
	handles := []engine.Scalars{l}
	if b.Labels != nil {
		for _, k := range []int{1, 5} {
			outputs := tape.Operand(t.network.Graph.Output)
			c, err := tape.Reduce(engine.Correct{Labels: b.Labels, K: k}, outputs)
			if err != nil {
				return err
			}
			handles = append(handles, c)
		}
	}
	numbers, err := t.loaded.Fetch(handles...)
	if err != nil {
		return err
	}
	e.Loss += numbers[0][0] * float64(b.N)
	e.Samples += b.N
	if b.Labels != nil {
		e.Top1 += int(numbers[1][0])
		e.Top5 += int(numbers[2][0])
		e.Labels += len(b.Labels)
	}
	return nil
}
