package datasets

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/zcnas/zcnas/datasets/taskonomy"
	"github.com/zcnas/zcnas/spaces"
)

// indoor is what Taskonomy and its generated stand-in have in common: views of rooms, and the seven tasks of
// TransNAS-Bench-101.
type indoor struct {
	info Info
	task *taskonomy.Task
	seed uint64 // of the jigsaws
	view func(number int) (*taskonomy.View, error)
}

// indoorBatch is the size of minibatch that NAS-Bench-Suite-Zero scored TransNAS-Bench-101 with.
const indoorBatch = 32

// indoorTasks are the names of the tasks.
func indoorTasks() []string {
	var names []string
	for _, t := range spaces.TransNASTasks() {
		names = append(names, t.Name)
	}
	return names
}

// describe completes the description of a data set for a task.
func (i *Info) describe(t *taskonomy.Task) {
	i.Black = t.Black()
	i.C, i.H, i.W = t.Input.C, t.Input.H, t.Input.W
	i.Outputs, i.Loss, i.Task, i.TargetShape = t.Outputs, t.Loss, t.Name, t.TargetShape()
}

// read fills the places 0, 1, … of a batch, several at once.
func (d *indoor) read(ctx context.Context, numbers []int, b *Batch) error {
	input, target := b.C*b.H*b.W, product(b.TargetShape)
	return parallel(ctx, len(numbers), func(k int) error {
		v, err := d.view(numbers[k])
		if err != nil {
			return err
		}
		var cut taskonomy.Cut
		if d.task.Name == "jigsaw" {
			cut = taskonomy.DrawCut(numbers[k], d.task.Outputs, d.seed)
		}
		var labels []int
		var targets []float32
		if d.task.Labelled() {
			labels = b.Labels[k*target : (k+1)*target]
		} else {
			targets = b.Targets[k*target : (k+1)*target]
		}
		return d.task.Fill(v, cut, b.Inputs[k*input:(k+1)*input], labels, targets)
	})
}

// labels draws the classes of the jigsaws; other tasks have none.
func (d *indoor) labels(n int) []int {
	if d.task.Name != "jigsaw" {
		return nil
	}
	list := make([]int, n)
	for i := range list {
		list[i] = taskonomy.DrawCut(i, d.task.Outputs, d.seed).Order
	}
	return list
}

// parallel calls f for 0…n−1 from several goroutines, and returns the error of the smallest number that has one.
func parallel(ctx context.Context, n int, f func(k int) error) error {
	errs := make([]error, n)
	next := make(chan int)
	var wait sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for k := range next {
				errs[k] = f(k)
			}
		})
	}
	for k := 0; k < n && ctx.Err() == nil; k++ {
		next <- k
	}
	close(next)
	wait.Wait()
	for k, err := range errs {
		if err != nil {
			return fmt.Errorf("place %d of the batch: %w", k, err)
		}
	}
	return ctx.Err()
}
