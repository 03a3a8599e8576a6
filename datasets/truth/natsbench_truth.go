package truth

import (
	"context"
	"fmt"

	"github.com/zcnas/zcnas/spaces"
)

// Truth is what the networks of a space ("nats-tss" or "nats-sss") reached on a task, in percent after the last epoch
// and averaged over seeds: on part "validation" or "test", trained by a schedule, "12" or "200" epochs ("01", "12" or
// "90" of nats-sss); "" is the longest. Other accuracies are those of [NATS.Accuracies]; progress is as there. Errors: a
// task, part or schedule that there is not, files that cannot be read, records of another space.
func (n *NATS) Truth(ctx context.Context, space spaces.Space, task, part, schedule string, progress func(done, total int)) (*Truth, error) {
	if schedule == "" {
		switch space.Name() {
		case "nats-sss":
			schedule = "90"
		default:
			schedule = "200"
		}
	}
	q, err := NATSMetric(task, part, schedule)
	if err != nil {
		return nil, err
	}
	found, err := n.Accuracies(ctx, q, progress)
	if err != nil {
		return nil, err
	}
	var archs []string
	var values []float64
	for _, i := range n.Indices() { // in the order of the benchmark, not of a map
		arch, err := space.Parse(fmt.Sprint(i))
		if err != nil {
			return nil, fmt.Errorf("truth: NATS-Bench: architecture %d is not of %s: %w", i, space.Name(), err)
		}
		if v, ok := found[string(arch)]; ok {
			archs, values = append(archs, string(arch)), append(values, v)
		}
	}
	if len(archs) != len(found) {
		return nil, fmt.Errorf("truth: NATS-Bench: %s holds %d architectures that are not of %s", n.path, len(found)-len(archs), space.Name())
	}
	return New(space, Truth{Task: task, Metric: part + " accuracy in percent", Epoch: "last", Source: "NATS-Bench, " + schedule + " epochs"}, archs, values)
}
