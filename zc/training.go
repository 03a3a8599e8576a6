package zc

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/train"
	"github.com/zcnas/zcnas/zc/weights"
)

// Training says how [Train] trains. The zero value trains by the protocol "quick" on Synthetic CIFAR-10, on the native
// backend.
type Training struct {
	Protocol train.Protocol // see [train.ByName]; the zero value is "quick"

	Data        string            // name of a data set; "" for synthetic-cifar10
	DataOptions []datasets.Option // all but the split
	Samples     int               // trains on the first so many; 0 for all
	TestSamples int               // tests on the first so many; 0 for all

	Init weights.Scheme // "" for PyTorch's
	Seed uint64         // of weights, order and augmentation

	// Proxies are scored before the training and after every ScoreEvery epochs, in training and in eval mode, on the first
	// ScoreBatch training samples, not augmented; none without names. 0 means after every epoch, and 64 samples.
	Proxies    []string
	ScoreEvery int
	ScoreBatch int

	Backend string // as [WithBackend] takes it; "" for native
	Threads int    // of all networks together; 0 for all
	// Workers is how many networks are trained at once, each with its part of the threads; results do not depend on it.
	// 0 means one for each thread where there are as many networks, which is the fastest for small networks.
	Workers int

	Checkpoints string        // folder for a checkpoint of every unfinished training; "" for none
	Store       TrainingStore // keeps results after every epoch; finished ones are not computed again. nil for none
	Progress    func(TrainingProgress)
}

// TrainingStore keeps trainings; package store has one in a SQLite file.
type TrainingStore interface {
	// Trainings lists all, with what was found so far.
	Trainings() ([]train.Result, error)
	// PutTraining adds the records of a training that are new, and its reason.
	PutTraining(train.Result) error
}

// TrainingProgress is how far [Train] is.
type TrainingProgress struct {
	Arch          string
	Done, Total   int     // networks
	Epoch, Epochs int     // of this network
	Images        float64 // trained on per second, by all workers
	Left          time.Duration
	Record        *train.Record // of an epoch that has just ended; nil between
}

// Train trains architectures of a search space and tests them after every epoch: ground truth of one's own. A network whose
// loss is no number any more ends with that reason; others go on. After an error, also when ctx ends, what was finished comes
// back with it; with a Store and Checkpoints the same call goes on from there, to the same bits.
func Train(ctx context.Context, space spaces.Space, archs []spaces.Arch, s Training) ([]train.Result, error) {
	t, err := newTrainings(ctx, space, archs, s)
	if err != nil {
		return nil, err
	}
	return t.run(ctx)
}

// trainings are the networks of one call of [Train].
type trainings struct {
	Training
	space       spaces.Space
	data, tests datasets.Dataset
	samples     int
	results     []train.Result
	threads     int // of a worker

	mu     sync.Mutex
	done   int
	images int
	start  time.Time
}

func newTrainings(ctx context.Context, space spaces.Space, archs []spaces.Arch, s Training) (*trainings, error) {
	if space == nil {
		return nil, errors.New("zc: the space is nil; was the error of the call that made it looked at?")
	}
	t := &trainings{Training: s, space: space, start: time.Now()}
	t.Data, t.Init, t.Backend = cmp.Or(s.Data, "synthetic-cifar10"), cmp.Or(s.Init, weights.PyTorch), cmp.Or(s.Backend, "native")
	t.ScoreEvery, t.ScoreBatch = cmp.Or(s.ScoreEvery, 1), cmp.Or(s.ScoreBatch, 64)
	var err error
	if s.Protocol == (train.Protocol{}) {
		if t.Protocol, err = train.ByName("quick"); err != nil {
			return nil, err
		}
	}
	if err := t.Protocol.Check(); err != nil {
		return nil, err
	}
	if min(s.Samples, s.TestSamples, s.ScoreEvery, s.ScoreBatch, s.Threads, s.Workers) < 0 {
		return nil, errors.New("zc: Samples, TestSamples, ScoreEvery, ScoreBatch, Threads and Workers need to be 0 or more")
	}
	part := func(split datasets.Split, n int) (datasets.Dataset, error) {
		d, err := datasets.Get(t.Data, append([]datasets.Option{datasets.WithSplit(split)}, s.DataOptions...)...)
		if err == nil && n > 0 {
			d, err = datasets.First(d, n)
		}
		return d, err
	}
	if t.data, err = part(datasets.Train, s.Samples); err != nil {
		return nil, err
	}
	if t.tests, err = part(datasets.Test, s.TestSamples); err != nil {
		return nil, err
	}
	if t.samples, err = (&datasets.Loader{Data: t.data, Batch: t.Protocol.Batch}).Open(ctx); err != nil {
		return nil, err
	}
	if t.samples < t.Protocol.Batch {
		return nil, fmt.Errorf("zc: %s has %d training samples, fewer than a batch of %d; set Protocol.Batch to less", t.data.Info().FullName(), t.samples, t.Protocol.Batch)
	}
	if err := t.collect(archs); err != nil {
		return nil, err
	}
	t.share()
	return t, nil
}

