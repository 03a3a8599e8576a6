package spaces

import (
	"fmt"
	"iter"
	"math/big"
)

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

// Space is a search space: a set of architectures and the rule that turns each into a network. What a space can do
// besides is in [Sizer], [Enumerator], [Neighbourhood], [Describer] and [Optioned]. Implementations are safe for
// concurrent use.
type Space interface {
	// Name is the space's identifier, for example "nats-tss".
	Name() string
	// Parse reads an architecture in any of the space's encodings and returns it in the official notation.
	// The error says what was wrong and at which position.
	Parse(s string) (Arch, error)
	// Sample draws n different architectures, uniformly; equal seeds give equal samples.
	Sample(n int, seed uint64) ([]Arch, error)
	// Network builds the architecture's layer graph for a task.
	Network(a Arch, t Task) (*Graph, error)
}

// Sizer is a space that knows how many architectures it has.
type Sizer interface {
	// Size is the number of architectures in the encoding, isomorphic ones counted apart.
	Size() *big.Int
}

// Enumerator is a space that is small enough to be listed.
type Enumerator interface {
	Enumerate() iter.Seq[Arch]
}

// Neighbourhood is a space in which architectures are near each other, for local search and evolution.
type Neighbourhood interface {
	// Neighbours lists the architectures that differ in one decision.
	Neighbours(a Arch) ([]Arch, error)
}

// Describer is a space whose cells can be drawn.
type Describer interface {
	// Cells describes the architecture's cells as small labelled graphs.
	Cells(a Arch) ([]Cell, error)
}

// Neighbours lists the architectures that differ in one decision. It fails where the space has no [Neighbourhood].
func Neighbours(s Space, a Arch) ([]Arch, error) {
	n, ok := s.(Neighbourhood)
	if !ok {
		return nil, fmt.Errorf("spaces: %s does not say which architectures are neighbours", s.Name())
	}
	return n.Neighbours(a)
}

// Mutate draws one of the [Neighbours] of an architecture, uniformly; equal seeds give equal neighbours.
func Mutate(s Space, a Arch, seed uint64) (Arch, error) {
	list, err := Neighbours(s, a)
	if err != nil {
		return "", err
	}
	if len(list) == 0 {
		return "", fmt.Errorf("spaces: %s: %s has no neighbours", s.Name(), a)
	}
	return list[newRand(seed).IntN(len(list))], nil
}

// Cells describes an architecture's cells. It fails where the space is no [Describer].
func Cells(s Space, a Arch) ([]Cell, error) {
	d, ok := s.(Describer)
	if !ok {
		return nil, fmt.Errorf("spaces: %s does not describe its architectures as cells", s.Name())
	}
	return d.Cells(a)
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
