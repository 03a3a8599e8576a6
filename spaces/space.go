package spaces

import "math/big"

// Arch is an architecture in its space's official notation, for example
// "|nor_conv_3x3~0|+|nor_conv_3x3~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|" on NATS-Bench TSS.
type Arch string

// Task is what a network is built for.
type Task struct {
	// Name selects the head on spaces that have several (TransNAS-Bench-101: "jigsaw", "autoencoder", …);
	// elsewhere it is only a label.
	Name string
	// Input is the shape of one input sample.
	Input Shape
	// Outputs is the number of classes, or of output channels for dense tasks.
	Outputs int
	// Dense asks for an output at every position of the input in place of one per sample. Spaces that serve dense
	// tasks by name (TransNAS-Bench-101) go by the name.
	Dense bool
}

// Space is a search space: a set of architectures and the rule that turns each into a network.
// Implementations are safe for concurrent use.
type Space interface {
	// Name is the space's identifier, for example "nats-tss".
	Name() string
	// Size is the number of architectures in the encoding, isomorphic ones counted apart.
	Size() *big.Int
	// Parse reads an architecture in any of the space's encodings and returns it in the official notation.
	// The error says what was wrong and at which position.
	Parse(s string) (Arch, error)
	// Sample draws n different architectures, uniformly; equal seeds give equal samples.
	Sample(n int, seed uint64) ([]Arch, error)
	// Mutate returns a random neighbour of the architecture; equal seeds give equal neighbours.
	Mutate(a Arch, seed uint64) (Arch, error)
	// Neighbours lists the architectures that differ in one decision.
	Neighbours(a Arch) ([]Arch, error)
	// Network builds the architecture's layer graph for a task.
	Network(a Arch, t Task) (*Graph, error)
	// Cells describes the architecture's cells as small labelled graphs, for drawings.
	Cells(a Arch) ([]Cell, error)
}

// Cell is a cell of an architecture as a labelled graph, to be drawn.
type Cell struct {
	Title string
	Nodes []string // labels, inputs first, in topological order
	Edges []CellEdge
}

// CellEdge joins two nodes of a [Cell].
type CellEdge struct {
	From, To int
	Label    string // the operation; "none" edges are listed too
}
