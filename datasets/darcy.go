package datasets

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/zcnas/zcnas/datasets/darcy"
	"github.com/zcnas/zcnas/datasets/fetch"
	"github.com/zcnas/zcnas/datasets/formats"
)

// The published files of Darcy Flow, for training and for the test. They are looked for in the data folders and in
// folders "darcy" and "darcyflow" of them.
const (
	DarcyTrainFile = "piececonst_r421_N1024_smooth1.mat"
	DarcyTestFile  = "piececonst_r421_N1024_smooth2.mat"
)

// DarcyTestFirst is the number of the first generated test sample: training samples count from 0.
const DarcyTestFirst = 1 << 30

// darcySet is Darcy Flow, from the published files or generated.
type darcySet struct {
	where      []fetch.Option
	options    []string
	split      Split
	sizes      [3]int // training, validation, test
	joined     bool
	generated  bool
	made       bool // by this project's generator
	train      string
	test       string
	cells      int // along an edge, of what a network sees
	resolution int // cells that are generated
	stride     int
	seed       uint64

	mu     sync.Mutex
	fields darcy.Fields // of the split
	x, y   darcy.Normaliser
}

func init() { register("darcy", newDarcy) }

// WithSource chooses where samples of "darcy" and "spherical-cifar100" come from: "published" files, "generated"
// (spherical-cifar100: "projected" from CIFAR-100), or "auto", the default: files that are on this machine, else
// generated.
func WithSource(source string) Option { return With("source", source) }

// WithResolution sets the cells along an edge that "darcy" is generated at, and keeps every stride-th of them: the
// default is 85 and 1, the published files have 421 and 5.
func WithResolution(cells, stride int) Option {
	return With("resolution", fmt.Sprintf("%d,%d", cells, stride))
}

// WithJoined joins the training and the validation samples of "darcy" or "ninapro", as the runs of the post did.
func WithJoined() Option { return With("joined", true) }

// newDarcy makes Darcy Flow: inputs are the permeability, scaled cell by cell by its mean and deviation over the
// training samples, and two coordinates; the target is the pressure. Training targets are scaled likewise, those of
// the other parts are not ([darcy.Normaliser], from [TargetScale], undoes it). 900 samples of the first file train,
// the next 100 validate, 100 of the second test (Li et al. 2021, NAS-Bench-360); of shorter files nine tenths train.
func newDarcy(o *Options) (Dataset, error) {
	d := &darcySet{where: o.Files(), split: o.Split(Train, Valid, Test)}
	source := o.Text("source", "auto", "where samples come from", "auto", "published", "generated")
	sizes := o.Ints("sizes", []int{900, 100, 100}, 1<<20, "samples to train, to validate and to test")
	resolution := o.Ints("resolution", []int{85, 1}, 1<<14, "cells along an edge that are generated, and of which every so many-th is kept")
	stride := o.Int("stride", 0, 0, 1<<14, "keep every so many-th cell of files; 0 leaves 85, as published, where the cells allow it")
	d.joined = o.Bool("joined", false, "train on the training and the validation samples together, as the post's runs did")
	d.seed = o.Uint64("generator_seed", 0, "seed of the generated samples")
	d.options = strings.Fields(o.Changed())
	if o.Err() != nil {
		return nil, nil
	}
	copy(d.sizes[:], sizes)
	d.resolution = resolution[0]
	d.stride = stride
	if source != "generated" {
		var found [2]bool
		d.train, found[0] = findIn(d.where, DarcyTrainFile, "darcy", "darcyflow")
		d.test, found[1] = findIn(d.where, DarcyTestFile, "darcy", "darcyflow")
		d.generated = source == "auto" && !found[0]
	} else {
		d.generated = true
	}
	if !d.generated {
		if err := d.describe(slices.ContainsFunc(d.options, func(s string) bool { return strings.HasPrefix(s, "sizes=") })); err != nil {
			return nil, err
		}
		return FromSamples(d), nil
	}
	d.stride = resolution[1]
	if d.resolution < darcy.MinCells || d.stride >= d.resolution {
		return nil, fmt.Errorf("datasets: darcy: a resolution of %d, every %d-th cell; give at least %d cells and a smaller stride", d.resolution, d.stride, darcy.MinCells)
	}
	d.cells = (d.resolution + d.stride - 1) / d.stride
	if source == "auto" {
		// Scores of generated samples are not those of the published ones.
		d.note("source=generated")
	}
	return FromSamples(d), nil
}

