package zc

import (
	"slices"
	"strings"
	"time"

	"github.com/zcnas/zcnas/zc/proxies"
)

// PartKind says what a part of a network's scoring does.
type PartKind string

// The parts, in the order in which they come.
const (
	PartBuild      PartKind = "build"      // the layer graph, where the scorer has built it
	PartInitialise PartKind = "initialise" // weights and plan
	PartForward    PartKind = "forward"    // one sweep for all signals of the minibatch
	PartCodes      PartKind = "ReLU codes" // their kernel
	PartBackward   PartKind = "backward"   // one sweep: the signals share the layers' inputs and weights
	PartOwn        PartKind = "own passes" // of one proxy
	PartReduce     PartKind = "reduce"     // from signals to scores
)

// Part is the time that a part of a network's scoring took, on the host. On a device that works on by itself "forward" is
// the time to give the orders, and the waiting falls to "ReLU codes" and "backward", at whose ends numbers are fetched:
// to wait in between would make the scoring slower.
type Part struct {
	Kind    PartKind `json:"part"`
	Signals []string `json:"signals,omitempty"` // that share the sweep, of [PartForward] and [PartBackward]
	Proxy   string   `json:"proxy,omitempty"`   // whose [PartOwn] it is
	Seconds float64  `json:"seconds"`
}

// secondOrder is the signal that makes the sweep forward one with tangents.
var secondOrder = proxies.Hessian.String()

// String is the part's name: "forward with tangents", "backward: loss gradient, output gradient", "zen".
func (p Part) String() string {
	switch {
	case p.Kind == PartOwn:
		return p.Proxy
	case p.Kind == PartForward && slices.Contains(p.Signals, secondOrder):
		return string(p.Kind) + " with tangents"
	case p.Kind == PartBackward:
		return string(p.Kind) + ": " + strings.Join(p.Signals, ", ")
	}
	return string(p.Kind)
}

// clock takes the times of parts that follow each other.
type clock struct {
	parts []Part
	last  time.Time
}

// lap ends a part, which began where the last one ended, and returns its seconds.
func (c *clock) lap(p Part) float64 {
	now := time.Now()
	p.Seconds = now.Sub(c.last).Seconds()
	c.last = now
	c.add(p)
	return p.Seconds
}

// add adds to the part of that kind and proxy, or appends it.
func (c *clock) add(p Part) {
	for i := range c.parts {
		if q := &c.parts[i]; q.Kind == p.Kind && q.Proxy == p.Proxy {
			q.Seconds += p.Seconds
			return
		}
	}
	c.parts = append(c.parts, p)
}

// inOrder are the parts in the order of execution, the reductions last.
func (c *clock) inOrder() []Part {
	slices.SortStableFunc(c.parts, func(a, b Part) int {
		reduce := func(p Part) int {
			if p.Kind == PartReduce {
				return 1
			}
			return 0
		}
		return reduce(a) - reduce(b)
	})
	return c.parts
}

// needs are the signals that a part is for: all where it is for every proxy that needs a signal at all.
func (p *Part) needs() proxies.Needs {
	switch p.Kind {
	case PartInitialise:
		return ^proxies.Needs(0)
	case PartForward:
		return proxies.OfData
	case PartCodes:
		return proxies.Codes
	case PartBackward:
		return proxies.Backward
	}
	return 0
}

// shares divides the parts that proxies have in common among those that need them.
func shares(chosen []proxies.Proxy, parts []Part) map[string]float64 {
	out := map[string]float64{}
	for i := range parts {
		part := &parts[i]
		if part.Kind == PartOwn || part.Kind == PartReduce { // which are counted where they come up
			continue
		}
		var users []string
		for _, p := range chosen {
			if part.Kind == PartBuild || p.Needs&part.needs() != 0 {
				users = append(users, p.Name)
			}
		}
		for _, name := range users {
			out[name] += part.Seconds / float64(len(users))
		}
	}
	return out
}
