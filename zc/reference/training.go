package reference

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/train"
	"github.com/zcnas/zcnas/zc/weights"
)

// TrainingCase is a reference case of training: a network with the losses, norms, accuracies and scores it must have
// after every epoch, and how far off each may be.
type TrainingCase struct {
	Space     string          `json:"space"`
	Arch      string          `json:"arch"`
	Classes   int             `json:"classes"`
	Shape     []int           `json:"shape"`
	Seed      uint64          `json:"seed"`
	Options   map[string]any  `json:"options"`
	Train     trainingSetting `json:"train"`
	Result    trainingResult  `json:"result"`
	Tolerance trainingResult  `json:"tolerance"`
}

// trainingSetting is the part of a case that says how to train; what it leaves out has the values of defaultSetting.
type trainingSetting struct {
	Data           string    `json:"data"`
	Samples        int       `json:"samples"`
	Test           int       `json:"test"`
	Batch          int       `json:"batch"`
	Epochs         int       `json:"epochs"`
	Rate           float64   `json:"lr"`
	MinRate        float64   `json:"min_lr"`
	Schedule       string    `json:"schedule"`
	Momentum       float64   `json:"momentum"`
	Nesterov       bool      `json:"nesterov"`
	Decay          float64   `json:"weight_decay"`
	Clip           float64   `json:"clip"`
	Fresh          bool      `json:"fresh_optimizer"`
	FixedOrder     bool      `json:"fixed_order"`
	Crop           int       `json:"crop"`
	Flip           float64   `json:"flip"`
	Cutout         int       `json:"cutout"`
	Fill           []float32 `json:"fill"`
	LabelSmoothing float64   `json:"label_smoothing"`
	Mixup          float64   `json:"mixup"`
	DropPath       float64   `json:"drop_path"`
	Auxiliary      float64   `json:"auxiliary"`
	ProxyBatch     int       `json:"proxy_batch"`
	Mean           []float64 `json:"mean"`
	Std            []float64 `json:"std"`
}

var defaultSetting = trainingSetting{Data: "reference", Samples: 256, Test: 100, Batch: 32, Epochs: 2, Rate: 0.1,
	Schedule: string(train.Cosine), Momentum: 0.9, ProxyBatch: 16}

// UnmarshalJSON fills in the defaults, and refuses settings that it does not know.
func (s *trainingSetting) UnmarshalJSON(text []byte) error {
	type plain trainingSetting
	p := plain(defaultSetting)
	if err := strict(text, &p); err != nil {
		return err
	}
	*s = trainingSetting(p)
	return nil
}

// trainingResult mirrors a case's result, and its tolerance; null is nil, for what is not compared.
type trainingResult struct {
	Loss   []*float64       `json:"loss"`
	Epochs []trainingEpoch  `json:"epochs"`
	Check  *json.RawMessage `json:"check"`
}

type trainingEpoch struct {
	Rate      *float64            `json:"lr"`
	Correct   *float64            `json:"train_top1"`
	Eval      map[string]*float64 `json:"eval"`
	Norms     map[string]*float64 `json:"norms"`
	Scores    map[string]*float64 `json:"scores"`
	ScoreEval map[string]*float64 `json:"scores_eval"`
}

// ReadTrainingCases reads reference cases of training, one JSON object a line.
func ReadTrainingCases(r io.Reader) ([]TrainingCase, error) {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 16<<20)
	var out []TrainingCase
	for line := 1; sc.Scan(); line++ {
		if len(sc.Bytes()) == 0 {
			continue
		}
		var c TrainingCase
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			return nil, fmt.Errorf("reference: training case, line %d: %w", line, err)
		}
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("reference: training case, line %d: %w", line, err)
		}
		out = append(out, c)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("reference: training cases: %w", err)
	}
	if len(out) == 0 {
		return nil, errors.New("reference: no training cases in the file")
	}
	return out, nil
}

