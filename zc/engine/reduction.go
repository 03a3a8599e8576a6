package engine

import "fmt"

// Reduction says what is taken from maps, each as a step reads it (normalised and rectified). Tangents do not count.
type Reduction interface{ reduction() }

// Map delivers one map, [N, C, H, W].
type Map struct{}

// Channel delivers one channel of a map, [N, H, W].
type Channel struct{ C int }

// AbsDiff delivers Σ|a − b| over each sample of two maps of a shape, [N].
type AbsDiff struct{}

// Covariance delivers the covariance of the channels of a map over batch and positions, divided by their number,
// [C, C] in float64.
type Covariance struct{}

// NormVariance delivers the mean over channels of the biased batch variances that the map's norm has taken, one number.
type NormVariance struct{}

// CodeKernel delivers, for each pair of samples, the number of ReLU inputs that have the same sign in both, over all
// maps, each counted Times[i] times: [N, N]. The maps are operands with ReLU set.
type CodeKernel struct{ Times []int }

// CodeBits delivers whether each ReLU input of one map is positive: for every sample C·H·W bits, in an order that is the
// device's own but the same for all samples, 32 to a number from the lowest bit on, spare bits 0:
// [N, ⌈C·H·W/32⌉]. The map is an operand with ReLU set.
type CodeBits struct{}

// Correct delivers, for class labels of every sample and position, how many are among the K largest outputs, one
// number. A label's output that equals others counts as the larger.
type Correct struct {
	Labels []int
	K      int
}

func (Map) reduction()          {}
func (Channel) reduction()      {}
func (AbsDiff) reduction()      {}
func (Covariance) reduction()   {}
func (NormVariance) reduction() {}
func (CodeKernel) reduction()   {}
func (CodeBits) reduction()     {}
func (Correct) reduction()      {}

// checkReduction reports maps that a reduction cannot be taken from.
func (n *Network) checkReduction(r Reduction, in []Operand) error {
	want := 1
	switch v := r.(type) {
	case AbsDiff:
		if len(in) != 2 || in[0].Shape != in[1].Shape {
			return fmt.Errorf("engine: %T needs two maps of one shape", r)
		}
		want = 2
	case CodeKernel:
		if want = len(v.Times); want == 0 {
			return fmt.Errorf("engine: %T of no maps", r)
		}
	}
	if len(in) != want {
		return fmt.Errorf("engine: %T takes %d maps, got %d", r, want, len(in))
	}
	for _, o := range in {
		if o.Y == nil {
			return fmt.Errorf("engine: %T of a map that was not computed or not kept", r)
		}
		switch v := r.(type) {
		case Channel:
			if v.C < 0 || v.C >= o.Shape.C {
				return fmt.Errorf("engine: channel %d of a map of %v", v.C, o.Shape)
			}
		case CodeKernel, CodeBits:
			if !o.ReLU {
				return fmt.Errorf("engine: %T of a map that is not rectified", r)
			}
		case NormVariance:
			if o.Norm == nil {
				return fmt.Errorf("engine: %T of a map without batch norm", r)
			}
		case Correct:
			if err := checkLabels(v.Labels, n.Batch, o.Shape); err != nil {
				return fmt.Errorf("engine: %T: %w", r, err)
			}
		}
	}
	return nil
}
