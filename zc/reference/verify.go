package reference

import (
	"context"
	"maps"
	"math"
	"slices"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/proxies"
	"github.com/zcnas/zcnas/zc/weights"
)

// lossName is the name under which cases have the loss itself.
const lossName = "loss"

// toleranceOf is what a score may differ by: see [proxies.Proxy].
func toleranceOf(name string) (proxies.Tolerance, error) {
	if name == lossName {
		return proxies.Tolerance{Relative: 1e-5}, nil
	}
	p, err := proxies.Lookup(name)
	return p.Tolerance, err
}

// Verify computes a case's scores and compares them. Only scores that the case names are compared; names
// that are no proxies are an error, and cases that need more than 2 GiB of weights or maps.
//
// The scores without transposed convolutions are compared as well, under names that end in [WithoutDeconv].
func (c *Case) Verify(ctx context.Context, opts ...zc.Option) ([]Comparison, error) {
	out, err := c.verify(ctx, c.Scores, opts)
	if err != nil || c.WithoutDeconv == nil {
		return out, err
	}
	more, err := c.verify(ctx, c.WithoutDeconv, append(opts, zc.WithUnscored(spaces.ConvTranspose)))
	for i := range more {
		more[i].Proxy += WithoutDeconv
	}
	return append(out, more...), err
}

// WithoutDeconv ends the names of scores that leave transposed convolutions out.
const WithoutDeconv = " w/o deconv"

func (c *Case) verify(ctx context.Context, scores map[string]*float64, opts []zc.Option) ([]Comparison, error) {
	var names []string
	tolerance := map[string]proxies.Tolerance{}
	for _, name := range slices.Sorted(maps.Keys(scores)) {
		if name != lossName {
			names = append(names, name)
		}
		t, err := toleranceOf(name)
		if err != nil {
			return nil, err
		}
		tolerance[name] = t
	}
	g, err := c.Network()
	if err != nil {
		return nil, err
	}
	if err := c.checkSize(g); err != nil {
		return nil, err
	}
	data, b, err := c.minibatch(ctx)
	if err != nil {
		return nil, err
	}
	opts = append(slices.Clip(opts), zc.WithProxies(names...), zc.WithInit(weights.Reference), zc.WithSeed(c.Seed), zc.WithData(data))
	for name, value := range c.settings() {
		opts = append(opts, zc.WithProxySetting(name, value))
	}
	s, err := zc.NewScorer(opts...)
	if err != nil {
		return nil, err
	}
	space, task, err := c.space()
	if err != nil {
		return nil, err
	}
	r, err := s.Arch(space, spaces.Arch(c.Arch), task, b, data.Info().Loss)
	if err != nil {
		return nil, err
	}
	r.Scores[lossName] = r.Loss
	snip := math.Abs(r.Scores["snip"])
	if e := scores["snip"]; e != nil {
		snip = math.Abs(*e)
	}
	var out []Comparison
	for _, name := range slices.Sorted(maps.Keys(scores)) {
		want, got := scores[name], r.Scores[name]
		cmp := Comparison{Arch: c.Arch, Proxy: name, Expected: want, Reason: r.Reasons[name], Seconds: r.Seconds, HasNarrow: tolerance[name].Narrow > 0}
		if !math.IsNaN(got) {
			cmp.Computed = &got
		}
		cmp.judge(tolerance[name], snip)
		out = append(out, cmp)
	}
	return out, nil
}
