package engine

import "github.com/zcnas/zcnas/spaces"

// Tensor is a stored map [N, C, H, W] of a device, or nil. Only the device that made it looks inside.
type Tensor any

// NormState is what a device keeps of a batch norm: statistics of the forward pass, later those of the
// gradients.
type NormState any

// Scalars is a handle to a few numbers that a device will deliver on Fetch.
type Scalars any

// Operand is a stored value as a step reads it: a = act(norm(Y)), with its tangent.
//
// The tangent of a value is its derivative when all scored weights are scaled, w → (1+t)·w, at t = 0: the
// direction in which grasp's form wᵀHg is taken, because in it a convolution's tangent costs one convolution:
// d/dt conv(x, (1+t)w) = conv(x, w) + conv(ẋ, w). For such Scaled values only the second term T is stored, and
// the tangent is Y − bias + T; for all others it is T itself. A nil T is zero.
type Operand struct {
	Y, T   Tensor
	Scaled bool
	Bias   int // parameter index of the bias of a scaled value, or -1
	Norm   NormState
	ReLU   bool
	Slope  float64
	Shape  spaces.Shape
}

// The cotangents that travel backwards, as indices of [Cotangents].
const (
	LossGrad    = iota // derivative of the loss
	TangentGrad        // tangent of LossGrad, as defined at [Operand]
	OutputGrad         // derivative of the sum of all outputs
	numCotangents
)

// Cotangents are the derivatives with respect to one map that are under way; nil where not wanted.
type Cotangents [numCotangents]Tensor

// Grad is the gradient of a stored value as the step that made it reads it: D, or, where the value was read
// through Norm only, D carried back through that norm.
type Grad struct {
	D    Cotangents
	Norm NormState
}

// Target is where a step's backward pass leaves the gradient of an operand: with respect to norm(Y), or Y
// without a norm. Devices add to D where it is set, and make the tensor where it is nil.
type Target struct {
	D *Cotangents
	// Want says which cotangents to compute.
	Want [numCotangents]bool
}

// WeightSums are the sums over one weight tensor w with loss gradient g: ‖g‖², Σ|w·g|, Σw·g and Σ g·(Hw).
type WeightSums struct{ GradSq, AbsWG, WG, GHW float64 }

// Device executes the steps of plans on one minibatch at a time. Implementations: package native (CPU) and
// package gomlx (XLA and others). A device is used by one goroutine at a time.
//
// Every method that makes a map returns its value and, if tangents are on, its stored tangent.
type Device interface {
	// Begin starts a network: its parameters, in the order of plan.Graph.Params() in PyTorch's layout, and
	// what will be asked of it. Everything made before is invalid.
	Begin(p *Plan, params [][]float32, batch int, mode Mode) error
	// Input stores a batch [N, C, H, W].
	Input(x []float32, shape spaces.Shape) Tensor
	Zero(shape spaces.Shape) Tensor

	Conv(s *Step, in Operand) (y, t Tensor)
	// Norm computes the statistics of a batch norm over v (no norm, no ReLU).
	Norm(n *Norm, v Operand) NormState
	Sum(s *Step, in []Operand) (y, t Tensor)
	Pool(s *Step, in Operand) (y, t Tensor)
	GlobalPool(s *Step, in Operand) (y, t Tensor)
	Linear(s *Step, in Operand) (y, t Tensor)
	Concat(s *Step, in []Operand) (y, t Tensor)
	Slice(s *Step, in Operand) (y, t Tensor)
	Tanh(s *Step, in Operand) (y, t Tensor)
	// Codes adds the signs of the operand's ReLU to the kernel of the ReLU codes, times the number of ReLUs
	// that read it.
	Codes(in Operand, times int)

	// Loss evaluates a loss of the output and starts the wanted cotangents.
	Loss(l Loss, out Operand, want [numCotangents]bool) (Scalars, Cotangents)

	// NormGrad takes the gradient with respect to the norm's output and prepares the norm to carry it back.
	NormGrad(n *Norm, st NormState, v Operand, d Cotangents)
	// NormBackward writes the gradient carried back through the norm to the value's own gradient.
	NormBackward(st NormState, v Operand, d Cotangents, to Target)
	// ConvGrad adds to the weight gradients, returns fisher's term where the mode asks for it, and carries the
	// gradient to the input.
	ConvGrad(s *Step, in Operand, out Operand, g Grad, to Target) Scalars
	LinearGrad(s *Step, in Operand, out Operand, g Grad, to Target) Scalars
	// SumGrad carries a gradient to one of a sum's operands.
	SumGrad(s *Step, in Operand, d Cotangents, to Target)
	PoolGrad(s *Step, in Operand, out Operand, d Cotangents, to Target)
	GlobalPoolGrad(s *Step, in Operand, d Cotangents, to Target)
	ConcatGrad(s *Step, k int, in Operand, d Cotangents, to Target)
	SliceGrad(s *Step, in Operand, d Cotangents, to Target)
	TanhGrad(s *Step, in Operand, out Operand, d Cotangents, to Target)
	// WeightSums reduces a weight's gradient once all its layers have added to it: four numbers in the order of
	// the fields of [WeightSums].
	WeightSums(param int) Scalars

	// Free gives a tensor back.
	Free(Tensor)
	// Fetch delivers numbers. Read delivers a tensor as [N, C, H, W].
	Fetch([]Scalars) [][]float64
	Read(Tensor) []float64
	// AbsDiff returns, per sample, the sum of |a − b| over two operands' values (tangents ignored).
	AbsDiff(a, b Operand) []float64
	// MeanVariance is the mean over channels of the norm's biased batch variances, one number.
	MeanVariance(NormState) Scalars
	// CodeKernel returns the kernel of the ReLU codes [N, N].
	CodeKernel() []float64
	// Err is the first error since Begin.
	Err() error
}

// Mode is what a run computes and how.
type Mode struct {
	Double   bool // float64 arithmetic instead of float32
	Abs      bool // all parameters replaced by their absolute values
	SkipNorm bool // batch norms are the identity
	Tangent  bool // carry tangents
	Fisher   bool // fisher's terms
}
