package engine

// Sink says what becomes of a parameter's gradient g once it is complete. Most deliver numbers, in float64 from g in
// the arithmetic of the run.
type Sink interface{ sink() }

// Sums delivers ‖g‖², Σ|w·g|, Σw·g and Σ g·(Hw), the fields of [WeightSums]. The last is that of the tangents' direction, in
// which all scored weights are scaled; without tangents, and for parameters that are no weights, it is 0. ‖g‖² in float32 is added up as [SumSquares] does.
type Sums struct{}

// WeightSums are what [Sums] delivers.
type WeightSums struct{ GradSq, AbsWG, WG, GHW float64 }

// Squares delivers Σ g², one number, added up in float64.
type Squares struct{}

// Values delivers the gradient itself, in PyTorch's layout.
type Values struct{}

// Signs delivers Σ over w of |Σ over samples of sign(∂L_i/∂w)|, one number, L_i being sample i's share of the loss
// (GradSign). Samples must be independent of each other: [NormSample], [NormRunning] or [NormSkip]. For weights of
// convolutions and linear layers only.
type Signs struct{}

// Keep takes the gradient: it outlives the pass and the next Load, as the caller's, who frees it. It delivers no numbers.
type Keep struct{}

// Ratio delivers Σ over w of mean|g|/std(g) across the gradients Before, which [Keep] has taken of the same parameter
// from other minibatches, and this one, with the population's standard deviation; weights whose gradients are all equal are
// left out (ZiCo). One number, 0 if none is left.
type Ratio struct{ Before []Gradient }

// Gram delivers the inner products G·Gᵀ of this parameter's gradients from all passes that [Tape.Backward] runs
// together, [passes × passes] numbers in the order of the passes (the neural tangent kernel). It is handed to the
// last pass; the driver sets Before, the gradients of those ahead of it.
type Gram struct{ Before []Gradient }

// Update is a step of stochastic gradient descent as PyTorch does it, in float32: g is first scaled by
// min(1, Clip/(norm + 1e-6)), then
//
//	g += Decay·w;  buffer = Momentum·buffer + g (g, where there is none yet);  w −= Rate·(Nesterov ? g + Momentum·buffer : buffer)
//
// It takes weights on the device ([Source].State), where they change, and delivers no numbers. A parameter that no gradient
// reached decays all the same. Without Momentum there are no buffers; what is in them does not change then.
type Update struct {
	Rate, Momentum, Decay float64
	Nesterov              bool
	Reset                 bool // forget the buffers
	// Clip bounds the norm of the gradients of all parameters that are updated with it; 0: no bound. The driver
	// sets Squares, what [Squares] delivers of each.
	Clip    float64
	Squares []Scalars
}

func (Sums) sink()    {}
func (Squares) sink() {}
func (Values) sink()  {}
func (Signs) sink()   {}
func (Keep) sink()    {}
func (Ratio) sink()   {}
func (Gram) sink()    {}
func (Update) sink()  {}
