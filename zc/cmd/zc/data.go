package main

import (
	"fmt"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/datasets/fetch"
)

type dataCmd struct {
	List   dataListCmd   `cmd:"" help:"List the data sets and benchmarks: their terms, where they come from, and which are on this machine. With a name, tell all of one."`
	Fetch  dataFetchCmd  `cmd:"" help:"Download data sets and benchmarks, and check what is there against its checksums."`
	Show   dataShowCmd   `cmd:"" help:"Draw samples of a data set into a PNG file."`
	Export dataExportCmd `cmd:"" help:"Write samples of a data set into a .npz file, for use in Python."`
	Make   dataMakeCmd   `cmd:"" help:"Generate or convert data sets into the format that they are published in."`
	Path   dataPathCmd   `cmd:"" help:"Print the folders that data is looked for in."`
}

// sampleFlags choose samples of a data set.
type sampleFlags struct {
	Name       string   `arg:"" help:"Data set; \"zc data list\" lists them."`
	N          int      `short:"n" default:"16" help:"Samples."`
	Split      string   `help:"Part that they come from: train, valid, test (default train)."`
	Task       string   `help:"Task, on data sets that have several."`
	DataOption []string `sep:"none" placeholder:"NAME=VALUE" help:"Option of the data set. May be repeated."`
	Sampling   string   `default:"random" help:"How they are drawn: random, or grasp for equally many of each class."`
	Seed       uint64   `help:"Seed of the draw (default 0)."`
}

// batch draws them.
func (f *sampleFlags) batch(a *app) (datasets.Info, *datasets.Batch, error) {
	if f.N < 1 {
		return datasets.Info{}, nil, usage("-n %d: give 1 or more", f.N)
	}
	texts := append([]string{}, f.DataOption...)
	for name, value := range map[string]string{"split": f.Split, "task": f.Task} {
		if value != "" {
			texts = append(texts, name+"="+value)
		}
	}
	opts, err := dataOptions(texts)
	if err != nil {
		return datasets.Info{}, nil, err
	}
	d, err := datasets.Get(f.Name, opts...)
	if err != nil {
		return datasets.Info{}, nil, usageError{err}
	}
	b, err := d.Minibatch(a.ctx, f.N, f.Seed, datasets.Sampling(f.Sampling))
	return d.Info(), b, err
}

type dataPathCmd struct{}

// Run prints the folders in the order in which they are looked through.
func (dataPathCmd) Run(a *app) error {
	for _, dir := range fetch.Dirs() {
		if _, err := fmt.Fprintln(a.stdout, dir); err != nil {
			return err
		}
	}
	return nil
}
