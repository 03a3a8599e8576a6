package datasets

import (
	"context"
	"fmt"
	"slices"

	"github.com/zcnas/zcnas/datasets/stream"
	"github.com/zcnas/zcnas/spaces"
)

// reference is the data set whose batches are functions of the seed alone, the same in any language.
type reference struct{ info Info }

// Reference returns the data set of the project's reference cases, for inputs of shape [c, h, w] and
// that many classes. With u the uniform draws of a stream (FNV-1a 64 of its name, SplitMix64):
//
//   - inputs: stream "input", (2u−1)·√3, mean 0 and variance 1;
//   - labels: stream "labels", (z >> 32) mod classes;
//   - targets of the dense losses [MSE], [RelL2] and [L1] ([WithLoss]), shape [classes, h, w]:
//     stream "target", (2u−1)·√3;
//   - targets of a task ([WithTask]), stream "target": class_object and class_scene u/Σu, [classes];
//     room_layout (2u−1)·√3, [classes]; autoencoder 2u−1 and normal u, [classes, h, w];
//     segmentsemantic labels (z >> 32) mod classes, [h, w]. jigsaw has labels; its nine cells
//     [9, 3, h, w] are an input of shape [27, h, w].
//
// A task sets its loss unless WithLoss does; class_object and class_scene with [CrossEntropy] have labels.
// The sampling [Grasp] is refused: the labels follow from the seed. Errors: dimensions below 1, an unknown
// task or loss, a loss that does not fit the task.
func Reference(c, h, w, classes int, opts ...Option) (Dataset, error) {
	return Get("reference", append(slices.Clone(opts), WithShape(c, h, w), WithOutputs(classes))...)
}

func init() { register("reference", newReference) }

// WithShape sets the input shape of the data sets "reference" and "teacher", [C, H, W]. The default of "reference" is
// that of the task ([WithTask]), else 3×32×32.
func WithShape(c, h, w int) Option { return With("shape", fmt.Sprintf("%d,%d,%d", c, h, w)) }

// WithOutputs sets the classes or output channels of the data sets "reference" and "teacher". The default of
// "reference" is that of the task ([WithTask]), else 10.
func WithOutputs(n int) Option { return With("classes", n) }

// WithTask makes the data set "reference" that of a TransNAS-Bench-101 task, one of [spaces.TransNASTasks]:
// "class_object", "class_scene", "room_layout", "jigsaw", "segmentsemantic", "normal", "autoencoder". The task
// gives the targets, the loss, the head of the networks and, unless they are set, the shape and the outputs.
func WithTask(task string) Option { return With("task", task) }

// WithLoss sets the loss of the data set "reference", and with it the kind of its targets.
func WithLoss(loss string) Option { return With("loss", loss) }

// widest bounds dimensions: no image is wider, and products stay far from overflow.
const widest = 1 << 16

// noTask is what the data set is without further options.
var noTask = spaces.TransNASTask{Task: spaces.Task{Input: spaces.Shape{C: 3, H: 32, W: 32}, Outputs: 10}, Loss: CrossEntropy}

func newReference(o *Options) (Dataset, error) {
	var tasks []string
	for _, t := range spaces.TransNASTasks() {
		tasks = append(tasks, t.Name)
	}
	task := o.Text("task", "", "task of TransNAS-Bench-101, which gives targets, loss and head", append([]string{""}, tasks...)...)
	def := noTask
	for _, t := range spaces.TransNASTasks() {
		if t.Name == task {
			def = t
		}
	}
	in := o.Ints("shape", []int{def.Input.C, def.Input.H, def.Input.W}, widest, "shape of one input")
	outputs := o.Int("classes", def.Outputs, 1, widest, "classes, or output channels")
	loss := o.Text("loss", def.Loss, "loss, and with it the targets", CrossEntropy, SoftCrossEntropy, MSE, L1, RelL2)
	switch {
	case task == "" && loss == SoftCrossEntropy:
		return nil, fmt.Errorf("datasets: reference: the loss %q is defined for the tasks class_object and class_scene; name one with WithTask", loss)
	case task == "" || loss == def.Loss:
	case def.Loss == SoftCrossEntropy && loss == CrossEntropy:
	default:
		return nil, fmt.Errorf("datasets: reference: the loss %q does not fit the task %q, whose loss is %q", loss, task, def.Loss)
	}
	i := Info{Name: "reference", Options: o.Changed(), Title: "Reference streams",
		C: in[0], H: in[1], W: in[2], Outputs: outputs, Loss: loss, Task: task}
	i.TargetShape = referenceTarget(i)
	return &reference{i}, nil
}

func (r *reference) Info() Info { return r.info }

func (r *reference) Minibatch(ctx context.Context, n int, seed uint64, how Sampling) (*Batch, error) {
	i := r.info
	if err := checkSampling(how); err != nil {
		return nil, err
	}
	if how == Grasp {
		return nil, fmt.Errorf("datasets: reference: its labels follow from the seed, so the sampling %q cannot be; use %q", Grasp, Random)
	}
	if err := i.checkBatch(n); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b := NewBatch(i, n)
	stream.New("input", seed).FillUniform(b.Inputs, stream.UnitScale)
	if i.Loss == CrossEntropy {
		name := "labels"
		if i.Task == "segmentsemantic" {
			name = "target"
		}
		s := stream.New(name, seed)
		for k := range b.Labels {
			b.Labels[k] = s.Label(i.Outputs)
		}
		return b, nil
	}
	s := stream.New("target", seed)
	switch i.Task {
	case "class_object", "class_scene":
		row := make([]float64, i.Outputs)
		for k := 0; k < len(b.Targets); k += len(row) {
			sum := 0.0
			for c := range row {
				row[c] = s.Uniform()
				sum += row[c]
			}
			for c, u := range row {
				b.Targets[k+c] = float32(u / sum)
			}
		}
	case "normal":
		for k := range b.Targets {
			b.Targets[k] = float32(s.Uniform())
		}
	case "autoencoder":
		s.FillUniform(b.Targets, 1)
	default: // room_layout, and dense losses without a task
		s.FillUniform(b.Targets, stream.UnitScale)
	}
	return b, nil
}

// referenceTarget is the shape of one sample's target; empty for one class label.
func referenceTarget(i Info) []int {
	switch {
	case i.Task == "segmentsemantic":
		return []int{i.H, i.W}
	case i.Loss == CrossEntropy:
		return nil
	case i.Task == "class_object", i.Task == "class_scene", i.Task == "room_layout":
		return []int{i.Outputs}
	default:
		return []int{i.Outputs, i.H, i.W}
	}
}
