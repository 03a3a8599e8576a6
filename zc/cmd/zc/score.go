package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/internal/plain"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/proxies"
	"github.com/zcnas/zcnas/zc/table"
)

type scoreCmd struct {
	archFlags `embed:""`
	runFlags  `embed:""`
	Format    string `default:"table" enum:"table,csv,json,jsonl" help:"table or json, printed at the end; csv or jsonl (an object for each architecture), printed while scoring."`
}

func (c *scoreCmd) Run(a *app) error {
	space, archs, opts, err := c.prepare(a, &c.archFlags)
	if err != nil {
		return err
	}
	scores, err := a.score(space, archs, c.Format, opts)
	return errors.Join(a.writeTable(scores, c.Format), err)
}

// runFlags are the scoring flags of whole sets of architectures.
type runFlags struct {
	scoringFlags `embed:""`
	Workers      int `help:"Networks at once, for GoMLX's backends: more keep a GPU busier and take more memory (default 0, what suits the backend)."`
}

// prepare reads what is to be scored and how.
func (f *runFlags) prepare(a *app, which *archFlags) (spaces.Space, []spaces.Arch, []zc.Option, error) {
	space, err := f.space()
	if err != nil {
		return nil, nil, nil, err
	}
	if f.Workers < 0 || f.Workers > maxThreads {
		return nil, nil, nil, usage("-workers %d: give 1 to %d, or 0", f.Workers, maxThreads)
	}
	opts, err := f.options(space)
	if err != nil {
		return nil, nil, nil, err
	}
	opts = append(opts, zc.WithWorkers(f.Workers))
	if _, err := proxies.Select(f.Proxies...); err != nil {
		return nil, nil, nil, err
	}
	archs, err := which.archs(a, space, f.Seed)
	return space, archs, opts, err
}

// score is zc.Score with a progress bar and, in the formats jsonl and csv, the rows of every architecture as soon as
// they are computed. Rows that cannot be written, on a full disk say, end it. The table has the rows finished by then.
func (a *app) score(space spaces.Space, archs []spaces.Arch, format string, opts []zc.Option) (*table.Table, error) {
	ctx, cancel := context.WithCancel(a.ctx)
	defer cancel()
	var failed error
	// After an interrupt the architecture at hand is still finished, and printed; after rows that are cut off no others
	// are, which would make one line with them.
	put := func(what, text string, err error) {
		if failed != nil {
			return
		}
		if err == nil {
			_, err = a.stdout.Write([]byte(text))
		}
		if err != nil {
			failed = fmt.Errorf("%s cannot be written: %w", what, err)
			cancel()
		}
	}
	switch format {
	case "jsonl":
		opts = append(opts, zc.WithRows(func(r table.Record) {
			line, err := json.Marshal(r)
			put("the scores of "+r.Arch, string(line)+"\n", err)
		}))
	case "csv":
		head, _, err := csvRows(nil)
		if put("the header row", head, err); failed != nil {
			return table.New(), failed
		}
		opts = append(opts, zc.WithEntries(func(rows []table.Entry) {
			_, text, err := csvRows(rows)
			put("the scores of "+rows[0].Arch, text, err)
		}))
	}
	// A bar among the rows on the same screen would spoil both.
	if terminal(a.stderr) && !(streamed(format) && terminal(a.stdout)) {
		opts = append(opts, zc.WithProgressBar(a.stderr))
	}
	done := a.finishing("the architecture at hand")
	scores, err := zc.Score(ctx, space, archs, opts...)
	done()
	if scores == nil {
		scores = table.New()
	}
	return scores, cmp.Or(failed, err)
}

// streamed are the formats whose rows are printed while others are computed.
func streamed(format string) bool { return format == "jsonl" || format == "csv" }

// csvRows is the table's CSV, cut in two.
func csvRows(rows []table.Entry) (head, body string, err error) {
	var b strings.Builder
	err = table.New(rows...).WriteCSV(&b)
	head, body, _ = strings.Cut(b.String(), "\n")
	return head + "\n", body, err
}

// writeTable prints the finished rows; those of jsonl and csv are printed already.
func (a *app) writeTable(t *table.Table, format string) error {
	switch {
	case t.Len() == 0:
		return nil
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
				fmt.Fprintf(&notes, "%s\n", plain.Line(p+" of "+r.Arch+": "+why))
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