// collect names the trainings, and takes over what the store has of them.
func (t *trainings) collect(archs []spaces.Arch) error {
	known := map[string]train.Result{}
	if t.Store != nil {
		all, err := t.Store.Trainings()
		if err != nil {
			return err
		}
		for _, r := range all {
			known[trainingKey(&r)] = r
		}
	}
	for _, a := range archs {
		arch, err := t.space.Parse(string(a))
		if err != nil {
			return err
		}
		data := t.data.Info().FullName()
		if t.Init != weights.PyTorch {
			data += " init=" + string(t.Init)
		}
		r := train.Result{Space: spaces.FullName(t.space), Arch: string(arch), Data: data,
			Protocol: t.Protocol.Describe(), Seed: t.Seed, Epochs: t.Protocol.Epochs}
		if old, ok := known[trainingKey(&r)]; ok {
			r.History, r.Reason = old.History, old.Reason
		}
		t.results = append(t.results, r)
	}
	return nil
}

// trainingKey says what a training is of.
func trainingKey(r *train.Result) string {
	return strings.Join([]string{r.Space, r.Arch, r.Data, r.Protocol, fmt.Sprint(r.Seed)}, "\n")
}

// share sets the workers and the threads of each.
func (t *trainings) share() {
	threads := cmp.Or(t.Threads, runtime.GOMAXPROCS(0))
	if t.Workers == 0 {
		t.Workers = 1
		if t.Backend == "native" {
			t.Workers = min(threads, len(t.results))
		}
	}
	t.Workers = max(1, min(t.Workers, len(t.results)))
	t.threads = max(1, threads/t.Workers)
}

func (t *trainings) run(ctx context.Context) ([]train.Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next := make(chan int)
	errs := make([]error, t.Workers)
	var workers sync.WaitGroup
	for w := range t.Workers {
		workers.Add(1)
		go func() {
			defer workers.Done()
			if errs[w] = t.work(ctx, next); errs[w] != nil {
				cancel()
			}
		}()
	}
feed:
	for i := range t.results {
		select {
		case next <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	workers.Wait()
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return t.results, err
		}
	}
	if err := ctx.Err(); err != nil {
		return t.results, fmt.Errorf("zc: training stopped after %d of %d networks: %w", t.done, len(t.results), err)
	}
	return t.results, nil
}

// work trains networks by their numbers.
func (t *trainings) work(ctx context.Context, next <-chan int) error {
	device, err := engine.Open(t.Backend, t.threads)
	if err != nil {
		return err
	}
	defer release(device)
	for i := range next {
		if err := ctx.Err(); err != nil {
			return err
		}
		r := &t.results[i]
		if !r.Finished() {
			err := t.train(ctx, device, r)
			if errors.Is(err, train.ErrDiverged) {
				t.mu.Lock()
				r.Reason, err = err.Error(), nil
				t.mu.Unlock()
			}
			if err != nil {
				return fmt.Errorf("zc: %s: %w", r.Arch, err)
			}
			if err := t.finish(r); err != nil {
				return err
			}
		}
		t.mu.Lock()
		t.done++
		t.mu.Unlock()
		t.report(r, nil, r.Epochs, 0)
	}
	return nil
}

// finish keeps a training that has ended; its checkpoint has served then.
func (t *trainings) finish(r *train.Result) error {
	if t.Store == nil {
		return nil
	}
	if err := t.Store.PutTraining(*r); err != nil {
		return err
	}
	if t.Checkpoints == "" {
		return nil
	}
	if err := os.Remove(t.checkpoint(r)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("zc: the checkpoint of a finished training: %w", err)
	}
	return nil
}

// checkpoint is the file of a training's checkpoint.
func (t *trainings) checkpoint(r *train.Result) string {
	return filepath.Join(t.Checkpoints, fmt.Sprintf("%x.checkpoint", sha256.Sum256([]byte(trainingKey(r))))[40:])
}

