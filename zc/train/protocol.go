package train

import (
	"fmt"
	"math"
	"reflect"
	"strings"
)

// Schedule says how the learning rate moves.
type Schedule string

// The schedules. A cosine goes from Rate to MinRate: lr = min + (lr − min)·(1 + cos(π·done))/2 (Loshchilov and Hutter
// 2017), with done the share of the training that is behind.
const (
	Cosine     Schedule = "cosine"      // moves after every epoch, as all public code of the benchmarks does
	CosineStep Schedule = "cosine_step" // moves after every step
	Constant   Schedule = "constant"
)

// Protocol is how networks are trained: stochastic gradient descent on the cross entropy, or on the loss of the data set.
type Protocol struct {
	Name   string
	Epochs int
	Batch  int // samples in a step; the last of an epoch may have fewer

	Rate, MinRate float64
	Schedule      Schedule
	Momentum      float64
	Nesterov      bool
	Decay         float64 // weight decay, of all parameters
	Clip          float64 // bound of the norm of all gradients; 0 for none

	// FreshOptimizer forgets the momentum before every epoch, and FixedOrder takes every epoch in the order of the
	// first.
	FreshOptimizer, FixedOrder bool

	Crop, Cutout int     // pixels, see [github.com/zcnas/zcnas/datasets.Augment]
	Flip         float64 // probability

	LabelSmoothing float64
	Mixup          float64 // α of the Beta distribution that mixes pairs of images (Zhang et al. 2018); 0 for none
	DropPath       float64 // probability of a dropped edge at the end; it grows linearly with the epochs. DARTS only
	Auxiliary      float64 // weight of the auxiliary head's loss. DARTS on 32×32 images only
}

// protocols are those of the benchmarks and of the post, as their public code has them.
func protocols() []Protocol {
	nats := Protocol{Name: "nats-bench", Epochs: 200, Batch: 256, Rate: 0.1, Schedule: Cosine, Momentum: 0.9, Nesterov: true,
		Decay: 5e-4, Crop: 4, Flip: 0.5}
	with := func(p Protocol, name string, change func(*Protocol)) Protocol {
		p.Name = name
		change(&p)
		return p
	}
	nb301 := Protocol{Name: "nas-bench-301", Epochs: 100, Batch: 96, Rate: 0.025, MinRate: 1e-8, Schedule: Cosine, Momentum: 0.9,
		Decay: 3e-4, Clip: 5, Crop: 4, Flip: 0.5, Cutout: 16, Mixup: 0.2, DropPath: 0.2, Auxiliary: 0.4}
	return []Protocol{
		nats,
		with(nats, "nats-bench-90", func(p *Protocol) { p.Epochs = 90 }),
		with(nats, "nats-bench-12", func(p *Protocol) { p.Epochs = 12 }),
		nb301,
		with(nb301, "post-darts", func(p *Protocol) { p.MinRate, p.Cutout, p.Mixup, p.Auxiliary = 1e-3, 0, 0, 0 }),
		with(nats, "post-tss", func(p *Protocol) { p.Clip = 5 }),
		with(nats, "post-figure9", func(p *Protocol) {
			p.Schedule, p.FreshOptimizer, p.FixedOrder, p.Clip, p.Cutout = Constant, true, true, 5, 16
		}),
		with(nats, "quick", func(p *Protocol) { p.Epochs, p.Batch, p.Crop = 5, 64, 2 }),
	}
}

// Protocols lists the names of the protocols: nats-bench and its shorter forms, nas-bench-301, those of the post on DARTS,
// on TSS with data of its own and behind Figure 9, and quick, for two cores.
func Protocols() []string {
	var names []string
	for _, p := range protocols() {
		names = append(names, p.Name)
	}
	return names
}

// ByName returns a protocol; errors name those there are.
func ByName(name string) (Protocol, error) {
	for _, p := range protocols() {
		if p.Name == name {
			return p, nil
		}
	}
	return Protocol{}, fmt.Errorf("train: unknown protocol %q; there are %s", name, strings.Join(Protocols(), ", "))
}

// Check reports settings that make no sense.
func (p Protocol) Check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("train: protocol %q: "+format, append([]any{p.Name}, args...)...)
	}
	share := func(v float64) bool { return v >= 0 && v < 1 }
	switch {
	case p.Epochs < 1:
		return bad("%d epochs; it needs 1 or more", p.Epochs)
	case p.Batch < 1:
		return bad("batches of %d; they need 1 sample or more", p.Batch)
	case !(p.Rate > 0) || math.IsInf(p.Rate, 0):
		return bad("a learning rate of %v; it needs to be above 0", p.Rate)
	case !(p.MinRate >= 0 && p.MinRate <= p.Rate):
		return bad("a least learning rate of %v is not in 0…%v", p.MinRate, p.Rate)
	case p.Schedule != Cosine && p.Schedule != CosineStep && p.Schedule != Constant:
		return bad("unknown schedule %q; there are %s, %s, %s", p.Schedule, Cosine, CosineStep, Constant)
	case !share(p.Momentum):
		return bad("a momentum of %v is not in 0…1", p.Momentum)
	case p.Nesterov && p.Momentum == 0:
		return bad("Nesterov's form needs a momentum")
	case !(p.Decay >= 0) || !(p.Clip >= 0):
		return bad("weight decay %v and clipping %v need to be 0 or more", p.Decay, p.Clip)
	case !share(p.LabelSmoothing) || !share(p.DropPath):
		return bad("label smoothing %v and drop path %v need to be in 0…1", p.LabelSmoothing, p.DropPath)
	case !(p.Mixup >= 0) || !(p.Auxiliary >= 0):
		return bad("mixup %v and the auxiliary weight %v need to be 0 or more", p.Mixup, p.Auxiliary)
	}
	return nil
}

// LearningRate is that of a step of an epoch, both from 0, where an epoch has so many steps.
func (p Protocol) LearningRate(epoch, step, steps int) float64 {
	done := float64(epoch) / float64(p.Epochs)
	switch p.Schedule {
	case Constant:
		return p.Rate
	case CosineStep:
		done = float64(epoch*steps+step) / float64(p.Epochs*steps)
	}
	return p.MinRate + (p.Rate-p.MinRate)*(1+math.Cos(math.Pi*done))/2
}

// Describe names the protocol and all that differs from the one of its name: equal texts mean equal trainings.
func (p Protocol) Describe() string {
	known, err := ByName(p.Name)
	if err != nil {
		known = Protocol{}
	}
	text := p.Name
	a, b := reflect.ValueOf(p), reflect.ValueOf(known)
	for i := range a.NumField() {
		if v := a.Field(i); !v.Equal(b.Field(i)) && a.Type().Field(i).Name != "Name" {
			text += fmt.Sprintf(" %s=%v", strings.ToLower(a.Type().Field(i).Name), v.Interface())
		}
	}
	return text
}
