package truth

import (
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nlpodyssey/gopickle/types"

	"github.com/zcnas/zcnas/datasets/formats"
)

// NATS is a NATS-Bench benchmark (Dong et al. 2021) in the published "simple" format: a folder with
// meta.pickle.pbz2 and one bzip2-compressed pickle per architecture, 000011.pickle.pbz2. It may be used by
// several goroutines at once; every Load reads its own file.
type NATS struct {
	dir  string
	once sync.Once
	meta []string
	err  error
}

// NATSRecord is what NATS-Bench knows of one architecture.
type NATSRecord struct {
	Index int    // in [NATS.Archs]
	Arch  string // official notation: "|nor_conv_3x3~0|+…" (topology) or "8:8:16:24:32" (size)
	Runs  []NATSRun
}

// NATSRun is one training run.
type NATSRun struct {
	Schedule string // the published key of the training recipe: "12", "200" (topology), "01", "12", "90" (size)
	DataSet  string // "cifar10-valid", "cifar10", "cifar100", "ImageNet16-120"
	Seed     int    // 777, 888, 999, 111, …
	Epochs   int

	Params  float64 // in millions, as published
	FLOPs   float64 // in millions, as published
	Latency float64 // seconds per batch, the mean of the published measurements; NaN where there is none

	TrainAccuracy []float64 // percent, one value per epoch
	TrainLoss     []float64

	// EvalAccuracy and EvalLoss hold curves by evaluation set: "x-valid", "x-test", "ori-test". One value per
	// epoch; NaN where the benchmark keeps none (often all but the last epoch).
	EvalAccuracy map[string][]float64
	EvalLoss     map[string][]float64
}

// NATSBench opens the benchmark in dir, such as NATS-tss-v1_0-3ffb9-simple. It may hold any part of the
// architectures. Errors: dir is no folder, or holds no benchmark file.
func NATSBench(dir string) (*NATS, error) {
	n := &NATS{dir: dir}
	if st, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("truth: NATS-Bench: %w; unpack a \"simple\" archive of https://github.com/D-X-Y/NATS-Bench and give its folder", err)
	} else if !st.IsDir() {
		return nil, fmt.Errorf("truth: NATS-Bench: %s is a file; give the folder of a \"simple\" benchmark", dir)
	}
	indices, err := n.Indices()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, natsMeta)); err != nil && len(indices) == 0 {
		return nil, fmt.Errorf("truth: NATS-Bench: %s holds neither %s nor files such as 000011%s; give the folder of a \"simple\" benchmark", dir, natsMeta, natsSuffix)
	}
	return n, nil
}

const (
	natsSuffix = ".pickle.pbz2"
	natsMeta   = "meta" + natsSuffix
)

// Indices lists the architectures whose files are in the folder, ascending.
func (n *NATS) Indices() ([]int, error) {
	files, err := os.ReadDir(n.dir)
	if err != nil {
		return nil, fmt.Errorf("truth: NATS-Bench: %w", err)
	}
	var indices []int
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name(), natsSuffix); ok && len(name) == 6 {
			if i, err := strconv.ParseUint(name, 10, 32); err == nil {
				indices = append(indices, int(i))
			}
		}
	}
	slices.Sort(indices)
	return indices, nil
}

// Archs lists the architectures of the whole benchmark in the order of their index, from the meta file:
// 15,625 for the topology space, 32,768 for the size space.
func (n *NATS) Archs() ([]string, error) {
	n.once.Do(func() {
		n.err = readPickle(filepath.Join(n.dir, natsMeta), func(v any) (err error) {
			n.meta, err = natsArchs(v)
			return err
		})
	})
	return slices.Clone(n.meta), n.err
}

