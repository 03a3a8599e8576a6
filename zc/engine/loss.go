package engine

import (
	"fmt"

	"github.com/zcnas/zcnas/spaces"
)

// LossKind names a loss.
type LossKind string

// The losses. All but the last are means over the batch.
const (
	CrossEntropy     LossKind = "cross_entropy"      // integer labels; dense outputs: mean over positions as well
	SoftCrossEntropy LossKind = "soft_cross_entropy" // −Σ t·log(softmax(o) + 1e-5), t target probabilities
	MSE              LossKind = "mse"                // mean of (o − t)²
	L1               LossKind = "l1"                 // mean of |o − t|
	RelativeL2       LossKind = "rel_l2"             // ‖o − t‖₂ / ‖t‖₂ per sample
	SumOutputs       LossKind = "sum"                // sum of all outputs, no target
)

// Loss is a loss with what it compares with. Devices evaluate it, in float64; one that computes on the host can do so
// with [Loss.Eval].
type Loss struct {
	Kind    LossKind
	Labels  []int     // CrossEntropy: [N], or [N, H, W] for dense outputs
	Targets []float32 // all others with targets: [N, outputs, H, W]
	// Smoothing is s of CrossEntropy's label smoothing: the target is (1−s)·onehot + s/classes.
	Smoothing float64
	// Partner are the labels that CrossEntropy mixes in (mixup): the loss is Mix·L(Labels) + (1−Mix)·L(Partner); nil for none.
	Partner []int
	Mix     float64
	// Scale multiplies the loss; 0 means 1. With the batch's size a mean becomes a sum.
	Scale float64
}

// Check reports targets that do not fit n samples of outputs of that shape.
func (l *Loss) Check(n int, out spaces.Shape) error {
	positions := n * out.H * out.W
	switch l.Kind {
	case CrossEntropy:
		for _, labels := range [][]int{l.Labels, l.Partner} {
			if labels == nil && l.Labels != nil {
				continue
			}
			if err := checkLabels(labels, n, out); err != nil {
				return fmt.Errorf("engine: %s on outputs %v: %w", l.Kind, out, err)
			}
		}
		if !(l.Smoothing >= 0 && l.Smoothing <= 1) {
			return fmt.Errorf("engine: %s: label smoothing %v is not in 0…1", l.Kind, l.Smoothing)
		}
		if l.Partner != nil && !(l.Mix >= 0 && l.Mix <= 1) {
			return fmt.Errorf("engine: %s: the share %v of mixed labels is not in 0…1", l.Kind, l.Mix)
		}
		return nil
	case SoftCrossEntropy, MSE, L1, RelativeL2:
		if len(l.Targets) != positions*out.C {
			return fmt.Errorf("engine: %s on outputs %v needs %d target values for %d samples, got %d", l.Kind, out, positions*out.C, n, len(l.Targets))
		}
		if l.Kind == SoftCrossEntropy && out.H*out.W != 1 {
			return fmt.Errorf("engine: %s is for outputs without positions, not %v", l.Kind, out)
		}
	case SumOutputs:
	default:
		return fmt.Errorf("engine: unknown loss %q", l.Kind)
	}
	if l.Smoothing != 0 || l.Partner != nil {
		return fmt.Errorf("engine: %s: label smoothing and mixed labels are for %s", l.Kind, CrossEntropy)
	}
	return nil
}

func checkLabels(labels []int, n int, out spaces.Shape) error {
	if positions := n * out.H * out.W; len(labels) != positions {
		return fmt.Errorf("it needs %d labels for %d samples, got %d", positions, n, len(labels))
	}
	for i, c := range labels {
		if c < 0 || c >= out.C {
			return fmt.Errorf("label %d of sample %d is not in 0…%d, the outputs of the network", c, i/(out.H*out.W), out.C-1)
		}
	}
	return nil
}

// Eval returns the loss of outputs o [N, C, H, W], its gradient g and, where the tangent t of the outputs is
// given, the gradient's tangent h = H·t (H the loss's second derivative; 0 for l1).
func (l *Loss) Eval(o, t []float64, n int, shape spaces.Shape) (loss float64, g, h []float64) {
	e := &evaluation{Loss: l, o: o, t: t, g: make([]float64, len(o)), n: n, shape: shape}
	if t != nil {
		e.h = make([]float64, len(o))
	}
	switch l.Kind {
	case SumOutputs:
		e.sumOutputs()
	case CrossEntropy:
		e.crossEntropy()
	case SoftCrossEntropy:
		e.softCrossEntropy()
	case MSE:
		e.mse()
	case L1:
		e.l1()
	case RelativeL2:
		e.relativeL2()
	}
	if s := l.Scale; s != 0 && s != 1 {
		e.loss *= s
		for _, x := range [][]float64{e.g, e.h} {
			for i := range x {
				x[i] *= s
			}
		}
	}
	return e.loss, e.g, e.h
}

// evaluation is an evaluation of a loss under way: outputs o with tangents t or nil, and the results.
type evaluation struct {
	*Loss
	o, t, g, h []float64
	loss       float64
	n          int
	shape      spaces.Shape
}

func (e *evaluation) sumOutputs() {
	for i, v := range e.o {
		e.loss += v
		e.g[i] = 1
	}
}
