package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/proxies"
	"github.com/zcnas/zcnas/zc/store"
	"github.com/zcnas/zcnas/zc/train"
	"github.com/zcnas/zcnas/zc/weights"
)

type trainCmd struct {
	Store       string `required:"" placeholder:"FILE.sqlite" help:"File that keeps every epoch's accuracies, losses and scores as soon as they are there; \"zc correlate\" takes it as ground truth. Checkpoints lie beside it, in FILE.sqlite.checkpoints, until their trainings are finished."`
	archFlags   `embed:""`
	spaceFlags  `embed:""`
	Data        string   `default:"synthetic-cifar10" help:"Data set; \"zc data list\" lists them."`
	Samples     int      `placeholder:"N" help:"Train on the first N training samples (default: all)."`
	TestSamples int      `placeholder:"N" help:"Test on the first N test samples (default: all)."`
	Protocol    string   `default:"quick" help:"How to train: nats-bench (200 epochs), nats-bench-90, nats-bench-12, nas-bench-301, post-darts, post-tss, post-figure9, quick."`
	Epochs      int      `placeholder:"N" help:"Epochs, in place of the protocol's."`
	TrainBatch  int      `placeholder:"N" help:"Samples in a step, in place of the protocol's."`
	Seed        uint64   `help:"Seed of weights, order, augmentation and sample (default 0)."`
	Init        string   `default:"pytorch" help:"Initial weights: pytorch, kaiming, reference."`
	Proxies     []string `placeholder:"A,B" help:"Proxies to score after every few epochs, in training and in eval mode: names, post for the post's eight, or all (default: none)."`
	Every       int      `default:"1" placeholder:"N" help:"Score after every N epochs."`
	ScoreBatch  int      `default:"64" placeholder:"N" help:"Score on the first N training samples."`
	Workers     int      `help:"Networks at once (default: one for each thread; results do not depend on it)."`
	deviceFlags `embed:""`
}

// training is what the flags say.
func (c *trainCmd) training() (zc.Training, error) {
	var s zc.Training
	p, err := train.ByName(c.Protocol)
	if err != nil {
		return s, usage("-protocol: %w", err)
	}
	for _, n := range []struct {
		flag  string
		value int
	}{{"samples", c.Samples}, {"test-samples", c.TestSamples}, {"epochs", c.Epochs}, {"train-batch", c.TrainBatch}, {"workers", c.Workers}} {
		if n.value < 0 {
			return s, usage("-%s %d: give 1 or more", n.flag, n.value)
		}
	}
	if c.Every < 1 || c.ScoreBatch < 1 {
		return s, usage("-every %d and -score-batch %d: give 1 or more", c.Every, c.ScoreBatch)
	}
	if c.Epochs > 0 {
		p.Epochs = c.Epochs
	}
	if c.TrainBatch > 0 {
		p.Batch = c.TrainBatch
	}
	if c.Task != "" {
		return s, usage("-task %s: the data set says what is trained for; give -data", c.Task)
	}
	if err := c.check(); err != nil {
		return s, err
	}
	s = zc.Training{Protocol: p, Data: c.Data, Samples: c.Samples, TestSamples: c.TestSamples, Init: weights.Scheme(c.Init), Seed: c.Seed,
		ScoreEvery: c.Every, ScoreBatch: c.ScoreBatch, Backend: c.Backend, Threads: c.Threads, Workers: c.Workers}
	if len(c.Proxies) > 0 {
		chosen, err := proxies.Select(c.Proxies...)
		if err != nil {
			return s, err
		}
		for _, p := range chosen {
			s.Proxies = append(s.Proxies, p.Name)
		}
	}
	return s, nil
}

func (c *trainCmd) Run(a *app) error {
	space, err := c.space()
	if err != nil {
		return err
	}
	s, err := c.training()
	if err != nil {
		return err
	}
	archs, err := c.archs(a, space, c.Seed)
	if err != nil {
		return err
	}
	st, err := store.Open(c.Store)
	if errors.Is(err, store.ErrNoFile) {
		return usage("-store %q: %w", c.Store, store.ErrNoFile)
	}
	if err != nil {
		return err
	}
	s.Store, s.Checkpoints = st, c.Store+".checkpoints"
	if terminal(a.stderr) {
		s.Progress = trainingBar(a)
	}
	start := time.Now()
	results, err := zc.Train(a.ctx, space, archs, s)
	err = errors.Join(err, st.Close())
	if len(results) == 0 {
		return err
	}
	return errors.Join(err, c.summary(a, results, time.Since(start)))
}

// trainingBar draws a bar over the epochs of all networks.
func trainingBar(a *app) func(zc.TrainingProgress) {
	var bar *progressbar.ProgressBar
	return func(p zc.TrainingProgress) {
		if bar == nil {
			bar = progressbar.NewOptions(p.Total, progressbar.OptionSetWriter(a.stderr), progressbar.OptionSetWidth(24),
				progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(200*time.Millisecond),
				progressbar.OptionSetPredictTime(false))
		}
		bar.Describe(fmt.Sprintf("training, epoch %d of %d, %.0f images/s, %s left", p.Epoch, p.Epochs, p.Images, p.Left.Round(time.Second)))
		_ = bar.Set(p.Done)
	}
}

// summary prints a line for each network and one for all.
func (c *trainCmd) summary(a *app, results []train.Result, took time.Duration) error {
	g := &grid{head: []string{"arch", "epochs", "train loss", "test loss", "test accuracy", ""}}
	finished := 0
	for _, r := range results {
		if len(r.History) == 0 {
			continue
		}
		last := r.History[len(r.History)-1]
		note := r.Reason
		if r.Finished() {
			finished++
		} else {
			note = "not finished"
		}
		accuracy := "–"
		if last.Test.Labels > 0 {
			accuracy = fmt.Sprintf("%.2f%%", last.Test.Accuracy())
		}
		g.add(r.Arch, fmt.Sprintf("%d of %d", last.Epoch, r.Epochs), number("%.4f", last.Loss), number("%.4f", last.Test.Loss), accuracy, strings.TrimSpace(note))
	}
	if err := g.write(a.stdout, "table"); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "%s: %d of %d networks trained (%s on %s), in %.1f s\n", c.Store, finished, len(results), c.Protocol, c.Data, took.Seconds())
	return err
}