func (d *darcySet) note(option string) {
	d.options = append(d.options, option)
	slices.Sort(d.options)
}

// findIn looks for a file, in the data folders themselves and in folders of them.
func findIn(where []fetch.Option, name string, folders ...string) (string, bool) {
	for _, folder := range append(folders, ".") {
		if path, ok := fetch.Find(folder+"/"+name, where...); ok {
			return path, true
		}
	}
	return "", false
}

// describe reads the shape of the files that are there; a missing one is the matter of Open.
func (d *darcySet) describe(sized bool) error {
	d.cells = 85
	if d.train == "" {
		return nil
	}
	samples, cells, err := darcy.Count(d.train)
	if err != nil {
		return fmt.Errorf("datasets: darcy: %w", err)
	}
	if m, err := formats.OpenMat(d.train); err == nil {
		if d.made = strings.HasPrefix(m.Text(), darcy.GeneratedText); d.made {
			d.note("files=generated")
		}
		m.Close()
	}
	if d.stride == 0 {
		d.stride = 1
		if cells > 1 && (cells-1)%84 == 0 {
			d.stride = (cells - 1) / 84
		}
	}
	d.cells = (cells + d.stride - 1) / d.stride
	if !sized && samples < d.sizes[0]+d.sizes[1] {
		d.sizes[0] = samples * 9 / 10
		d.sizes[1] = samples - d.sizes[0]
	}
	if d.test != "" && !sized {
		n, _, err := darcy.Count(d.test)
		if err != nil {
			return fmt.Errorf("datasets: darcy: %w", err)
		}
		d.sizes[2] = min(d.sizes[2], n)
	}
	return nil
}

func (d *darcySet) Info() Info {
	i := Info{Name: "darcy", Options: strings.Join(d.options, " "), Title: "Darcy Flow", C: 3, H: d.cells, W: d.cells, Outputs: 1, Loss: RelL2,
		TargetShape: []int{1, d.cells, d.cells}, Batch: 4, Train: d.sizes[0], Valid: d.sizes[1], Test: d.sizes[2]}
	i.Origin = Origin{From: "https://github.com/rtu715/NAS-Bench-360", Terms: "MIT", Bytes: 3_200_000_000}
	if d.generated || d.made {
		i.Title, i.Origin = "Darcy Flow (generated)", Origin{}
	}
	if d.joined {
		i.Train, i.Valid = i.Train+i.Valid, 0
	}
	return i
}

// range of sample numbers of a split: of the first file, or of the test file.
func (d *darcySet) part(split Split) (first, n int, err error) {
	train, valid := d.sizes[0], d.sizes[1]
	if d.joined {
		train, valid = train+valid, 0
	}
	switch split {
	case Test:
		return 0, d.sizes[2], nil
	case Valid:
		if valid == 0 {
			return 0, 0, fmt.Errorf("datasets: darcy: no samples are left to validate; leave the option joined away, or give more sizes")
		}
		return train, valid, nil
	}
	return 0, train, nil
}

