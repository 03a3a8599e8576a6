package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/zcnas/zcnas/zc/search"
	"github.com/zcnas/zcnas/zc/search/study"
)

type predictCmd struct {
	Task       string   `arg:"" default:"nasbench201:cifar10" help:"Task of the records, BENCH:TASK."`
	Predictors []string `placeholder:"A,B" help:"Predictors: ridge, gp, trees (default all)."`
	Features   []string `placeholder:"A,B" help:"What they see: encoding, proxies, both (default all)."`
	Known      []int    `short:"k" placeholder:"K,L" help:"Numbers of architectures to learn from (default 5,10,20,50,100,200,400)."`
	Draws      int      `default:"20" help:"Random draws of them."`
	Seed       uint64   `help:"Seed of the draws (default 0)."`
	Format     string   `default:"table" enum:"table,csv,json,markdown,html,latex" help:"table, csv, json, markdown, html or latex."`
}

func (c *predictCmd) Run(a *app) error {
	t, err := recordedTask(c.Task, study.Records)
	if err != nil {
		return err
	}
	if c.Draws < 1 {
		return usage("-draws %d: give 1 or more", c.Draws)
	}
	o := search.CurveOptions{Predictors: c.Predictors, Ks: c.Known, Draws: c.Draws, Seed: c.Seed, Progress: a.counter("fits")}
	for _, f := range c.Features {
		if !slices.Contains(search.AllFeatures(), search.Features(f)) {
			return usage("-features %s: there are encoding, proxies and both", f)
		}
		o.Features = append(o.Features, search.Features(f))
	}
	if len(c.Known) == 0 { // a small task has fewer
		for _, k := range []int{5, 10, 20, 50, 100, 200, 400} {
			if 2*k <= len(t.Archs)+100 {
				o.Ks = append(o.Ks, k)
			}
		}
	}
	points, err := search.Curves(a.ctx, t, o)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		enc := json.NewEncoder(a.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(points)
	}
	g := &grid{head: []string{"predictor", "features", "k", "kendall", "±", "spearman", "±", "first k: kendall", "spearman"}}
	for _, p := range points {
		g.add(p.Predictor, string(p.Features), fmt.Sprint(p.K), fmt.Sprintf("%.3f", p.Mean), fmt.Sprintf("%.3f", p.Deviation),
			fmt.Sprintf("%.3f", p.Spearman), fmt.Sprintf("%.3f", p.SpearmanDeviation), fmt.Sprintf("%.3f", p.First), fmt.Sprintf("%.3f", p.FirstSpearman))
	}
	return g.write(a.stdout, c.Format)
}
