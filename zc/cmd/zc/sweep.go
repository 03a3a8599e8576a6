package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/proxies"
	"github.com/zcnas/zcnas/zc/store"
	"github.com/zcnas/zcnas/zc/table"
)

type sweepCmd struct {
	Store     string `required:"" placeholder:"FILE.sqlite" help:"File that keeps every row as soon as it is computed, and whose rows are not computed again."`
	archFlags `embed:""`
	runFlags  `embed:""`
	Format    string `default:"summary" enum:"summary,table,csv,json,jsonl" help:"What to print: summary, or the rows as score prints them: table, csv, json, jsonl."`
}

func (c *sweepCmd) Run(a *app) error {
	space, archs, opts, err := c.prepare(a, &c.archFlags)
	if err != nil {
		return err
	}
	proxies, err := proxies.Select(c.Proxies...)
	if err != nil {
		return err
	}
	st, err := store.Open(c.Store)
	if errors.Is(err, store.ErrNoFile) {
		return usage("-store %q: %w", c.Store, store.ErrNoFile)
	}
	if err != nil {
		return err
	}
	rows := &countingStore{Store: st}
	start := time.Now()
	table, err := a.score(space, archs, c.Format, append(opts, zc.WithStore(rows)))
	closed := st.Close() // an error here is that the rows are lost
	err = errors.Join(a.writeTable(table, c.Format), err, closed)
	if c.Format == "summary" && table.Len() > 0 && closed == nil {
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

func (s *countingStore) Put(e []table.Entry) error {
	err := s.Store.Put(e)
	if err == nil {
		s.puts++
	}
	return err
}
