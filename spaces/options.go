package spaces

// ChannelsOption is a [TSSOption] and a [DARTSOption].
type ChannelsOption int

// WithChannels sets the base number of channels. On [TSS] it is the width of the first stage, default 16; the
// other stages are twice and four times as wide. On [DARTS] it is C, default 32.
func WithChannels(c int) ChannelsOption { return ChannelsOption(c) }

func (o ChannelsOption) applyTSS(s *TSSSpace)     { s.channels = int(o) }
func (o ChannelsOption) applyDARTS(s *DARTSSpace) { s.channels = int(o) }

type cellsOption int

// WithCellsPerStage sets the number of cells in each of the three stages of [TSS]. Default 5.
func WithCellsPerStage(n int) TSSOption { return cellsOption(n) }

func (o cellsOption) applyTSS(s *TSSSpace) { s.cells = int(o) }

type dartsOption func(*DARTSSpace)

func (o dartsOption) applyDARTS(s *DARTSSpace) { o(s) }

// WithLayers sets the number of cells of [DARTS] networks. Default 8.
func WithLayers(n int) DARTSOption { return dartsOption(func(s *DARTSSpace) { s.layers = n }) }

// WithVariant chooses between the networks that public code really built. Default [EvalVariant].
func WithVariant(v DARTSVariant) DARTSOption {
	return dartsOption(func(s *DARTSSpace) { s.variant = v })
}

// WithHead chooses the head of [DARTS] networks. Default [TaskHead].
func WithHead(h DARTSHead) DARTSOption { return dartsOption(func(s *DARTSSpace) { s.head = h }) }
