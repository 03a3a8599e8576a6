package search

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Choosing among combinations: rank sums and log ranks of up to three proxies that all tasks have, and learned
// weights of all of these proxies.

// combine computes the correlation of every candidate on the task.
func (s *taskStudy) combine() error {
	s.combos = map[string]float64{}
	proxies := slices.Clone(s.task.Proxies)
	slices.Sort(proxies)
	for _, rule := range []Rule{Rules()[0], Rules()[1]} {
		for _, set := range subsets(proxies, 3) {
			ranks := make([][]float64, len(set))
			for j, p := range set {
				if ranks[j] = s.columns[p]; ranks[j] == nil {
					ranks = nil
					break
				}
			}
			if ranks == nil || len(set) == 1 && rule.Name != "rank-sum" {
				continue
			}
			s.combos[comboName(rule.Name, set)] = spearman(rule.Score(ranks), s.task.Accuracy)
		}
	}
	return nil
}

func comboName(rule string, set []string) string {
	if len(set) == 1 {
		return set[0]
	}
	return rule + " of " + strings.Join(set, ", ")
}

// subsets lists the sets of up to n of the names, small ones first.
func subsets(names []string, n int) [][]string {
	out := [][]string{}
	level := [][]string{{}}
	for range n {
		var next [][]string
		for _, set := range level {
			from := 0
			if len(set) > 0 {
				from = slices.Index(names, set[len(set)-1]) + 1
			}
			for _, name := range names[from:] {
				next = append(next, append(slices.Clone(set), name))
			}
		}
		out = append(out, next...)
		level = next
	}
	return out
}

// leaveOut chooses with one task, and with one space, left out.
func leaveOut(e *Evidence, studies []*taskStudy, o EvidenceOptions) {
	groups := []struct {
		kind string
		of   func(*Task) string
	}{
		{"task", (*Task).String},
		{"space", func(t *Task) string { return t.Space }},
	}
	for _, g := range groups {
		var keys []string
		for _, s := range studies {
			if k := g.of(s.task); !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
		if len(keys) < 2 {
			continue
		}
		best := "the best combination of the other " + g.kind + "s"
		learned := "weights learned on the other " + g.kind + "s"
		for _, key := range keys {
			var in, out []*taskStudy
			for _, s := range studies {
				if g.of(s.task) == key {
					out = append(out, s)
				} else {
					in = append(in, s)
				}
			}
			if chosen := bestCombo(in, out); chosen != "" {
				e.Choices = append(e.Choices, choice(best, key, chosen, out, func(s *taskStudy) (float64, bool) {
					v, ok := s.combos[chosen]
					return v, ok
				}))
			}
			proxies := shared(studies)
			weights, err := learnFrom(in, proxies)
			if err != nil {
				continue // proxies that depend on each other choose nothing
			}
			rule := Weighted(weights)
			e.Choices = append(e.Choices, choice(learned, key, weightsName(weights), out, func(s *taskStudy) (float64, bool) {
				x, err := s.task.Combine(rule)
				if err != nil {
					return 0, false
				}
				s.columns[learned] = x
				return spearman(x, s.task.Accuracy), true
			}))
		}
		for _, name := range []string{best, learned} {
			for _, b := range []string{"flops", bestOfTwo} {
				e.Chosen = append(e.Chosen, contrasts(studies, name, b, o)...)
			}
		}
	}
}

func choice(by, leftOut, chosen string, out []*taskStudy, rho func(*taskStudy) (float64, bool)) Choice {
	c := Choice{By: by, LeftOut: leftOut, Chosen: chosen}
	for _, s := range out {
		v, ok := rho(s)
		if !ok {
			continue
		}
		s.rho[by] = v
		c.Tasks++
		c.Mean += v
		c.Flops += s.rho[flops]
	}
	c.Mean /= float64(max(c.Tasks, 1))
	c.Flops /= float64(max(c.Tasks, 1))
	return c
}

// bestCombo is the candidate with the highest mean on the tasks, of those that the tasks left out have too.
func bestCombo(in, out []*taskStudy) string {
	best, name := math.Inf(-1), ""
	var names []string
	for n := range in[0].combos {
		names = append(names, n)
	}
	slices.Sort(names)
next:
	for _, n := range names {
		sum := 0.0
		for _, s := range slices.Concat(in, out) {
			if _, ok := s.combos[n]; !ok {
				continue next
			}
		}
		for _, s := range in {
			sum += s.combos[n]
		}
		if sum > best {
			best, name = sum, n
		}
	}
	return name
}

// shared lists the proxies that all tasks have.
func shared(studies []*taskStudy) []string {
	var out []string
	for _, p := range studies[0].task.Proxies {
		everywhere := true
		for _, s := range studies {
			everywhere = everywhere && s.columns[p] != nil
		}
		if everywhere {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// penalty of learned weights, per architecture.
const penalty = 0.01

func learnFrom(studies []*taskStudy, proxies []string) (map[string]float64, error) {
	m := &moments{proxies: proxies}
	for _, s := range studies {
		if s.moments == nil {
			var err error
			if s.moments, err = s.task.moments(proxies); err != nil {
				return nil, err
			}
		}
		m.plus(s.moments)
	}
	return m.solve(penalty)
}

func weightsName(w map[string]float64) string {
	var names, parts []string
	for n := range w {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		parts = append(parts, fmt.Sprintf("%+.2f %s", w[n], n))
	}
	return strings.Join(parts, " ")
}
