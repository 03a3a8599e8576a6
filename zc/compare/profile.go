package compare

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"sort"
)

// Profile is a relative performance profile (Dolan and Moré, "Benchmarking Optimization Software with
// Performance Profiles", 2002): the share of tasks on which a proxy's error is at most τ times the best
// proxy's error on that task. It is a step function, right-continuous, 0 before its first break point.
type Profile struct {
	Proxy    string
	Tau      []float64 // break points in ascending order, all finite and at least 1
	Fraction []float64 // value from each break point on
}

// At returns the profile's value at τ.
func (p Profile) At(tau float64) float64 {
	i := sort.Search(len(p.Tau), func(i int) bool { return p.Tau[i] > tau })
	if i == 0 {
		return 0
	}
	return p.Fraction[i-1]
}

// Reach returns the smallest τ at which the profile is at least the fraction; +Inf if it never is, as
// where a proxy is undefined on a task. Reach(1) is how suboptimal the proxy is on its worst task.
func (p Profile) Reach(fraction float64) float64 {
	for i, f := range p.Fraction {
		// Fractions are ratios of whole numbers; asking for 1/3 as 0.333… must find it.
		if f >= fraction-1e-12 {
			return p.Tau[i]
		}
	}
	return math.Inf(1)
}

// Profiles holds the profiles of several proxies on the same tasks.
type Profiles struct {
	Tasks    []TaskID
	Profiles []Profile   // one for each proxy
	Ratios   [][]float64 // [task][proxy]: the error over the task's smallest; +Inf where undefined
}

// MaxTau returns the largest break point of all profiles: beyond it nothing changes.
func (p *Profiles) MaxTau() float64 {
	largest := 1.0
	for _, v := range p.Profiles {
		if len(v.Tau) > 0 {
			largest = max(largest, v.Tau[len(v.Tau)-1])
		}
	}
	return largest
}

// PerformanceProfiles computes the profiles of the error 1−ρ over the tasks of the results (Figures 7
// and 8 of the post); select the results of a space for its own profiles. Nil proxies means all that
// have results. A proxy that is undefined on a task fails there: its ratio is +Inf. Tasks on which none
// is defined are left out. Errors are those of [Results.Grid].
func PerformanceProfiles(results Results, proxies []string) (*Profiles, error) {
	tasks, names, rho, err := results.Grid(proxies)
	if err != nil {
		return nil, err
	}
	out := &Profiles{}
	for i, row := range rho {
		failures := make([]float64, len(row))
		some := false
		for j, v := range row {
			failures[j] = 1 - v
			some = some || !math.IsNaN(v)
		}
		if some {
			out.Tasks = append(out.Tasks, tasks[i])
			out.Ratios = append(out.Ratios, PerformanceRatios(failures))
		}
	}
	if len(out.Tasks) == 0 {
		return nil, errors.New("compare: performance profiles: no proxy is defined on any task")
	}
	for j, name := range names {
		ratios := make([]float64, len(out.Ratios))
		for i, row := range out.Ratios {
			ratios[i] = row[j]
		}
		out.Profiles = append(out.Profiles, newProfile(name, ratios))
	}
	return out, nil
}

// PerformanceRatios returns each error over the smallest: 1 for the best, +Inf for NaN. Where the
// smallest error is 0, errors of 0 have ratio 1 and others +Inf.
func PerformanceRatios(errors []float64) []float64 {
	best := math.Inf(1)
	for _, e := range errors {
		if e < best {
			best = e
		}
	}
	out := make([]float64, len(errors))
	for i, e := range errors {
		switch {
		case math.IsNaN(e):
			out[i] = math.Inf(1)
		case e == best:
			out[i] = 1
		default:
			out[i] = e / best
		}
	}
	return out
}

func newProfile(proxy string, ratios []float64) Profile {
	sorted := slices.Clone(ratios)
	slices.SortFunc(sorted, cmp.Compare)
	p := Profile{Proxy: proxy}
	for i, r := range sorted {
		if math.IsInf(r, 1) {
			break
		}
		fraction := float64(i+1) / float64(len(sorted))
		if n := len(p.Tau); n > 0 && p.Tau[n-1] == r {
			p.Fraction[n-1] = fraction
			continue
		}
		p.Tau = append(p.Tau, r)
		p.Fraction = append(p.Fraction, fraction)
	}
	return p
}
