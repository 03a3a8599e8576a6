package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/store"
)

type sweepCmd struct {
	Store        string `required:"" placeholder:"FILE.sqlite" help:"File that keeps every row as soon as it is computed, and whose rows are not computed again."`
	archFlags    `embed:""`
	scoringFlags `embed:""`
	Format       string `default:"summary" enum:"summary,table,csv,json,jsonl" help:"What to print: summary, or the rows as score prints them: table, csv, json, jsonl."`
}

func (c *sweepCmd) Run(a *app) error {
	space, archs, opts, err := c.prepare(a, &c.archFlags)
	if err != nil {
		return err
	}
	proxies, err := zc.Select(c.Proxies...)
	if err != nil {
		return err
	}
	// Rows in the file are found again by space, architecture, data, batch and seed alone. What else changes scores
	// becomes part of these names, so that a run with other settings never takes them for its own.
	if settings := c.Option; len(settings) > 0 || c.Task != "" {
		settings = slices.Sorted(slices.Values(settings))
		if c.Task != "" {
			settings = append(settings, "task="+c.Task)
		}
		space = namedSpace{space, space.Name() + " " + strings.Join(settings, " ")}
	}
	data, err := c.dataset(c.Task)
	if err != nil {
		return err
	}
	if n := c.variant(); n != "" {
		data = namedData{data, data.Info().Name + n}
		opts = append(opts, zc.WithData(data))
	}
	st, err := store.Open(c.Store)
	if err != nil {
		return err
	}
	rows := &countingStore{Store: st}
	start := time.Now()
	table, err := a.score(space, archs, c.Format, append(opts, zc.WithStore(rows)))
	err = errors.Join(a.writeTable(table, c.Format), err, st.Close())
	if c.Format == "summary" && table.Len() > 0 {
		done := len(table.Archs())
		_, werr := fmt.Fprintf(a.stdout, "%s: %d of %d architectures × %d proxies, %d found and %d computed in %.1f s\n",
			c.Store, done, len(archs), len(proxies), done-rows.puts, rows.puts, time.Since(start).Seconds())
		err = errors.Join(err, werr)
	}
	return err
}

// countingStore counts the architectures that were computed.
type countingStore struct {
	*store.Store
	puts int
}

func (s *countingStore) Put(e []zc.Entry) error {
	err := s.Store.Put(e)
	if err == nil {
		s.puts++
	}
	return err
}

// variant names what of the data is not the default.
func (c *sweepCmd) variant() string {
	var s string
	if c.Shape != "" {
		s += " shape=" + c.Shape
	}
	if c.Classes != 0 {
		s += fmt.Sprintf(" classes=%d", c.Classes)
	}
	return s
}

// namedSpace and namedData go by names of their own in score tables.
type namedSpace struct {
	spaces.Space
	name string
}

func (s namedSpace) Name() string { return s.name }

type namedData struct {
	datasets.Dataset
	name string
}

func (d namedData) Info() datasets.Info {
	info := d.Dataset.Info()
	info.Name = d.name
	return info
}
