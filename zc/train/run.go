package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/zc/engine"
)

// Task is one training from beginning to end.
type Task struct {
	// Key says what the training is of; a checkpoint of another key is an error.
	Key      string
	Network  Network
	Weights  *engine.Weights // at the start
	Protocol Protocol
	Seed     uint64

	Train, Test datasets.Dataset
	Fill        []float32 // of crops, see [datasets.Augment]; nil for the data set's black
	TestBatch   int       // samples at once in evaluations; 0 for 250. Results do not depend on it but for rounding

	// Checkpoint is a file that is written after every epoch, and gone on from where it is there already; "" for none.
	Checkpoint string
	// Measure scores the network at the end of epochs for which ScoreAfter is true, of 0 too; nil for never.
	Measure    func(w *engine.Weights) (scores, eval map[string]Score, err error)
	ScoreAfter func(epoch int) bool
	// Keep is called with every new record, and an error of it ends the training; OnStep is called before every step.
	Keep   func(Record) error
	OnStep func(epoch, step, steps int)
}

// Run trains. After an error, also when ctx ends, the records of finished epochs come back with it: an error that wraps
// [ErrDiverged] means that the network cannot be trained so, and the others that Run can be called again and goes on
// from the checkpoint.
func Run(ctx context.Context, d engine.Device, task *Task) (History, error) {
	if err := task.Protocol.Check(); err != nil {
		return nil, err
	}
	p := &task.Protocol
	train := &datasets.Loader{Data: task.Train, Batch: p.Batch, Seed: task.Seed, FixedOrder: p.FixedOrder,
		Augment: datasets.Augment{Crop: p.Crop, Flip: p.Flip, Cutout: p.Cutout, Fill: task.Fill}}
	test := &datasets.Loader{Data: task.Test, Batch: task.TestBatch, InOrder: true}
	if test.Batch == 0 {
		test.Batch = 250
	}
	n, err := train.Open(ctx)
	if err != nil {
		return nil, err
	}
	from := &Checkpoint{Key: task.Key, Weights: task.Weights}
	if task.Checkpoint != "" {
		c, err := ReadCheckpoint(task.Checkpoint)
		switch {
		case err == nil && c.Key != task.Key:
			return nil, fmt.Errorf("train: checkpoint %s is of another training:\n  it is of  %s\n  asked for %s", task.Checkpoint, c.Key, task.Key)
		case err == nil:
			from = c
		case !errors.Is(err, os.ErrNotExist):
			return nil, err
		}
	}
	t, err := New(d, task.Network, from.Weights, *p, task.Seed)
	if err != nil {
		return from.History, err
	}
	defer t.Close()
	r := &run{Task: task, trainer: t, checkpoint: from}
	if len(r.checkpoint.History) == 0 {
		if err := r.finish(ctx, Record{}, test); err != nil {
			return r.checkpoint.History, err
		}
	}
	steps := train.Steps(n)
	for epoch := len(r.checkpoint.History) - 1; epoch < p.Epochs; epoch++ {
		start := time.Now()
		batches := train.Epoch(ctx, epoch)
		if task.OnStep != nil {
			batches = r.counted(batches, epoch, steps)
		}
		e, err := t.Epoch(ctx, epoch, steps, batches)
		if err != nil {
			return r.checkpoint.History, err
		}
		record := Record{Epoch: epoch + 1, Rate: e.Rate, Losses: e.Losses, Correct: e.Correct, Samples: e.Samples, Seconds: time.Since(start).Seconds()}
		for _, v := range e.Losses {
			record.Loss += v / float64(len(e.Losses))
		}
		if err := r.finish(ctx, record, test); err != nil {
			return r.checkpoint.History, err
		}
	}
	return r.checkpoint.History, nil
}

// run is a [Task] under way.
type run struct {
	*Task
	trainer    *Trainer
	checkpoint *Checkpoint
}

// counted calls OnStep before each batch.
func (r *run) counted(batches func(func(*datasets.Batch, error) bool), epoch, steps int) func(func(*datasets.Batch, error) bool) {
	return func(yield func(*datasets.Batch, error) bool) {
		step := 0
		for b, err := range batches {
			r.OnStep(epoch, step, steps)
			step++
			if !yield(b, err) {
				return
			}
		}
	}
}

// finish evaluates and scores the state after an epoch, and keeps it.
func (r *run) finish(ctx context.Context, record Record, test *datasets.Loader) error {
	var err error
	if record.Test, err = r.trainer.Evaluate(ctx, test.Epoch(ctx, 0)); err != nil {
		return err
	}
	if l := record.Test.Loss; math.IsNaN(l) || math.IsInf(l, 0) {
		return fmt.Errorf("train: after epoch %d: loss %v on the test samples: %w", record.Epoch, l, ErrDiverged)
	}
	measured := r.Measure != nil && (r.ScoreAfter == nil || r.ScoreAfter(record.Epoch))
	if !measured && r.Checkpoint == "" {
		return r.keep(record, nil)
	}
	w, err := r.trainer.Weights()
	if err != nil {
		return err
	}
	if measured {
		if record.Scores, record.EvalScores, err = r.Measure(w); err != nil {
			return err
		}
	}
	return r.keep(record, w)
}

func (r *run) keep(record Record, w *engine.Weights) error {
	r.checkpoint.History = append(r.checkpoint.History, record)
	if r.Checkpoint != "" {
		r.checkpoint.Weights = w
		if err := r.checkpoint.Write(r.Checkpoint); err != nil {
			return err
		}
	}
	if r.Keep != nil {
		return r.Keep(record)
	}
	return nil
}
