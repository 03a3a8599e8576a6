package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/datasets/truth/records"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/native/kernels"
	"github.com/zcnas/zcnas/zc/proxies"
	"github.com/zcnas/zcnas/zc/weights"
)

// spaceFlags choose a search space and how its networks are built.
type spaceFlags struct {
	Space  string   `default:"nats-tss" help:"Search space; \"zc spaces\" lists them."`
	Option []string `sep:"none" placeholder:"NAME=VALUE" help:"Option of the networks, such as channels=8 or cells_per_stage=1. May be repeated."`
	Task   string   `help:"Task whose head the networks get, on spaces that have several (TransNAS-Bench-101)."`
}

// space makes the search space.
func (f *spaceFlags) space() (spaces.Space, error) {
	options := map[string]any{}
	for _, o := range f.Option {
		name, value, ok := strings.Cut(o, "=")
		if !ok || name == "" || value == "" {
			return nil, usage("option %q is not of the form name=value", o)
		}
		if first, ok := options[name]; ok {
			return nil, usage("-option %s is given twice, as %v and as %s", name, first, value)
		}
		options[name] = value
	}
	s, err := spaces.New(f.Space, options)
	switch {
	case err != nil || f.Task == "":
		return s, err
	case !severalTasks(s):
		return nil, usage("-task %s: %s has one head for all tasks; transnas-micro and transnas-macro have several", f.Task, s.Name())
	}
	return s, checkTask(s.Name(), f.Task, tasks(s))
}

// archFlags choose architectures.
type archFlags struct {
	Arch       []string `sep:"none" help:"Architecture, in any of the space's encodings. May be repeated."`
	Archs      string   `placeholder:"FILE|BENCH[:TASK]" help:"File with one architecture on each line, - for standard input; or a benchmark of NAS-Bench-Suite-Zero for all architectures that it has accuracies of: nasbench201, nasbench301, transbench101_micro, transbench101_macro."`
	Sample     int      `placeholder:"N" help:"Draw N different architectures at random."`
	SampleSeed *uint64  `placeholder:"S" help:"Seed of that draw, where it is not to be that of -seed."`
	All        bool     `help:"All architectures of the space."`
}

// maxSample is more than anyone scores, and few enough to be drawn at once.
const maxSample = 1_000_000

