package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/datasets/darcy"
	"github.com/zcnas/zcnas/datasets/emg"
	"github.com/zcnas/zcnas/datasets/fetch"
	"github.com/zcnas/zcnas/datasets/spherical"
)

// dataMakeCmd makes data sets in the format that they are published in. What is interrupted goes on where it stopped,
// when the command is given again.
type dataMakeCmd struct {
	Darcy     makeDarcyCmd     `cmd:"" help:"Generate Darcy Flow as the .mat files that the data set darcy reads."`
	Ninapro   makeNinaproCmd   `cmd:"" help:"Prepare recordings of NinaPro DB5 as the .npy files that the data set ninapro reads."`
	Spherical makeSphericalCmd `cmd:"" help:"Put the pictures of a data set on the sphere, as .npy files."`
}

// out is the folder that files go to: as given, else the first folder that data is looked for in.
func out(dir string) string {
	if dir != "" {
		return dir
	}
	return fetch.Dirs()[0]
}

type makeDarcyCmd struct {
	Out        string `placeholder:"DIR" help:"Folder of the files, which go to DIR/darcy (default: the first of \"zc data path\")."`
	Samples    int    `default:"1024" help:"Samples of the first file, for training and validation."`
	TestSample int    `name:"test-samples" default:"100" help:"Samples of the second file."`
	Cells      int    `default:"421" help:"Cells along an edge that the equation is solved at."`
	Stride     int    `default:"5" help:"Keep every so many-th cell; 1 for files as large as the published ones."`
	Seed       uint64 `help:"Seed of the samples (default 0)."`
	Workers    int    `help:"Samples that are made at once (default: one for each processor)."`
}

// Run makes the two files.
func (c *makeDarcyCmd) Run(a *app) error {
	if c.Samples < 1 || c.TestSample < 1 || c.Stride < 1 || c.Cells < darcy.MinCells || c.Workers < 0 {
		return usage("%d and %d samples, %d cells, stride %d, %d workers: give at least 1 sample, %d cells and a stride of 1",
			c.Samples, c.TestSample, c.Cells, c.Stride, c.Workers, darcy.MinCells)
	}
	for _, file := range []struct {
		name           string
		first, samples int
	}{{datasets.DarcyTrainFile, 0, c.Samples}, {datasets.DarcyTestFile, datasets.DarcyTestFirst, c.TestSample}} {
		path := filepath.Join(out(c.Out), "darcy", file.name)
		m := darcy.Make{Seed: c.Seed, First: file.first, Samples: file.samples, Cells: c.Cells, Stride: c.Stride, Workers: c.Workers}
		worst := 0.0
		show := a.counter("samples")
		err := darcy.MakeFile(a.ctx, path, m, func(done int, r darcy.Report) {
			worst = max(worst, r.Residual)
			if show != nil {
				show(done, file.samples)
			}
		})
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(a.stdout, "%s: %d samples, relative residual at most %.1e\n", path, file.samples, worst); err != nil {
			return err
		}
	}
	return nil
}

type makeNinaproCmd struct {
	Raw     string `required:"" placeholder:"DIR" help:"Folder with the recordings, S1_E2_A1.mat and so on, also in folders below it."`
	Out     string `placeholder:"DIR" help:"Folder of the files, which go to DIR/ninapro (default: the first of \"zc data path\")."`
	Filter  string `default:"channels" enum:"channels,time" help:"What the high-pass filter runs along: channels as the published files, or time."`
	Windows []int  `default:"2638,659,659" help:"Windows to train, to validate and to test, evenly spaced over the recordings; 0,0,0 for all."`
}

// Run makes the six files.
func (c *makeNinaproCmd) Run(a *app) error {
	if len(c.Windows) != 3 {
		return usage("-windows %v: give three numbers, to train, to validate and to test", c.Windows)
	}
	var recordings []string
	err := filepath.WalkDir(c.Raw, func(path string, d fs.DirEntry, err error) error {
		// Exercise B is the second of each subject.
		if err == nil && !d.IsDir() && strings.HasSuffix(d.Name(), "_E2_A1.mat") {
			recordings = append(recordings, path)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(recordings) == 0 {
		return errors.New("no recordings of exercise B, named as S1_E2_A1.mat, in " + c.Raw + "; NinaPro DB5 is Zenodo record 1000116")
	}
	dir := filepath.Join(out(c.Out), "ninapro")
	if err := emg.MakeFiles(a.ctx, dir, recordings, emg.Filter(c.Filter), [3]int(c.Windows), a.counter("recordings")); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s: windows of %d recordings\n", dir, len(recordings))
	return err
}

type makeSphericalCmd struct {
	Name    string `arg:"" help:"Data set of 3×32×32 pictures: cifar10, cifar100, synthetic-cifar10."`
	Out     string `placeholder:"DIR" help:"Folder of the files, which go to DIR/spherical (default: the first of \"zc data path\")."`
	Version string `default:"2021" enum:"2021,fixed" help:"Version of the projection: 2021 as the published file, or fixed."`
	Seed    uint64 `help:"Seed of the rotations (default 0)."`
}

// Run makes the files.
func (c *makeSphericalCmd) Run(a *app) error {
	dir := filepath.Join(out(c.Out), "spherical")
	if err := datasets.MakeSpherical(a.ctx, dir, c.Name, spherical.Version(c.Version), c.Seed, a.counter("pictures")); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "%s: s2_%s_*.npy\n", dir, c.Name)
	return err
}
