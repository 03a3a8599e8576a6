package zc

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/weights"
)

// Case is a reference case: an architecture with the scores it must have. Its weights and minibatch are the
// deterministic streams of package stream, so that a case is one line of JSON.
type Case struct {
	Space   string              `json:"space"`
	Arch    string              `json:"arch"`
	Task    string              `json:"task"`
	Loss    string              `json:"loss"`
	Classes int                 `json:"classes"`
	Shape   []int               `json:"shape"` // [C, H, W], or [9, C, H, W] for jigsaw
	Batch   int                 `json:"batch"`
	Seed    uint64              `json:"seed"`
	Options map[string]any      `json:"options"`
	Scores  map[string]*float64 `json:"scores"` // null: undefined
	// WithoutDeconv are the scores with transposed convolutions left out: see [WithUnscored].
	WithoutDeconv map[string]*float64 `json:"scores_without_deconv"`
}

// ReadCases reads reference cases, one JSON object a line.
func ReadCases(r io.Reader) ([]Case, error) {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	var out []Case
	for line := 1; sc.Scan(); line++ {
		if len(sc.Bytes()) == 0 {
			continue
		}
		var c Case
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			return nil, fmt.Errorf("zc: reference case, line %d: %w", line, err)
		}
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("zc: reference case, line %d: %w", line, err)
		}
		out = append(out, c)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("zc: reference cases: %w", err)
	}
	if len(out) == 0 {
		return nil, errors.New("zc: no reference cases in the file")
	}
	return out, nil
}

// What a case may ask for, so that no file of cases can exhaust the memory: several times what the reference cases
// need.
const (
	maxCaseSize  = 1 << 16 // of the batch, and of each dimension
	maxCaseBytes = 2 << 30 // of the weights, and of the maps and targets of the batch
)

func (c *Case) check() error {
	switch {
	case c.Space == "" || c.Arch == "":
		return errors.New("space or arch is missing")
	case len(c.Shape) != 3 && len(c.Shape) != 4:
		return fmt.Errorf("shape %v is not [C, H, W]", c.Shape)
	case c.Batch < 1 || c.Batch > maxCaseSize:
		return fmt.Errorf("batch %d, want 1 to %d", c.Batch, maxCaseSize)
	case c.Classes < 1 || c.Classes > maxCaseSize:
		return fmt.Errorf("classes %d, want 1 to %d", c.Classes, maxCaseSize)
	case len(c.Scores) == 0:
		return errors.New("no scores")
	}
	for _, d := range c.Shape {
		if d < 1 || d > maxCaseSize {
			return fmt.Errorf("shape %v, want sizes from 1 to %d", c.Shape, maxCaseSize)
		}
	}
	return nil
}

// checkSize reports a case whose network or targets are too large for one.
func (c *Case) checkSize(g *spaces.Graph) error {
	in := g.Input()
	values := float64(c.Classes) * float64(in.H*in.W) // of targets, where they are dense
	for i := range g.Layers {
		values += float64(g.Layers[i].Out.Size())
	}
	for _, need := range []struct {
		what  string
		bytes float64
	}{{"weights", 4 * float64(g.ParamCount())}, {"maps", 4 * values * float64(c.Batch)}} {
		if need.bytes > maxCaseBytes {
			return fmt.Errorf("zc: the case needs %.1f GiB of %s; reference cases may need %d GiB", need.bytes/(1<<30), need.what, maxCaseBytes>>30)
		}
	}
	return nil
}

// Network builds the case's network.
func (c *Case) Network() (*spaces.Graph, error) {
	space, err := spaces.New(c.Space, c.Options)
	if err != nil {
		return nil, err
	}
	return space.Network(spaces.Arch(c.Arch), spaces.Task{Name: c.Task, Input: c.input(), Outputs: c.Classes})
}

// input joins the tiles of a jigsaw along channels.
func (c *Case) input() spaces.Shape {
	s := c.Shape
	if len(s) == 4 {
		return spaces.Shape{C: s[0] * s[1], H: s[2], W: s[3]}
	}
	return spaces.Shape{C: s[0], H: s[1], W: s[2]}
}

// minibatch is the case's, with the loss it is for.
func (c *Case) minibatch(ctx context.Context) (*datasets.Batch, string, error) {
	in := c.input()
	var opts []datasets.Option
	if c.Task != "" {
		opts = append(opts, datasets.WithTask(c.Task))
	}
	if c.Loss != "" {
		opts = append(opts, datasets.WithLoss(c.Loss))
	}
	d, err := datasets.Reference(in.C, in.H, in.W, c.Classes, opts...)
	if err != nil {
		return nil, "", err
	}
	b, err := d.Minibatch(ctx, c.Batch, c.Seed, datasets.Random)
	return b, d.Info().Loss, err
}

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

