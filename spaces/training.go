package spaces

import "fmt"

// TrainingParts are parts of a network that only training has.
type TrainingParts struct {
	// DropPath puts a [Gate] behind every edge that may be dropped. The factor of edge k of node n of cell i is
	// 8·i + 2·(n−2) + k; numbers of edges that are never dropped stay unused.
	DropPath bool
	// Auxiliary adds a head of its own to the output of cell 2·layers/3 (Szegedy et al. 2015, as DARTS has it on
	// CIFAR-10), whose parameters are named auxiliary.*.
	Auxiliary bool
}

// Trainable is a [Space] whose networks have parts for training only.
type Trainable interface {
	Space
	// TrainingNetwork is Network with these parts. auxiliary is the layer of the auxiliary head's outputs, 0 for none.
	TrainingNetwork(a Arch, t Task, parts TrainingParts) (g *Graph, auxiliary int, err error)
}

// TrainingNetwork implements [Trainable].
func (s *DARTSSpace) TrainingNetwork(a Arch, t Task, parts TrainingParts) (*Graph, int, error) {
	return s.network(a, t, parts)
}

// drops reports whether drop path may drop an edge: DARTS never drops a skip of stride 1, archai no skip.
func (b dartsBuilder) drops(op uint8, stride int) bool {
	return b.dropPath && !(op == dartsSkip && (stride == 1 || b.variant == ArchaiVariant))
}

// auxiliary adds the auxiliary head for maps of 8×8: ReLU, average pooling 5×5 of stride 3, 1×1 convolution to 128
// channels, 2×2 convolution to 768, each with batch norm and ReLU, and a linear layer.
func (b dartsBuilder) auxiliary(x, outputs int) (layer int, err error) {
	if s := b.Out(x); s.H != 8 || s.W != 8 {
		return 0, fmt.Errorf("spaces: darts: the auxiliary head needs maps of 8×8 where it starts, as 32×32 images give, not %v", s)
	}
	const name = "auxiliary"
	b.Within(name)
	defer func(wide bool) { b.wide = wide }(b.wide)
	b.wide = false // the last batch norm sees one position of each image, as DARTS's own does
	x = b.AvgPool(b.ReLU(x), 5, 3, 0)
	x = b.ReLU(b.BatchNorm(b.Conv(x, name+".conv_1", ConvOpts{Out: 128, Kernel: 1}), name+".bn_1"))
	x = b.ReLU(b.BatchNorm(b.Conv(x, name+".conv_2", ConvOpts{Out: 768, Kernel: 2}), name+".bn_2"))
	return b.Linear(x, name+".classifier", outputs), nil
}
