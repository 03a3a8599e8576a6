package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/search"
	"github.com/zcnas/zcnas/zc/search/study"
	"github.com/zcnas/zcnas/zc/store"
	"github.com/zcnas/zcnas/zc/table"
)

type searchCmd struct {
	Replay  string   `placeholder:"BENCH:TASK" help:"Replay searches on the records of a task, without scoring anything: how good the best architecture is after so many evaluations."`
	Methods []string `placeholder:"A,B" help:"Searches to replay (default all that the task allows): random, evolution, warm-random, warm-evolution, move, area, bayes, bayes-proxies, bayes-warm, proxybo."`
	Seeds   int      `default:"100" help:"Seeds of a replay."`
	Proxy   string   `placeholder:"NAME" help:"What ranks architectures: a proxy, or a rule: log-rank (of flops and nwot), rank-sum, vote (default log-rank; in a replay what the records have)."`
	Budget  int      `placeholder:"N" help:"Architectures to score (default 1000), or in a replay to evaluate (default 200)."`
	Method  string   `default:"evolve" enum:"evolve,random,one-shot" help:"How a search by scores finds them: evolve from the best, random, or one-shot: Zero-Cost-PT on a supernet, by nwot (nats-tss)."`
	Rounds  int      `default:"100" help:"Minibatches on which one-shot validates each of its proposals, 10 or as many as -budget says."`
	Best    int      `default:"10" help:"Architectures to print."`
	Store   string   `placeholder:"FILE.sqlite" help:"File that keeps every score, so that an interrupted search goes on where it stopped."`

	runFlags `embed:""`
	Format   string `default:"table" enum:"table,csv,json,markdown,html,latex" help:"table, csv, json, markdown, html or latex."`
}

func (c *searchCmd) Run(a *app) error {
	if c.Budget < 0 || c.Best < 1 {
		return usage("-budget %d -best %d: give 1 or more", c.Budget, c.Best)
	}
	if c.Replay != "" {
		return c.replay(a)
	}
	if len(c.Methods) > 0 {
		return usage("-methods is for -replay; a search by scores takes -method evolve or random")
	}
	if !slices.Equal(c.Proxies, []string{"post"}) {
		return usage("-proxies does not choose what a search ranks by; give -proxy")
	}
	return c.live(a)
}

func (c *searchCmd) replay(a *app) error {
	if c.Store != "" {
		return usage("-store is for a search by scores; a replay computes none")
	}
	t, err := recordedTask(c.Replay, study.Largest)
	if err != nil {
		return err
	}
	traces, err := search.Replay(a.ctx, t, search.ReplayOptions{Methods: c.Methods, Proxy: c.Proxy, Budget: c.Budget, Seeds: c.Seeds,
		Seed: c.Seed, Progress: a.counter("searches")})
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return json.NewEncoder(a.stdout).Encode(traces)
	}
	budget := len(traces[0].Best[0])
	g := &grid{head: []string{"method", "proxy"}}
	var at []int
	for _, n := range []int{10, 20, 50, 100, 200, 500, 1000} {
		if n < budget {
			at = append(at, n)
		}
	}
	at = append(at, budget)
	for _, n := range at {
		g.head = append(g.head, fmt.Sprintf("after %d", n), "95%")
	}
	for _, trace := range traces {
		row := []string{trace.Method, trace.Proxy}
		for _, n := range at {
			mean, low, high := trace.At(n)
			row = append(row, fmt.Sprintf("%.2f", mean), fmt.Sprintf("[%.2f, %.2f]", low, high))
		}
		g.add(row...)
	}
	return g.write(a.stdout, c.Format)
}

func (c *searchCmd) live(a *app) (err error) {
	if c.Method == "one-shot" {
		return c.oneShot(a)
	}
	if c.Proxy == "" {
		c.Proxy = search.Rules()[0].Name
	}
	if c.Budget == 0 {
		c.Budget = 1000
	}
	space, err := c.space()
	if err != nil {
		return err
	}
	opts, err := c.options(space)
	if err != nil {
		return err
	}
	if c.Store != "" {
		st, err := store.Open(c.Store)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, st.Close()) }()
		opts = append(opts, zc.WithStore(st))
	}
	if terminal(a.stderr) {
		opts = append(opts, zc.WithProgressBar(a.stderr))
	}
	found, err := zc.Search(a.ctx, space, c.Proxy, c.Budget, zc.SearchMethod(c.Method), opts...)
	if found.Len() == 0 {
		return err
	}
	return errors.Join(c.print(a, space, found), err)
}

// oneShot prints what a one-shot search proposes.
func (c *searchCmd) oneShot(a *app) error {
	if c.Proxy != "" && c.Proxy != "nwot" || c.Store != "" {
		return usage("-method one-shot scores by nwot and keeps nothing; leave -proxy and -store out")
	}
	if c.Rounds < 1 {
		return usage("-rounds %d: give 1 or more", c.Rounds)
	}
	s, err := c.space()
	if err != nil {
		return err
	}
	space, ok := s.(*spaces.TSSSpace)
	if !ok {
		return usage("-method one-shot is for nats-tss; %s has no supernet", s.Name())
	}
	opts, err := c.options(space)
	if err != nil {
		return err
	}
	found, err := zc.OneShot(a.ctx, space, zc.OneShotOptions{Proposals: c.Budget, Rounds: c.Rounds, Progress: a.counter("steps")}, opts...)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return json.NewEncoder(a.stdout).Encode(found)
	}
	known := study.Accuracies(space)
	g := &grid{head: []string{"place", "arch", "proposed", "score"}}
	for _, k := range known {
		g.head = append(g.head, k.Task+" accuracy", "better than")
	}
	for i, p := range found[:min(len(found), c.Best)] {
		row := []string{fmt.Sprint(i + 1), string(p.Arch), fmt.Sprint(p.Times), fmt.Sprintf("%.6g", p.Score)}
		for _, k := range known {
			v := k.Accuracy[string(p.Arch)]
			row = append(row, fmt.Sprintf("%.2f", v), fmt.Sprintf("%.1f%%", 100*k.Below(v)))
		}
		g.add(row...)
	}
	return g.write(a.stdout, c.Format)
}

func (c *searchCmd) print(a *app, space spaces.Space, found *table.Table) error {
	if c.Format == "json" {
		return found.WriteJSON(a.stdout)
	}
	proxies := found.Proxies()
	known := study.Accuracies(space)
	g := &grid{head: slices.Concat([]string{"place", "arch"}, proxies)}
	for _, k := range known {
		g.head = append(g.head, k.Task+" accuracy", "better than")
	}
	archs := found.Archs()
	row := map[string]int{}
	for i, arch := range archs {
		row[arch] = i
	}
	columns := map[string][]float64{}
	for _, p := range proxies {
		columns[p] = found.Column(p)
	}
	best := found.Best(c.Proxy, c.Best)
	if len(best) == 0 { // interrupted before a rule could rank
		fmt.Fprintf(a.stdout, "%d architectures are scored; there is no ranking yet\n", len(archs))
		return nil
	}
	for place, arch := range best {
		cells := []string{fmt.Sprint(place + 1), arch}
		for _, p := range proxies {
			cells = append(cells, number("%.6g", columns[p][row[arch]]))
		}
		for _, k := range known {
			v, ok := k.Accuracy[arch]
			if !ok {
				cells = append(cells, none, none)
				continue
			}
			cells = append(cells, fmt.Sprintf("%.2f", v), fmt.Sprintf("%.1f%%", 100*k.Below(v)))
		}
		g.add(cells...)
	}
	return g.write(a.stdout, c.Format)
}
