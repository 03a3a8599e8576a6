package engine

import "math"

// eachPosition calls f for every sample and position: its number, where its first output is, and how far the next
// ones are apart.
func (e *evaluation) eachPosition(f func(i, base, stride int)) {
	hw := e.shape.H * e.shape.W
	for i := range e.n * hw {
		f(i, i/hw*e.shape.Size()+i%hw, hw)
	}
}

// crossEntropy is −Σ q·log p over classes, p = softmax(o), q the target: one-hot, or smoothed and mixed.
func (e *evaluation) crossEntropy() {
	classes := e.shape.C
	p, q := make([]float64, classes), make([]float64, classes)
	plain := e.Smoothing == 0 && e.Partner == nil
	e.eachPosition(func(i, base, stride int) {
		scale := 1 / float64(e.n*stride)
		top, logSum := softmax(p, e.o, base, stride)
		if label := e.Labels[i]; plain {
			e.loss -= scale * (e.o[base+label*stride] - top - logSum)
			for c, pc := range p {
				e.g[base+c*stride] = scale * pc
			}
			e.g[base+label*stride] -= scale
		} else {
			e.target(q, i)
			for c, pc := range p {
				e.loss -= scale * q[c] * (e.o[base+c*stride] - top - logSum)
				e.g[base+c*stride] = scale * (pc - q[c])
			}
		}
		if e.h == nil {
			return
		}
		var mean float64
		for c, pc := range p {
			mean += pc * e.t[base+c*stride]
		}
		for c, pc := range p {
			e.h[base+c*stride] = scale * pc * (e.t[base+c*stride] - mean)
		}
	})
}

// target sets q to what the classes of a position should have.
func (l *Loss) target(q []float64, i int) {
	for c := range q {
		q[c] = l.Smoothing / float64(len(q))
	}
	own := 1.0
	if l.Partner != nil {
		own = l.Mix
		q[l.Partner[i]] += (1 - l.Smoothing) * (1 - l.Mix)
	}
	q[l.Labels[i]] += (1 - l.Smoothing) * own
}

// softCrossEntropy is L = −Σ t·log(p+ε): with a_c = t_c p_c/(p_c+ε), dL/do_k = −a_k + p_k Σ a.
func (e *evaluation) softCrossEntropy() {
	const eps = 1e-5
	scale := 1 / float64(e.n)
	p, dot := make([]float64, e.shape.C), make([]float64, e.shape.C) // dot: tangents of a
	e.eachPosition(func(i, base, _ int) {
		softmax(p, e.o, base, 1)
		target := e.Targets[i*len(p) : (i+1)*len(p)]
		var sum float64
		for c, pc := range p {
			e.loss -= scale * float64(target[c]) * math.Log(pc+eps)
			sum += float64(target[c]) * pc / (pc + eps)
		}
		for c, pc := range p {
			e.g[base+c] = scale * (pc*sum - float64(target[c])*pc/(pc+eps))
		}
		if e.h == nil {
			return
		}
		var mean, dsum float64
		for c, pc := range p {
			mean += pc * e.t[base+c]
		}
		for c, pc := range p {
			dp := pc * (e.t[base+c] - mean)
			dot[c] = float64(target[c]) * eps / ((pc + eps) * (pc + eps)) * dp
			dsum += dot[c]
		}
		for c, pc := range p {
			dp := pc * (e.t[base+c] - mean)
			e.h[base+c] = scale * (dp*sum + pc*dsum - dot[c])
		}
	})
}

// softmax sets p; log p_c is o_c − top − logSum.
func softmax(p, o []float64, base, stride int) (top, logSum float64) {
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
	return m, math.Log(sum)
}
