package truth

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/datasets/formats"
)

// TransNAS holds TransNAS-Bench-101 (Duan et al. 2021), the file transnas-bench_v10141024.pth: what 3,256 networks of
// the macro and 4,096 of the micro space reached on seven tasks after every epoch. It may be read by several
// goroutines at once.
type TransNAS struct {
	tasks, infos []string
	metrics      map[string][]string // by task
	spaces       []string
	archs        map[string][]string // by space
	runs         map[string]map[string]*TransNASRun
}

// TransNASRun is the training of one network on one task.
type TransNASRun struct {
	TotalEpochs int
	Info        map[string]float64   // by the names of [TransNAS.Infos]: "model_params", "inference_time" in seconds, …
	Curves      map[string][]float64 // by the names of [TransNAS.Metrics], one value for each epoch; NaN is kept
}

// Last is the epoch number of the last one, as in the benchmark's own interface. Epochs count from 0.
const Last = -1

// OpenTransNAS reads the published file, in either container of torch.save. Errors, with the file's name: it is
// missing, truncated, corrupt or of another kind; what is missing in it is named.
func OpenTransNAS(path string) (*TransNAS, error) {
	v, err := formats.ReadTorch(path)
	if err == nil {
		var t *TransNAS
		if t, err = newTransNAS(v); err == nil {
			return t, nil
		}
		err = fmt.Errorf("%s: %w; expected is transnas-bench_v10141024.pth of https://github.com/yawen-d/TransNASBench", path, err)
	}
	return nil, fmt.Errorf("truth: TransNAS-Bench-101: %w", err)
}

// Bounds on the names in a file; the published one has two spaces, seven tasks and at most ten metrics.
const maxTransNames = 64

// transNASReader converts what a pickle holds. A pickle may have one object in many places; each is converted once, so
// that memory stays that of the file.
type transNASReader struct {
	curves map[*formats.List][]float64
	runs   map[*formats.Dict]*TransNASRun
	archs  map[*formats.Dict]map[string]*TransNASRun
}

// newTransNAS reads {metrics_dict: {task: [names]}, info_names, task_list, data: {space: {arch: {task: {total_epochs,
// model_info, metrics: {name: [value per epoch]}}}}}}.
func newTransNAS(v any) (*TransNAS, error) {
	top, err := formats.DictFields(v)
	if err != nil {
		return nil, err
	}
	t := &TransNAS{metrics: map[string][]string{}, archs: map[string][]string{}, runs: map[string]map[string]*TransNASRun{}}
	if t.tasks, err = texts(top["task_list"]); err != nil {
		return nil, fmt.Errorf("task_list: %w", err)
	}
	if t.infos, err = texts(top["info_names"]); err != nil {
		return nil, fmt.Errorf("info_names: %w", err)
	}
	metrics, err := formats.DictFields(top["metrics_dict"])
	if err != nil {
		return nil, fmt.Errorf("metrics_dict: %w", err)
	}
	for _, task := range t.tasks {
		if t.metrics[task], err = texts(metrics[task]); err != nil {
			return nil, fmt.Errorf("metrics_dict of %q: %w", task, err)
		}
	}
	r := &transNASReader{map[*formats.List][]float64{}, map[*formats.Dict]*TransNASRun{}, map[*formats.Dict]map[string]*TransNASRun{}}
	data, ok := top["data"].(*formats.Dict)
	if !ok {
		return nil, fmt.Errorf("data: expected a dict, found %s", formats.Kind(top["data"]))
	}
	for _, e := range data.Entries {
		space, ok := formats.Text(e.Key)
		archs, ok2 := e.Value.(*formats.Dict)
		if !ok || !ok2 || t.archs[space] != nil || len(t.spaces) == maxTransNames {
			return nil, fmt.Errorf("data: expected different search spaces with their architectures, found %s for %.60q", formats.Kind(e.Value), space)
		}
		t.spaces = append(t.spaces, space)
		t.archs[space] = []string{}
		for _, a := range archs.Entries {
			arch, ok := formats.Text(a.Key)
			if !ok {
				return nil, fmt.Errorf("data of %q: an architecture that is no string but %s", space, formats.Kind(a.Key))
			}
			if t.runs[arch] != nil {
				return nil, fmt.Errorf("data of %q: the architecture %.60q appears twice in the file", space, arch)
			}
			if t.runs[arch], err = r.arch(a.Value, t); err != nil {
				return nil, fmt.Errorf("data of %q, architecture %.60q: %w", space, arch, err)
			}
			t.archs[space] = append(t.archs[space], arch)
		}
	}
	if len(t.runs) == 0 {
		return nil, errors.New("data: no architectures")
	}
	return t, nil
}

