package datasets

import (
	"context"
	"fmt"
	"path"
	"sync"

	"github.com/zcnas/zcnas/datasets/fetch"
	"github.com/zcnas/zcnas/datasets/taskonomy"
	"github.com/zcnas/zcnas/spaces"
)

// taskonomyOrigin is where Taskonomy is to be had, and on which terms. The whole of it has 11 TB.
var taskonomyOrigin = Origin{From: "https://github.com/StanfordVL/taskonomy", Terms: "research and non-commercial use, no redistribution", Bytes: 11_160_000_000_000}

type taskonomySet struct {
	name, options string
	side          int
	where         []fetch.Option
	split         Split
	mask          string
	seed          uint64

	mu    sync.Mutex
	ready *indoor // once the lists have been read
	views []string
}

func init() { register("taskonomy", newTaskonomy) }

// WithClassMask says which of Taskonomy's 1000 objects or 365 scenes are classes: "final5k", those of
// TransNAS-Bench-101's trainings (75 and 47, the default), or "selected", those of NASLib and NAS-Bench-Suite-Zero
// (100 and 63).
func WithClassMask(name string) Option { return With("classes", name) }

// Taskonomy returns the data set "taskonomy" (Zamir et al. 2018), prepared for a task of TransNAS-Bench-101
// ([WithTask]; the default is class_object) as that benchmark's transforms for validation do. The data have to be put
// into the folder taskonomy of a data folder, with the lists of views (final5k/) and the class masks (masks/) beside
// the buildings; package taskonomy says under which names. The cut of a sample's jigsaw is a function of its number and
// of the option jigsaw_seed.
func Taskonomy(opts ...Option) (Dataset, error) { return Get("taskonomy", opts...) }

func newTaskonomy(o *Options) (Dataset, error) {
	d := &taskonomySet{
		name:  o.Text("task", "class_object", "task of TransNAS-Bench-101, which gives targets, loss and head", indoorTasks()...),
		where: o.Files(),
		split: o.Split(Train, Valid, Test),
		side:  o.Int("side", taskonomy.Side, 1, 1024, "pixels of a side of the inputs; jigsaw has tiles of 64×64"),
		mask:  o.Text("classes", "final5k", "class mask of class_object and class_scene", "final5k", "selected"),
		seed:  o.Uint64("jigsaw_seed", 1, "seed of the jigsaws' permutations and cuts"),
	}
	d.options = o.Changed()
	return FromSamples(d), nil
}

// outputs are those of a task before the class mask has been read.
func (d *taskonomySet) outputs() int {
	for _, t := range spaces.TransNASTasks() {
		if t.Name == d.name {
			if d.mask == "selected" {
				return t.SuiteZeroOutputs
			}
			return t.Outputs
		}
	}
	return 0
}

func (d *taskonomySet) Info() Info {
	i := Info{Name: "taskonomy", Options: d.options, Title: "Taskonomy", Batch: indoorBatch, Origin: taskonomyOrigin}
	// What is wrong with the files is not this call's to report: Open says it.
	if ready, err := d.open(); err == nil {
		i.describe(ready.task)
		folder, err := d.folder()
		for split, n := range map[string]*int{"train": &i.Train, "val": &i.Valid, "test": &i.Test} {
			if err == nil {
				views, _ := folder.Views(split)
				*n = len(views)
			}
		}
		return i
	}
	if t, err := taskonomy.NewTask(d.name, d.side, d.outputs(), make([][]int, 1000)); err == nil {
		i.describe(t)
	}
	return i
}

func (d *taskonomySet) folder() (taskonomy.Folder, error) {
	root, err := fetch.Locate("Taskonomy", taskonomyOrigin.From+" ("+taskonomyOrigin.Terms+")", []string{"taskonomy", "taskonomydata_mini"}, d.where...)
	return taskonomy.Folder{Root: root}, err
}

// open reads the lists, once.
func (d *taskonomySet) open() (*indoor, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ready != nil {
		return d.ready, nil
	}
	ready, views, err := d.prepare()
	if err != nil {
		return nil, fmt.Errorf("datasets: taskonomy: %w", err)
	}
	d.ready, d.views = ready, views
	return ready, nil
}

func (d *taskonomySet) prepare() (*indoor, []string, error) {
	folder, err := d.folder()
	if err != nil {
		return nil, nil, err
	}
	views, err := folder.Views(map[Split]string{Train: "train", Valid: "val", Test: "test"}[d.split])
	if err != nil {
		return nil, nil, err
	}
	outputs := d.outputs()
	var keep []int
	var orders [][]int
	switch d.name {
	case "class_object", "class_scene":
		keep, err = folder.Mask(d.name, d.mask)
		outputs = len(keep)
	case "jigsaw":
		orders, err = folder.Permutations()
	}
	if err != nil {
		return nil, nil, err
	}
	task, err := taskonomy.NewTask(d.name, d.side, outputs, orders)
	if err != nil {
		return nil, nil, err
	}
	return &indoor{task: task, seed: d.seed, view: func(number int) (*taskonomy.View, error) {
		v, err := folder.View(views[number], d.name, keep)
		if err != nil {
			return nil, fmt.Errorf("view %s: %w", path.Base(views[number]), err)
		}
		return v, nil
	}}, views, nil
}

func (d *taskonomySet) Open(context.Context) (int, error) {
	_, err := d.open()
	return len(d.views), err
}

func (d *taskonomySet) Read(ctx context.Context, numbers []int, b *Batch) error {
	ready, err := d.open()
	if err != nil {
		return err
	}
	for _, k := range numbers {
		if k < 0 || k >= len(d.views) {
			return fmt.Errorf("datasets: taskonomy: sample %d of %d", k, len(d.views))
		}
	}
	if err := ready.read(ctx, numbers, b); err != nil {
		return fmt.Errorf("datasets: taskonomy: %w", err)
	}
	return nil
}

func (d *taskonomySet) Labels(ctx context.Context) ([]int, error) {
	ready, err := d.open()
	if err != nil {
		return nil, err
	}
	return ready.labels(len(d.views)), nil
}
