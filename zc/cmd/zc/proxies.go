package main

import (
	"encoding/json"
	"fmt"

	"github.com/zcnas/zcnas/zc/proxies"
)

type proxiesCmd struct {
	Settings bool   `help:"List the numbers that the proxies' definitions leave open, in place of the proxies."`
	Format   string `default:"table" enum:"table,csv,json,markdown,html,latex" help:"table, csv, json, markdown, html or latex."`
}

func (c *proxiesCmd) Run(a *app) error {
	if c.Settings {
		return c.settings(a)
	}
	type row struct {
		Name          string `json:"name"`
		Title         string `json:"title"`
		Family        string `json:"family"`
		Needs         string `json:"needs"`
		LowerIsBetter bool   `json:"lowerIsBetter"`
		Paper         string `json:"paper"`
	}
	var rows []row
	g := &grid{head: []string{"proxy", "family", "needs", "better", "what", "paper"}}
	for _, p := range proxies.All() {
		better := "higher"
		if p.LowerIsBetter {
			better = "lower"
		}
		g.add(p.Name, string(p.Family), p.Needs.String(), better, p.Title, p.Paper)
		rows = append(rows, row{p.Name, p.Title, string(p.Family), p.Needs.String(), p.LowerIsBetter, p.Paper})
	}
	if c.Format == "json" {
		return a.json(rows)
	}
	return g.write(a.stdout, c.Format)
}

// settings lists the proxies' settings.
func (c *proxiesCmd) settings(a *app) error {
	all := proxies.Settings()
	if c.Format == "json" {
		return a.json(all)
	}
	g := &grid{head: []string{"setting", "default", "least", "most", "what"}}
	for _, s := range all {
		g.add(s.Name, fmt.Sprint(s.Default), fmt.Sprint(s.Min), fmt.Sprint(s.Max), s.About)
	}
	return g.write(a.stdout, c.Format)
}

// json prints a value as indented JSON.
func (a *app) json(v any) error {
	e := json.NewEncoder(a.stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
