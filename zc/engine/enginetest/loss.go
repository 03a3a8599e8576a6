package enginetest

import (
	"fmt"
	"math/cmplx"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

// Loss is a loss of outputs o [N, C, H, W] for a batch's targets, and its gradient.
func Loss(kind engine.LossKind, o Map, b *engine.Batch, out spaces.Shape) (loss complex128, d Map) {
	d = make(Map, len(o))
	hw := out.H * out.W
	n := complex(float64(b.N), 0)
	all := complex(float64(len(o)), 0)
	positions := complex(float64(b.N*hw), 0)
	target := func(k int) complex128 { return complex(float64(b.Targets[k]), 0) }
	switch kind {
	case engine.SumOutputs:
		for k, v := range o {
			loss += v
			d[k] = 1
		}
	case engine.CrossEntropy:
		// −log softmax at the label, whose gradient is softmax less one there.
		eachPosition(b.N, out, func(i int, classes []int) {
			p := softmax(o, classes)
			for c, k := range classes {
				d[k] = p[c] / positions
				if c == b.Labels[i] {
					loss -= cmplx.Log(p[c]) / positions
					d[k] -= 1 / positions
				}
			}
		})
	case engine.SoftCrossEntropy:
		// With dp_c/do_k = p_c·([c = k] − p_k).
		const eps = 1e-5
		eachPosition(b.N, out, func(i int, classes []int) {
			p := softmax(o, classes)
			for c, kc := range classes {
				loss -= target(kc) * cmplx.Log(p[c]+eps) / positions
				for j, k := range classes {
					d[k] += target(kc) / (p[c] + eps) * p[c] * p[j] / positions
					if c == j {
						d[k] -= target(kc) / (p[c] + eps) * p[c] / positions
					}
				}
			}
		})
	case engine.MSE:
		for k, v := range o {
			e := v - target(k)
			loss += e * e / all
			d[k] = 2 * e / all
		}
	case engine.L1:
		for k, v := range o {
			switch e := v - target(k); {
			case real(e) > 0:
				loss += e / all
				d[k] = 1 / all
			case real(e) < 0:
				loss -= e / all
				d[k] = -1 / all
			}
		}
	case engine.RelativeL2:
		size := out.Size()
		for s := range b.N {
			var num, den complex128
			for k := s * size; k < (s+1)*size; k++ {
				e := o[k] - target(k)
				num += e * e
				den += target(k) * target(k)
			}
			num, den = cmplx.Sqrt(num), cmplx.Sqrt(den)
			loss += num / den / n
			for k := s * size; k < (s+1)*size; k++ {
				d[k] = (o[k] - target(k)) / num / den / n
			}
		}
	default:
		panic(fmt.Sprintf("enginetest: unknown loss %q", kind))
	}
	return loss, d
}

// eachPosition calls f for every sample and position with the indices of its values, one per channel.
func eachPosition(samples int, s spaces.Shape, f func(i int, classes []int)) {
	hw := s.H * s.W
	for i := range samples * hw {
		classes := make([]int, s.C)
		for c := range classes {
			classes[c] = i/hw*s.Size() + c*hw + i%hw
		}
		f(i, classes)
	}
}

func softmax(o Map, classes []int) Map {
	p := make(Map, len(classes))
	var sum complex128
	for c, k := range classes {
		p[c] = cmplx.Exp(o[k])
		sum += p[c]
	}
	for c := range p {
		p[c] /= sum
	}
	return p
}
