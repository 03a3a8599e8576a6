package truth

import (
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// NATS is a NATS-Bench benchmark (Dong et al. 2021) in the published "simple" format: meta.pickle.pbz2
// and one bzip2-compressed pickle per architecture, 000011.pickle.pbz2, in a folder or in a .tar archive. It may be
// used by several goroutines at once; every Load reads its own file.
type NATS struct {
	path    string
	archive bool // or a folder
	files   map[string]natsFile
	once    sync.Once
	meta    []string
	err     error
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

// NATSBench opens the benchmark at path: a folder such as NATS-tss-v1_0-3ffb9-simple, or the published archive of it,
// NATS-tss-v1_0-3ffb9-simple.tar, which is read in place. It may hold any part of the architectures. Errors: neither is
// there, or it holds no benchmark file.
func NATSBench(path string) (*NATS, error) {
	n := &NATS{path: path}
	st, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("truth: NATS-Bench: %w; get a \"simple\" archive of https://github.com/D-X-Y/NATS-Bench and give its path", err)
	}
	if st.IsDir() {
		err = n.listFolder()
	} else {
		err = n.listTar()
	}
	if err == nil && len(n.files) == 0 {
		err = fmt.Errorf("%s holds neither %s nor files such as 000011%s; give the folder or the .tar of a \"simple\" benchmark", path, natsMeta, natsSuffix)
	}
	if err != nil {
		return nil, fmt.Errorf("truth: NATS-Bench: %w", err)
	}
	return n, nil
}

// Archs lists the architectures of the whole benchmark in the order of their index, from the meta file:
// 15,625 for the topology space, 32,768 for the size space.
func (n *NATS) Archs() ([]string, error) {
	n.once.Do(func() {
		n.err = n.read(natsMeta, func(v any) (err error) {
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
	var r *NATSRecord
	err := n.read(fmt.Sprintf("%06d%s", index, natsSuffix), func(v any) (err error) {
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

// NATSQuery says which accuracy of NATS-Bench is meant. [NATSMetric] makes the usual ones.
type NATSQuery struct {
	Schedule string // "12", "200" (topology), "01", "12", "90" (size)
	DataSet  string // that networks were trained on: "cifar10-valid", "cifar10", "cifar100", "ImageNet16-120"
	Set      string // that they were evaluated on: "x-valid", "x-test", "ori-test", "train"
	Epoch    int    // from 0; [Last] is the last
}

// NATSMetric is the accuracy that tables of NATS-Bench give for "cifar10", "cifar100" or "ImageNet16-120", after the
// last epoch of a schedule: part "validation" or "test". For CIFAR-10 these come from two trainings, "cifar10-valid" on
// half of the training images and "cifar10" on all of them; for the others both come from one.
func NATSMetric(task, part, schedule string) (NATSQuery, error) {
	q := NATSQuery{Schedule: schedule, DataSet: task, Epoch: Last}
	switch {
	case !slices.Contains([]string{"cifar10", "cifar100", "ImageNet16-120"}, task):
		return q, fmt.Errorf("truth: NATS-Bench: unknown task %.60q; known: cifar10, cifar100, ImageNet16-120", task)
	case part == "validation":
		q.Set = "x-valid"
		if task == "cifar10" {
			q.DataSet = "cifar10-valid"
		}
	case part == "test":
		q.Set = "x-test"
		if task == "cifar10" {
			q.Set = "ori-test"
		}
	default:
		return q, fmt.Errorf("truth: NATS-Bench: unknown part %.60q; known: validation, test", part)
	}
	return q, nil
}

// Accuracies reads the accuracies of all architectures that there are files of: by their official notation, in percent,
// averaged over seeds. What a file has no such run of is left out. All of 15,625 files take minutes; progress, if not
// nil, is called as files are read, from several goroutines. Errors: a file that cannot be read, and ctx's.
func (n *NATS) Accuracies(ctx context.Context, q NATSQuery, progress func(done, total int)) (map[string]float64, error) {
	indices := n.Indices()
	out := make(map[string]float64, len(indices))
	var (
		mu     sync.Mutex
		failed error
		wait   sync.WaitGroup
		next   atomic.Int64
		done   atomic.Int64
	)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for range min(len(indices), runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(indices) {
					return
				}
				r, err := n.Load(indices[i])
				mu.Lock()
				if err != nil {
					if failed == nil {
						failed = err
					}
					cancel()
				} else if v, seeds := r.Accuracy(q.Schedule, q.DataSet, q.Set, q.Epoch); seeds > 0 {
					out[r.Arch] = v
				}
				mu.Unlock()
				if k := int(done.Add(1)); progress != nil {
					progress(k, len(indices))
				}
			}
		})
	}
	wait.Wait()
	if failed == nil && next.Load() < int64(len(indices)) {
		failed = context.Cause(ctx)
	}
	if failed != nil {
		return nil, failed
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("truth: NATS-Bench: %s: no run of schedule %q on %q evaluated on %q", n.path, q.Schedule, q.DataSet, q.Set)
	}
	return out, nil
}
