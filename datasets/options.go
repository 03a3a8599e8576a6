package datasets

import (
	"fmt"
	"strings"

	"github.com/zcnas/zcnas/datasets/fetch"
)

// Split names a part of a data set.
type Split string

// The parts, as the published files divide a data set.
const (
	Train Split = "train" // what networks are trained on, and the default for minibatches
	Test  Split = "test"  // what their accuracy is measured on
)

// Option sets a detail of a data set or of how its files are found. Options that do not concern a data
// set have no effect on it.
type Option func(*options)

type options struct {
	files    []fetch.Option // where files are and how they may be had
	split    Split
	coarse   bool
	labeller uint64

	shape   *[3]int // nil and nil: the task's, else 3×32×32 and 10
	outputs *int
	task    string
	loss    string
}

func newOptions(opts []Option) *options {
	o := &options{split: Train}
	for _, opt := range opts {
		opt(o)
	}
	return o
}

// WithDir looks for files under dir in place of $ZC_DATA.
func WithDir(dir string) Option {
	return func(o *options) { o.files = append(o.files, fetch.WithDir(dir)) }
}

// WithOffline forbids downloads: a file that is not on this machine is an error that wraps [ErrOffline].
func WithOffline() Option { return func(o *options) { o.files = append(o.files, fetch.WithOffline()) } }

// WithProgress calls f as a download goes on, in place of the bar on a terminal's standard error. f is
// called from the goroutine that downloads.
func WithProgress(f func(fetch.Progress)) Option {
	return func(o *options) { o.files = append(o.files, fetch.WithProgress(f)) }
}

// WithSplit draws minibatches from that part of the data set; the default is [Train].
func WithSplit(s Split) Option { return func(o *options) { o.split = s } }

// WithCoarseLabels labels CIFAR-100 by its 20 superclasses in place of its 100 classes.
func WithCoarseLabels() Option { return func(o *options) { o.coarse = true } }

// WithGeneratorSeed makes another Synthetic CIFAR-10: its labelling networks and its images are drawn
// from seed; the default is 0.
func WithGeneratorSeed(seed uint64) Option { return func(o *options) { o.labeller = seed } }

// WithShape sets the input shape of the data set "reference", [C, H, W]; the default is that of the task
// ([WithTask]), else 3×32×32.
func WithShape(c, h, w int) Option { return func(o *options) { o.shape = &[3]int{c, h, w} } }

// WithOutputs sets the classes or output channels of the data set "reference"; the default is that of the task
// ([WithTask]), else 10.
func WithOutputs(n int) Option { return func(o *options) { o.outputs = &n } }

// WithTask makes the data set "reference" that of a TransNAS-Bench-101 task, one of [spaces.TransNASTasks]:
// "class_object", "class_scene", "room_layout", "jigsaw", "segmentsemantic", "normal", "autoencoder". The task
// gives the targets, the loss, the head of the networks and, unless they are set, the shape and the outputs.
func WithTask(task string) Option { return func(o *options) { o.task = task } }

// WithLoss sets the loss of the data set "reference", and with it the kind of its targets.
func WithLoss(loss string) Option { return func(o *options) { o.loss = loss } }

// changed writes options that are not the default, in the notation of [Info].
type changed []string

func (c *changed) add(name string, value, byDefault any) {
	if value != byDefault {
		*c = append(*c, fmt.Sprintf("%s=%v", name, value))
	}
}

func (c changed) String() string { return strings.Join(c, " ") }