// tolerance is what a score may differ by: see reference/README.md.
type tolerance struct {
	relative, absolute, ofSnip float64 // in every case
	narrow                     float64 // relative, in at least 60% of cases; 0 for none
}

var tolerances = map[string]tolerance{
	"params": {}, "macs": {}, "flops": {}, "naslib_flops": {},
	"loss":       {relative: 1e-5},
	"grad_norm":  {relative: 1e-3, narrow: 1e-5},
	"snip":       {relative: 1e-3, narrow: 1e-5},
	"plain":      {ofSnip: 3e-5},
	"fisher":     {relative: 4e-3, narrow: 1e-5},
	"grasp":      {relative: 1e-2, absolute: 1e-4, ofSnip: 3e-5, narrow: 1e-4},
	"jacob_cov":  {relative: 3e-4},
	"epe_nas":    {relative: 1.5e-2, narrow: 1e-4},
	"nwot":       {relative: 1e-6},
	"l2_norm":    {relative: 1e-6},
	"synflow":    {relative: 1e-9},
	"synflow_bn": {relative: 1e-6},
	"zen":        {relative: 1e-5},
}

// NarrowShare is the share of cases that must lie within the narrow tolerance of a score that has one.
const NarrowShare = 0.6

// Verify computes a case's scores and compares them. Only scores that the case names are compared; names
// without a tolerance are an error, and cases that need more than 2 GiB of weights or maps.
//
// The scores without transposed convolutions are compared as well, under names that end in [WithoutDeconv].
func (c *Case) Verify(ctx context.Context, opts ...Option) ([]Comparison, error) {
	out, err := c.verify(ctx, c.Scores, opts)
	if err != nil || c.WithoutDeconv == nil {
		return out, err
	}
	more, err := c.verify(ctx, c.WithoutDeconv, append(opts, WithUnscored(spaces.ConvTranspose)))
	for i := range more {
		more[i].Proxy += WithoutDeconv
	}
	return append(out, more...), err
}

// WithoutDeconv ends the names of scores that leave transposed convolutions out.
const WithoutDeconv = " w/o deconv"

func (c *Case) verify(ctx context.Context, scores map[string]*float64, opts []Option) ([]Comparison, error) {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(scores)) {
		if _, ok := tolerances[name]; !ok {
			return nil, fmt.Errorf("zc: no tolerance is known for the score %q", name)
		}
		if name != "loss" {
			names = append(names, name)
		}
	}
	g, err := c.Network()
	if err != nil {
		return nil, err
	}
	if err := c.checkSize(g); err != nil {
		return nil, err
	}
	b, loss, err := c.minibatch(ctx)
	if err != nil {
		return nil, err
	}
	s, err := NewScorer(append(opts, WithProxies(names...), WithInit(weights.Reference), WithSeed(c.Seed))...)
	if err != nil {
		return nil, err
	}
	r, err := s.Network(g, b, loss)
	if err != nil {
		return nil, err
	}
	r.Scores["loss"] = r.Loss
	snip := math.Abs(r.Scores["snip"])
	if e := scores["snip"]; e != nil {
		snip = math.Abs(*e)
	}
	var out []Comparison
	for _, name := range slices.Sorted(maps.Keys(scores)) {
		want, got := scores[name], r.Scores[name]
		cmp := Comparison{Arch: c.Arch, Proxy: name, Expected: want, Reason: r.Reasons[name], Seconds: r.Seconds, HasNarrow: tolerances[name].narrow > 0}
		if !math.IsNaN(got) {
			cmp.Computed = &got
		}
		cmp.judge(snip)
		out = append(out, cmp)
	}
	return out, nil
}

func (c *Comparison) judge(snip float64) {
	t := tolerances[c.Proxy]
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
	c.Within = diff <= t.relative*want+t.absolute+t.ofSnip*snip
	c.WithinFew = diff <= t.narrow*want
	if diff > 0 {
		c.Relative = diff / math.Max(want, math.SmallestNonzeroFloat64)
	}
	if c.Proxy == "plain" { // a sum of terms that cancel: relative to their absolute sum
		c.Relative = diff / math.Max(snip, math.SmallestNonzeroFloat64)
	}
}

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
