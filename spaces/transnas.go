package spaces

import (
	"fmt"
	"strconv"

	"github.com/zcnas/zcnas/internal/named"
)

// TransNASTask is a task of TransNAS-Bench-101 (Duan et al., "TransNAS-Bench-101: Improving Transferability and
// Generalizability of Cross-Task Neural Architecture Search", CVPR 2021).
type TransNASTask struct {
	// Task has the input and the number of outputs of the benchmark's trained networks. Jigsaw's nine tiles
	// are 27 channels, three for each tile.
	Task
	// SuiteZeroOutputs is the number of outputs that NAS-Bench-Suite-Zero scored, and its params and flops
	// are about. It differs for class_object and class_scene.
	SuiteZeroOutputs int
	// Loss is the loss that NAS-Bench-Suite-Zero scored with: "soft_cross_entropy", "cross_entropy", "l1" or
	// "mse".
	Loss string
}

// TransNASTasks lists the seven tasks.
func TransNASTasks() []TransNASTask {
	image, tiles := Shape{3, 256, 256}, Shape{27, 64, 64}
	return []TransNASTask{
		{Task{"class_object", image, 75, false}, 100, "soft_cross_entropy"},
		{Task{"class_scene", image, 47, false}, 63, "soft_cross_entropy"},
		{Task{"room_layout", image, 9, false}, 9, "mse"},
		{Task{"jigsaw", tiles, 1000, false}, 1000, "cross_entropy"},
		{Task{"segmentsemantic", image, 17, true}, 17, "cross_entropy"},
		{Task{"normal", image, 3, true}, 3, "l1"},
		{Task{"autoencoder", image, 3, true}, 3, "l1"},
	}
}

// jigsawTiles is the number of tiles in a jigsaw input.
const jigsawTiles = 9

// transCell adds one of the two cells of a module.
type transCell func(b *Builder, x int, name string, out, stride int) int

// transNetwork builds a backbone of two cells for each module, and the task's head.
func transNetwork(space string, modules transModules, cell transCell, t Task) (*Graph, error) {
	head := t.Name
	if head == "" {
		head = "class_object"
	}
	var names []string
	for _, known := range TransNASTasks() {
		names = append(names, known.Name)
	}
	b := NewBuilder(t.Input)
	backbone := func(x int) int {
		c := 64
		b.Within("stem")
		x = b.Conv(x, "stem.conv", ConvOpts{Out: c / 2, Kernel: 3, Stride: 2, Pad: 1})
		x = reluConvBN(b, b.BatchNorm(x, "stem.bn"), "stem.reduce", c, 3, 2)
		for i, digit := range modules {
			stride := 1
			if doublesChannels(digit) {
				c *= 2
			}
			if halvesResolution(digit) {
				stride = 2
			}
			x = cell(b, x, "cells."+strconv.Itoa(2*i), c, stride)
			x = cell(b, x, "cells."+strconv.Itoa(2*i+1), c, 1)
		}
		return x
	}
	switch head {
	case "class_object", "class_scene", "room_layout":
		if t.Dense {
			return nil, fmt.Errorf("spaces: %s: no network for the dense task %q; segmentsemantic, normal and autoencoder are its dense tasks", space, t.Name)
		}
		x := backbone(0)
		b.Within("classifier")
		return b.Build(b.Linear(b.GlobalAvgPool(x), "classifier", t.Outputs))
	case "jigsaw":
		if t.Input.C%jigsawTiles != 0 {
			return nil, fmt.Errorf("spaces: %s: a jigsaw input has %d tiles, which %d channels are not a multiple of",
				space, jigsawTiles, t.Input.C)
		}
		// The backbone sees one tile position at a time, so that batch norm takes the statistics of one.
		var features []int
		channels := t.Input.C / jigsawTiles
		for i := range jigsawTiles {
			b.Within(fmt.Sprintf("tile %d", i))
			features = append(features, backbone(b.Slice(0, i*channels, channels)))
		}
		b.Within("classifier")
		return b.Build(b.Linear(b.GlobalAvgPool(b.Concat(features...)), "classifier", t.Outputs))
	case "segmentsemantic", "normal", "autoencoder":
		b.wide = true // pooled heads may see one position, as those of the benchmark's own jigsaw networks do
		_, halvings := modules.count()
		return b.Build(transDecoder(b, backbone(0), head, halvings+2, t.Outputs))
	}
	return nil, fmt.Errorf("spaces: %s: unknown task %q%s; there are %q", space, named.Clip(head), named.Hint(head, names), names)
}

// covers reports a dense output that has not the input's size.
func (b *Builder) covers(x, multiple int) {
	in, out := b.g.Input(), b.Out(x)
	if b.err == nil && (in.H != out.H || in.W != out.W) {
		b.fail(&b.g.Layers[x], "the output %v has not the size of the input %v; give an input whose sides are multiples of %d",
			out, in, multiple)
	}
}

// transDecoder adds the layers that double the resolution as often as the backbone halves it, 2 to 6 times:
// 3×3 convolutions, transposed where they double, each with batch norm and LeakyReLU(0.2) but for the last.
func transDecoder(b *Builder, x int, task string, doublings, outputs int) int {
	type layer struct {
		out    int
		double bool
	}
	var plan []layer
	if task == "segmentsemantic" {
		for i, c := range []int{1024, 512, 256, 128, 64, 32, 32} {
			plan = append(plan, layer{c, i >= 7-doublings})
		}
	} else {
		plan = []layer{{1024, false}, {1024, false}, {512, doublings == 6}, {512, false}, {256, doublings >= 5},
			{128, false}, {64, doublings >= 4}, {64, false}, {32, doublings >= 3}, {32, false}, {16, true},
			{32, false}, {16, true}}
	}
	plan = append(plan, layer{outputs, false})
	for i, l := range plan {
		name := "decoder." + strconv.Itoa(i)
		b.Within(name)
		if l.double {
			x = b.ConvTranspose(x, name+".conv", l.out, 3, 2)
		} else {
			x = b.Conv(x, name+".conv", ConvOpts{Out: l.out, Kernel: 3, Pad: 1, Bias: true})
		}
		if i == len(plan)-1 {
			b.covers(x, 1<<doublings)
		} else {
			x = b.LeakyReLU(b.BatchNorm(x, name+".bn"), 0.2)
		}
	}
	if task != "segmentsemantic" {
		x = b.Tanh(x)
	}
	return x
}
