package datasets

import (
	"github.com/zcnas/zcnas/datasets/fetch"
	"github.com/zcnas/zcnas/internal/named"
)

// Opener makes a data set with the options that were given. It reads no samples and downloads nothing. What is wrong
// with an option is kept in o, and [Get] reports it.
type Opener func(o *Options) (Dataset, error)

var registry named.Registry[Opener]

// Register adds a data set, so that [Get] finds it by its name. It fails if the name is empty or taken.
func Register(name string, open Opener) error {
	return registry.Add("datasets", "data set", name, open)
}

// register adds a data set of this package.
func register(name string, open Opener) {
	if err := Register(name, open); err != nil {
		panic(err)
	}
}

// Names lists the data sets that [Get] knows.
func Names() []string { return registry.Names() }

// Get returns the data set of that name, one of [Names]. It reads no samples and downloads nothing; the first
// minibatch does. Errors: an unknown name (the nearest is suggested), an option that the data set does not have (those
// that it has are named), a value that does not fit.
func Get(name string, opts ...Option) (Dataset, error) {
	open, ok := registry.Get(name)
	if !ok {
		return nil, named.Unknown("datasets", "data set", name, Names())
	}
	o := newOptions(name, opts)
	d, err := open(o)
	if e := o.Err(); e != nil {
		return nil, e
	}
	return d, err
}

// OptionsOf lists the options of a data set. Errors: an unknown name.
func OptionsOf(name string) ([]OptionInfo, error) {
	open, ok := registry.Get(name)
	if !ok {
		return nil, named.Unknown("datasets", "data set", name, Names())
	}
	o := newOptions(name, nil)
	_, _ = open(o) // a set that cannot be without options has told which it has
	return o.Known(), nil
}

// OptionInfo says what an option is: its name, its default, the values it may have, and what it sets.
type OptionInfo = named.Option

// Option sets a detail of a data set, or says how its files are found. An option that a data set does not have is an
// error of [Get]; [WithDir], [WithOffline] and [WithProgress] suit all.
type Option struct {
	name  string
	value any
	files fetch.Option
}

// With sets the option of that name, as command lines have it: With("split", "test") is [WithSplit]([Test]).
func With(name string, value any) Option { return Option{name: name, value: value} }

// WithDir looks for files under dir in place of $ZC_DATA.
func WithDir(dir string) Option { return Option{files: fetch.WithDir(dir)} }

// WithOffline forbids downloads: a file that is not on this machine is an error that wraps [ErrOffline].
func WithOffline() Option { return Option{files: fetch.WithOffline()} }

// WithProgress calls f as a download goes on, in place of the bar on a terminal's standard error. f is called from the
// goroutine that downloads.
func WithProgress(f func(fetch.Progress)) Option { return Option{files: fetch.WithProgress(f)} }

// WithSplit takes samples from that part of the data set; the default is [Train].
func WithSplit(s Split) Option { return With("split", string(s)) }

// WithValid sets the last n training samples apart for validation, on sets that were published without such a part.
func WithValid(n int) Option { return With("valid", n) }

// Options are what an [Opener] reads: each call names an option that the data set has, with its default.
type Options struct {
	*named.Options
	files []fetch.Option
}

func newOptions(name string, opts []Option) *Options {
	values := map[string]any{}
	var files []fetch.Option
	for _, opt := range opts {
		if opt.files != nil {
			files = append(files, opt.files)
		} else {
			values[opt.name] = opt.value
		}
	}
	return &Options{named.NewOptions("datasets", name, values), files}
}

// Files are the options of package fetch.
func (o *Options) Files() []fetch.Option { return o.files }

// Split reads the part of the data set that samples come from, one of known; the first is the default.
func (o *Options) Split(known ...Split) Split {
	var names []string
	for _, s := range known {
		names = append(names, string(s))
	}
	return Split(o.Text("split", names[0], "part that samples come from", names...))
}

// Valid reads how many training samples are set apart for validation.
func (o *Options) Valid(byDefault int) int {
	return o.Int("valid", byDefault, 0, 1<<30, "training samples, the last ones, that are set apart for validation")
}

// Split names a part of a data set.
type Split string

// The parts of a data set.
const (
	Train Split = "train" // what networks are trained on, and the default
	Valid Split = "valid" // what training is steered by
	Test  Split = "test"  // what accuracy is measured on
)
