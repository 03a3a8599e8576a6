package main

import "github.com/zcnas/zcnas/zc/engine"

type backendsCmd struct {
	Format string `default:"table" enum:"table,csv,json,markdown,html,latex" help:"table, csv, json, markdown, html or latex."`
}

func (c *backendsCmd) Run(a *app) error {
	all := engine.Backends()
	if c.Format == "json" {
		return a.json(all)
	}
	g := &grid{head: []string{"backend", "ready", "what"}}
	for _, b := range all {
		ready := "no"
		if b.Ready {
			ready = "yes"
		}
		if b.Name == engine.Choose(engine.Auto) {
			ready += ", auto"
		}
		g.add(b.Name, ready, b.About)
	}
	return g.write(a.stdout, c.Format)
}
