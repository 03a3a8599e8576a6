package reference

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/zc/proxies"
)

// Comparison is one computed score beside the expected one.
type Comparison struct {
	Arch      string   `json:"arch"`
	Case      int      `json:"case"` // index in the file
	Proxy     string   `json:"proxy"`
	Expected  *float64 `json:"expected"` // null: undefined
	Computed  *float64 `json:"computed"`
	Reason    string   `json:"reason,omitempty"`
	Relative  float64  `json:"relative"`  // |difference| / |expected|; 0 where both are undefined, 1 where one is
	Within    bool     `json:"within"`    // the tolerance for every case
	WithinFew bool     `json:"narrow"`    // the narrow one, for at least 60% of cases
	Seconds   float64  `json:"seconds"`   // of the whole case
	HasNarrow bool     `json:"hasNarrow"` // the proxy has a narrow tolerance
}

func (c *Comparison) judge(t proxies.Tolerance, snip float64) {
	if c.Expected == nil || c.Computed == nil {
		c.Within = c.Expected == nil && c.Computed == nil
		c.WithinFew = c.Within
		if !c.Within {
			c.Relative = 1
		}
		return
	}
	want := math.Abs(*c.Expected)
	diff := math.Abs(*c.Computed - *c.Expected)
	c.Within = diff <= t.Relative*want+t.Absolute+t.OfSnip*snip
	c.WithinFew = diff <= t.Narrow*want
	if diff > 0 {
		c.Relative = diff / math.Max(want, math.SmallestNonzeroFloat64)
	}
	if t.Relative == 0 && t.OfSnip > 0 { // a sum of terms that cancel: relative to their absolute sum
		c.Relative = diff / math.Max(snip, math.SmallestNonzeroFloat64)
	}
}

// NarrowShare is the share of cases that must lie within the narrow tolerance of a score that has one.
const NarrowShare = 0.6

// Verdict sums up the comparisons of one score over all cases.
type Verdict struct {
	Proxy   string
	Cases   int
	Worst   float64 // largest relative difference
	In      string  // the architecture that has it
	Outside int     // cases out of the tolerance for every case
	Narrow  float64 // share of the proxy's cases within the narrow tolerance; 1 for scores without one
}

// OK reports whether the score is within tolerance.
func (v Verdict) OK() bool { return v.Outside == 0 && v.Narrow >= NarrowShare }

// Judge sums up comparisons, one verdict for each score in alphabetical order.
//
// The share within the narrow tolerance is one of all a proxy's cases, those without transposed convolutions among
// them: these are the same computation on cases too few for a share of their own, in which one ReLU that flips
// decides.
func Judge(all []Comparison) []Verdict {
	by := map[string]*Verdict{}
	narrow, cases := map[string]int{}, map[string]int{} // by proxy
	proxy := func(score string) string { return strings.TrimSuffix(score, WithoutDeconv) }
	for _, c := range all {
		v := by[c.Proxy]
		if v == nil {
			v = &Verdict{Proxy: c.Proxy}
			by[c.Proxy] = v
		}
		v.Cases++
		if c.Relative > v.Worst || v.In == "" {
			v.Worst, v.In = c.Relative, c.Arch
		}
		if !c.Within {
			v.Outside++
		}
		cases[proxy(c.Proxy)]++
		if !c.HasNarrow || c.WithinFew {
			narrow[proxy(c.Proxy)]++
		}
	}
	var out []Verdict
	for _, name := range slices.Sorted(maps.Keys(by)) {
		v := by[name]
		v.Narrow = float64(narrow[proxy(name)]) / float64(cases[proxy(name)])
		out = append(out, *v)
	}
	return out
}