// archs lists the chosen architectures in official notation, so that a wrong one is told before work begins.
func (f *archFlags) archs(a *app, s spaces.Space, seed uint64) ([]spaces.Arch, error) {
	ways := 0
	for _, set := range []bool{len(f.Arch) > 0, f.Archs != "", f.Sample != 0, f.All} {
		if set {
			ways++
		}
	}
	if ways != 1 {
		return nil, usage("give one of -arch ARCH, -archs FILE or BENCH, -sample N and -all")
	}
	if f.SampleSeed != nil {
		seed = *f.SampleSeed
	}
	switch {
	case f.Sample < 0 || f.Sample > maxSample:
		return nil, usage("-sample %d: give 1 to %d", f.Sample, maxSample)
	case f.Sample > 0:
		return s.Sample(f.Sample, seed)
	case f.Archs != "":
		return readArchs(a, s, f.Archs)
	case f.All:
		e, ok := s.(spaces.Enumerator)
		if !ok {
			return nil, fmt.Errorf("%s has %s architectures, too many to score all; use -sample", s.Name(), sizeOf(s))
		}
		return slices.Collect(e.Enumerate()), nil
	}
	var out []spaces.Arch
	for _, text := range f.Arch {
		x, err := s.Parse(text)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// readArchs reads one architecture from each line; empty lines and those that begin with # are skipped. A name that
// is no file's can be a benchmark's.
func readArchs(a *app, s spaces.Space, name string) ([]spaces.Arch, error) {
	r := a.stdin
	if name != "-" {
		f, err := os.Open(name)
		if bench, _, _ := strings.Cut(name, ":"); errors.Is(err, os.ErrNotExist) {
			if benches := records.Benches(); slices.Contains(benches, bench) {
				return benchArchs(s, name)
			} else if n := spaces.Nearest(bench, benches); n != "" {
				return nil, fmt.Errorf("%w; did you mean the benchmark %q?", err, n)
			}
		}
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r = f
	}
	var out []spaces.Arch
	sc := bufio.NewScanner(r)
	for line := 1; sc.Scan(); line++ {
		text := strings.TrimSpace(sc.Text())
		if text == "" || text[0] == '#' {
			continue
		}
		x, err := s.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", name, line, err)
		}
		out = append(out, x)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s holds no architecture", name)
	}
	return out, nil
}

// dataFlags choose the minibatch.
type dataFlags struct {
	Data       string   `default:"synthetic-cifar10" placeholder:"NAME|PATH" help:"Data set; \"zc data list\" lists them. Or data of your own: a folder with a folder of images for each class, or an .npz file with x and y."`
	DataOption []string `sep:"none" placeholder:"NAME=VALUE" help:"Option of the data set, such as side=64; \"zc data list NAME\" lists them. May be repeated."`
	Batch      *int     `help:"Samples in the minibatch (default: what suits the data set: 64, 32 on synthetic-rooms and taskonomy, 4 on darcy)."`
	Sampling   string   `default:"random" help:"How they are drawn: random, or grasp for equally many of each class."`
	Shape      string   `placeholder:"C,H,W" help:"Shape of one input of the data set reference (default: of the task, else 3,32,32)."`
	Classes    *int     `help:"Classes, or output channels, of the data set reference (default: of the task, else 10)."`
	Loss       string   `placeholder:"NAME" help:"Loss, and with it the targets, of the data set reference: cross_entropy, soft_cross_entropy, mse, l1, rel_l2 (default: of the task; rel_l2 for DARTS networks with head=dense; else cross_entropy)."`
	Seed       uint64   `help:"Seed of weights, minibatch and sample (default 0)."`
}

// dataOptions are the options of a data set that the command line gives, by their names.
func dataOptions(texts []string) ([]datasets.Option, error) {
	var opts []datasets.Option
	seen := map[string]bool{}
	for _, o := range texts {
		name, value, ok := strings.Cut(o, "=")
		if !ok || name == "" || value == "" {
			return nil, usage("data option %q is not of the form name=value", o)
		}
		if seen[name] {
			return nil, usage("the data option %s is given twice", name)
		}
		seen[name] = true
		opts = append(opts, datasets.With(name, value))
	}
	return opts, nil
}

// batch is the size of the minibatch: as given, else what suits the data set.
func (f *dataFlags) batch() int {
	if f.Batch != nil {
		return *f.Batch
	}
	opts, err := dataOptions(f.DataOption)
	if err != nil {
		return datasets.Info{}.DefaultBatch() // what is wrong, opening the data set says
	}
	d, err := datasets.Get(f.Data, opts...)
	if err != nil {
		return datasets.Info{}.DefaultBatch()
	}
	return d.Info().DefaultBatch()
}

// dataset opens the data set that the networks of the space are scored on.
func (f *scoringFlags) dataset(s spaces.Space) (datasets.Dataset, error) {
	if f.Batch != nil && *f.Batch < 1 {
		return nil, usage("-batch %d: give 1 or more", *f.Batch)
	}
	texts := slices.Clone(f.DataOption)
	if f.Shape != "" {
		c, h, w, err := parseShape(f.Shape)
		if err != nil {
			return nil, err
		}
		texts = append(texts, fmt.Sprintf("shape=%d,%d,%d", c, h, w))
	}
	if f.Classes != nil {
		if err := checkClasses(*f.Classes); err != nil {
			return nil, err
		}
		texts = append(texts, fmt.Sprintf("classes=%d", *f.Classes))
	}
	dense := false
	if d, ok := s.(*spaces.DARTSSpace); ok {
		dense = d.Head() == spaces.DenseHead
	}
	switch {
	case f.Loss != "":
		texts = append(texts, "loss="+f.Loss)
	case dense && f.Data == "reference":
		texts = append(texts, "loss="+datasets.RelL2) // that of Darcy Flow, which the head is for
	}
	if f.Task != "" {
		texts = append(texts, "task="+f.Task)
	}
	opts, err := dataOptions(texts)
	if err != nil {
		return nil, err
	}
	if known, err := datasets.OptionsOf(f.Data); err == nil {
		for _, text := range texts {
			name, _, _ := strings.Cut(text, "=")
			if !hasOption(known, name) {
				return nil, usage("%s has no option %s%s", f.Data, name, whoHas(name))
			}
		}
	}
	d, err := datasets.Open(f.Data, opts...)
	if err == nil && dense && len(d.Info().TargetShape) < 2 {
		return nil, usage("head=dense needs a target for every pixel, which %s has not: give -data darcy, or -data reference with -loss rel_l2, mse or l1", f.Data)
	}
	return d, err
}

func hasOption(known []datasets.OptionInfo, name string) bool {
	return slices.ContainsFunc(known, func(o datasets.OptionInfo) bool { return o.Name == name })
}

// whoHas names the data sets that have an option, for a message.
func whoHas(name string) string {
	var sets []string
	for _, set := range datasets.Names() {
		if known, err := datasets.OptionsOf(set); err == nil && hasOption(known, name) {
			sets = append(sets, set)
		}
	}
	if len(sets) == 0 {
		return "; no data set has it"
	}
	return "; -data " + strings.Join(sets, ", -data ") + " has it"
}

func checkClasses(n int) error {
	if n < 1 {
		return usage("-classes %d: give 1 or more", n)
	}
	return nil
}

// parseShape reads C,H,W, or 9,C,H,W for jigsaw, whose tiles are joined along channels.
func parseShape(text string) (c, h, w int, err error) {
	var dims []int
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == 'x' || r == '×' }) {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 || n > 1<<16 {
			return 0, 0, 0, usage("shape %q: %q is not a size", text, part)
		}
		dims = append(dims, n)
	}
	switch len(dims) {
	case 3:
		return dims[0], dims[1], dims[2], nil
	case 4:
		return dims[0] * dims[1], dims[2], dims[3], nil
	}
	return 0, 0, 0, usage("shape %q is not of the form C,H,W", text)
}

