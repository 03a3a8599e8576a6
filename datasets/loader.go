package datasets

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/zcnas/zcnas/datasets/stream"
	"github.com/zcnas/zcnas/internal/shuffle"
)

// Loader makes epochs: all samples of a data set, in a new order each time, augmented, in batches. Order and
// augmentation are functions of seed and epoch, the same in any language:
//
//   - order: stream "epoch.{e}.order", for i = N−1 … 1 sample i is swapped with that at ((z >> 32) mod (i+1));
//   - augmentation: stream "epoch.{e}.augment", five draws for each place in the epoch, as [Augment] uses them.
//
// Only one batch is in memory. A Loader is not changed by its use, so several goroutines may run epochs of it.
type Loader struct {
	Data  Dataset // with numbered samples: made by [FromSamples]
	Batch int     // samples in a batch; the last of an epoch may have fewer
	Seed  uint64

	InOrder    bool // takes samples in the order of their numbers, as tests do
	FixedOrder bool // takes every epoch in the order of epoch 0, with an augmentation of its own
	Augment    Augment
}

// Open makes the samples ready and returns their number. Errors: those of the data set, a data set without numbered
// samples, a batch or an augmentation that cannot be.
func (l *Loader) Open(ctx context.Context) (int, error) {
	if l.Data == nil {
		return 0, errors.New("datasets: a Loader without Data")
	}
	s, err := samplesOf(l.Data)
	if err != nil {
		return 0, err
	}
	i := s.Info()
	if err := errors.Join(i.checkBatch(l.Batch), l.Augment.check(i)); err != nil {
		return 0, err
	}
	return s.Open(ctx)
}

// Steps is the number of batches in an epoch of n samples.
func (l *Loader) Steps(n int) int { return (n + l.Batch - 1) / l.Batch }

// Epoch yields the batches of an epoch, which counts from 0. A batch is valid until the next one; after an error there
// is none.
func (l *Loader) Epoch(ctx context.Context, epoch int) iter.Seq2[*Batch, error] {
	return func(yield func(*Batch, error) bool) {
		n, err := l.Open(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		s, info := l.Data.(Samples), l.Data.Info()
		order := l.order(epoch, n)
		draws := stream.New(fmt.Sprintf("epoch.%d.augment", epoch), l.Seed)
		b, fill := NewBatch(info, min(l.Batch, n)), l.Augment.fill(info)
		for at := 0; at < n; at += l.Batch {
			b.resize(min(l.Batch, n-at))
			err := ctx.Err()
			if err == nil {
				err = s.Read(ctx, order[at:at+b.N], b)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			l.Augment.apply(draws, b, fill)
			if !yield(b, nil) {
				return
			}
		}
	}
}

// order is that of the samples in an epoch.
func (l *Loader) order(epoch, n int) []int {
	if l.InOrder {
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		return order
	}
	if l.FixedOrder {
		epoch = 0
	}
	return shuffle.Order(n, stream.New(fmt.Sprintf("epoch.%d.order", epoch), l.Seed).Label)
}

// resize makes a batch one of n samples, no more than it was made with.
func (b *Batch) resize(n int) {
	b.N = n
	b.Inputs = b.Inputs[:n*b.C*b.H*b.W]
	if b.Labels != nil {
		b.Labels = b.Labels[:n*product(b.TargetShape)]
	}
	if b.Targets != nil {
		b.Targets = b.Targets[:n*product(b.TargetShape)]
	}
}
