package main

import (
	"fmt"
	"slices"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/datasets/fetch"
	"github.com/zcnas/zcnas/datasets/truth"
)

type dataFetchCmd struct {
	Names []string `arg:"" name:"name" help:"Data sets and benchmarks, as data list names them."`
}

func (c *dataFetchCmd) Run(a *app) error {
	// Names are checked before the first download.
	for _, name := range c.Names {
		if _, err := datasets.Get(name); err != nil && !slices.Contains(truth.SuiteZeroBenches(), name) {
			return fmt.Errorf("%w; benchmarks: %v", err, truth.SuiteZeroBenches())
		}
	}
	for _, name := range c.Names {
		if err := get(a, name); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(a.stdout, name+": ready"); err != nil {
			return err
		}
	}
	return nil
}

// get downloads what is missing of one data set or benchmark, and checks what is there.
func get(a *app, name string) error {
	if slices.Contains(truth.SuiteZeroBenches(), name) {
		_, err := truth.SuiteZero(a.ctx, name, fetch.WithCheck())
		return err
	}
	splits := []datasets.Split{""}
	if options, err := datasets.OptionsOf(name); err == nil {
		for _, o := range options {
			if o.Name == "split" {
				splits = []datasets.Split{datasets.Train, datasets.Test} // parts may be files of their own
			}
		}
	}
	for _, split := range splits {
		opts := []datasets.Option{datasets.WithCheck()}
		if split != "" {
			opts = append(opts, datasets.WithSplit(split))
		}
		d, err := datasets.Get(name, opts...)
		if err == nil {
			_, err = d.Minibatch(a.ctx, 1, 0, datasets.Random)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
