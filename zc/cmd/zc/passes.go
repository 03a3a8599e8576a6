package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// passOrder is how the parts of [zc.NetworkScores].PassSeconds follow each other. The sweeps' names go on with what
// they compute.
var passOrder = []string{"build", "initialise", "forward", "ReLU codes", "backward", "synflow", "synflow_bn", "zen", "reduce"}

// passPlace is a part's place in passOrder; what is not in it comes last.
func passPlace(name string) int {
	for i, p := range passOrder {
		if rest, ok := strings.CutPrefix(name, p); ok && (rest == "" || rest[0] == ' ' || rest[0] == ':') {
			return i
		}
	}
	return len(passOrder)
}

// passNames are the parts in the order of their execution; of unknown ones the longest comes first.
func (b *benchmark) passNames() []string {
	names := slices.Sorted(maps.Keys(b.Passes))
	slices.SortStableFunc(names, func(p, q string) int {
		i, j := passPlace(p), passPlace(q)
		if i == len(passOrder) && i == j {
			return cmp.Compare(b.Passes[q], b.Passes[p])
		}
		return cmp.Compare(i, j)
	})
	return names
}

// sharedSweeps names the sweeps over the minibatch that serve several signals, with those: "" if none does.
func (b *benchmark) sharedSweeps() string {
	var forward, backward, codes string
	var signals []string
	for _, p := range b.passNames() {
		switch name, list, _ := strings.Cut(p, ": "); passPlace(p) {
		case slices.Index(passOrder, "forward"):
			forward = name
		case slices.Index(passOrder, "ReLU codes"):
			codes = name
		case slices.Index(passOrder, "backward"):
			backward, signals = name, strings.Split(list, ", ")
		}
	}
	var out []string
	add := func(sweep string, signals []string) {
		if sweep != "" && len(signals) > 1 {
			out = append(out, sweep+": "+strings.Join(signals, ", "))
		}
	}
	all := slices.Clone(signals)
	if codes != "" {
		all = append(all, codes)
	}
	add(forward, all)
	add(backward, signals)
	return strings.Join(out, "; ")
}

// printPasses prints where the time goes.
func (b *benchmark) printPasses(w io.Writer) error {
	shared := b.sharedSweeps()
	if shared != "" {
		fmt.Fprintln(w, "signals that share a sweep: "+shared)
	}
	g := &grid{head: []string{"pass", "seconds per architecture", "share"}}
	for _, p := range b.passNames() {
		name := p
		if strings.Contains(shared, p) { // with its signals
			name, _, _ = strings.Cut(p, ": ")
		}
		g.add(name, fmt.Sprintf("%.4f", b.Passes[p]), fmt.Sprintf("%.1f%%", 100*b.Passes[p]/b.PerArch))
	}
	g.add("all", fmt.Sprintf("%.4f", b.PerArch), "100.0%")
	return g.write(w, "table")
}
