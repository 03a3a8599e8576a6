package engine

import (
	"errors"

	"github.com/zcnas/zcnas/spaces"
)

// The values that a device hands out. Only the device that made one looks inside. All but a [State] and a gradient
// that the sink [Keep] has taken end with the next Load.
type (
	// Tensor is a stored map [N, C, H, W], or nil.
	Tensor any
	// NormState is what a batch norm's forward pass leaves: the statistics that it normalises with.
	NormState any
	// NormGrad is what carries gradients back through a batch norm: sums over the gradients with respect to its
	// output.
	NormGrad any
	// Gradient is what has been added up of a parameter's gradient, or nil for none so far.
	Gradient any
	// Scalars are a few numbers that Fetch will deliver.
	Scalars any
	// State is a network's parameters, running statistics and momentum buffers, which stay on the device from
	// pass to pass.
	State any
)

// Device executes the steps of plans on one minibatch at a time: package native on the CPU, package gomlx on XLA and
// others. [Load] and what it returns drive it; nobody else need call it. A device is for one goroutine.
//
// What a network is made of (layers), what becomes of gradients (sinks) and what is taken from maps (reductions)
// arrives as data, so that a new one is a new case and no new method. A device that has no answer to one sets an
// error that wraps [ErrNotImplemented] and returns something harmless; Load may refuse at once.
//
// Whatever a method makes of several parts (sums over samples, gradients of a parameter that several layers share)
// it adds up in an order that depends on the plan and the batch alone, so that numbers are the same on every run.
type Device interface {
	// Capabilities says what the device can do.
	Capabilities() Capabilities

	// Store moves weights to the device, where they stay until they are freed. Later changes of w's values do not
	// reach it.
	Store(p *Plan, w *Weights) (State, error)
	// Snapshot delivers what a state holds now, copied.
	Snapshot(s State) (*Weights, error)

	// Load starts a network with a minibatch's size: everything made before is invalid.
	Load(p *Plan, from Source, batch int, mode Mode) error

	// Forward executes a step that stores a map (all kinds but [StepNorm]) and returns its value and, if tangents
	// are on and it is not zero, its stored tangent. feed is, for [StepInput], the minibatch [N, C, H, W]; for
	// [StepGate] one factor for each sample, nil for 1; nil for all others.
	Forward(s *Step, in []Operand, feed []float32) (y, t Tensor)
	// Norm computes or looks up the statistics of a batch norm over v (which has neither norm nor ReLU), as the
	// mode's Norm says; it moves running statistics where the mode tells it to.
	Norm(n *Norm, v Operand) NormState

	// Seed adds the gradient of a loss of a map, or a given cotangent, to the target: to every wanted cotangent but
	// [TangentGrad], which gets its tangent. It returns the loss, one number; 0 for a given cotangent.
	Seed(s *Seed, v Operand, to Target) Scalars

	// Backward carries gradients back through a step: see [StepGrad]. It returns fisher's term where that is asked
	// for, one number; of a gate the derivative of every sample's factor, N numbers; otherwise nil.
	Backward(b *StepGrad) Scalars
	// NormGrad takes the gradients d with respect to a norm's output, and adds those of its gamma and beta where
	// gamma and beta are not nil. It leaves the forward pass's state as it is.
	NormGrad(n *Norm, st NormState, v Operand, d Cotangents, gamma, beta *Gradient) NormGrad
	// NormBackward adds the gradients d, carried back through the norm, to the value's own.
	NormBackward(n *Norm, st NormState, g NormGrad, v Operand, d Cotangents, to Target)

	// Drain hands a parameter's gradient, which may be nil for zero, to sinks and returns what each delivers. The
	// gradient stays as it is until it is freed.
	Drain(param int, g *Gradient, sinks []Sink) []Scalars
	// Reduce takes numbers from maps.
	Reduce(r Reduction, in []Operand) Scalars

	// Fetch delivers numbers.
	Fetch([]Scalars) [][]float64
	// Free gives a tensor, gradient or state back. Freeing nil or twice does nothing.
	Free(handle any)
	// Err is the first error since Load.
	Err() error
}

// Cloner is a device that works on several networks at once, each through a clone of its own. That pays where the
// goroutine that gives the orders has to wait for each of them: the device would idle in between.
type Cloner interface {
	Device
	// Clone makes a device for another goroutine. It shares what is compiled, and gives the same numbers.
	Clone() Device
	// Workers is how many networks at once make good use of the device.
	Workers() int
}