// read returns the samples of a split.
func (d *darcySet) read(ctx context.Context, split Split) (darcy.Fields, error) {
	first, n, err := d.part(split)
	if err != nil {
		return darcy.Fields{}, err
	}
	if !d.generated {
		path, name := d.train, DarcyTrainFile
		if split == Test {
			path, name = d.test, DarcyTestFile
		}
		if path == "" {
			return darcy.Fields{}, missing("darcy", name, d.where,
				"Get it from the Google Drive folder 1UnbQh2WWc6knEHbLn-ZaXrKUZhp7pjt- of the Fourier neural operator or the folder 1OOp6UrCiP79mTIkCrUdjjHWDo8K0bJUw of NAS-Bench-360 (1.6 GB), make one of the same kind with \"zc data make darcy\", or leave the option source away to have samples generated")
		}
		return darcy.ReadFile(path, first, n, d.stride)
	}
	if split == Test {
		first = DarcyTestFirst
	}
	cells := d.cells * d.cells
	f := darcy.Fields{N: n, Size: d.cells, Coeff: make([]float32, n*cells), Sol: make([]float32, n*cells)}
	err = darcy.Samples(ctx, d.seed, darcy.Numbers(first, n), d.resolution, d.stride, 0, func(i int, coeff, sol []float64, _ darcy.Report) error {
		at := (i - first) * cells
		for k, v := range coeff {
			f.Coeff[at+k], f.Sol[at+k] = float32(v), float32(sol[k])
		}
		return nil
	})
	return f, err
}

// missing is the error for a file that cannot be downloaded by its address.
func missing(set, file string, where []fetch.Option, how string) error {
	return fmt.Errorf("datasets: %s: no %s in %s: %w. %s", set, file, strings.Join(fetch.Dirs(where...), ", "), ErrOffline, how)
}

// here finds the files without reading them.
func (d *darcySet) here(context.Context) error {
	if !d.generated && d.train == "" {
		return fmt.Errorf("datasets: darcy: %s: %w", DarcyTrainFile, ErrOffline)
	}
	return nil
}

// Open reads or generates the training samples, for the statistics, and those of the split: once.
func (d *darcySet) Open(ctx context.Context) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fields.N > 0 {
		return d.fields.N, nil
	}
	train, err := d.read(ctx, Train)
	if err != nil {
		return 0, fmt.Errorf("datasets: darcy: %w", err)
	}
	fields := train
	if d.split != Train {
		if fields, err = d.read(ctx, d.split); err != nil {
			return 0, fmt.Errorf("datasets: darcy: %w", err)
		}
		if fields.Size != train.Size {
			return 0, fmt.Errorf("datasets: darcy: %s has %d cells along an edge, and %s has %d", DarcyTestFile, fields.Size, DarcyTrainFile, train.Size)
		}
	}
	cells := train.Size * train.Size
	d.x, d.y = darcy.NewNormaliser(train.Coeff, cells), darcy.NewNormaliser(train.Sol, cells)
	d.fields = fields
	return fields.N, nil
}

func (d *darcySet) Read(ctx context.Context, numbers []int, b *Batch) error {
	if _, err := d.Open(ctx); err != nil {
		return err
	}
	size := d.fields.Size
	cells := size * size
	if size != b.H {
		return fmt.Errorf("datasets: darcy: a batch of %d×%d cells, and samples have %d×%d", b.H, b.W, size, size)
	}
	for i, p := range numbers {
		if p < 0 || p >= d.fields.N {
			return fmt.Errorf("datasets: darcy: sample %d of %d", p, d.fields.N)
		}
		d.x.Inputs(b.Inputs[i*3*cells:(i+1)*3*cells], d.fields.Coeff[p*cells:(p+1)*cells], size)
		target, sol := b.Targets[i*cells:(i+1)*cells], d.fields.Sol[p*cells:(p+1)*cells]
		if d.split == Train {
			d.y.Encode(target, sol)
		} else {
			copy(target, sol)
		}
	}
	return nil
}

// Labels is nil: pressures have no classes.
func (d *darcySet) Labels(context.Context) ([]int, error) { return nil, nil }

// TargetScale returns what undoes the scaling of the training targets of "darcy": its Decode turns a network's output
// into a pressure. ok is false for data sets whose targets are not scaled. It opens the data set.
func TargetScale(ctx context.Context, d Dataset) (n darcy.Normaliser, ok bool, err error) {
	if s, is := d.(*numbered); is {
		if set, is := s.Samples.(*darcySet); is {
			_, err := set.Open(ctx)
			return set.y, true, err
		}
	}
	return n, false, nil
}
