package kernels

// The functions below put the checks of a row kernel before its assembly.

func rowAffine[T Float](name string, f func(dst, y, a, b *T, n int)) func(dst, y, a, b []T) {
	return func(dst, y, a, b []T) {
		if checkRow(name, len(dst), len(y), min(len(a), len(b))) {
			f(&dst[0], &y[0], &a[0], &b[0], len(dst)/Lanes)
		}
	}
}

func rowAffineReLU[T Float](f func(dst, y, a, b *T, slope T, n int)) func(dst, y, a, b []T, slope T) {
	return func(dst, y, a, b []T, slope T) {
		if checkRow("AffineReLU", len(dst), len(y), min(len(a), len(b))) {
			f(&dst[0], &y[0], &a[0], &b[0], slope, len(dst)/Lanes)
		}
	}
}

func rowLin2[T Float](name string, f func(dst, d, y, a, b, c *T, n int)) func(dst, d, y, a, b, c []T) {
	return func(dst, d, y, a, b, c []T) {
		if checkRow(name, len(dst), min(len(d), len(y)), min(len(a), len(b), len(c))) {
			f(&dst[0], &d[0], &y[0], &a[0], &b[0], &c[0], len(dst)/Lanes)
		}
	}
}

func rowLin2Mask[T Float](f func(dst, d, y, p, q, r, a, b *T, slope T, n int)) func(dst, d, y, p, q, r, a, b []T, slope T) {
	return func(dst, d, y, p, q, r, a, b []T, slope T) {
		if checkRow("Lin2Mask", len(dst), min(len(d), len(y)), min(len(p), len(q), len(r), len(a), len(b))) {
			f(&dst[0], &d[0], &y[0], &p[0], &q[0], &r[0], &a[0], &b[0], slope, len(dst)/Lanes)
		}
	}
}

func rowLin4[T Float](fn func(dst, d, e, y, g, a, b, c, f, h *T, n int)) func(dst, d, e, y, g, a, b, c, f, h []T) {
	return func(dst, d, e, y, g, a, b, c, f, h []T) {
		if checkRow("Lin4", len(dst), min(len(d), len(e), len(y), len(g)), min(len(a), len(b), len(c), len(f), len(h))) {
			fn(&dst[0], &d[0], &e[0], &y[0], &g[0], &a[0], &b[0], &c[0], &f[0], &h[0], len(dst)/Lanes)
		}
	}
}

func rowMask[T Float](name string, f func(dst, g, y, a, b *T, slope T, n int)) func(dst, g, y, a, b []T, slope T) {
	return func(dst, g, y, a, b []T, slope T) {
		if checkRow(name, len(dst), min(len(g), len(y)), min(len(a), len(b))) {
			f(&dst[0], &g[0], &y[0], &a[0], &b[0], slope, len(dst)/Lanes)
		}
	}
}

func rowAdd[T Float](name string, f func(dst, x *T, n int)) func(dst, x []T) {
	return func(dst, x []T) {
		if checkRow(name, len(dst), len(x), Lanes) {
			f(&dst[0], &x[0], len(dst)/Lanes)
		}
	}
}

func rowAddScaled[T Float](f func(dst, x *T, s T, n int)) func(dst, x []T, s T) {
	return func(dst, x []T, s T) {
		if checkRow("AddScaled", len(dst), len(x), Lanes) {
			f(&dst[0], &x[0], s, len(dst)/Lanes)
		}
	}
}

func rowTap[T Float](name string, f func(dst, x, y *T, tap T, n int)) func(dst, x, y []T, tap T) {
	return func(dst, x, y []T, tap T) {
		if checkRow(name, len(dst), min(len(x), len(y)), Lanes) {
			f(&dst[0], &x[0], &y[0], tap, len(dst)/Lanes)
		}
	}
}

func rowMoments[T Float](f func(y *T, sum, sumSq *float64, n int)) func(y []T, sum, sumSq []float64) {
	return func(y []T, sum, sumSq []float64) {
		if checkRow("Moments", len(y), len(y), min(len(sum), len(sumSq))) {
			f(&y[0], &sum[0], &sumSq[0], len(y)/Lanes)
		}
	}
}

func rowCross[T Float](f func(d, y *T, sum, dot *float64, n int)) func(d, y []T, sum, dot []float64) {
	return func(d, y []T, sum, dot []float64) {
		if checkRow("Cross", len(d), len(y), min(len(sum), len(dot))) {
			f(&d[0], &y[0], &sum[0], &dot[0], len(d)/Lanes)
		}
	}
}

func rowCodes[T Float](f func(bits *uint16, y, a, b *T, n int)) func(bits []uint16, y, a, b []T) {
	return func(bits []uint16, y, a, b []T) {
		if checkCodes(bits, y, a, b) {
			f(&bits[0], &y[0], &a[0], &b[0], len(bits))
		}
	}
}

// boxRows is BoxRow for one, two and three rows, without and with acc. m and e
// scale the rows between the edges and at them.
type boxRows[T Float] struct {
	one    func(dst, r0 *T, m0, e0, postMid, postEdge T, width int)
	two    func(dst, r0, r1 *T, m0, m1, e0, e1, postMid, postEdge T, width int)
	three  func(dst, r0, r1, r2 *T, m0, m1, m2, e0, e1, e2, postMid, postEdge T, width int)
	oneA   func(dst, r0 *T, m0, e0, postMid, postEdge T, width int)
	twoA   func(dst, r0, r1 *T, m0, m1, e0, e1, postMid, postEdge T, width int)
	threeA func(dst, r0, r1, r2 *T, m0, m1, m2, e0, e1, e2, postMid, postEdge T, width int)
}

func (b boxRows[T]) boxRow() func(dst, r0, r1, r2 []T, s0, s1, s2, preMid, preEdge, postMid, postEdge T, acc bool) {
	return func(dst, r0, r1, r2 []T, s0, s1, s2, preMid, preEdge, postMid, postEdge T, acc bool) {
		if !checkBoxRow(dst, r0, r1, r2) {
			return
		}
		n := len(dst) / Lanes
		// Close the gap that absent rows leave.
		if r0 == nil {
			r0, s0, r1, s1, r2 = r1, s1, r2, s2, nil
		}
		if r0 == nil {
			r0, s0, r1 = r1, s1, nil
		} else if r1 == nil {
			r1, s1, r2 = r2, s2, nil
		}
		m0, m1, m2 := s0*preMid, s1*preMid, s2*preMid
		e0, e1, e2 := s0*preEdge, s1*preEdge, s2*preEdge
		switch {
		case r0 == nil:
			if !acc {
				clear(dst)
			}
		case r1 == nil:
			f := b.one
			if acc {
				f = b.oneA
			}
			f(&dst[0], &r0[0], m0, e0, postMid, postEdge, n)
		case r2 == nil:
			f := b.two
			if acc {
				f = b.twoA
			}
			f(&dst[0], &r0[0], &r1[0], m0, m1, e0, e1, postMid, postEdge, n)
		default:
			f := b.three
			if acc {
				f = b.threeA
			}
			f(&dst[0], &r0[0], &r1[0], &r2[0], m0, m1, m2, e0, e1, e2, postMid, postEdge, n)
		}
	}
}