// ErrNotImplemented is wrapped by errors about what a device cannot do.
var ErrNotImplemented = errors.New("not implemented by this device")

// Capabilities are the parts of [Device] that not every device has to have. Layers, batch norm with the statistics of
// the batch, the sink [Sums] and the reductions of the proxies that [Run] serves are not among them.
type Capabilities struct {
	Name      string // as in [Open]: "native", "gomlx:go"
	Double    bool   // float64 arithmetic
	Tangents  bool   // second order
	Training  bool   // Store, Snapshot, running statistics, all sinks but Sums and Signs
	PerSample bool   // NormSample and the sink Signs
	// HostMemory: maps are kept in the machine's main memory, so that what fits is known beforehand.
	HostMemory bool
}

// Mode is what a network is loaded for.
type Mode struct {
	Double  bool // float64 arithmetic instead of float32
	Abs     bool // all parameters replaced by their absolute values
	Tangent bool // carry tangents, for second order
	Norm    NormMode
	// Momentum moves the running statistics by that share at every batch norm of a forward pass, with the unbiased
	// variance of the batch: 0.1 in training as PyTorch does it. It takes a [State], and NormBatch.
	Momentum float64
}

// NormMode is what batch norms normalise with.
type NormMode uint8

// The ways to normalise.
const (
	NormBatch   NormMode = iota // the mean and biased variance of the batch
	NormRunning                 // running statistics; batch norms that have none ([Norm].Untracked) use the batch's
	NormSample                  // the mean and biased variance of each sample by itself, as if it were a batch of one
	NormSkip                    // nothing: they are the identity
)

// Weights are a network's parameters and what training adds to them, on the host.
type Weights struct {
	Params [][]float32 // in the order of plan.Graph.Params(), in PyTorch's layout
	// Running are the running statistics, in the order of plan.Running; nil for means 0 and variances 1.
	Running []Running
	// Momentum are the optimiser's buffers, as Params; nil before the first [Update], also of single parameters.
	Momentum [][]float32
}

// Running are running statistics of one batch norm, per channel.
type Running struct{ Mean, Var []float32 }

// Source is where a network's weights are: on the host, or, with State, on the device.
type Source struct {
	Weights *Weights
	State   State
}

// Host is the source of parameters that are on the host, without running statistics.
func Host(params [][]float32) Source { return Source{Weights: &Weights{Params: params}} }

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
	LossGrad    = iota // derivative of the loss, or of whatever the seeds say: weight gradients are made of this one
	TangentGrad        // tangent of LossGrad, as defined at [Operand]
	OutputGrad         // a second derivative that travels along to the input only: that of the sum of all outputs
	numCotangents
)

// Cotangents are the derivatives with respect to one map that are under way; nil where not wanted.
type Cotangents [numCotangents]Tensor

// Grad is the gradient of a stored value as the step that made it reads it: D, or, where the value was read
// through a norm only, D carried back through that norm.
type Grad struct {
	D    Cotangents
	Norm NormState // nil: D is the gradient
	Back NormGrad
}

// Target is where a backward pass leaves the gradient of an operand: with respect to norm(Y), or Y without a norm.
// Devices add to D where it is set, and make the tensor where it is nil.
type Target struct {
	D *Cotangents
	// Want says which cotangents to compute.
	Want [numCotangents]bool
}

// Wanted reports whether any cotangent is.
func (t Target) Wanted() bool { return t.Want != [numCotangents]bool{} }

// StepGrad is the backward pass of one step.
type StepGrad struct {
	Step *Step
	In   Operand // the operand whose gradient is computed
	K    int     // its number among Step.In
	Out  Operand // the step's own value
	Grad Grad    // the gradient of Out; Norm only for convolutions
	To   Target  // where In's gradient goes; nothing wanted: to leave it out

	// Weight and Bias collect the gradients of a weighted step's parameters, added to where they are set and made
	// where they hold nil. A nil pointer: not wanted.
	Weight, Bias *Gradient
	// Sinks are what Drain will be asked for once the weight's gradient is complete, as it is after this step if
	// Complete is set: a device may reduce at once. With [Signs] among them samples must be kept apart.
	Sinks    []Sink
	Complete bool
	// Done says that no later call reads the step's weight.
	Done bool

	Fisher bool // deliver fisher's term: see [Signals].Fisher
}
