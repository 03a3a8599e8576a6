package datasets

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zcnas/zcnas/datasets/internal/datatest"
	"github.com/zcnas/zcnas/datasets/stream"
)

func TestReferenceInputs(t *testing.T) {
	d, err := Reference(3, 8, 8, 10)
	if err != nil {
		t.Fatal(err)
	}
	b, err := d.Minibatch(t.Context(), 4, 1, Random)
	if err != nil {
		t.Fatal(err)
	}
	// The check values of the reference: first three draws of the stream "input" under seed 1.
	for i, u := range []float64{0.519040465, 0.856315255, 0.517882228} {
		if want := (2*u - 1) * math.Sqrt(3); math.Abs(float64(b.Inputs[i])-want) > 1e-7 {
			t.Errorf("input %d is %v, want %v", i, b.Inputs[i], want)
		}
	}
	if len(b.Inputs) != 4*3*8*8 || len(b.Labels) != 4 || b.Targets != nil {
		t.Errorf("%d inputs, %d labels, targets %v", len(b.Inputs), len(b.Labels), b.Targets)
	}
	s := stream.New("labels", 1)
	for i, l := range b.Labels {
		if want := int((s.Next() >> 32) % 10); l != want {
			t.Errorf("label %d is %d, want %d", i, l, want)
		}
	}
}

func TestReferenceTargets(t *testing.T) {
	u := func(i int) float64 {
		s := stream.New("target", 5)
		for range i {
			s.Uniform()
		}
		return s.Uniform()
	}
	sum := 0.0
	for i := range 6 {
		sum += u(i)
	}
	tests := []struct {
		name  string
		opts  []Option
		loss  string
		shape []int
		first float64 // first target; NaN for labels
	}{
		{"plain", nil, CrossEntropy, nil, math.NaN()},
		{"darts mse", []Option{WithLoss(MSE)}, MSE, []int{6, 8, 4}, (2*u(0) - 1) * math.Sqrt(3)},
		{"darts rel_l2", []Option{WithLoss(RelL2)}, RelL2, []int{6, 8, 4}, (2*u(0) - 1) * math.Sqrt(3)},
		{"class_object", []Option{WithTask("class_object")}, SoftCrossEntropy, []int{6}, u(0) / sum},
		{"class_object hard", []Option{WithTask("class_object"), WithLoss(CrossEntropy)}, CrossEntropy, nil, math.NaN()},
		{"room_layout", []Option{WithTask("room_layout")}, MSE, []int{6}, (2*u(0) - 1) * math.Sqrt(3)},
		{"jigsaw", []Option{WithTask("jigsaw")}, CrossEntropy, nil, math.NaN()},
		{"segmentsemantic", []Option{WithTask("segmentsemantic")}, CrossEntropy, []int{8, 4}, math.NaN()},
		{"normal", []Option{WithTask("normal")}, L1, []int{6, 8, 4}, u(0)},
		{"autoencoder", []Option{WithTask("autoencoder")}, L1, []int{6, 8, 4}, 2*u(0) - 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Reference(3, 8, 4, 6, tt.opts...)
			if err != nil {
				t.Fatal(err)
			}
			if got := d.Info().Loss; got != tt.loss {
				t.Errorf("loss %q, want %q", got, tt.loss)
			}
			b, err := d.Minibatch(t.Context(), 3, 5, Random)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.shape, b.TargetShape); diff != "" {
				t.Errorf("target shape mismatch (-want +got):\n%s", diff)
			}
			if math.IsNaN(tt.first) {
				if b.Targets != nil || len(b.Labels) != 3*product(tt.shape) {
					t.Fatalf("%d labels and %d targets", len(b.Labels), len(b.Targets))
				}
				name := "labels"
				if tt.shape != nil {
					name = "target"
				}
				if want := int((stream.New(name, 5).Next() >> 32) % 6); b.Labels[0] != want {
					t.Errorf("first label %d, want %d", b.Labels[0], want)
				}
				return
			}
			if b.Labels != nil || len(b.Targets) != 3*product(tt.shape) {
				t.Fatalf("%d labels and %d targets", len(b.Labels), len(b.Targets))
			}
			if got := float64(b.Targets[0]); math.Abs(got-tt.first) > 1e-7 {
				t.Errorf("first target %v, want %v", got, tt.first)
			}
		})
	}
}