func texts(v any) ([]string, error) {
	items, err := formats.Items(v)
	if err != nil {
		return nil, err
	}
	if len(items) > maxTransNames {
		return nil, fmt.Errorf("%d names; at most %d are expected", len(items), maxTransNames)
	}
	list := make([]string, len(items))
	for i, item := range items {
		var ok bool
		if list[i], ok = formats.Text(item); !ok {
			return nil, fmt.Errorf("name %d is no string but %s", i, formats.Kind(item))
		}
		if slices.Contains(list[:i], list[i]) {
			return nil, fmt.Errorf("the name %.60q appears twice", list[i])
		}
	}
	return list, nil
}

// arch reads {task: run}.
func (r *transNASReader) arch(v any, t *TransNAS) (map[string]*TransNASRun, error) {
	d, ok := v.(*formats.Dict)
	if ok && r.archs[d] != nil {
		return r.archs[d], nil
	}
	m, err := formats.DictFields(v)
	if err != nil {
		return nil, err
	}
	runs := make(map[string]*TransNASRun, len(t.tasks))
	for _, task := range t.tasks {
		if _, ok := m[task]; !ok {
			return nil, fmt.Errorf("no task %q", task)
		}
		if runs[task], err = r.run(m[task], t.metrics[task], t.infos); err != nil {
			return nil, fmt.Errorf("task %q: %w", task, err)
		}
	}
	r.archs[d] = runs
	return runs, nil
}

func (r *transNASReader) run(v any, metrics, infos []string) (*TransNASRun, error) {
	d, ok := v.(*formats.Dict)
	if ok && r.runs[d] != nil {
		return r.runs[d], nil
	}
	m, err := formats.DictFields(v)
	if err != nil {
		return nil, err
	}
	run := &TransNASRun{Info: make(map[string]float64, len(infos)), Curves: make(map[string][]float64, len(metrics))}
	if run.TotalEpochs, ok = m["total_epochs"].(int); !ok || run.TotalEpochs < 1 {
		return nil, errors.New("total_epochs is no number of epochs")
	}
	info, err := formats.DictFields(m["model_info"])
	if err != nil {
		return nil, fmt.Errorf("model_info: %w", err)
	}
	for _, name := range infos {
		if run.Info[name], ok = formats.Float(info[name]); !ok {
			return nil, fmt.Errorf("model_info: %q is no number but %s", name, formats.Kind(info[name]))
		}
	}
	curves, err := formats.DictFields(m["metrics"])
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	for _, name := range metrics {
		curve, err := r.curve(curves[name])
		if err == nil && len(curve) != run.TotalEpochs {
			err = fmt.Errorf("%d values for %d epochs", len(curve), run.TotalEpochs)
		}
		if err != nil {
			return nil, fmt.Errorf("metric %q: %w", name, err)
		}
		run.Curves[name] = curve
	}
	r.runs[d] = run
	return run, nil
}

func (r *transNASReader) curve(v any) ([]float64, error) {
	l, isList := v.(*formats.List)
	if isList && r.curves[l] != nil {
		return r.curves[l], nil
	}
	curve, _, err := formats.ArrayOf[float64](v)
	if err == nil && isList {
		r.curves[l] = curve
	}
	return curve, err
}

// Spaces lists the search spaces in the order of the file: "macro", "micro".
func (t *TransNAS) Spaces() []string { return slices.Clone(t.spaces) }

// Tasks lists the tasks in the order of the file.
func (t *TransNAS) Tasks() []string { return slices.Clone(t.tasks) }

// Infos names what is known of a network beside its training: "model_params", "model_FLOPs", …
func (t *TransNAS) Infos() []string { return slices.Clone(t.infos) }

// Metrics lists the metrics of a task: "valid_top1", "valid_loss", …; nil for an unknown task.
func (t *TransNAS) Metrics(task string) []string { return slices.Clone(t.metrics[task]) }

