package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/datasets/fetch"
	"github.com/zcnas/zcnas/datasets/truth"
	"github.com/zcnas/zcnas/datasets/truth/records"
)

type dataListCmd struct {
	Name   string `arg:"" optional:"" help:"Data set of which all is told."`
	Format string `default:"table" help:"table, markdown, html, latex or csv."`
}

func (c *dataListCmd) Run(a *app) error {
	if c.Name != "" {
		return c.one(a)
	}
	g := &grid{head: []string{"name", "what", "input", "outputs", "train", "valid", "test", "size", "here", "terms", "from"}}
	for _, name := range datasets.Names() {
		d, err := datasets.Get(name, datasets.WithOffline())
		if err != nil {
			return err
		}
		i := d.Info()
		g.add(name, i.Title, fmt.Sprintf("%d×%d×%d", i.C, i.H, i.W), fmt.Sprint(i.Outputs), samples(i.Train), samples(i.Valid), samples(i.Test),
			size(i.Origin.Bytes), whether(a, d), orNone(i.Origin.Terms), orNone(i.Origin.From))
	}
	for _, b := range truth.Benches() {
		found, err := records.Sample(b.Name)
		if err != nil {
			continue // NATS-Bench SSS: there is none in the program
		}
		n := 0
		for _, task := range found.Tasks() {
			n += len(found.Archs(task))
		}
		g.add(b.Name, b.Title+", records", none, none, fmt.Sprint(n), none, none, none, "in the program", "Apache-2.0", "https://github.com/automl/NASLib")
	}
	for _, f := range truth.Files() {
		_, err := f.Find(fetch.WithOffline())
		g.add(f.Name, f.Title, none, none, none, none, none, none, here(err), f.Terms, f.From)
	}
	return g.write(a.stdout, c.Format)
}

// one tells all of a data set: its description, and its options.
func (c *dataListCmd) one(a *app) error {
	d, err := datasets.Get(c.Name, datasets.WithOffline())
	if err != nil {
		return usageError{err}
	}
	known, err := datasets.OptionsOf(c.Name)
	if err != nil {
		return err
	}
	i := d.Info()
	about := &grid{head: []string{c.Name, i.Title}}
	about.add("input", fmt.Sprintf("%d×%d×%d", i.C, i.H, i.W))
	about.add("outputs", fmt.Sprint(i.Outputs))
	about.add("loss", i.Loss)
	about.add("samples", fmt.Sprintf("train %s, valid %s, test %s", samples(i.Train), samples(i.Valid), samples(i.Test)))
	about.add("from", cmp.Or(i.Origin.From, "generated"))
	about.add("terms", orNone(i.Origin.Terms))
	about.add("size", size(i.Origin.Bytes))
	about.add("here", whether(a, d))
	if err := about.write(a.stdout, c.Format); err != nil || len(known) == 0 {
		return err
	}
	options := &grid{head: []string{"option", "default", "values", "what it sets"}}
	for _, o := range known {
		options.add(o.Name, orNone(o.Default), orNone(strings.Join(o.Values, ", ")), o.Help)
	}
	if _, err := fmt.Fprintln(a.stdout); err != nil {
		return err
	}
	return options.write(a.stdout, c.Format)
}

// whether says if a data set could be used without the network.
func whether(a *app, d datasets.Dataset) string {
	if d.Info().Origin.Generated() {
		return "generated"
	}
	return here(datasets.Here(a.ctx, d))
}

// here says whether data could be read without the network.
func here(err error) string {
	switch {
	case err == nil:
		return "yes"
	case datasets.Absent(err), errors.Is(err, fetch.ErrOffline):
		return "no"
	}
	return err.Error() // truncated, corrupt
}

func samples(n int) string {
	if n == 0 {
		return none
	}
	return fmt.Sprint(n)
}

func orNone(text string) string { return cmp.Or(text, none) }

// size writes a number of bytes.
func size(bytes int64) string {
	switch {
	case bytes == 0:
		return none
	case bytes >= 1e12:
		return fmt.Sprintf("%.0f TB", float64(bytes)/1e12)
	case bytes >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
	}
	return fmt.Sprintf("%.0f MB", max(1, float64(bytes)/1e6))
}
