package truth

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/zcnas/zcnas/datasets/formats"
)

// natsArchs reads the architectures of a meta file.
func natsArchs(v any) ([]string, error) {
	m, err := formats.DictFields(v)
	if err != nil {
		return nil, err
	}
	items, err := formats.Items(m["meta_archs"])
	if err != nil {
		return nil, fmt.Errorf("meta_archs: %w", err)
	}
	archs := make([]string, len(items))
	for i, item := range items {
		var ok bool
		if archs[i], ok = formats.Text(item); !ok {
			return nil, fmt.Errorf("meta_archs[%d] is no string", i)
		}
	}
	return archs, nil
}

// natsRecord reads {schedule: {arch_index, arch_str, all_results: {(data set, seed): run}}}.
func natsRecord(v any) (*NATSRecord, error) {
	r := &NATSRecord{Index: -1}
	err := eachEntry(v, func(key, value any) error {
		schedule, ok := formats.Text(key)
		if !ok {
			return fmt.Errorf("a schedule is no string but %s", formats.Kind(key))
		}
		m, err := formats.DictFields(value)
		if err != nil {
			return fmt.Errorf("schedule %.40q: %w", schedule, err)
		}
		index, ok := m["arch_index"].(int)
		arch, ok2 := formats.Text(m["arch_str"])
		if !ok || !ok2 || index < 0 {
			return fmt.Errorf("schedule %.40q: no arch_index and arch_str", schedule)
		}
		if r.Index >= 0 && (r.Index != index || r.Arch != arch) {
			return fmt.Errorf("schedule %.40q is of architecture %d, another one of %d", schedule, index, r.Index)
		}
		r.Index, r.Arch = index, arch
		return eachEntry(m["all_results"], func(key, value any) error {
			t, ok := key.(formats.Tuple)
			if !ok || len(t) != 2 {
				return fmt.Errorf("schedule %.40q: a result without data set and seed", schedule)
			}
			set, ok := formats.Text(t[0])
			seed, ok2 := t[1].(int)
			if !ok || !ok2 {
				return fmt.Errorf("schedule %.40q: a result without data set and seed", schedule)
			}
			if len(r.Runs) == maxRuns {
				return fmt.Errorf("more than %d runs; refused", maxRuns)
			}
			run, err := natsRun(value)
			if err != nil {
				return fmt.Errorf("schedule %.40q, data set %.40q, seed %d: %w", schedule, set, seed, err)
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

// Bounds on the runs of one architecture; published are up to 27, of 200 epochs and 3 evaluation sets.
const (
	maxRuns   = 64
	maxEpochs = 1000
	maxSets   = 8
)

func natsRun(v any) (NATSRun, error) {
	m, err := formats.DictFields(v)
	if err != nil {
		return NATSRun{}, err
	}
	var r NATSRun
	var ok bool
	if r.Epochs, ok = m["epochs"].(int); !ok || r.Epochs < 1 || r.Epochs > maxEpochs {
		return r, fmt.Errorf("the number of epochs is not in 1…%d", maxEpochs)
	}
	if r.Params, ok = formats.Float(m["params"]); !ok {
		return r, errors.New("no params")
	}
	if r.FLOPs, ok = formats.Float(m["flop"]); !ok {
		return r, errors.New("no flop")
	}
	r.Latency = math.NaN()
	if list, _ := formats.Items(m["latency"]); len(list) > 0 {
		sum := 0.0
		for i, item := range list {
			v, ok := formats.Float(item)
			if !ok {
				return r, fmt.Errorf("latency[%d] is no number", i)
			}
			sum += v
		}
		r.Latency = sum / float64(len(list))
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
	return curve, eachEntry(v, func(key, value any) error {
		e, ok := key.(int)
		if !ok {
			return fmt.Errorf("an epoch is no integer but %s", formats.Kind(key))
		}
		return place(curve, e, value)
	})
}

// natsCurves reads {"set@epoch": value}.
func natsCurves(v any, epochs int) (map[string][]float64, error) {
	curves := map[string][]float64{}
	return curves, eachEntry(v, func(key, value any) error {
		s, _ := formats.Text(key)
		set, after, ok := strings.Cut(s, "@")
		e, err := strconv.Atoi(after)
		if !ok || err != nil {
			return fmt.Errorf("the key %.40q (%s) is not of the form set@epoch", s, formats.Kind(key))
		}
		if curves[set] == nil {
			if len(curves) == maxSets {
				return fmt.Errorf("more than %d evaluation sets", maxSets)
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
	if curve[epoch], ok = formats.Float(value); !ok {
		return fmt.Errorf("the value of epoch %d is no number", epoch)
	}
	return nil
}

// eachEntry calls f for each entry of a dict.
func eachEntry(v any, f func(key, value any) error) error {
	d, ok := v.(*formats.Dict)
	if !ok {
		return fmt.Errorf("expected a dict, found %s", formats.Kind(v))
	}
	for _, e := range d.Entries {
		if err := f(e.Key, e.Value); err != nil {
			return err
		}
	}
	return nil
}
