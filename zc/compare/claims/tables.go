package claims

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/stats"
)

const (
	tss      = "NATS-Bench TSS"
	dartsRow = "DARTS"
	transRow = "TransNAS-Bench-101"
)

// winners are the proxies with the highest coefficient, by task of a space ("" for all).
func winners(space string) (tasks []compare.TaskID, best []string, err error) {
	results, err := compare.PublishedResults()
	if err != nil {
		return nil, nil, err
	}
	if space != "" {
		results = results.Space(space)
	}
	tasks, names, rho, err := results.Grid(nil)
	if err != nil {
		return nil, nil, err
	}
	for _, row := range rho {
		best = append(best, names[argmax(row)])
	}
	return tasks, best, nil
}

func argmax(x []float64) int {
	at := 0
	for i, v := range x {
		if v > x[at] {
			at = i
		}
	}
	return at
}

// byTask says who wins where.
func byTask(tasks []compare.TaskID, best []string) string {
	var parts []string
	for i, t := range tasks {
		parts = append(parts, t.Task+": "+best[i])
	}
	return strings.Join(parts, "; ")
}

func bestOnTSS() (Finding, error) {
	tasks, best, err := winners(tss)
	if err != nil {
		return Finding{}, err
	}
	unique := slices.Compact(slices.Sorted(slices.Values(best)))
	return Finding{byTask(tasks, best), tables, holdsIf(slices.Equal(unique, []string{"jacob_cov", "synflow"}))}, nil
}

func bestOnDARTS() (Finding, error) {
	tasks, best, err := winners(dartsRow)
	if err != nil {
		return Finding{}, err
	}
	f := Finding{Value: byTask(tasks, best), Source: tables, Verdict: Holds}
	for _, p := range []string{"fisher", "grad_norm", "grasp", "params"} {
		if !slices.Contains(best, p) {
			f.Verdict = Partly
		}
	}
	return f, nil
}

func negativeOnSynthetic() (Finding, error) {
	results, err := compare.PublishedResults()
	if err != nil {
		return Finding{}, err
	}
	f := Finding{Source: tables, Verdict: Holds}
	var parts []string
	for _, r := range results {
		if r.TaskID != (compare.TaskID{Space: tss, Task: "Synthetic CIFAR-10"}) {
			continue
		}
		parts = append(parts, fmt.Sprintf("%s %.4f", r.Proxy, r.Rho))
		if (r.Rho < 0) == (r.Proxy == "jacob_cov") {
			f.Verdict = Fails
		}
	}
	f.Value = strings.Join(parts, ", ")
	return f, nil
}

// ranks are the average ranks over the published tasks.
func ranks() (*compare.RankTable, error) {
	results, err := compare.PublishedResults()
	if err != nil {
		return nil, err
	}
	return compare.AverageRanks(results, nil)
}

func row(t *compare.RankTable, space string) compare.RankRow {
	for _, r := range t.Rows {
		if r.Space == space {
			return r
		}
	}
	return t.Overall
}

func bestOnTransNAS() (Finding, error) {
	t, err := ranks()
	if err != nil {
		return Finding{}, err
	}
	r := row(t, transRow)
	order := make([]int, len(t.Proxies))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if r.Ranks[a] < r.Ranks[b] {
			return -1
		}
		return 1
	})
	first := []string{t.Proxies[order[0]], t.Proxies[order[1]]}
	f := Finding{Source: tables, Value: fmt.Sprintf("best average ranks: %s %.2f, %s %.2f, then %s %.2f",
		first[0], r.Ranks[order[0]], first[1], r.Ranks[order[1]], t.Proxies[order[2]], r.Ranks[order[2]])}
	f.Verdict = holdsIf(slices.Contains(first, "snip") && slices.Contains(first, "fisher"))
	return f, nil
}

// inconsistent compares the spread over tasks of the two proxies without data with that of the others.
func inconsistent() (Finding, error) {
	results, err := compare.PublishedResults()
	if err != nil {
		return Finding{}, err
	}
	_, names, rho, err := results.Grid(nil)
	if err != nil {
		return Finding{}, err
	}
	type spread struct {
		proxy     string
		low, high float64
	}
	var all []spread
	for j, p := range names {
		s := spread{p, math.Inf(1), math.Inf(-1)}
		for i := range rho {
			s.low, s.high = min(s.low, rho[i][j]), max(s.high, rho[i][j])
		}
		all = append(all, s)
	}
	slices.SortStableFunc(all, func(a, b spread) int {
		if a.high-a.low > b.high-b.low {
			return -1
		}
		return 1
	})
	f := Finding{Source: tables, Verdict: Holds}
	var parts []string
	for place, s := range all {
		parts = append(parts, fmt.Sprintf("%s %.2f…%.2f", s.proxy, s.low, s.high))
		// Very well and very poorly, but no more so than the proxies that look at data, is true only in part.
		if (s.proxy == "synflow" || s.proxy == "params") && place >= len(all)/2 {
			f.Verdict = Partly
		}
	}
	f.Value = "range of ρ over the tasks, widest first: " + strings.Join(parts, ", ")
	return f, nil
}