// What is not the default is named; a task brings its own shape, outputs and loss.
func TestReferenceInfo(t *testing.T) {
	tests := []struct {
		opts []Option
		want Info
	}{
		{nil, Info{C: 3, H: 32, W: 32, Outputs: 10, Loss: CrossEntropy}},
		{[]Option{WithShape(3, 32, 32), WithOutputs(10), WithLoss(CrossEntropy)}, Info{C: 3, H: 32, W: 32, Outputs: 10, Loss: CrossEntropy}},
		{[]Option{WithShape(1, 8, 9), WithOutputs(1), WithLoss(RelL2)}, Info{C: 1, H: 8, W: 9, Outputs: 1, Loss: RelL2, TargetShape: []int{1, 8, 9}, Options: "classes=1 loss=rel_l2 shape=1,8,9"}},
		{[]Option{WithTask("jigsaw")}, Info{C: 27, H: 64, W: 64, Outputs: 1000, Loss: CrossEntropy, Task: "jigsaw", Options: "task=jigsaw"}},
		{[]Option{WithTask("normal"), WithShape(3, 64, 64)}, Info{C: 3, H: 64, W: 64, Outputs: 3, Loss: L1, Task: "normal", TargetShape: []int{3, 64, 64}, Options: "shape=3,64,64 task=normal"}},
		{[]Option{WithTask("class_scene"), WithOutputs(63), WithLoss(CrossEntropy)}, Info{C: 3, H: 256, W: 256, Outputs: 63, Loss: CrossEntropy, Task: "class_scene", Options: "classes=63 loss=cross_entropy task=class_scene"}},
	}
	for _, tt := range tests {
		d, err := Get("reference", tt.opts...)
		if err != nil {
			t.Fatal(err)
		}
		tt.want.Name, tt.want.Title = "reference", "Reference streams"
		if diff := cmp.Diff(tt.want, d.Info()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

// Sets that differ in their samples or labels differ in their full name.
func TestFullName(t *testing.T) {
	tests := []struct {
		name string
		opts []Option
		want string
	}{
		{"cifar100", nil, "cifar100"},
		{"cifar100", []Option{WithCoarseLabels(), WithSplit(Test)}, "cifar100 coarse=true split=test"},
		{"cifar10", []Option{WithDir(t.TempDir()), WithOffline()}, "cifar10"},
		{"synthetic-cifar10", []Option{WithSplit(Train)}, "synthetic-cifar10"},
		{"synthetic-cifar10", []Option{WithGeneratorSeed(3)}, "synthetic-cifar10 generator_seed=3"},
		{"reference", []Option{WithOutputs(3)}, "reference classes=3"},
	}
	for _, tt := range tests {
		d, err := Get(tt.name, tt.opts...)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Info().FullName(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

func TestReferenceErrors(t *testing.T) {
	tests := []struct {
		name string
		make func() (Dataset, error)
		want string
	}{
		{"shape", func() (Dataset, error) { return Reference(0, 8, 8, 10) }, "to 65536"},
		{"huge", func() (Dataset, error) { return Reference(3, 1<<30, 8, 10) }, "to 65536"},
		{"classes", func() (Dataset, error) { return Reference(3, 8, 8, -1) }, "to 65536"},
		{"no outputs", func() (Dataset, error) { return Get("reference", WithOutputs(0)) }, "to 65536"},
		{"task", func() (Dataset, error) { return Reference(3, 8, 8, 10, WithTask("class_objects")) }, `did you mean "class_object"`},
		{"loss", func() (Dataset, error) { return Reference(3, 8, 8, 10, WithLoss("msee")) }, `did you mean "mse"`},
		{"soft without task", func() (Dataset, error) { return Reference(3, 8, 8, 10, WithLoss(SoftCrossEntropy)) }, "WithTask"},
		{"unfit", func() (Dataset, error) { return Reference(3, 8, 8, 10, WithTask("normal"), WithLoss(MSE)) }, "does not fit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := tt.make(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestMinibatchErrors(t *testing.T) {
	t.Setenv("ZC_DATA", t.TempDir())
	datatest.EmptyCache(t)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		data string
		ctx  context.Context
		n    int
		how  Sampling
		want string
	}{
		{"reference", t.Context(), 0, Random, "at least 1"},
		{"reference", t.Context(), 1 << 40, Random, "smaller"},
		{"reference", t.Context(), 64, Grasp, "follow from the seed"},
		{"reference", t.Context(), 64, "Grasp", `did you mean "grasp"`},
		{"reference", cancelled, 64, Random, "canceled"},
		{"synthetic-cifar10", t.Context(), 0, Random, "at least 1"},
		{"synthetic-cifar10", t.Context(), 50001, Random, "there are 50000 samples"},
		{"synthetic-cifar10", t.Context(), 9, Grasp, "ask for 10 or more"},
		{"synthetic-cifar10", cancelled, 64, Random, "canceled"},
		{"cifar10", t.Context(), 0, Random, "at least 1"},
		{"cifar10", t.Context(), 64, "", "unknown sampling"},
	}
	for _, tt := range tests {
		d, err := Get(tt.data)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Minibatch(tt.ctx, tt.n, 0, tt.how); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s, %d, %q: error %v, want one with %q", tt.data, tt.n, tt.how, err, tt.want)
		}
	}
}
