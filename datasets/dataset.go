package datasets

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/datasets/fetch"
	"github.com/zcnas/zcnas/internal/named"
	"github.com/zcnas/zcnas/spaces"
)

// Batch is one minibatch, in PyTorch's order.
type Batch struct {
	N, C, H, W int
	Inputs     []float32 // [N, C, H, W], normalised as the data set documents

	// Labels are the class labels, in [0, Outputs): [N], or [N, H, W] where every pixel has a label
	// (TargetShape is then [H, W]). nil for dense and soft targets.
	Labels []int

	// Targets are dense or soft targets, [N, TargetShape...]; nil where there are Labels.
	Targets     []float32
	TargetShape []int // without N; empty for one label per sample

	Outputs int // classes, or output channels
}

// NewBatch makes a batch of n samples of the data set, to be filled.
func NewBatch(i Info, n int) *Batch {
	b := &Batch{N: n, C: i.C, H: i.H, W: i.W, Outputs: i.Outputs, TargetShape: i.TargetShape}
	b.Inputs = make([]float32, n*i.C*i.H*i.W)
	if i.Loss == CrossEntropy {
		b.Labels = make([]int, n*product(i.TargetShape))
	} else {
		b.Targets = make([]float32, n*product(i.TargetShape))
	}
	return b
}

func product(shape []int) int {
	p := 1
	for _, d := range shape {
		p *= d
	}
	return p
}

// Task is what networks for the minibatch are built for; name is [Info].Task of the data set.
func (b *Batch) Task(name string) spaces.Task {
	return spaces.Task{Name: name, Input: spaces.Shape{C: b.C, H: b.H, W: b.W}, Outputs: b.Outputs, Dense: len(b.TargetShape) > 1}
}

// Losses that a data set can name in [Info].
const (
	CrossEntropy     = "cross_entropy"      // class labels
	SoftCrossEntropy = "soft_cross_entropy" // probabilities per class
	MSE              = "mse"                // mean squared error
	L1               = "l1"                 // mean absolute error
	RelL2            = "rel_l2"             // relative L2 error, Darcy Flow
)

// Info describes a data set.
type Info struct {
	Name    string // as [Get] takes it
	Options string // those that are not the default, in alphabetical order, "loss=mse shape=3,64,64"
	Title   string // for headings: "CIFAR-10"
	C, H, W int    // shape of one input
	Outputs int    // classes, or output channels
	Loss    string // "cross_entropy", "soft_cross_entropy", "mse", "l1" or "rel_l2"
	Task    string // chooses the head of networks that have several, "jigsaw"; "" where there is no choice

	// TargetShape is the shape of one sample's target, empty for one class label; with the loss [CrossEntropy]
	// targets are labels.
	TargetShape []int

	// Train, Valid and Test are the numbers of samples; 0 means none, unknown, or without an end. Of files that
	// are on this machine they are counted; before a download they are those of the published set.
	Train, Valid, Test int

	// Batch is the size of minibatch that suits the inputs, where it is not 64.
	Batch int

	// Origin says where the samples come from.
	Origin Origin

	// Black is the value of a black pixel in each channel after normalisation, what a crop pads with; nil for 0.
	Black []float32
}

// DefaultBatch is the size of a minibatch for scoring, where none is asked for: 64, or less for large inputs.
func (i Info) DefaultBatch() int { return cmp.Or(i.Batch, 64) }

// FullName is the name with the options behind it: what tells apart scores on different minibatches. The name
// ends at the first blank.
func (i Info) FullName() string { return strings.TrimSpace(i.Name + " " + i.Options) }

// Sampling says how a minibatch is drawn.
type Sampling string

const (
	// Random draws n different samples, uniformly.
	Random Sampling = "random"

	// Grasp draws k = n/classes samples of every class, ordered by class, as the data loader of the
	// grasp proxy does (Wang et al. 2020). The remainder n − k·classes is drawn one each from as many
	// classes, which the seed picks, so that the batch always has n samples. n < classes is an error.
	Grasp Sampling = "grasp"
)

// Dataset yields minibatches. Implementations may be used by several goroutines at once.
type Dataset interface {
	Info() Info

	// Minibatch returns n samples. The same data, n, seed and sampling give the same batch. Files that
	// are missing are downloaded under ctx. Errors: n < 1 or more than there is, an unknown sampling,
	// files that are missing, truncated or corrupt.
	Minibatch(ctx context.Context, n int, seed uint64, how Sampling) (*Batch, error)
}

// maxBatchBytes bounds a minibatch, so that a mistyped size is an error and not a dead machine.
const maxBatchBytes = 8 << 30

// checkBatch reports a batch size that cannot be.
func (i Info) checkBatch(n int) error {
	each := max(i.C*i.H*i.W, product(i.TargetShape), 1)
	if n < 1 {
		return fmt.Errorf("datasets: %s: a minibatch of %d samples; give at least 1", i.Name, n)
	}
	if n > maxBatchBytes/4/each {
		return fmt.Errorf("datasets: %s: a minibatch of %d samples of %d values exceeds %d GiB; give a smaller one", i.Name, n, each, maxBatchBytes>>30)
	}
	return nil
}

// checkSampling reports an unknown sampling.
func checkSampling(how Sampling) error {
	if known := []string{string(Random), string(Grasp)}; !slices.Contains(known, string(how)) {
		return named.Unknown("datasets", "sampling", string(how), known)
	}
	return nil
}

// ErrOffline marks errors for data that is not on this machine while the network may not be used.
var ErrOffline = fetch.ErrOffline
