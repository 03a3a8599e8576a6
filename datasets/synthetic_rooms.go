package datasets

import (
	"context"
	"fmt"

	"github.com/zcnas/zcnas/datasets/rooms"
	"github.com/zcnas/zcnas/datasets/taskonomy"
)

// The numbers of rooms. They could be any: a room is made when it is asked for.
const (
	trainRooms = 10000
	otherRooms = 2000 // for validation, and for the test
)

type syntheticRooms struct {
	indoor
	split Split
}

func init() { register("synthetic-rooms", newSyntheticRooms) }

// WithSide sets the pixels of a side of the inputs of "synthetic-rooms" and "taskonomy"; the default is 256. Jigsaws
// have nine tiles of 64×64 whatever it is.
func WithSide(pixels int) Option { return With("side", pixels) }

// SyntheticRooms returns the data set "synthetic-rooms": generated pictures of furnished rooms with the targets of a
// task of TransNAS-Bench-101 ([WithTask]; the default is class_object), in the shapes and with the numbers of classes
// of that benchmark: a stand-in for Taskonomy that needs no file, and that can be learnt. Package rooms says what is in
// it. A room is a function of (generator seed, split, number); 256×256 pixels take a core about 50 ms.
func SyntheticRooms(opts ...Option) (Dataset, error) { return Get("synthetic-rooms", opts...) }

func newSyntheticRooms(o *Options) (Dataset, error) {
	name := o.Text("task", "class_object", "task of TransNAS-Bench-101, which gives targets, loss and head", indoorTasks()...)
	d := &syntheticRooms{split: o.Split(Train, Valid, Test)}
	side := o.Int("side", taskonomy.Side, 1, 1024, "pixels of a side of the inputs; jigsaw has tiles of 64×64")
	d.seed = o.Uint64("generator_seed", 0, "seed of the rooms")
	outputs := map[string]int{"class_object": rooms.Objects, "class_scene": rooms.Scenes, "segmentsemantic": rooms.Segments,
		"room_layout": 9, "normal": 3, "autoencoder": 3}[name]
	var err error
	if d.task, err = taskonomy.NewTask(name, side, outputs, rooms.Orders()); err != nil {
		return nil, fmt.Errorf("datasets: synthetic-rooms: %w", err)
	}
	if name == "jigsaw" {
		side = taskonomy.Side // that the squares are made of
	}
	d.view = func(number int) (*taskonomy.View, error) {
		return rooms.New(string(d.split), number, d.seed).View(name, side)
	}
	d.info = Info{Name: "synthetic-rooms", Options: o.Changed(), Title: "Synthetic rooms", Batch: indoorBatch, Train: trainRooms, Valid: otherRooms, Test: otherRooms}
	d.info.describe(d.task)
	return FromSamples(d), nil
}

func (d *syntheticRooms) Info() Info { return d.info }

func (d *syntheticRooms) Open(context.Context) (int, error) {
	if d.split == Train {
		return trainRooms, nil
	}
	return otherRooms, nil
}

func (d *syntheticRooms) Read(ctx context.Context, numbers []int, b *Batch) error {
	if err := d.read(ctx, numbers, b); err != nil {
		return fmt.Errorf("datasets: synthetic-rooms: %w", err)
	}
	return nil
}

func (d *syntheticRooms) Labels(ctx context.Context) ([]int, error) {
	n, err := d.Open(ctx)
	return d.labels(n), err
}
