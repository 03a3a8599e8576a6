package engine

import "math"

// mse is the mean over all outputs of d², d = o − target.
func (e *evaluation) mse() {
	scale := 1 / float64(len(e.o))
	for i, v := range e.o {
		d := v - float64(e.Targets[i])
		e.loss += scale * d * d
		e.g[i] = 2 * scale * d
		if e.h != nil {
			e.h[i] = 2 * scale * e.t[i]
		}
	}
}

// l1 is the mean over all outputs of |o − target|.
func (e *evaluation) l1() {
	scale := 1 / float64(len(e.o))
	for i, v := range e.o {
		d := v - float64(e.Targets[i])
		e.loss += scale * math.Abs(d)
		if d != 0 {
			e.g[i] = math.Copysign(scale, d)
		}
	}
}

// relativeL2 is the mean over samples of ‖o − target‖₂ / ‖target‖₂.
func (e *evaluation) relativeL2() {
	size := e.shape.Size()
	for s := range e.n {
		var num, den, dot float64
		for i := s * size; i < (s+1)*size; i++ {
			y := float64(e.Targets[i])
			d := e.o[i] - y
			num += d * d
			den += y * y
			if e.t != nil {
				dot += d * e.t[i]
			}
		}
		num, den = math.Sqrt(num), math.Sqrt(den)*float64(e.n)
		e.loss += num / den
		for i := s * size; i < (s+1)*size; i++ {
			d := e.o[i] - float64(e.Targets[i])
			if num > 0 {
				e.g[i] = d / (num * den)
				if e.h != nil {
					e.h[i] = (e.t[i] - d*dot/(num*num)) / (num * den)
				}
			}
		}
	}
}