func bestRanks() (Finding, error) {
	t, err := ranks()
	if err != nil {
		return Finding{}, err
	}
	f := Finding{Source: tables, Verdict: Holds}
	var parts []string
	for _, want := range []struct {
		space, proxy string
		rank         float64
	}{{tss, "synflow", 1.33}, {dartsRow, "params", 3.8}, {transRow, "fisher", 2.75}} {
		r := row(t, want.space)
		at := argmax(negated(r.Ranks))
		parts = append(parts, fmt.Sprintf("%s %.2f on %s", t.Proxies[at], r.Ranks[at], want.space))
		if t.Proxies[at] != want.proxy || math.Abs(r.Ranks[at]-want.rank) > 0.0051 {
			f.Verdict = Fails
		}
	}
	f.Value = strings.Join(parts, ", ")
	return f, nil
}

func rankRange() (Finding, error) {
	t, err := ranks()
	if err != nil {
		return Finding{}, err
	}
	low, high := slices.Min(t.Overall.Ranks), slices.Max(t.Overall.Ranks)
	return Finding{fmt.Sprintf("%.2f to %.2f", low, high), tables, holdsIf(low >= 4 && high <= 5.5)}, nil
}

func flopsFirst() (Finding, error) {
	t, err := ranks()
	if err != nil {
		return Finding{}, err
	}
	at := argmax(negated(t.Overall.Ranks))
	return Finding{fmt.Sprintf("%s, %.2f", t.Proxies[at], t.Overall.Ranks[at]), tables, holdsIf(t.Proxies[at] == "flops")}, nil
}

func negated(x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = -v
	}
	return out
}

func suboptimal() (Finding, error) {
	results, err := compare.PublishedResults()
	if err != nil {
		return Finding{}, err
	}
	task := compare.TaskID{Space: dartsRow, Task: "Spherical CIFAR-100"}
	var errs []float64
	var names []string
	for _, r := range results {
		if r.TaskID == task {
			errs, names = append(errs, 1-r.Rho), append(names, r.Proxy)
		}
	}
	ratio := compare.PerformanceRatios(errs)[slices.Index(names, "snip")]
	return Finding{fmt.Sprintf("%.3f", ratio), tables, holdsIf(math.Abs(ratio-1.46) < 0.005)}, nil
}

func majorityNegative() (Finding, error) {
	results, err := compare.PublishedResults()
	if err != nil {
		return Finding{}, err
	}
	tasks, names, rho, err := results.Grid(nil)
	if err != nil {
		return Finding{}, err
	}
	var parts []string
	for i, t := range tasks {
		negative := 0
		for _, v := range rho[i] {
			if v < 0 {
				negative++
			}
		}
		if 2*negative > len(names) {
			parts = append(parts, fmt.Sprintf("%s on %s (%d of %d)", t.Task, t.Space, negative, len(names)))
		}
	}
	return Finding{fmt.Sprintf("%d of %d tasks: %s", len(parts), len(tasks), strings.Join(parts, ", ")), tables, holdsIf(len(parts) > 1)}, nil
}

func friedman() (Finding, error) {
	results, err := compare.PublishedResults()
	if err != nil {
		return Finding{}, err
	}
	cd, err := compare.CriticalDifferences(results, nil, 0.05)
	if err != nil {
		return Finding{}, err
	}
	return Finding{fmt.Sprintf("Friedman's test over %d tasks: p = %.2f; ranks %.2f apart, critical difference %.2f",
		cd.Friedman.N, cd.Friedman.P, slices.Max(cd.Ranks)-slices.Min(cd.Ranks), cd.CD), tables, holdsIf(cd.Friedman.P > 0.05)}, nil
}

func baselines() (Finding, error) {
	t, err := ranks()
	if err != nil {
		return Finding{}, err
	}
	places := stats.DescendingRanks(negated(t.Overall.Ranks))
	f := Finding{Source: tables, Verdict: Holds}
	var parts []string
	for _, p := range []string{"flops", "params"} {
		j := slices.Index(t.Proxies, p)
		parts = append(parts, fmt.Sprintf("%s: average rank %.2f, place %g of %d", p, t.Overall.Ranks[j], places[j], len(t.Proxies)))
		if places[j] > float64(len(t.Proxies))/2 {
			f.Verdict = Partly
		}
	}
	f.Value = strings.Join(parts, "; ")
	return f, nil
}

// amdahl is what a faster search gains of search and training together.
func amdahl() (Finding, error) {
	const before, after, train = 0.3, 0.05, 1.2 // GPU-days of PDARTS, of TE-NAS, of training a DARTS network
	gain, limit := (before+train)/(after+train), (before+train)/train
	return Finding{fmt.Sprintf("search %.1f× faster, in all %.2f×, at best %.2f×", before/after, gain, limit), stated,
		holdsIf(math.Abs(gain-1.2) < 0.005 && math.Abs(limit-1.25) < 0.005)}, nil
}
