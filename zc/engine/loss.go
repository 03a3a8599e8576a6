package engine

import (
	"fmt"
	"math"

	"github.com/zcnas/zcnas/spaces"
)

// LossKind names a loss.
type LossKind string

// The losses. All are means over the batch.
const (
	CrossEntropy     LossKind = "cross_entropy"      // integer labels; dense outputs: mean over positions as well
	SoftCrossEntropy LossKind = "soft_cross_entropy" // −Σ t·log(softmax(o) + 1e-5), t target probabilities
	MSE              LossKind = "mse"                // mean of (o − t)²
	L1               LossKind = "l1"                 // mean of |o − t|
	RelativeL2       LossKind = "rel_l2"             // ‖o − t‖₂ / ‖t‖₂ per sample
	SumOutputs       LossKind = "sum"                // sum of all outputs, no target
)

// Loss is a loss with the targets it compares with.
type Loss struct {
	Kind  LossKind
	batch *Batch
}

// NewLoss names the loss of a batch; the targets are the batch's.
func NewLoss(kind LossKind) Loss { return Loss{Kind: kind} }

func (l Loss) check(b *Batch, out spaces.Shape) error {
	positions := b.N * out.H * out.W
	switch l.Kind {
	case CrossEntropy:
		if len(b.Labels) != positions {
			return fmt.Errorf("engine: %s on outputs %v needs %d labels for %d samples, got %d", l.Kind, out, positions, b.N, len(b.Labels))
		}
		for i, c := range b.Labels {
			if c < 0 || c >= out.C {
				return fmt.Errorf("engine: label %d of sample %d is not in 0…%d, the outputs of the network", c, i/(out.H*out.W), out.C-1)
			}
		}
	case SoftCrossEntropy, MSE, L1, RelativeL2:
		if len(b.Targets) != positions*out.C {
			return fmt.Errorf("engine: %s on outputs %v needs %d target values for %d samples, got %d", l.Kind, out, positions*out.C, b.N, len(b.Targets))
		}
		if l.Kind == SoftCrossEntropy && out.H*out.W != 1 {
			return fmt.Errorf("engine: %s is for outputs without positions, not %v", l.Kind, out)
		}
	case SumOutputs:
	default:
		return fmt.Errorf("engine: unknown loss %q", l.Kind)
	}
	return nil
}

// Eval returns the loss of outputs o [N, C, H, W], its gradient g and, where the tangent t of the outputs is
// given, the gradient's tangent h = H·t (H the loss's second derivative; 0 for l1).
func (l Loss) Eval(o, t []float64, n int, shape spaces.Shape) (loss float64, g, h []float64) {
	g = make([]float64, len(o))
	if t != nil {
		h = make([]float64, len(o))
	}
	hw := shape.H * shape.W
	size := shape.C * hw
	switch l.Kind {
	case SumOutputs:
		for i, v := range o {
			loss += v
			g[i] = 1
		}
	case CrossEntropy, SoftCrossEntropy:
		p := make([]float64, shape.C)
		scale := 1 / float64(n*hw)
		for i := range n * hw {
			base := i/hw*size + i%hw
			softmax(p, o, base, hw)
			if l.Kind == CrossEntropy {
				label := l.batch.Labels[i]
				loss -= scale * logSoftmax(o, base, hw, label, shape.C)
				for c, pc := range p {
					g[base+c*hw] = scale * pc
				}
				g[base+label*hw] -= scale
				if h != nil {
					var mean float64
					for c, pc := range p {
						mean += pc * t[base+c*hw]
					}
					for c, pc := range p {
						h[base+c*hw] = scale * pc * (t[base+c*hw] - mean)
					}
				}
				continue
			}
			// L = −Σ t log(p+ε): with a_c = t_c p_c/(p_c+ε), dL/do_k = −a_k + p_k Σ a.
			const eps = 1e-5
			target := l.batch.Targets[i*shape.C : (i+1)*shape.C]
			var sum float64
			for c, pc := range p {
				loss -= scale * float64(target[c]) * math.Log(pc+eps)
				sum += float64(target[c]) * pc / (pc + eps)
			}
			for c, pc := range p {
				g[base+c] = scale * (pc*sum - float64(target[c])*pc/(pc+eps))
			}
			if h != nil {
				var mean, dsum float64
				for c, pc := range p {
					mean += pc * t[base+c]
				}
				dot := make([]float64, shape.C) // tangents of a
				for c, pc := range p {
					dp := pc * (t[base+c] - mean)
					dot[c] = float64(target[c]) * eps / ((pc + eps) * (pc + eps)) * dp
					dsum += dot[c]
				}
				for c, pc := range p {
					dp := pc * (t[base+c] - mean)
					h[base+c] = scale * (dp*sum + pc*dsum - dot[c])
				}
			}
		}
	case MSE, L1:
		scale := 1 / float64(len(o))
		for i, v := range o {
			d := v - float64(l.batch.Targets[i])
			if l.Kind == MSE {
				loss += scale * d * d
				g[i] = 2 * scale * d
				if h != nil {
					h[i] = 2 * scale * t[i]
				}
				continue
			}
			loss += scale * math.Abs(d)
			if d != 0 {
				g[i] = math.Copysign(scale, d)
			}
		}
	case RelativeL2:
		for s := range n {
			var num, den, dot float64
			for i := s * size; i < (s+1)*size; i++ {
				y := float64(l.batch.Targets[i])
				d := o[i] - y
				num += d * d
				den += y * y
				if t != nil {
					dot += d * t[i]
				}
			}
			num, den = math.Sqrt(num), math.Sqrt(den)*float64(n)
			loss += num / den
			for i := s * size; i < (s+1)*size; i++ {
				d := o[i] - float64(l.batch.Targets[i])
				if num > 0 {
					g[i] = d / (num * den)
					if h != nil {
						h[i] = (t[i] - d*dot/(num*num)) / (num * den)
					}
				}
			}
		}
	}
	return loss, g, h
}

func softmax(p, o []float64, base, stride int) {
	m := math.Inf(-1)
	for c := range p {
		m = math.Max(m, o[base+c*stride])
	}
	var sum float64
	for c := range p {
		p[c] = math.Exp(o[base+c*stride] - m)
		sum += p[c]
	}
	for c := range p {
		p[c] /= sum
	}
}

func logSoftmax(o []float64, base, stride, label, classes int) float64 {
	m := math.Inf(-1)
	for c := range classes {
		m = math.Max(m, o[base+c*stride])
	}
	var sum float64
	for c := range classes {
		sum += math.Exp(o[base+c*stride] - m)
	}
	return o[base+label*stride] - m - math.Log(sum)
}
