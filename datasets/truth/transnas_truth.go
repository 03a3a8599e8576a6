package truth

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/zcnas/zcnas/spaces"
)

// Truth is what the networks of a space ("transnas-macro" or "transnas-micro") reached on a task by a metric; "" is
// [TransNAS.NASLibMetric]. epoch is "last", "best", or the number of one, counted from 0. Higher is better in all of
// it: losses are negated, and their best epoch is the one with the smallest. (The benchmark's own interface takes the
// greatest of any metric, see [TransNASRun.Best].) Errors: a space, task, metric or epoch that there is not.
func (t *TransNAS) Truth(space spaces.Space, task, metric, epoch string) (*Truth, error) {
	part, ok := strings.CutPrefix(space.Name(), "transnas-")
	if !ok || t.archs[part] == nil {
		return nil, fmt.Errorf("truth: TransNAS-Bench-101 is about transnas-%s, not %s", strings.Join(t.spaces, " and transnas-"), space.Name())
	}
	if metric == "" {
		if metric = t.NASLibMetric(task); metric == "" {
			return nil, fmt.Errorf("truth: TransNAS-Bench-101 has no task %.60q; its tasks are %s", task, strings.Join(t.tasks, ", "))
		}
	}
	number := Last
	if epoch != "last" && epoch != "best" {
		n, err := strconv.Atoi(epoch)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("truth: the epoch %.20q; give last, best, or a number from 0", epoch)
		}
		number = n
	}
	loss := strings.HasSuffix(metric, "_loss") && !strings.HasSuffix(metric, "_neg_loss")
	about := Truth{Task: task, Metric: metric, Epoch: epoch, Source: "TransNAS-Bench-101"}
	if loss {
		about.Metric = "negated " + metric
	}
	var archs []string
	var values []float64
	for _, arch := range t.archs[part] {
		run, err := t.Run(arch, task)
		if err != nil {
			return nil, err
		}
		var v float64
		switch {
		case epoch != "best":
			v, err = run.At(metric, number)
		case loss:
			v, err = run.least(metric)
		default:
			v, _, err = run.Best(metric)
		}
		if err != nil {
			return nil, fmt.Errorf("%w (%s on %s)", err, arch, task)
		}
		if loss {
			v = -v
		}
		archs, values = append(archs, arch), append(values, v)
	}
	return New(space, about, archs, values)
}

// least is the smallest value of a metric; NaN are passed over.
func (r *TransNASRun) least(metric string) (float64, error) {
	curve, err := r.curve(metric)
	best := math.NaN()
	for _, v := range curve {
		if !(v >= best) && !math.IsNaN(v) {
			best = v
		}
	}
	return best, err
}
