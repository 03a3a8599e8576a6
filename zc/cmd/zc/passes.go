package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/zcnas/zcnas/zc"
)

// addParts adds one architecture's share to the means over all. All have the same parts, but for those that a network is
// too plain for.
func (b *benchmark) addParts(parts []zc.Part) {
	for _, p := range parts {
		p.Seconds /= float64(len(b.Rows))
		at := -1
		for i := range b.Parts {
			if b.Parts[i].Kind == p.Kind && b.Parts[i].Proxy == p.Proxy {
				at = i
			}
		}
		if at < 0 {
			b.Parts = append(b.Parts, p)
		} else {
			b.Parts[at].Seconds += p.Seconds
		}
	}
}

// sharedSweep reports whether a part serves several signals.
func sharedSweep(p zc.Part) bool { return len(p.Signals) > 1 }

// partName is a part's name in a table: the signals that share a sweep are named above it.
func partName(p zc.Part) string {
	name := p.String()
	if sharedSweep(p) {
		name, _, _ = strings.Cut(name, ": ")
	}
	return name
}

// printPasses prints where the time goes.
func (b *benchmark) printPasses(w io.Writer) error {
	var shared []string
	for _, p := range b.Parts {
		if sharedSweep(p) {
			shared = append(shared, partName(p)+": "+strings.Join(p.Signals, ", "))
		}
	}
	if shared != nil {
		fmt.Fprintln(w, "signals that share a sweep: "+strings.Join(shared, "; "))
	}
	g := &grid{head: []string{"pass", "seconds per architecture", "share"}}
	for _, p := range b.Parts {
		g.add(partName(p), fmt.Sprintf("%.4f", p.Seconds), fmt.Sprintf("%.1f%%", 100*p.Seconds/b.PerArch))
	}
	g.add("all", fmt.Sprintf("%.4f", b.PerArch), "100.0%")
	return g.write(w, "table")
}
