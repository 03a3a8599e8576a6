package datasets

import (
	"context"

	"github.com/zcnas/zcnas/datasets/emg"
)

// syntheticEMG makes windows that stand in for NinaPro's.
type syntheticEMG struct {
	options string
	split   Split
	g       *emg.Synthetic
}

func init() { register("synthetic-emg", newSyntheticEMG) }

// WithFilter chooses along what the high-pass filter of "synthetic-emg" runs, "channels" or "time".
func WithFilter(f emg.Filter) Option { return With("filter", string(f)) }

// newSyntheticEMG makes a generated stand-in for NinaPro of the same shape and classes; [emg.Synthetic] says what is
// modelled.
func newSyntheticEMG(o *Options) (Dataset, error) {
	d := &syntheticEMG{split: o.Split(Train, Valid, Test)}
	seed := o.Uint64("generator_seed", 0, "seed of the model and the signals")
	filter := o.Text("filter", string(emg.Channels), "along what the high-pass filter runs; channels as NinaPro was published", string(emg.Channels), string(emg.Time))
	d.options = o.Changed()
	var err error
	d.g, err = emg.NewSynthetic(seed, emg.Filter(filter))
	return FromSamples(d), err
}

func (d *syntheticEMG) Info() Info {
	i := emgInfo()
	i.Name, i.Options, i.Title = "synthetic-emg", d.options, "Synthetic EMG"
	return i
}

func (d *syntheticEMG) Open(context.Context) (int, error) {
	i := d.Info()
	return map[Split]int{Train: i.Train, Valid: i.Valid, Test: i.Test}[d.split], nil
}

func (d *syntheticEMG) Read(ctx context.Context, numbers []int, b *Batch) error {
	const each = emg.Length * emg.Electrodes
	window := make([]float64, each)
	for i, p := range numbers {
		if err := ctx.Err(); err != nil {
			return err
		}
		b.Labels[i] = d.g.Window(string(d.split), p, window)
		electrodesFirst(b.Inputs[i*each:(i+1)*each], window)
	}
	return nil
}

// Labels makes every window, which takes a fraction of a second.
func (d *syntheticEMG) Labels(ctx context.Context) ([]int, error) {
	n, err := d.Open(ctx)
	labels, window := make([]int, n), make([]float64, emg.Length*emg.Electrodes)
	for i := range labels {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		labels[i] = d.g.Window(string(d.split), i, window)
	}
	return labels, err
}
