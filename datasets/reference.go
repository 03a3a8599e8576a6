package datasets

import (
	"cmp"
	"context"
	"fmt"

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
	o := newOptions(opts)
	o.shape, o.outputs = &[3]int{c, h, w}, &classes
	return newReference(o)
}

// referenceTask is what the data set is without further options.
func referenceTask(name string) (spaces.TransNASTask, error) {
	if name == "" {
		return spaces.TransNASTask{Task: spaces.Task{Input: spaces.Shape{C: 3, H: 32, W: 32}, Outputs: 10}, Loss: CrossEntropy}, nil
	}
	var known []string
	for _, t := range spaces.TransNASTasks() {
		if t.Name == name {
			return t, nil
		}
		known = append(known, t.Name)
	}
	return spaces.TransNASTask{}, unknown("task", name, known)
}

func newReference(o *options) (Dataset, error) {
	def, err := referenceTask(o.task)
	if err != nil {
		return nil, err
	}
	in, outputs, loss := def.Input, def.Outputs, cmp.Or(o.loss, def.Loss)
	if o.shape != nil {
		in = spaces.Shape{C: o.shape[0], H: o.shape[1], W: o.shape[2]}
	}
	if o.outputs != nil {
		outputs = *o.outputs
	}
	const most = 1 << 16 // no image is wider, and products below stay far from overflow
	for _, d := range []int{in.C, in.H, in.W, outputs} {
		if d < 1 || d > most {
			return nil, fmt.Errorf("datasets: reference of shape %v with %d outputs: every number must be in 1…%d", in, outputs, most)
		}
	}
	if soft := def.Loss == SoftCrossEntropy; o.task != "" && loss != def.Loss && !(soft && loss == CrossEntropy) {
		return nil, fmt.Errorf("datasets: reference: the loss %q does not fit the task %q, whose loss is %q", loss, o.task, def.Loss)
	}
	switch loss {
	case CrossEntropy, MSE, RelL2, L1:
	case SoftCrossEntropy:
		if o.task == "" {
			return nil, fmt.Errorf("datasets: reference: the loss %q is defined for the tasks class_object and class_scene; name one with WithTask", loss)
		}
	default:
		return nil, unknown("loss", loss, []string{CrossEntropy, SoftCrossEntropy, MSE, L1, RelL2})
	}
	var list changed
	list.add("shape", fmt.Sprintf("%d,%d,%d", in.C, in.H, in.W), fmt.Sprintf("%d,%d,%d", def.Input.C, def.Input.H, def.Input.W))
	list.add("classes", outputs, def.Outputs)
	list.add("task", o.task, "")
	list.add("loss", loss, def.Loss)
	return &reference{Info{
		Name: "reference", Options: list.String(), Title: "Reference streams",
		C: in.C, H: in.H, W: in.W, Outputs: outputs, Loss: loss, Task: o.task,
	}}, nil
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
	shape := i.targetShape()
	if err := checkBatch(n, max(i.C*i.H*i.W, product(shape))); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b := &Batch{N: n, C: i.C, H: i.H, W: i.W, Outputs: i.Outputs, TargetShape: shape}
	b.Inputs = make([]float32, n*i.C*i.H*i.W)
	stream.New("input", seed).FillUniform(b.Inputs, stream.UnitScale)
	if i.Loss == CrossEntropy {
		name := "labels"
		if i.Task == "segmentsemantic" {
			name = "target"
		}
		b.Labels = make([]int, n*product(shape))
		s := stream.New(name, seed)
		for k := range b.Labels {
			b.Labels[k] = s.Label(i.Outputs)
		}
		return b, nil
	}
	b.Targets = make([]float32, n*product(shape))
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

// targetShape is the shape of one sample's target; empty for one class label.
func (i Info) targetShape() []int {
	switch task := i.Task; {
	case task == "segmentsemantic":
		return []int{i.H, i.W}
	case i.Loss == CrossEntropy:
		return nil
	case task == "class_object", task == "class_scene", task == "room_layout":
		return []int{i.Outputs}
	default:
		return []int{i.Outputs, i.H, i.W}
	}
}

func product(shape []int) int {
	p := 1
	for _, d := range shape {
		p *= d
	}
	return p
}