func (c *TrainingCase) check() error {
	t := &c.Train
	switch {
	case c.Space == "" || c.Arch == "":
		return errors.New("space or arch is missing")
	case len(c.Shape) != 3:
		return fmt.Errorf("shape %v is not [C, H, W]", c.Shape)
	case slices.Min(c.Shape) < 1 || slices.Max(c.Shape) > maxCaseSize || c.Classes < 1 || c.Classes > maxCaseSize:
		return fmt.Errorf("shape %v and %d classes, want sizes from 1 to %d", c.Shape, c.Classes, maxCaseSize)
	case min(t.Samples, t.Test, t.Batch, t.Epochs, t.ProxyBatch) < 1 || max(t.Samples, t.Test) > maxCaseSize:
		return fmt.Errorf("%d samples, %d for testing, batches of %d and %d, %d epochs: want sizes from 1 to %d",
			t.Samples, t.Test, t.Batch, t.ProxyBatch, t.Epochs, maxCaseSize)
	case t.ProxyBatch > t.Samples:
		return fmt.Errorf("scores on %d of %d samples", t.ProxyBatch, t.Samples)
	case len(c.Result.Epochs) != t.Epochs+1 || len(c.Tolerance.Epochs) != t.Epochs+1 || len(c.Tolerance.Loss) != len(c.Result.Loss):
		return errors.New("result and tolerance need one entry for each epoch and one before, and the same losses")
	}
	return nil
}

// Verify trains the case and compares all that it says. Options choose the device.
func (c *TrainingCase) Verify(ctx context.Context, opts ...zc.Option) ([]TrainingComparison, error) {
	r, err := c.prepare(ctx, opts)
	if err != nil {
		return nil, err
	}
	r.task.Measure = r.measure
	history, err := train.Run(ctx, r.scorer.Device(), r.task)
	if err != nil {
		return nil, err
	}
	v := &trainingVerdicts{arch: c.Arch}
	var losses []float64
	for e, record := range history {
		want, tolerance := &c.Result.Epochs[e], &c.Tolerance.Epochs[e]
		losses = append(losses, record.Losses...)
		if e > 0 {
			rate := 1e-6 * record.Rate
			v.add(fmt.Sprintf("epoch %d lr", e), exact, want.Rate, &rate, record.Rate)
			v.add(fmt.Sprintf("epoch %d train_top1", e), count, want.Correct, tolerance.Correct, float64(record.Correct))
		}
		for name, got := range map[string]float64{"loss": record.Test.Loss, "top1": float64(record.Test.Top1), "top5": float64(record.Test.Top5)} {
			kind := count
			if name == "loss" {
				kind = loss
			}
			v.add(fmt.Sprintf("epoch %d eval %s", e, name), kind, want.Eval[name], tolerance.Eval[name], got)
		}
		for name, got := range r.norms[e] {
			v.add(fmt.Sprintf("epoch %d norm %s", e, name), loss, want.Norms[name], tolerance.Norms[name], got)
		}
		v.scores(fmt.Sprintf("epoch %d", e), want.Scores, tolerance.Scores, record.Scores)
		v.scores(fmt.Sprintf("epoch %d eval mode", e), want.ScoreEval, tolerance.ScoreEval, record.EvalScores)
	}
	if len(losses) != len(c.Result.Loss) {
		return nil, fmt.Errorf("reference: %d steps were taken, and the case has %d", len(losses), len(c.Result.Loss))
	}
	for i, got := range losses {
		v.add(fmt.Sprintf("step %d loss", i), loss, c.Result.Loss[i], c.Tolerance.Loss[i], got)
	}
	return v.all, nil
}

// trainingRun is a case that is being computed.
type trainingRun struct {
	*TrainingCase
	task   *train.Task
	scorer *zc.Scorer
	plain  *spaces.Graph   // without the parts that only training has
	batch  *datasets.Batch // what is scored on: the first samples
	norms  []map[string]float64
}

