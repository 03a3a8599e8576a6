package zc

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/search"
	"github.com/zcnas/zcnas/zc/table"
)

// SearchMethod says how [Search] finds architectures to score.
type SearchMethod string

// The methods.
const (
	// SearchRandom draws all of the budget from the space.
	SearchRandom SearchMethod = "random"
	// SearchEvolve draws a quarter of the budget, and then, round by round, neighbours of the best so far.
	SearchEvolve SearchMethod = "evolve"
)

// perRound is how many architectures a round of [SearchEvolve] scores: neighbours of the best of that many.
const perRound = 16

// Search looks for the architectures of a space that a proxy, or a rule of [search.Rules], ranks highest: it scores
// as many as the budget says, without training any. ranking names the proxy; the table has its scores, for a rule
// those of its proxies and its own, and [Table.Best] lists the best architectures:
//
//	found, err := zc.Search(ctx, spaces.TSS(), "log-rank", 1000, zc.SearchEvolve, zc.WithDataName("cifar10"))
//	best := found.Best("log-rank", 10)
//
// The options are those of [Score]; with [WithStore] an interrupted search goes on where it stopped, for equal seeds
// search alike. Errors: as of [Score], with the rows that are finished; an unknown ranking or method; a budget that
// is not positive or beyond the space.
func Search(ctx context.Context, space spaces.Space, ranking string, budget int, method SearchMethod, opts ...Option) (*Table, error) {
	found := table.New()
	c, err := newConfig(opts)
	if err != nil {
		return found, err
	}
	if method != SearchRandom && method != SearchEvolve {
		return found, fmt.Errorf("zc: unknown search method %q; there are %s and %s", method, SearchRandom, SearchEvolve)
	}
	if budget < 1 {
		return found, fmt.Errorf("zc: a search that scores %d architectures", budget)
	}
	rule, err := search.LookupRule(ranking)
	isRule := err == nil
	proxies := rule.Proxies
	if !isRule {
		proxies = []string{ranking}
	}
	if err := WithProxies(proxies...)(c); err != nil {
		return found, err
	}
	first := budget
	if method == SearchEvolve {
		first = max(budget/4, min(budget, perRound))
	}
	archs, err := space.Sample(first, c.seed)
	if err != nil {
		return found, err
	}
	rng := rand.New(rand.NewPCG(c.seed, 0x7a63736561726368)) // "zcsearch"
	done, start := 0, time.Now()
	for {
		batch := slices.Concat(opts, []Option{WithProxies(proxies...)})
		if c.progress != nil {
			from := done
			batch = append(batch, WithProgress(func(p Progress) {
				p.Done, p.Total, p.Elapsed = p.Done+from, budget, time.Since(start)
				if p.Rate > 0 {
					p.Rate = float64(p.Done) / p.Elapsed.Seconds()
					p.Left = time.Duration(float64(p.Total-p.Done) / p.Rate * float64(time.Second))
				}
				c.progress(p)
			}))
		}
		scores, err := Score(ctx, space, archs, batch...)
		if scores != nil {
			found.Merge(scores)
		}
		if err != nil {
			return found, err
		}
		ranked := found
		if isRule {
			if ranked, err = Combine(found, ranking); err != nil {
				return found, err
			}
		}
		if done += len(archs); done >= budget {
			return ranked, nil
		}
		if archs, err = children(space, ranked, ranking, min(perRound, budget-done), rng); err != nil {
			return ranked, err
		}
		if len(archs) == 0 {
			return ranked, nil // all that can be reached has been scored
		}
	}
}

// children are neighbours, not scored yet, of the best so far.
func children(space spaces.Space, ranked *Table, ranking string, n int, rng *rand.Rand) ([]spaces.Arch, error) {
	seen := map[spaces.Arch]bool{}
	for _, a := range ranked.Archs() {
		seen[spaces.Arch(a)] = true
	}
	best := ranked.Best(ranking, len(seen))
	if len(best) == 0 {
		return nil, errors.New("zc: the search has found no architecture with a score")
	}
	var out []spaces.Arch
	for width := perRound; len(out) < n; width *= 2 {
		width = min(width, len(best))
		for _, parent := range best[:width] {
			near, err := spaces.Neighbours(space, spaces.Arch(parent))
			if err != nil {
				return nil, err
			}
			rng.Shuffle(len(near), func(i, j int) { near[i], near[j] = near[j], near[i] })
			for _, a := range near {
				if !seen[a] && len(out) < n {
					seen[a] = true
					out = append(out, a)
					break // one child of each parent in a round
				}
			}
		}
		if width == len(best) {
			break
		}
	}
	return out, nil
}