// Archs lists the architectures of a space, in the order of the file; nil for an unknown space.
func (t *TransNAS) Archs(space string) []string { return slices.Clone(t.archs[space]) }

// Run returns the training of a network on a task. Errors: there is none.
func (t *TransNAS) Run(arch, task string) (*TransNASRun, error) {
	runs, ok := t.runs[arch]
	if !ok {
		return nil, fmt.Errorf("truth: TransNAS-Bench-101 has no architecture %.60q; its architectures are such as %q", arch, t.archs[t.spaces[0]][0])
	}
	run, ok := runs[task]
	if !ok {
		return nil, fmt.Errorf("truth: TransNAS-Bench-101 has no task %.60q; its tasks are %s", task, strings.Join(t.tasks, ", "))
	}
	return run, nil
}

// At returns a metric after an epoch, counted from 0; [Last] is the last one. Errors: no such metric or epoch.
func (r *TransNASRun) At(metric string, epoch int) (float64, error) {
	curve, err := r.curve(metric)
	if err != nil {
		return math.NaN(), err
	}
	if epoch == Last {
		epoch = len(curve) - 1
	}
	if epoch < 0 || epoch >= len(curve) {
		return math.NaN(), fmt.Errorf("truth: epoch %d of %d, which count from 0", epoch, len(curve))
	}
	return curve[epoch], nil
}

// Best returns the greatest value of a metric and its epoch, the first where several are equal, as the benchmark's own
// interface does by default. Two traps come with it: of a loss the greatest value is the worst one, so ask for
// "valid_neg_loss" or take [TransNASRun.At]; and a NaN at the first epoch stays, while later ones are passed over, as
// Python's max has it.
func (r *TransNASRun) Best(metric string) (value float64, epoch int, err error) {
	curve, err := r.curve(metric)
	if err != nil {
		return math.NaN(), 0, err
	}
	for i, v := range curve {
		if v > curve[epoch] {
			epoch = i
		}
	}
	return curve[epoch], epoch, nil
}

func (r *TransNASRun) curve(metric string) ([]float64, error) {
	if curve, ok := r.Curves[metric]; ok {
		return curve, nil
	}
	names := make([]string, 0, len(r.Curves))
	for name := range r.Curves {
		names = append(names, name)
	}
	slices.Sort(names)
	return nil, fmt.Errorf("truth: no metric %.60q; there are %s", metric, strings.Join(names, ", "))
}

// SelectionMetric is the metric by which the benchmark picks epochs and networks of a task: validation top-1 accuracy,
// negated loss (room_layout), mIoU (segmentsemantic) or SSIM (normal, autoencoder); "" for an unknown task.
func (t *TransNAS) SelectionMetric(task string) string {
	return t.metricOf(task, "valid_top1", "valid_neg_loss", "valid_mIoU", "valid_ssim")
}

// NASLibMetric is the one that NASLib calls validation accuracy, taken after the last epoch. For segmentsemantic that
// is the accuracy of pixels, not mIoU.
func (t *TransNAS) NASLibMetric(task string) string {
	return t.metricOf(task, "valid_top1", "valid_neg_loss", "valid_acc", "valid_ssim")
}

func (t *TransNAS) metricOf(task string, names ...string) string {
	for _, name := range names {
		if slices.Contains(t.metrics[task], name) {
			return name
		}
	}
	return ""
}

// BestArchs lists up to n architectures of a space with the greatest best values of a metric, best first; of equal
// ones, the later name comes first, as in the benchmark's own interface.
func (t *TransNAS) BestArchs(space, task, metric string, n int) ([]string, error) {
	type scored struct {
		value float64
		arch  string
	}
	var list []scored
	for _, arch := range t.archs[space] {
		run, err := t.Run(arch, task)
		if err != nil {
			return nil, err
		}
		v, _, err := run.Best(metric)
		if err != nil {
			return nil, err
		}
		list = append(list, scored{v, arch})
	}
	slices.SortFunc(list, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(b.arch, a.arch))
	})
	archs := make([]string, 0, min(max(n, 0), len(list)))
	for _, s := range list[:cap(archs)] {
		archs = append(archs, s.arch)
	}
	return archs, nil
}
