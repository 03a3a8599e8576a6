package datasets

import (
	"errors"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zcnas/zcnas/datasets/internal/datatest"
	"github.com/zcnas/zcnas/datasets/internal/diverse"
	"github.com/zcnas/zcnas/datasets/taskonomy"
	"github.com/zcnas/zcnas/spaces"
)

// checkTask checks a minibatch against what a task's network and loss need.
func checkTask(t *testing.T, i Info, b *Batch) {
	t.Helper()
	positions := 1
	if len(i.TargetShape) > 1 {
		positions = b.H * b.W
	}
	switch i.Loss {
	case CrossEntropy:
		if len(b.Labels) != b.N*positions || slices.Min(b.Labels) < 0 || slices.Max(b.Labels) >= b.Outputs {
			t.Errorf("%d labels of %d…%d for %d samples and %d outputs", len(b.Labels), slices.Min(b.Labels), slices.Max(b.Labels), b.N, b.Outputs)
		}
	default:
		if len(b.Targets) != b.N*positions*b.Outputs {
			t.Errorf("%d targets for %d samples of %d outputs", len(b.Targets), b.N, b.Outputs)
		}
	}
	if i.Loss == SoftCrossEntropy {
		for k := range b.N {
			sum := 0.0
			for _, p := range b.Targets[k*b.Outputs : (k+1)*b.Outputs] {
				sum += float64(p)
			}
			if math.Abs(sum-1) > 1e-5 {
				t.Errorf("the probabilities of sample %d have the sum %v", k, sum)
			}
		}
	}
	for k, v := range b.Inputs {
		if v != v || v < -3 || v > 3 {
			t.Fatalf("input value %d is %v", k, v)
		}
	}
}

// Every task of the generated rooms gives what its network needs, in the benchmark's shapes.
func TestSyntheticRooms(t *testing.T) {
	for _, task := range spaces.TransNASTasks() {
		t.Run(task.Name, func(t *testing.T) {
			full, err := SyntheticRooms(WithTask(task.Name))
			if err != nil {
				t.Fatal(err)
			}
			i := full.Info()
			got := spaces.Task{Name: i.Task, Input: spaces.Shape{C: i.C, H: i.H, W: i.W}, Outputs: i.Outputs, Dense: len(i.TargetShape) > 1}
			if d := cmp.Diff(task.Task, got); d != "" || i.Loss != task.Loss {
				t.Errorf("loss %s, task mismatch (-benchmark +rooms):\n%s", i.Loss, d)
			}
			small, err := SyntheticRooms(WithTask(task.Name), WithSide(32), WithSplit(Valid))
			if err != nil {
				t.Fatal(err)
			}
			b, err := small.Minibatch(t.Context(), 3, 1, Random)
			if err != nil {
				t.Fatal(err)
			}
			checkTask(t, small.Info(), b)
			again, err := small.Minibatch(t.Context(), 3, 1, Random)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(b.Inputs, again.Inputs) || !slices.Equal(b.Targets, again.Targets) || !slices.Equal(b.Labels, again.Labels) {
				t.Error("the same seed gave another minibatch")
			}
			other, err := small.Minibatch(t.Context(), 3, 2, Random)
			if err != nil {
				t.Fatal(err)
			}
			if slices.Equal(b.Inputs, other.Inputs) {
				t.Error("another seed gave the same minibatch")
			}
		})
	}
	t.Run("options", func(t *testing.T) {
		d, err := SyntheticRooms(WithTask("normal"), WithSide(64), WithGeneratorSeed(5))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := d.Info().FullName(), "synthetic-rooms generator_seed=5 side=64 task=normal"; got != want {
			t.Errorf("the name is %q, want %q", got, want)
		}
		if _, err := SyntheticRooms(WithTask("depth")); err == nil || !strings.Contains(err.Error(), "class_object") {
			t.Errorf("an unknown task: error %v", err)
		}
	})
}

// The data set draws its minibatches from the views that the miniatures list.
func TestTaskonomyMiniatures(t *testing.T) {
	diverse.Path(t, "taskonomy")
	datatest.EmptyCache(t)
	root := diverse.Dir(t)
	for _, task := range indoorTasks() {
		for split, name := range map[Split]string{Train: "train", Valid: "val", Test: "test"} {
			t.Run(task+" "+name, func(t *testing.T) {
				diverse.Path(t, "taskonomy", "final5k", name+"_filenames_final5k.json")
				d, err := Taskonomy(WithDir(root), WithTask(task), WithSplit(split))
				if err != nil {
					t.Fatal(err)
				}
				views, err := taskonomy.Folder{Root: diverse.Path(t, "taskonomy")}.Views(name)
				if err != nil {
					t.Fatal(err)
				}
				i := d.Info()
				if n := map[Split]int{Train: i.Train, Valid: i.Valid, Test: i.Test}[split]; n != len(views) {
					t.Errorf("%d views, want %d", n, len(views))
				}
				b, err := d.Minibatch(t.Context(), min(2, len(views)), 0, Random)
				if errors.Is(err, fs.ErrNotExist) {
					t.Skip(err) // a file that this folder lacks
				} else if err != nil {
					t.Fatal(err)
				}
				checkTask(t, i, b)
				if _, err := d.Minibatch(t.Context(), len(views)+1, 0, Random); err == nil {
					t.Error("more views than there are")
				}
			})
		}
	}
}

func TestTaskonomyMissing(t *testing.T) {
	datatest.EmptyCache(t)
	d, err := Taskonomy(WithDir(t.TempDir()), With("classes", "selected"))
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Info().Outputs; got != 100 {
		t.Errorf("%d outputs, want 100", got)
	}
	_, err = d.Minibatch(t.Context(), 1, 0, Random)
	if err == nil || !strings.Contains(err.Error(), "no redistribution") || !strings.Contains(err.Error(), "put it at") {
		t.Errorf("error %v, want one that says where it is and on which terms", err)
	}
}
