package search

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/zc/stats"
)

// Rule makes one score of several proxies, without any trained network.
type Rule struct {
	Name    string
	Title   string
	Paper   string
	Proxies []string // what it combines unless told otherwise
	// Score takes, by proxy and architecture, average ranks divided by the number of architectures, so in (0, 1],
	// higher for higher scores and ½ for missing ones, and returns one score for each architecture, higher being
	// better.
	Score func(ranks [][]float64) []float64
}

// The proxies of the default rule.
const (
	flops = "flops"
	nwot  = "nwot"
)

// Rules lists the rules. The first is the default: on 27 tasks of four spaces it ranks better than flops alone, but
// not on NAS-Bench-101; [Study] recomputes what is known of it.
func Rules() []Rule {
	vote := []string{"synflow", "jacob_cov", "snip"}
	return []Rule{
		{Name: "log-rank", Title: "sum of the logarithms of ranks", Proxies: []string{flops, nwot}, Score: logRank,
			Paper: "Lee and Ham, \"AZ-NAS: Assembling Zero-Cost Proxies for Network Architecture Search\", CVPR 2024 (the aggregation)"},
		{Name: "rank-sum", Title: "sum of ranks", Proxies: []string{flops, nwot}, Score: rankSum,
			Paper: "Borda counts"},
		{Name: "vote", Title: "architectures that most of the proxies rank lower", Proxies: vote, Score: vote3,
			Paper: "Abdelfattah et al., \"Zero-Cost Proxies for Lightweight NAS\", ICLR 2021"},
	}
}

// LookupRule finds a rule by its name.
func LookupRule(name string) (Rule, error) {
	var names []string
	for _, r := range Rules() {
		if r.Name == name {
			return r, nil
		}
		names = append(names, r.Name)
	}
	return Rule{}, fmt.Errorf("search: unknown rule %q; there are %s", name, strings.Join(names, ", "))
}

// Weighted is the rule that adds ranks with weights: those that [Learn] found, or one's own.
func Weighted(weights map[string]float64) Rule {
	r := Rule{Name: "weighted", Title: "weighted sum of ranks"}
	for p := range weights {
		r.Proxies = append(r.Proxies, p)
	}
	slices.Sort(r.Proxies)
	r.Score = func(ranks [][]float64) []float64 {
		out := make([]float64, len(ranks[0]))
		for j, p := range r.Proxies {
			for i, v := range ranks[j] {
				out[i] += weights[p] * v
			}
		}
		return out
	}
	return r
}

// Combine scores the architectures of a task by a rule. A score that is [Missing] has the middle rank, ½. Errors: a
// proxy that the task has not, or has for less than two architectures, or with the same score for all of them.
func (t *Task) Combine(r Rule) ([]float64, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if len(r.Proxies) == 0 {
		return nil, fmt.Errorf("search: the rule %q combines no proxies", r.Name)
	}
	ranks := make([][]float64, len(r.Proxies))
	for j, p := range r.Proxies {
		column, err := t.Column(p)
		if err != nil {
			return nil, err
		}
		if ranks[j], err = fractions(column); err != nil {
			return nil, fmt.Errorf("search: %s, %s: %w", t, p, err)
		}
	}
	return r.Score(ranks), nil
}

// fractions are the average ranks of a column divided by its length, ½ where scores are missing.
func fractions(column []float64) ([]float64, error) {
	x, n := present(column)
	if n < 2 {
		return nil, fmt.Errorf("%d of %d architectures have a score; a rank takes two", n, len(x))
	}
	r := stats.Ranks(x)
	lowest, highest := math.Inf(1), math.Inf(-1)
	for i, v := range r {
		if math.IsNaN(v) {
			r[i] = 0.5
			continue
		}
		lowest, highest = min(lowest, v), max(highest, v)
		r[i] = v / float64(len(x))
	}
	if lowest == highest {
		return nil, fmt.Errorf("all %d architectures with a score have the same, which ranks nothing", n)
	}
	return r, nil
}

func logRank(ranks [][]float64) []float64 {
	out := make([]float64, len(ranks[0]))
	for _, column := range ranks {
		for i, v := range column {
			out[i] += math.Log(v)
		}
	}
	return out
}

func rankSum(ranks [][]float64) []float64 {
	out := make([]float64, len(ranks[0]))
	for _, column := range ranks {
		for i, v := range column {
			out[i] += v
		}
	}
	return out
}

// vote3 counts, for each architecture, the others that more proxies rank below it than above it.
func vote3(ranks [][]float64) []float64 {
	out := make([]float64, len(ranks[0]))
	for i := range out {
		for k := range i {
			balance := 0
			for _, column := range ranks {
				switch {
				case column[i] > column[k]:
					balance++
				case column[i] < column[k]:
					balance--
				}
			}
			switch {
			case balance > 0:
				out[i]++
			case balance < 0:
				out[k]++
			}
		}
	}
	return out
}