// deviceFlags choose what computes.
type deviceFlags struct {
	Backend string `default:"native" help:"native, gomlx:go, or, in a program built with -tags xla, gomlx:xla:cuda, gomlx:xla:cpu or gomlx:/path/to/plugin.so; auto takes a GPU that is ready, else native; gomlx alone takes what $GOMLX_BACKEND says. zc backends lists them."`
	Threads int    `help:"Threads, 0 for all (default 0). Scores do not depend on it."`
}

// maxThreads is more than any machine has, and few enough to be harmless where it has less.
const maxThreads = 4096

func (f *deviceFlags) check() error {
	if f.Threads < 0 || f.Threads > maxThreads {
		return usage("-threads %d: give 1 to %d, or 0 for all", f.Threads, maxThreads)
	}
	return nil
}

// open makes the device.
func (f *deviceFlags) open() (engine.Device, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	f.Backend = engine.Choose(f.Backend)
	return engine.Open(f.Backend, f.Threads)
}

// kernelFlags choose the inner loops of the native backend, for tests of each set.
type kernelFlags struct {
	Kernels string `placeholder:"NAME" help:"Set of kernels of the native backend: avx512, avx2 or portable (default: $ZC_KERNELS, else the fastest that this CPU runs)."`
}

// choose makes devices that are opened from now on use the set.
func (f *kernelFlags) choose(backend string) error {
	if f.Kernels == "" {
		return nil
	}
	if name, _, _ := strings.Cut(backend, ":"); name != "native" {
		return usage("-kernels %s: the backend %s has no such sets; they are for -backend native", f.Kernels, backend)
	}
	if err := kernels.Select(f.Kernels); err != nil {
		return usage("-kernels: %w", err)
	}
	return nil
}

// scoringFlags are all that decide a score, but the architecture.
type scoringFlags struct {
	spaceFlags  `embed:""`
	dataFlags   `embed:""`
	Init        string   `default:"pytorch" help:"Initial weights: pytorch, kaiming, reference."`
	Proxies     []string `default:"post" placeholder:"A,B" help:"Proxies by name, post for the post's eight, or all."`
	Setting     []string `sep:"none" placeholder:"NAME=VALUE" help:"Number that a proxy's definition leaves open, such as swap.repeats=8; \"zc proxies -settings\" lists them. May be repeated."`
	deviceFlags `embed:""`
}

// options are those of zc.Score.
func (f *scoringFlags) options(s spaces.Space) ([]zc.Option, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	d, err := f.dataset(s)
	if err != nil {
		return nil, err
	}
	var settings []zc.Option
	given := map[string]bool{}
	for _, text := range f.Setting {
		name, value, _ := strings.Cut(text, "=")
		v, err := strconv.ParseFloat(value, 64)
		switch {
		case err != nil:
			return nil, usage("-setting %q is not of the form name=number", text)
		case given[name]:
			return nil, usage("-setting %s is given twice", name)
		}
		if err := proxies.CheckSetting(name, v); err != nil {
			return nil, usage("-setting: %w", err)
		}
		given[name] = true
		settings = append(settings, zc.WithProxySetting(name, v))
	}
	return append(settings, []zc.Option{
		zc.WithProxies(f.Proxies...), zc.WithData(d), zc.WithBatch(f.batch()), zc.WithSampling(datasets.Sampling(f.Sampling)),
		zc.WithSeed(f.Seed), zc.WithInit(weights.Scheme(f.Init)), zc.WithBackend(f.Backend), zc.WithThreads(f.Threads),
	}...), nil
}

// terminal reports whether someone watches what is written.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}
