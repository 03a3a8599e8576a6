package enginetest

import (
	"fmt"
	"math/cmplx"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

// Loss is a loss of outputs o [N, C, H, W], and its gradient.
func Loss(l *engine.Loss, o Map, samples int, out spaces.Shape) (loss complex128, d Map) {
	if l.Scale != 0 && l.Scale != 1 {
		plain := *l
		plain.Scale = 1
		loss, d = Loss(&plain, o, samples, out)
		for k := range d {
			d[k] *= complex(l.Scale, 0)
		}
		return complex(l.Scale, 0) * loss, d
	}
	d = make(Map, len(o))
	hw := out.H * out.W
	n := complex(float64(samples), 0)
	all := complex(float64(len(o)), 0)
	positions := complex(float64(samples*hw), 0)
	target := func(k int) complex128 { return complex(float64(l.Targets[k]), 0) }
	switch l.Kind {
	case engine.SumOutputs:
		for k, v := range o {
			loss += v
			d[k] = 1
		}
	case engine.CrossEntropy:
		// −Σ q·log softmax over classes, whose gradient is softmax less q.
		eachPosition(samples, out, func(i int, classes []int) {
			p := softmax(o, classes)
			for c, k := range classes {
				q := complex(share(l, i, c, len(classes)), 0)
				loss -= q * cmplx.Log(p[c]) / positions
				d[k] = (p[c] - q) / positions
			}
		})
	case engine.SoftCrossEntropy:
		// With dp_c/do_k = p_c·([c = k] − p_k).
		const eps = 1e-5
		eachPosition(samples, out, func(i int, classes []int) {
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
		for s := range samples {
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
		panic(fmt.Sprintf("enginetest: unknown loss %q", l.Kind))
	}
	return loss, d
}

// share is the probability that cross-entropy's target gives a class at position i.
func share(l *engine.Loss, i, class, classes int) float64 {
	hit := func(labels []int) float64 {
		if labels[i] == class {
			return 1
		}
		return 0
	}
	q := hit(l.Labels)
	if l.Partner != nil {
		q = l.Mix*q + (1-l.Mix)*hit(l.Partner)
	}
	return (1-l.Smoothing)*q + l.Smoothing/float64(classes)
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
