package taskonomy

import (
	"fmt"

	"github.com/zcnas/zcnas/spaces"
)

// View is what the tasks are made of: a picture, and the target of one of them.
type View struct {
	RGB      *Picture
	Normal   *Picture  // of normal: (n + 1)/2 of the surface normal, as bytes
	Segments *Picture  // of segmentsemantic: the pixels' classes
	Target   []float32 // of class_object and class_scene: probabilities; of room_layout: nine numbers
}

// Side is that of the benchmark's inputs, but for jigsaw.
const Side = 256

// Task turns views into inputs and targets of one of the seven tasks, as the benchmark's transforms for validation do.
type Task struct {
	// TransNASTask has the shape of one input, the outputs and the loss.
	spaces.TransNASTask

	table  [3]*[256]float32 // normalisation by channel
	orders [][]int
}

// NewTask is the task of that name for inputs of side×side pixels (those of jigsaw are always nine tiles of 64×64
// pixels), with that many outputs. orders are the permutations of jigsaw, and count in place of outputs there.
// Errors: an unknown task, sizes or permutations that cannot be.
func NewTask(name string, side, outputs int, orders [][]int) (*Task, error) {
	t := &Task{orders: orders}
	var known []string
	for _, k := range spaces.TransNASTasks() {
		if k.Name == name {
			t.TransNASTask = k
		}
		known = append(known, k.Name)
	}
	switch {
	case t.Name == "":
		return nil, fmt.Errorf("taskonomy: unknown task %.60q; known: %v", name, known)
	case side < 1 || side > maxSide:
		return nil, fmt.Errorf("taskonomy: inputs of %d×%d pixels; give a side of 1…%d", side, side, maxSide)
	case name == "jigsaw" && len(orders) < 2:
		return nil, fmt.Errorf("taskonomy: jigsaw with %d permutations; at least 2 are needed", len(orders))
	}
	t.Outputs = outputs
	mean, std := [3]float32{0.5, 0.5, 0.5}, [3]float32{0.5, 0.5, 0.5}
	switch name {
	case "jigsaw":
		t.Outputs = len(orders)
		mean, std = [3]float32{}, [3]float32{1, 1, 1}
	case "class_object", "class_scene", "room_layout":
		mean, std = [3]float32{0.5224, 0.5222, 0.5221}, [3]float32{0.2234, 0.2235, 0.2236}
	}
	if name != "jigsaw" {
		t.Input.H, t.Input.W = side, side
	}
	for c := range t.table {
		t.table[c] = scaling(mean[c], std[c])
	}
	return t, nil
}

// Labelled reports whether targets are whole numbers: the loss is cross entropy.
func (t *Task) Labelled() bool { return t.Name == "jigsaw" || t.Name == "segmentsemantic" }

// Black is the value of a black pixel in each channel of an input.
func (t *Task) Black() []float32 {
	black := make([]float32, t.Input.C)
	for c := range black {
		black[c] = t.table[c%len(t.table)][0]
	}
	return black
}

// TargetShape is that of one target; empty for one label.
func (t *Task) TargetShape() []int {
	switch t.Name {
	case "jigsaw":
		return []int{}
	case "segmentsemantic":
		return []int{t.Input.H, t.Input.W}
	case "normal", "autoencoder":
		return []int{t.Outputs, t.Input.H, t.Input.W}
	}
	return []int{t.Outputs}
}

// Fill writes one sample: the input, [C, H, W] of t.Input, and its labels or its targets, of TargetShape. cut says how
// jigsaw cuts the picture, and is of no account for other tasks.
func (t *Task) Fill(v *View, cut Cut, input []float32, labels []int, targets []float32) error {
	in := t.Input
	if t.Name == "jigsaw" {
		if cut.Order < 0 || cut.Order >= len(t.orders) {
			return fmt.Errorf("taskonomy: the jigsaw permutation %d of %d", cut.Order, len(t.orders))
		}
		labels[0] = cut.Order
		const each = 3 * Tile * Tile
		for i, tile := range Tiles(v.RGB, t.orders[cut.Order], cut.Shifts) {
			tile.planes(input[i*each:(i+1)*each], &t.table)
		}
		return nil
	}
	v.RGB.Bilinear(in.H, in.W).planes(input, &t.table)
	switch t.Name {
	case "autoencoder":
		copy(targets, input)
	case "normal":
		v.Normal.Bilinear(in.H, in.W).planes(targets, &[3]*[256]float32{unscaled, unscaled, unscaled})
	case "segmentsemantic":
		for i, c := range v.Segments.Nearest(in.H, in.W).Pix {
			labels[i] = int(c)
		}
	default:
		if len(v.Target) != t.Outputs {
			return fmt.Errorf("taskonomy: a target of %d numbers for %d outputs", len(v.Target), t.Outputs)
		}
		copy(targets, v.Target)
	}
	return nil
}

// planes writes a picture to x as [C, H, W], each byte through its channel's table.
func (p *Picture) planes(x []float32, table *[3]*[256]float32) {
	n := p.H * p.W
	for c := range p.C {
		t := table[c]
		for i := range n {
			x[c*n+i] = t[p.Pix[i*p.C+c]]
		}
	}
}

// scaling tabulates (v/255 − mean)/std for every byte, computed in float32 as torchvision does.
func scaling(mean, std float32) *[256]float32 {
	t := new([256]float32)
	for v := range t {
		t[v] = (float32(v)/255 - mean) / std
	}
	return t
}

// unscaled tabulates v/255.
var unscaled = scaling(0, 1)
