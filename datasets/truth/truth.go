package truth

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/zcnas/zcnas/datasets/stream"
	"github.com/zcnas/zcnas/internal/named"
	"github.com/zcnas/zcnas/internal/shuffle"
	"github.com/zcnas/zcnas/spaces"
)

// Truth is what trained architectures of a search space reached on a task. It may be read by several goroutines at
// once.
type Truth struct {
	Space  string // name of the search space
	Task   string // "cifar10"
	Metric string // what was measured, higher being better: "test accuracy in percent"
	Epoch  string // of the training: "last" or "best"; "" where it is not known
	Source string // where the numbers are from

	archs  []spaces.Arch
	values map[string]float64
}

// New makes ground truth of values and their architectures, in any of the space's encodings. about has the fields that
// are known besides. Errors: lists of different lengths, an architecture that the space cannot read or that comes twice.
func New(space spaces.Space, about Truth, archs []string, values []float64) (*Truth, error) {
	if len(archs) != len(values) {
		return nil, fmt.Errorf("truth: %d architectures with %d values", len(archs), len(values))
	}
	t := &about
	t.Space, t.archs, t.values = space.Name(), make([]spaces.Arch, len(archs)), make(map[string]float64, len(archs))
	for i, text := range archs {
		arch, err := space.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("truth: architecture %d is not of %s: %w", i+1, space.Name(), err)
		}
		if _, ok := t.values[string(arch)]; ok {
			return nil, fmt.Errorf("truth: there are two values of %s, one of them as %s", arch, text)
		}
		t.archs[i], t.values[string(arch)] = arch, values[i]
	}
	return t, nil
}

// Archs lists the architectures, in official notation and the order of the source.
func (t *Truth) Archs() []spaces.Arch { return slices.Clone(t.archs) }

// Value is what an architecture reached, and whether there is a record.
func (t *Truth) Value(a spaces.Arch) (float64, bool) {
	v, ok := t.values[string(a)]
	if !ok {
		return math.NaN(), false
	}
	return v, true
}

// Values are all values by the architecture's official notation: what scores are correlated with. The map is not to be
// changed.
func (t *Truth) Values() map[string]float64 { return t.values }

// Sample draws n different architectures that there are values of, uniformly; all of them in another order where n is
// more. Equal seeds give equal samples.
func (t *Truth) Sample(n int, seed uint64) []spaces.Arch {
	n = min(max(n, 0), len(t.archs))
	out := make([]spaces.Arch, n)
	for i, at := range shuffle.Draw(n, len(t.archs), stream.New("truth.sample", seed).Below) {
		out[i] = t.archs[at]
	}
	return out
}

// String names what the values are: "cifar10 of nats-tss: 15625 architectures, test accuracy in percent".
func (t *Truth) String() string {
	text := fmt.Sprintf("%s of %s: %d architectures", t.Task, t.Space, len(t.archs))
	for _, more := range []string{t.Metric, t.Source} {
		if more != "" {
			text += ", " + more
		}
	}
	return text
}

// Table is a column of numbers that a source has: what architectures of a benchmark reached on a task.
type Table struct {
	Bench, Task string
	About       Truth // metric, epoch and source
	Read        func() (archs []string, values []float64, err error)
}

var sources struct {
	sync.Mutex
	tables []func(bench string) []Table
	read   map[string]func() (*Truth, error) // by space, task and epoch
}

// Register adds a source, as package records does: tables lists what it has of a benchmark, by the benchmark's name, and
// nothing of those that it does not know. Of several tables that answer a question [Get] takes the first.
func Register(tables func(bench string) []Table) {
	sources.Lock()
	defer sources.Unlock()
	sources.tables = append(sources.tables, tables)
}

// Option narrows what [Get] looks for.
type Option func(*query)

type query struct{ epoch string }

// WithEpoch takes what was measured after the "last" or the "best" epoch of the training, where a benchmark has both, as
// TransNAS-Bench-101 does. The default is the last, or the only one that there is.
func WithEpoch(epoch string) Option { return func(q *query) { q.epoch = epoch } }

// Get returns the ground truth of a search space on a task, by its name or its title, from the sources that are
// registered: those of package records, where a program imports it. No file is read. Errors: a space or a task without
// ground truth; those that there are are named.
func Get(space spaces.Space, task string, opts ...Option) (*Truth, error) {
	var q query
	for _, opt := range opts {
		opt(&q)
	}
	if known := []string{"", "last", "best"}; !slices.Contains(known, q.epoch) {
		return nil, named.Unknown("truth", "epoch", q.epoch, known[1:])
	}
	bench, ok := BenchOf(space.Name())
	if !ok {
		var known []string
		for _, b := range benches {
			known = append(known, b.Space)
		}
		return nil, fmt.Errorf("truth: there is no ground truth of the space %s, but of %s; New makes some of numbers of your own", space.Name(), strings.Join(known, ", "))
	}
	if t, ok := TaskOf(task); ok {
		task = t.Name
	}
	sources.Lock()
	defer sources.Unlock()
	key := strings.Join([]string{space.Name(), task, q.epoch}, "\n")
	if read, ok := sources.read[key]; ok {
		return read()
	}
	var tasks []string
	for _, list := range sources.tables {
		for _, table := range list(bench.Name) {
			if table.Task != task || q.epoch != "" && table.About.Epoch != q.epoch {
				if !slices.Contains(tasks, table.Task) {
					tasks = append(tasks, table.Task)
				}
				continue
			}
			read := sync.OnceValues(func() (*Truth, error) {
				archs, values, err := table.Read()
				if err != nil {
					return nil, fmt.Errorf("truth: %s on %s: %w", space.Name(), task, err)
				}
				about := table.About
				about.Task = task
				return New(space, about, archs, values)
			})
			if sources.read == nil {
				sources.read = map[string]func() (*Truth, error){}
			}
			sources.read[key] = read
			return read()
		}
	}
	switch {
	case len(tasks) == 0:
		return nil, fmt.Errorf("truth: no source has ground truth of %s; import github.com/zcnas/zcnas/datasets/truth/records for the published ones", space.Name())
	case q.epoch != "" && slices.Contains(tasks, task):
		return nil, fmt.Errorf("truth: of %s on %s there is nothing after the %s epoch", space.Name(), task, q.epoch)
	}
	return nil, named.Unknown("truth", "task of "+space.Name(), task, tasks)
}

// Of takes one task out of the records of a benchmark, which are in an encoding of the space. Errors: no such task,
// records of another space.
func Of(space spaces.Space, records interface {
	Tasks() []string
	Archs(task string) []string
	Accuracy(task, arch string) (float64, bool)
}, task string) (*Truth, error) {
	if tasks := records.Tasks(); !slices.Contains(tasks, task) {
		return nil, named.Unknown("truth", "task", task, tasks)
	}
	archs := records.Archs(task)
	values := make([]float64, len(archs))
	for i, a := range archs {
		values[i], _ = records.Accuracy(task, a)
	}
	return New(space, Truth{Task: task, Metric: Label(task)}, archs, values)
}
