package claims

import (
	"fmt"
	"math"

	"github.com/zcnas/zcnas/datasets/truth/records"
	"github.com/zcnas/zcnas/zc/compare"
)

// initialisation compares with the suite's own scores and accuracies: other architectures, seeds and batches than
// the post's.
func initialisation() (Finding, error) {
	truth, err := records.Sample("nasbench201")
	if err != nil {
		return Finding{}, err
	}
	results, err := compare.TruthResults(truth, tss, compare.SourceSuite)
	if err != nil {
		return Finding{}, err
	}
	get := func(proxy string) float64 {
		r, ok := results.Get(compare.TaskID{Space: tss, Task: "cifar10"}, proxy)
		if !ok {
			return math.NaN()
		}
		return r.Rho
	}
	jacob, grasp := get("jacob_cov"), get("grasp")
	f := Finding{Value: fmt.Sprintf("%.2f and %.2f on 725 architectures", jacob, grasp), Source: suite}
	f.Verdict = Partly
	if math.Abs(jacob-0.69) < 0.1 && math.Abs(grasp-0.63) < 0.1 {
		f.Verdict = Holds
	}
	return f, nil
}

// friedmanSuite takes the proxies that the suite defines on all tasks and that measure more than rounding there.
func friedmanSuite() (Finding, error) {
	var results compare.Results
	for _, b := range [][2]string{{"nasbench201", tss}, {"nasbench301", "DARTS"},
		{"transbench101_micro", "TransNAS micro"}, {"transbench101_macro", "TransNAS macro"}} {
		truth, err := records.Sample(b[0])
		if err != nil {
			return Finding{}, err
		}
		r, err := compare.TruthResults(truth, b[1], compare.SourceSuite)
		if err != nil {
			return Finding{}, err
		}
		results = append(results, r...)
	}
	cd, err := compare.CriticalDifferences(results,
		[]string{"fisher", "grad_norm", "grasp", "snip", "nwot", "plain", "l2_norm", "flops", "params"}, 0.05)
	if err != nil {
		return Finding{}, err
	}
	pairs, err := compare.WilcoxonHolm(results, cd.Proxies)
	if err != nil {
		return Finding{}, err
	}
	different := 0
	for _, p := range pairs {
		if p.Adjusted < 0.05 {
			different++
		}
	}
	f := Finding{Source: suite, Value: fmt.Sprintf("Friedman's test over %d tasks: p = %.1g; %d of %d pairs differ (Wilcoxon, Holm)",
		cd.Friedman.N, cd.Friedman.P, different, len(pairs))}
	f.Verdict = Holds
	if cd.Friedman.P < 0.05 {
		f.Verdict = Fails
	}
	return f, nil
}