// Load reads one architecture. Errors: the file is missing, truncated or corrupt, or holds another
// architecture.
func (n *NATS) Load(index int) (*NATSRecord, error) {
	if index < 0 || index > 999999 {
		return nil, fmt.Errorf("truth: NATS-Bench: the index %d is not in 0…999999", index)
	}
	path := filepath.Join(n.dir, fmt.Sprintf("%06d%s", index, natsSuffix))
	var r *NATSRecord
	err := readPickle(path, func(v any) (err error) {
		if r, err = natsRecord(v); err == nil && r.Index != index {
			err = fmt.Errorf("it holds architecture %d, expected %d", r.Index, index)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Run returns the run of that schedule, data set and seed, and whether there is one.
func (r *NATSRecord) Run(schedule, dataSet string, seed int) (NATSRun, bool) {
	for _, run := range r.Runs {
		if run.Schedule == schedule && run.DataSet == dataSet && run.Seed == seed {
			return run, true
		}
	}
	return NATSRun{}, false
}

// Accuracy returns the accuracy in percent on an evaluation set ("x-valid", "x-test", "ori-test", or "train")
// after an epoch, averaged over the seeds that have it, and their number. The epoch counts from 0; −1 is the
// last. Without any such run it is NaN, 0.
func (r *NATSRecord) Accuracy(schedule, dataSet, set string, epoch int) (mean float64, seeds int) {
	sum := 0.0
	for _, run := range r.Runs {
		if run.Schedule != schedule || run.DataSet != dataSet {
			continue
		}
		curve := run.EvalAccuracy[set]
		if set == "train" {
			curve = run.TrainAccuracy
		}
		e := epoch
		if e == -1 {
			e = len(curve) - 1
		}
		if e < 0 || e >= len(curve) || math.IsNaN(curve[e]) {
			continue
		}
		sum += curve[e]
		seeds++
	}
	if seeds == 0 {
		return math.NaN(), 0
	}
	return sum / float64(seeds), seeds
}

// maxPickle bounds what a benchmark file may unpack to; the largest published ones have about 1 MB.
const maxPickle = 64 << 20

// readPickle decodes a bzip2-compressed pickle and gives it to f. Every error names the file.
func readPickle(path string, f func(any) error) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("truth: NATS-Bench: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(bzip2.NewReader(file), maxPickle+1))
	if err == nil && len(data) > maxPickle {
		err = fmt.Errorf("it unpacks to more than %d MB", maxPickle>>20)
	}
	var v any
	if err == nil {
		v, err = formats.Unpickle(data)
	}
	if err == nil {
		err = f(v)
	}
	if err != nil {
		size := int64(-1)
		if st, e := file.Stat(); e == nil {
			size = st.Size()
		}
		return fmt.Errorf("truth: NATS-Bench: %s (%d bytes) is truncated, corrupt or of another format: %w", path, size, err)
	}
	return nil
}

// natsArchs reads the architectures of a meta file.
func natsArchs(v any) ([]string, error) {
	m, err := formats.Fields(v)
	if err != nil {
		return nil, err
	}
	list, ok := m["meta_archs"].(*types.List)
	if !ok {
		return nil, errors.New("no list meta_archs")
	}
	archs := make([]string, list.Len())
	for i := range archs {
		if archs[i], ok = list.Get(i).(string); !ok {
			return nil, fmt.Errorf("meta_archs[%d] is no string", i)
		}
	}
	return archs, nil
}

// natsRecord reads {schedule: {arch_index, arch_str, all_results: {(data set, seed): run}}}.
func natsRecord(v any) (*NATSRecord, error) {
	r := &NATSRecord{Index: -1}
	err := formats.Entries(v, func(key, value any) error {
		schedule, ok := key.(string)
		if !ok {
			return fmt.Errorf("a schedule is no string but %T", key)
		}
		m, err := formats.Fields(value)
		if err != nil {
			return fmt.Errorf("schedule %q: %w", schedule, err)
		}
		index, ok := m["arch_index"].(int)
		arch, ok2 := m["arch_str"].(string)
		if !ok || !ok2 || index < 0 {
			return fmt.Errorf("schedule %q: no arch_index and arch_str", schedule)
		}
		if r.Index >= 0 && (r.Index != index || r.Arch != arch) {
			return fmt.Errorf("schedule %q is of architecture %d, another one of %d", schedule, index, r.Index)
		}
		r.Index, r.Arch = index, arch
		return formats.Entries(m["all_results"], func(key, value any) error {
			t, ok := key.(*types.Tuple)
			if !ok || t.Len() != 2 {
				return fmt.Errorf("schedule %q: a result without data set and seed", schedule)
			}
			set, ok := t.Get(0).(string)
			seed, ok2 := t.Get(1).(int)
			if !ok || !ok2 {
				return fmt.Errorf("schedule %q: a result without data set and seed", schedule)
			}
			run, err := natsRun(value)
			if err != nil {
				return fmt.Errorf("schedule %q, data set %q, seed %d: %w", schedule, set, seed, err)
			}
			run.Schedule, run.DataSet, run.Seed = schedule, set, seed
			r.Runs = append(r.Runs, run)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	if r.Index < 0 {
		return nil, errors.New("no results")
	}
	return r, nil
}

// maxEpochs bounds curves; the longest published runs have 200 epochs.
const maxEpochs = 10000

func natsRun(v any) (NATSRun, error) {
	m, err := formats.Fields(v)
	if err != nil {
		return NATSRun{}, err
	}
	var r NATSRun
	var ok bool
	if r.Epochs, ok = m["epochs"].(int); !ok || r.Epochs < 1 || r.Epochs > maxEpochs {
		return r, fmt.Errorf("the number of epochs is not in 1…%d", maxEpochs)
	}
	if r.Params, ok = formats.PickleNumber(m["params"]); !ok {
		return r, errors.New("no params")
	}
	if r.FLOPs, ok = formats.PickleNumber(m["flop"]); !ok {
		return r, errors.New("no flop")
	}
	r.Latency = math.NaN()
	if list, ok := m["latency"].(*types.List); ok && list.Len() > 0 {
		sum := 0.0
		for i := range list.Len() {
			v, ok := formats.PickleNumber(list.Get(i))
			if !ok {
				return r, fmt.Errorf("latency[%d] is no number", i)
			}
			sum += v
		}
		r.Latency = sum / float64(list.Len())
	}
	if r.TrainAccuracy, err = natsCurve(m["train_acc1es"], r.Epochs); err != nil {
		return r, fmt.Errorf("train_acc1es: %w", err)
	}
	if r.TrainLoss, err = natsCurve(m["train_losses"], r.Epochs); err != nil {
		return r, fmt.Errorf("train_losses: %w", err)
	}
	if r.EvalAccuracy, err = natsCurves(m["eval_acc1es"], r.Epochs); err != nil {
		return r, fmt.Errorf("eval_acc1es: %w", err)
	}
	if r.EvalLoss, err = natsCurves(m["eval_losses"], r.Epochs); err != nil {
		return r, fmt.Errorf("eval_losses: %w", err)
	}
	return r, nil
}

// natsCurve reads {epoch: value}; epochs without a value are NaN.
func natsCurve(v any, epochs int) ([]float64, error) {
	curve := gaps(epochs)
	return curve, formats.Entries(v, func(key, value any) error {
		e, ok := key.(int)
		if !ok {
			return fmt.Errorf("an epoch is no integer but %T", key)
		}
		return place(curve, e, value)
	})
}

// natsCurves reads {"set@epoch": value}.
func natsCurves(v any, epochs int) (map[string][]float64, error) {
	curves := map[string][]float64{}
	return curves, formats.Entries(v, func(key, value any) error {
		s, _ := key.(string) // never print other values: a pickle can hold lists within themselves
		set, after, ok := strings.Cut(s, "@")
		e, err := strconv.Atoi(after)
		if !ok || err != nil {
			return fmt.Errorf("the key %.40q (%T) is not of the form set@epoch", s, key)
		}
		if curves[set] == nil {
			if len(curves) >= 16 {
				return errors.New("more than 16 evaluation sets")
			}
			curves[set] = gaps(epochs)
		}
		return place(curves[set], e, value)
	})
}

// gaps is a curve without values.
func gaps(epochs int) []float64 { return slices.Repeat([]float64{math.NaN()}, epochs) }

// place sets the value of an epoch.
func place(curve []float64, epoch int, value any) error {
	if epoch < 0 || epoch >= len(curve) {
		return fmt.Errorf("the epoch %d is not in 0…%d", epoch, len(curve)-1)
	}
	var ok bool
	if curve[epoch], ok = formats.PickleNumber(value); !ok {
		return fmt.Errorf("the value of epoch %d is no number", epoch)
	}
	return nil
}
