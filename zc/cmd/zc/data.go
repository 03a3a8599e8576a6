package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/datasets/fetch"
	"github.com/zcnas/zcnas/datasets/truth"
)

type dataCmd struct {
	List  dataListCmd  `cmd:"" help:"List the data sets and benchmarks, and which are on this machine."`
	Fetch dataFetchCmd `cmd:"" help:"Download and check data sets and benchmarks."`
	Path  dataPathCmd  `cmd:"" help:"Print the folders that data is looked for in."`
}

type dataListCmd struct{}

func (dataListCmd) Run(a *app) error {
	g := &grid{head: []string{"name", "what", "input", "outputs", "train", "test", "here"}}
	for _, name := range datasets.Names() {
		d, err := datasets.Get(name, datasets.WithOffline())
		if err != nil {
			return err
		}
		_, err = d.Minibatch(a.ctx, 1, 0, datasets.Random)
		i := d.Info()
		count := func(n int) string {
			if n == 0 {
				return none
			}
			return fmt.Sprint(n)
		}
		g.add(name, i.Title, fmt.Sprintf("%d×%d×%d", i.C, i.H, i.W), fmt.Sprint(i.Outputs), count(i.Train), count(i.Test), here(err))
	}
	for _, name := range truth.SuiteZeroBenches() {
		found, err := truth.SuiteZero(a.ctx, name, fetch.WithOffline())
		records := none
		if err == nil {
			n := 0
			for _, task := range found.Tasks() {
				n += len(found.Archs(task))
			}
			records = fmt.Sprint(n)
		}
		g.add(name, "NAS-Bench-Suite-Zero records", none, none, records, none, here(err))
	}
	return g.write(a.stdout, "table")
}

// here says whether data could be read without the network.
func here(err error) string {
	switch {
	case err == nil:
		return "yes"
	case errors.Is(err, datasets.ErrOffline):
		return "no"
	}
	return err.Error() // truncated, corrupt
}

type dataFetchCmd struct {
	Names []string `arg:"" name:"name" help:"Data sets and benchmarks, as data list names them."`
}

func (c *dataFetchCmd) Run(a *app) error {
	// Names are checked before the first download.
	var sets []datasets.Dataset
	for _, name := range c.Names {
		if slices.Contains(truth.SuiteZeroBenches(), name) {
			sets = append(sets, nil)
			continue
		}
		d, err := datasets.Get(name)
		if err != nil {
			return fmt.Errorf("%w; benchmarks: %v", err, truth.SuiteZeroBenches())
		}
		sets = append(sets, d)
	}
	for i, name := range c.Names {
		var err error
		if d := sets[i]; d != nil {
			_, err = d.Minibatch(a.ctx, 1, 0, datasets.Random)
		} else {
			_, err = truth.SuiteZero(a.ctx, name)
		}
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(a.stdout, name+": ready"); err != nil {
			return err
		}
	}
	return nil
}

type dataPathCmd struct{}

// Run prints the folders in the order in which package datasets documents to look through them.
func (dataPathCmd) Run(a *app) error {
	if d := os.Getenv("ZC_DATA"); d != "" {
		if _, err := fmt.Fprintln(a.stdout, d); err != nil {
			return err
		}
	}
	d, err := os.UserCacheDir()
	if err != nil {
		return nil // no home: $ZC_DATA alone counts
	}
	_, err = fmt.Fprintln(a.stdout, filepath.Join(d, "zcnas"))
	return err
}
