package spaces

// Thin is a space whose cells can stand alone, as one channel wide as they go: TE-NAS counts the linear regions of such
// networks (Chen et al. 2021, section 3.2).
type Thin interface {
	Space
	// ThinNetwork is the cell of one channel on an input of 1×3×3, with batch norm (head.bn) and ReLU behind it; of
	// DARTS, the normal cell of 1 channel (cells.0) and the reduction cell of 2 (cells.1). Neither stem nor classifier.
	ThinNetwork(a Arch) (*Graph, error)
}

var thinInput = Shape{C: 1, H: 3, W: 3}

// thin ends a thin network.
func thin(b *Builder, x int) (*Graph, error) {
	b.Within("head")
	return b.Build(b.ReLU(b.BatchNorm(x, "head.bn")))
}

// ThinNetwork implements [Thin].
func (s *TSSSpace) ThinNetwork(a Arch) (*Graph, error) {
	cell, err := parseTSS(string(a))
	if err != nil {
		return nil, err
	}
	b := NewBuilder(thinInput)
	return thin(b, natsCellLayers(b, 0, "cells.0", cell, 1))
}

// ThinNetwork implements [Thin].
func (s *TransNASMicroSpace) ThinNetwork(a Arch) (*Graph, error) {
	m, err := parseMicro(string(a))
	if err != nil {
		return nil, err
	}
	b := NewBuilder(thinInput)
	return thin(b, m.cell(b, 0, "cells.0", 1, 1))
}

// ThinNetwork implements [Thin].
func (s *DARTSSpace) ThinNetwork(a Arch) (*Graph, error) {
	d, err := parseDARTS(string(a))
	if err != nil {
		return nil, err
	}
	b := dartsBuilder{Builder: NewBuilder(thinInput), variant: s.variant}
	first := b.cell(0, d[0], 0, 0, 1, false, false)
	return thin(b.Builder, b.cell(1, d[1], 0, first, 2, true, false))
}