func (t *trainings) train(ctx context.Context, device engine.Device, r *train.Result) error {
	network, plain, err := t.network(ctx, spaces.Arch(r.Arch))
	if err != nil {
		return err
	}
	set, err := weights.Init(network.Graph, t.Init, t.Seed)
	if err != nil {
		return err
	}
	task := &train.Task{Key: trainingKey(r), Network: network, Weights: &engine.Weights{Params: set.Values}, Protocol: t.Protocol, Seed: t.Seed,
		Train: t.data, Test: t.tests, ScoreAfter: func(epoch int) bool { return epoch%t.ScoreEvery == 0 }}
	if t.Checkpoints != "" {
		task.Checkpoint = t.checkpoint(r)
	}
	if len(t.Proxies) > 0 {
		if task.Measure, err = t.measure(ctx, device, network, plain); err != nil {
			return err
		}
	}
	task.OnStep = func(epoch, step, steps int) {
		n := min(t.Protocol.Batch, t.samples-step*t.Protocol.Batch)
		t.report(r, nil, epoch, n)
	}
	task.Keep = func(record train.Record) error {
		t.mu.Lock()
		r.History = append(r.History[:min(record.Epoch, len(r.History)):len(r.History)], record)
		t.mu.Unlock()
		t.report(r, &record, record.Epoch, 0)
		if t.Store == nil {
			return nil
		}
		return t.Store.PutTraining(*r)
	}
	history, err := train.Run(ctx, device, task)
	if len(history) > 0 { // from a checkpoint, there may be more than Keep has seen
		t.mu.Lock()
		r.History = history
		t.mu.Unlock()
	}
	return err
}

// network builds a network to train, and the same without the parts that only training has.
func (t *trainings) network(ctx context.Context, arch spaces.Arch) (n train.Network, plain *spaces.Graph, err error) {
	b, err := t.data.Minibatch(ctx, 1, 0, datasets.Random)
	if err != nil {
		return n, nil, err
	}
	info := t.data.Info()
	task := b.Task(info.Task)
	if plain, err = t.space.Network(arch, task); err != nil {
		return n, nil, err
	}
	n = train.Network{Graph: plain, Loss: engine.LossKind(info.Loss)}
	parts := spaces.TrainingParts{DropPath: t.Protocol.DropPath > 0, Auxiliary: t.Protocol.Auxiliary > 0}
	if parts == (spaces.TrainingParts{}) {
		return n, plain, nil
	}
	s, ok := t.space.(spaces.Trainable)
	if !ok {
		return n, nil, fmt.Errorf("zc: protocol %q has drop path or an auxiliary head, and the networks of %s have neither; set DropPath and Auxiliary to 0", t.Protocol.Name, t.space.Name())
	}
	n.Graph, n.Auxiliary, err = s.TrainingNetwork(arch, task, parts)
	return n, plain, err
}

// measure scores networks under way on the first training samples.
func (t *trainings) measure(ctx context.Context, device engine.Device, n train.Network, plain *spaces.Graph) (func(*engine.Weights) (scores, eval map[string]train.Score, err error), error) {
	scorer, err := NewScorer(WithProxies(t.Proxies...), WithDevice(device), WithSeed(t.Seed), WithInit(t.Init))
	if err != nil {
		return nil, err
	}
	first := &datasets.Loader{Data: t.data, Batch: min(t.ScoreBatch, t.samples), InOrder: true}
	var batch *datasets.Batch
	for b, err := range first.Epoch(ctx, 0) {
		if err != nil {
			return nil, err
		}
		batch = b
		break
	}
	return func(w *engine.Weights) (scores, eval map[string]train.Score, err error) {
		w, err = train.Without(n, w, plain)
		if err != nil {
			return nil, nil, err
		}
		both := [2]map[string]train.Score{{}, {}}
		for i := range both {
			s, err := scorer.Trained(plain, w, i == 1, batch, string(n.Loss))
			if err != nil {
				return nil, nil, err
			}
			for name, v := range s.Scores {
				both[i][name] = train.Score(v)
			}
		}
		return both[0], both[1], nil
	}, nil
}

// report tells how far the training is, after images more.
func (t *trainings) report(r *train.Result, record *train.Record, epoch, images int) {
	if t.Progress == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.images += images
	p := TrainingProgress{Arch: r.Arch, Done: t.done, Total: len(t.results), Epoch: epoch, Epochs: r.Epochs, Record: record}
	if seconds := time.Since(t.start).Seconds(); seconds > 0 {
		p.Images = float64(t.images) / seconds
	}
	if p.Images > 0 {
		left := 0
		for i := range t.results {
			if o := &t.results[i]; !o.Finished() {
				left += (o.Epochs - max(0, len(o.History)-1)) * t.samples
			}
		}
		p.Left = time.Duration(float64(left) / p.Images * float64(time.Second))
	}
	t.Progress(p)
}
