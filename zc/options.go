package zc

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/proxies"
	"github.com/zcnas/zcnas/zc/table"
	"github.com/zcnas/zcnas/zc/weights"
)

// Option changes how [Score] and [NewScorer] work.
type Option func(*config) error

type config struct {
	proxies  []string
	backend  string
	threads  int
	workers  int
	device   engine.Device
	init     weights.Scheme
	seed     uint64
	data     datasets.Dataset
	dataName string
	batch    int
	sampling datasets.Sampling
	store    RowStore
	unscored []spaces.Kind
	settings map[string]float64
	progress func(Progress)
	records  func(table.Record)
	entries  func([]table.Entry)
	given    []string // names of the options that not every call has a use for
}

func newConfig(opts []Option) (*config, error) {
	c := &config{backend: "native", init: weights.PyTorch, sampling: datasets.Random, dataName: "synthetic-cifar10"}
	for i, o := range opts {
		if o == nil {
			return nil, fmt.Errorf("zc: option %d of %d is nil", i+1, len(opts))
		}
		if err := o(c); err != nil {
			return nil, err
		}
	}
	return c, c.check()
}

// named is an option that not every call has a use for.
func named(name string, set Option) Option {
	return func(c *config) error {
		c.given = append(c.given, name)
		return set(c)
	}
}

// check reports options that contradict each other.
func (c *config) check() error {
	for _, pair := range [][2]string{{"WithDevice", "WithBackend"}, {"WithDevice", "WithThreads"}, {"WithData", "WithDataName"}, {"WithProgress", "WithProgressBar"}} {
		if slices.Contains(c.given, pair[0]) && slices.Contains(c.given, pair[1]) {
			return fmt.Errorf("zc: %s and %s are given; give one", pair[0], pair[1])
		}
	}
	return nil
}

// WithProxies chooses the proxies by name; "post" (the default) and "all" stand for several.
func WithProxies(names ...string) Option {
	return func(c *config) error {
		_, err := proxies.Select(names...)
		c.proxies = names
		return err
	}
}

// WithBackend chooses the device: "native" (the default) or, with package zc/engine/gomlx imported,
// "gomlx:go", "gomlx:xla:cuda" and so on.
func WithBackend(backend string) Option {
	return named("WithBackend", func(c *config) error { c.backend = backend; return nil })
}

// WithWorkers sets how many networks [Score] works on at once, for backends that can ([engine.Cloner]): more keep a
// GPU busier and take as many times the memory. 0, the default, leaves it to the backend. The native backend
// works on one, with all its threads.
func WithWorkers(n int) Option {
	return named("WithWorkers", func(c *config) error {
		if n < 0 {
			return fmt.Errorf("zc: %d workers", n)
		}
		c.workers = n
		return nil
	})
}

// WithDevice gives a device that is already open.
func WithDevice(d engine.Device) Option {
	return named("WithDevice", func(c *config) error { c.device = d; return nil })
}

// WithThreads sets the number of threads, 0 for all. Scores do not depend on it.
func WithThreads(n int) Option {
	return named("WithThreads", func(c *config) error {
		if n < 0 {
			return fmt.Errorf("zc: %d threads; give 0 for all", n)
		}
		c.threads = n
		return nil
	})
}

// WithInit chooses the initialisation; the default is PyTorch's own.
func WithInit(scheme weights.Scheme) Option {
	return func(c *config) error {
		for _, s := range weights.Schemes() {
			if s == scheme {
				c.init = scheme
				return nil
			}
		}
		return fmt.Errorf("zc: unknown initialisation %q; there are %q", scheme, weights.Schemes())
	}
}

// WithSeed sets the seed of weights and minibatch; the default is 0.
func WithSeed(seed uint64) Option {
	return func(c *config) error { c.seed = seed; return nil }
}

// WithData scores on a data set; the default is Synthetic CIFAR-10, which needs no download.
func WithData(d datasets.Dataset) Option {
	return named("WithData", func(c *config) error {
		if d == nil {
			return errors.New("zc: WithData: the data set is nil; was the error of the call that made it looked at?")
		}
		c.data = d
		return nil
	})
}

