package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
)

type scoreCmd struct {
	archFlags    `embed:""`
	scoringFlags `embed:""`
	Format       string `default:"table" enum:"table,csv,json,jsonl" help:"table, csv, json, or jsonl, which prints an object for each architecture as soon as it is scored."`
}

func (c *scoreCmd) Run(a *app) error {
	space, archs, opts, err := c.prepare(a, &c.archFlags)
	if err != nil {
		return err
	}
	table, err := a.score(space, archs, c.Format, opts)
	return errors.Join(a.writeTable(table, c.Format), err)
}

// prepare reads what is to be scored and how.
func (f *scoringFlags) prepare(a *app, which *archFlags) (spaces.Space, []spaces.Arch, []zc.Option, error) {
	space, err := f.space()
	if err != nil {
		return nil, nil, nil, err
	}
	opts, err := f.options()
	if err != nil {
		return nil, nil, nil, err
	}
	archs, err := which.archs(a, space, f.Seed)
	return space, archs, opts, err
}

// score is zc.Score with a progress bar and, in the format jsonl, a line for every architecture. A line that
// cannot be written, on a full disk say, ends it. The table has the rows finished by then.
func (a *app) score(space spaces.Space, archs []spaces.Arch, format string, opts []zc.Option) (*zc.Table, error) {
	ctx, cancel := context.WithCancelCause(a.ctx)
	defer cancel(nil)
	lines := format == "jsonl"
	if lines {
		opts = append(opts, zc.WithRows(func(r zc.Record) {
			if ctx.Err() != nil {
				return
			}
			line, err := json.Marshal(r)
			if err == nil {
				_, err = a.stdout.Write(append(line, '\n'))
			}
			if err != nil {
				cancel(fmt.Errorf("the scores of %s cannot be written: %w", r.Arch, err))
			}
		}))
	}
	// A bar among the lines on the same screen would spoil both.
	if terminal(a.stderr) && !(lines && terminal(a.stdout)) {
		opts = append(opts, zc.WithProgressBar(a.stderr))
	}
	table, err := zc.Score(ctx, space, archs, opts...)
	if cause := context.Cause(ctx); cause != nil && a.ctx.Err() == nil {
		err = cause
	}
	if table == nil {
		table = zc.NewTable()
	}
	return table, err
}

// writeTable prints the finished rows; those of jsonl are printed already.
func (a *app) writeTable(t *zc.Table, format string) error {
	switch {
	case t.Len() == 0:
		return nil
	case format == "csv":
		return t.WriteCSV(a.stdout)
	case format == "json":
		return t.WriteJSON(a.stdout)
	case format != "table":
		return nil
	}
	proxies := t.Proxies()
	g := &grid{head: slices.Concat([]string{"arch"}, proxies, []string{"seconds"})}
	var notes bytes.Buffer
	for _, r := range t.Records() {
		row := []string{r.Arch}
		for _, p := range proxies {
			v, ok := r.Scores[p]
			if !ok {
				row = append(row, "")
				continue
			}
			row = append(row, number("%.6g", v))
			if why := r.Reasons[p]; why != "" {
				fmt.Fprintf(&notes, "%s of %s: %s\n", p, r.Arch, why)
			}
		}
		g.add(append(row, fmt.Sprintf("%.3f", r.Seconds))...)
	}
	if err := g.write(a.stdout, "table"); err != nil {
		return err
	}
	_, err := notes.WriteTo(a.stdout)
	return err
}
