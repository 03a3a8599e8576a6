package compare

import (
	"fmt"

	"github.com/zcnas/zcnas/zc/stats"
	"github.com/zcnas/zcnas/zc/table"
)

// GroundTruth is what trained architectures reached, with scores that came along: [truth.Records], for
// example.
type GroundTruth interface {
	Tasks() []string
	Archs(task string) []string
	Proxies() []string
	// Accuracy is higher for better architectures; false if there is no record.
	Accuracy(task, arch string) (float64, bool)
	// Score is NaN where the proxy is undefined; false if there is no score.
	Score(task, arch, proxy string) (float64, bool)
}

// suiteNames maps NAS-Bench-Suite-Zero's names of proxies to ours.
var suiteNames = map[string]string{"jacov": "jacob_cov"}

// SuiteProxy names the scores of NAS-Bench-Suite-Zero in a [TruthTable] that a proxy of ours may be held against:
// the suite's flops are the like of naslib_flops, for they count batch norms, ReLUs and pools, and its synflow, a
// logarithm, of log_synflow and, by rank, of synflow. It is "" for flops, of which the suite has no like. Other
// proxies have one name in both.
func SuiteProxy(proxy string) string {
	switch proxy {
	case "flops":
		return ""
	case "naslib_flops":
		return "flops"
	case "log_synflow":
		return "synflow"
	}
	return proxy
}

// TruthColumn returns the accuracy of each architecture on the task: what [Correlate] joins with.
func TruthColumn(truth GroundTruth, task string) map[string]float64 {
	out := make(map[string]float64)
	for _, a := range truth.Archs(task) {
		if v, ok := truth.Accuracy(task, a); ok {
			out[a] = v
		}
	}
	return out
}

// TruthTable returns the scores that came with the ground truth of a task as a score table, with the
// task as its data set. Of NAS-Bench-Suite-Zero, jacov is named jacob_cov; the other names are the suite's own,
// and do not always mean what ours do: see [SuiteProxy].
func TruthTable(truth GroundTruth, space, task string) *table.Table {
	t := table.New()
	proxies := truth.Proxies()
	for _, a := range truth.Archs(task) {
		for _, p := range proxies {
			v, ok := truth.Score(task, a, p)
			if !ok {
				continue
			}
			name := p
			if ours, ok := suiteNames[p]; ok {
				name = ours
			}
			e := table.Entry{Key: table.Key{Space: space, Arch: a, Data: task, Proxy: name}, Value: v}
			if v != v {
				e.Reason = "the source has no finite score"
			}
			t.Add(e)
		}
	}
	return t
}

// TruthResults correlates the scores that came with the ground truth with its accuracies, on every
// task, as results on the search space. The options are those of [stats.Bootstrap].
func TruthResults(truth GroundTruth, space, source string, opts ...stats.BootstrapOption) (Results, error) {
	var out Results
	for _, task := range truth.Tasks() {
		c, err := Correlate(TruthTable(truth, space, task), TruthColumn(truth, task), opts...)
		if err != nil {
			return nil, fmt.Errorf("compare: %s, task %q: %w", source, task, err)
		}
		out = append(out, c.Results(TaskID{space, task}, source, "")...)
	}
	return out, nil
}