// WithDataName scores on a data set by its name in package datasets, or on data of your own by its path: a folder of
// images or an .npz file, as [datasets.Open] reads them.
func WithDataName(name string) Option {
	return named("WithDataName", func(c *config) error { c.dataName = name; return nil })
}

// WithBatch sets the size of the minibatch; the default is that of the data set
// ([datasets.Info.DefaultBatch]): 64, 4 on Darcy Flow.
func WithBatch(n int) Option {
	return named("WithBatch", func(c *config) error {
		if n < 1 {
			return fmt.Errorf("zc: a minibatch of %d samples", n)
		}
		c.batch = n
		return nil
	})
}

// WithSampling chooses how the minibatch is drawn: at random (the default), or k samples of each class.
func WithSampling(s datasets.Sampling) Option {
	return func(c *config) error { c.sampling = s; return nil }
}

// WithUnscored leaves the weights of layers of these kinds out of every proxy that is a sum over weights or
// layers. Public code leaves out [spaces.ConvTranspose], so NAS-Bench-Suite-Zero's scores of the decoders of
// TransNAS-Bench-101 need it; by default all convolutions and linear layers count.
func WithUnscored(kinds ...spaces.Kind) Option {
	return func(c *config) error {
		for _, k := range kinds {
			if k != spaces.Conv && k != spaces.ConvTranspose {
				return fmt.Errorf("zc: layers of kind %v cannot be left out; convolutions and transposed convolutions can", k)
			}
		}
		c.unscored = kinds
		return nil
	}
}

// WithProxySetting sets a number that the definition of a proxy leaves open, such as "swap.repeats": see
// [proxies.Settings]. It becomes part of the rows' keys where it is not the default.
func WithProxySetting(name string, value float64) Option {
	return func(c *config) error {
		if err := proxies.CheckSetting(name, value); err != nil {
			return err
		}
		if c.settings == nil {
			c.settings = map[string]float64{}
		}
		c.settings[name] = value
		return nil
	}
}

// RowStore keeps rows from one sweep to the next; package store has one in a SQLite file.
type RowStore interface {
	Load() (*table.Table, error)
	Put([]table.Entry) error // all or none
}

// WithStore keeps every row as soon as it is computed, and does not compute again what is there already: an
// interrupted sweep goes on where it stopped. Rows are found again by their [table.Key].
func WithStore(s RowStore) Option {
	return named("WithStore", func(c *config) error { c.store = s; return nil })
}

// variant names what of the minibatch and the weights is not the default, to stand behind the data's name in a [table.Key].
func (c *config) variant(chosen []proxies.Proxy) string {
	var s string
	if c.init != weights.PyTorch {
		s += " init=" + string(c.init)
	}
	if c.sampling != datasets.Random {
		s += " sampling=" + string(c.sampling)
	}
	for _, k := range slices.Compact(slices.Sorted(slices.Values(c.unscored))) {
		s += " without=" + k.String()
	}
	return s + proxies.Describe(chosen, c.settings)
}

// WithProgress calls f after every architecture.
func WithProgress(f func(Progress)) Option {
	return named("WithProgress", func(c *config) error { c.progress = f; return nil })
}

// WithProgressBar draws a progress bar with architectures per second and the time left.
func WithProgressBar(w io.Writer) Option {
	return named("WithProgressBar", func(c *config) error { c.progress = progressBar(w); return nil })
}

// WithRows calls f with every architecture's scores as soon as they are computed.
func WithRows(f func(table.Record)) Option {
	return named("WithRows", func(c *config) error { c.records = f; return nil })
}

// WithEntries calls f with every architecture's rows of the table as soon as they are computed: what [WithRows]
// gives, with each score's own time.
func WithEntries(f func([]table.Entry)) Option {
	return named("WithEntries", func(c *config) error { c.entries = f; return nil })
}