func (c *TrainingCase) prepare(ctx context.Context, opts []zc.Option) (*trainingRun, error) {
	t := &c.Train
	space, err := spaces.New(c.Space, c.Options)
	if err != nil {
		return nil, err
	}
	task := spaces.Task{Input: spaces.Shape{C: c.Shape[0], H: c.Shape[1], W: c.Shape[2]}, Outputs: c.Classes}
	plain, err := space.Network(spaces.Arch(c.Arch), task)
	if err != nil {
		return nil, err
	}
	network := train.Network{Graph: plain, Loss: engine.CrossEntropy}
	parts := spaces.TrainingParts{DropPath: t.DropPath > 0, Auxiliary: t.Auxiliary > 0}
	if s, ok := space.(spaces.Trainable); ok {
		if network.Graph, network.Auxiliary, err = s.TrainingNetwork(spaces.Arch(c.Arch), task, parts); err != nil {
			return nil, err
		}
	} else if parts != (spaces.TrainingParts{}) {
		return nil, fmt.Errorf("reference: %s has neither drop path nor an auxiliary head", c.Space)
	}
	set, err := weights.Init(network.Graph, weights.Reference, c.Seed)
	if err != nil {
		return nil, err
	}
	data, test, err := c.data()
	if err != nil {
		return nil, err
	}
	first := &datasets.Loader{Data: data, Batch: t.ProxyBatch, InOrder: true}
	var batch *datasets.Batch
	for b, err := range first.Epoch(ctx, 0) {
		if err != nil {
			return nil, err
		}
		batch = b
		break
	}
	scorer, err := zc.NewScorer(append([]zc.Option{zc.WithProxies("post", "plain", "nwot")}, opts...)...)
	if err != nil {
		return nil, err
	}
	return &trainingRun{TrainingCase: c, scorer: scorer, plain: plain, batch: batch, task: &train.Task{
		Network: network, Weights: &engine.Weights{Params: set.Values}, Seed: c.Seed, Train: data, Test: test, Fill: t.Fill,
		Protocol: train.Protocol{Name: "reference case", Epochs: t.Epochs, Batch: t.Batch, Rate: t.Rate, MinRate: t.MinRate,
			Schedule: train.Schedule(t.Schedule), Momentum: t.Momentum, Nesterov: t.Nesterov, Decay: t.Decay, Clip: t.Clip,
			FreshOptimizer: t.Fresh, FixedOrder: t.FixedOrder, Crop: t.Crop, Flip: t.Flip, Cutout: t.Cutout,
			LabelSmoothing: t.LabelSmoothing, Mixup: t.Mixup, DropPath: t.DropPath, Auxiliary: t.Auxiliary},
	}}, nil
}

// data are the images to train and to test on.
func (c *TrainingCase) data() (data, test datasets.Dataset, err error) {
	t := &c.Train
	if t.Data == "reference" {
		opts := []datasets.Option{datasets.WithSamples(t.Samples, t.Test), datasets.WithTeacherSeed(c.Seed),
			datasets.With("shape", fmt.Sprintf("%d,%d,%d", c.Shape[0], c.Shape[1], c.Shape[2])), datasets.With("classes", c.Classes)}
		if data, err = datasets.Get("teacher", opts...); err != nil {
			return nil, nil, err
		}
		test, err = datasets.Get("teacher", append(opts, datasets.WithSplit(datasets.Test))...)
		return data, test, err
	}
	if t.Data != "cifar10" {
		return nil, nil, fmt.Errorf("reference: unknown data %q", t.Data)
	}
	part := func(split datasets.Split, n int) datasets.Dataset {
		var d datasets.Dataset
		if err == nil {
			d, err = datasets.Get("cifar10", datasets.WithSplit(split))
		}
		if err == nil {
			d, err = datasets.First(d, n)
		}
		return d
	}
	data, test = part(datasets.Train, t.Samples), part(datasets.Test, t.Test)
	if err != nil {
		return nil, nil, err
	}
	// Black is −mean/std; the case's numbers are rounded.
	for ch, black := range data.Info().Black {
		if ch >= len(t.Mean) || ch >= len(t.Std) || math.Abs(-t.Mean[ch]/t.Std[ch]-float64(black)) > 1e-5 {
			return nil, nil, fmt.Errorf("reference: the case normalises cifar10 with mean %v and deviation %v, other than the data set", t.Mean, t.Std)
		}
	}
	return data, test, nil
}

// measure scores the network without the parts that only training has, in both modes, and takes its norms.
func (r *trainingRun) measure(w *engine.Weights) (scores, eval map[string]train.Score, err error) {
	r.norms = append(r.norms, train.Norms(r.task.Network.Graph, w))
	plain, err := train.Without(r.task.Network, w, r.plain)
	if err != nil {
		return nil, nil, err
	}
	for _, mode := range []struct {
		running bool
		to      *map[string]train.Score
	}{{false, &scores}, {true, &eval}} {
		s, err := r.scorer.Trained(r.plain, plain, mode.running, r.batch, string(engine.CrossEntropy))
		if err != nil {
			return nil, nil, err
		}
		*mode.to = map[string]train.Score{"loss": train.Score(s.Loss)}
		for name, v := range s.Scores {
			(*mode.to)[name] = train.Score(v)
		}
	}
	return scores, eval, nil
}
