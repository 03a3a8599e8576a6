package datasets

import (
	"context"
	"fmt"

	"github.com/zcnas/zcnas/datasets/stream"
)

// Samples is what most data sets are: numbered samples that can be read in any order. [FromSamples] makes a [Dataset]
// of them, a [Loader] epochs. Implementations may be used by several goroutines at once.
type Samples interface {
	Info() Info

	// Open makes the samples ready and returns their number. Files that are missing are downloaded under ctx.
	// Errors: files that are missing, truncated or corrupt. It is called before every minibatch and every epoch,
	// so what takes time is done once.
	Open(ctx context.Context) (int, error)

	// Read writes the samples of those numbers to the places 0, 1, … of a batch that [NewBatch] made.
	Read(ctx context.Context, numbers []int, b *Batch) error

	// Labels are the classes of all samples, for the sampling [Grasp]; nil where samples have no class.
	Labels(ctx context.Context) ([]int, error)
}

// FromSamples makes a data set whose minibatches are drawn from the samples: of [Random] different ones, of [Grasp]
// the same number of each class.
func FromSamples(s Samples) Dataset { return &numbered{s} }

type numbered struct{ Samples }

func (d *numbered) Minibatch(ctx context.Context, n int, seed uint64, how Sampling) (*Batch, error) {
	i := d.Info()
	if err := checkSampling(how); err != nil {
		return nil, err
	}
	if err := i.checkBatch(n); err != nil {
		return nil, err
	}
	total, err := d.Open(ctx)
	if err != nil {
		return nil, err
	}
	s := stream.New("minibatch", seed)
	var numbers []int
	if how == Grasp {
		if numbers, err = d.grasp(ctx, s, n); err != nil {
			return nil, err
		}
	} else if n > total {
		return nil, fmt.Errorf("datasets: %s: a minibatch of %d, and there are %d samples", i.FullName(), n, total)
	} else {
		numbers = draw(s, n, total)
	}
	b := NewBatch(i, n)
	return b, d.Read(ctx, numbers, b)
}

// grasp draws equally many samples of each class, ordered by class.
func (d *numbered) grasp(ctx context.Context, s *stream.Stream, n int) ([]int, error) {
	i := d.Info()
	counts, err := perClass(s, n, i.Outputs)
	if err != nil {
		return nil, err
	}
	labels, err := d.Labels(ctx)
	if err != nil {
		return nil, err
	}
	if labels == nil {
		return nil, fmt.Errorf("datasets: %s: its samples have no classes, so the sampling %q cannot be; use %q", i.FullName(), Grasp, Random)
	}
	byClass := make([][]int, i.Outputs)
	for number, c := range labels {
		if c < 0 || c >= i.Outputs {
			return nil, fmt.Errorf("datasets: %s: sample %d is of class %d, and there are %d classes", i.FullName(), number, c, i.Outputs)
		}
		byClass[c] = append(byClass[c], number)
	}
	numbers := make([]int, 0, n)
	for c, k := range counts {
		if k > len(byClass[c]) {
			return nil, fmt.Errorf("datasets: %s: the sampling %q needs %d samples of class %d, and there are %d", i.FullName(), Grasp, k, c, len(byClass[c]))
		}
		for _, at := range draw(s, k, len(byClass[c])) {
			numbers = append(numbers, byClass[c][at])
		}
	}
	return numbers, nil
}

// samplesOf are the samples of a data set that has them by number.
func samplesOf(d Dataset) (Samples, error) {
	if s, ok := d.(Samples); ok {
		return s, nil
	}
	return nil, fmt.Errorf("datasets: %s has minibatches, and no numbered samples that epochs could be made of", d.Info().Name)
}

// part is the range of numbers of a split, where the last valid of total training samples are set apart.
func part(i Info, split Split, total, valid int) (from, n int, err error) {
	switch {
	case split == Test:
		return 0, total, nil
	case valid >= total:
		return 0, 0, fmt.Errorf("datasets: %s: %d samples are set apart for validation, of %d for training; give fewer with WithValid", i.FullName(), valid, total)
	case split == Valid && valid == 0:
		return 0, 0, fmt.Errorf("datasets: %s: it was published without a validation part; say with WithValid how many training samples are set apart", i.FullName())
	case split == Valid:
		return total - valid, valid, nil
	}
	return 0, total - valid, nil
}

// First is a data set of the first n samples of another, for a training that is to be short. Errors: n < 1, or a data
// set without numbered samples. Where there are fewer, reading fails.
func First(d Dataset, n int) (Dataset, error) {
	s, err := samplesOf(d)
	if err != nil {
		return nil, err
	}
	if n < 1 {
		return nil, fmt.Errorf("datasets: the first %d samples of %s; give at least 1", n, d.Info().Name)
	}
	return FromSamples(&first{s, n}), nil
}

type first struct {
	Samples
	n int
}

func (f *first) Info() Info {
	i := f.Samples.Info()
	if i.Options != "" {
		i.Options += " "
	}
	i.Options += fmt.Sprintf("first=%d", f.n)
	return i
}

func (f *first) Open(ctx context.Context) (int, error) {
	n, err := f.Samples.Open(ctx)
	if err == nil && n < f.n {
		err = fmt.Errorf("datasets: %s: there are %d samples", f.Info().FullName(), n)
	}
	return f.n, err
}

func (f *first) Labels(ctx context.Context) ([]int, error) {
	labels, err := f.Samples.Labels(ctx)
	return labels[:min(f.n, len(labels))], err
}
