package darcy

// spline resamples lines of equidistant values by the cubic spline with not-a-knot ends, which runs on
// beyond the first and last of them.
type spline struct {
	n       int
	pivot   []float64 // of the elimination, per unknown
	taps    []splineTap
	moments []float64 // [n, n], second derivatives of all lines
}

// splineTap is how one value is read: from the points at and at+1 and their moments.
type splineTap struct {
	at             int
	y0, y1, m0, m1 float64
}

// newSpline prepares the reading of n values at 0, 1, 2, … at the places x, in units of their distance;
// n ≥ 4.
func newSpline(n int, x []float64) *spline {
	s := &spline{n: n, pivot: make([]float64, n), taps: make([]splineTap, len(x)), moments: make([]float64, n*n)}
	// Moments M satisfy M[i−1] + 4M[i] + M[i+1] = 6(y[i−1] − 2y[i] + y[i+1]); at the ends the third
	// derivative is continuous, M[0] − 2M[1] + M[2] = 0, so that M[1] is y[0] − 2y[1] + y[2] alone.
	for i := 2; i < n-2; i++ {
		s.pivot[i] = 1 / 4.0
		if i > 2 {
			s.pivot[i] = 1 / (4 - s.pivot[i-1])
		}
	}
	for k, v := range x {
		i := min(max(int(v), 0), n-2)
		t := v - float64(i)
		u := 1 - t
		s.taps[k] = splineTap{i, u, t, (u*u*u - u) / 6, (t*t*t - t) / 6}
	}
	return s
}

// resample reads every column of src, [n, n], into dst.
func (s *spline) resample(dst, src []float64) {
	n, m := s.n, s.moments
	row := func(a []float64, i int) []float64 { return a[i*n : (i+1)*n : (i+1)*n] }
	for i := 1; i < n-1; i++ {
		out, a, b, c := row(m, i), row(src, i-1), row(src, i), row(src, i+1)
		for k := range out {
			out[k] = a[k] - 2*b[k] + c[k]
		}
		if i > 1 && i < n-2 {
			// Six times the second difference less what is known of the moment before, eliminated.
			p, before := s.pivot[i], row(m, i-1)
			if i == n-3 {
				after, y0, y1, y2 := row(m, n-2), row(src, n-3), row(src, n-2), row(src, n-1)
				for k := range out {
					after[k] = y0[k] - 2*y1[k] + y2[k]
					out[k] = p * (6*out[k] - before[k] - after[k])
				}
				continue
			}
			for k := range out {
				out[k] = p * (6*out[k] - before[k])
			}
		}
	}
	for i := n - 4; i > 1; i-- {
		out, after, p := row(m, i), row(m, i+1), s.pivot[i]
		for k := range out {
			out[k] -= p * after[k]
		}
	}
	first, second, third := row(m, 0), row(m, 1), row(m, 2)
	for k := range first {
		first[k] = 2*second[k] - third[k]
	}
	last, second, third := row(m, n-1), row(m, n-2), row(m, n-3)
	for k := range last {
		last[k] = 2*second[k] - third[k]
	}
	for j, t := range s.taps {
		out, a, b, c, d := row(dst, j), row(src, t.at), row(src, t.at+1), row(m, t.at), row(m, t.at+1)
		for k := range out {
			out[k] = t.y0*a[k] + t.y1*b[k] + t.m0*c[k] + t.m1*d[k]
		}
	}
}

// resample2 reads columns and rows of a, [n, n], in place; b has the same size and is overwritten.
func (s *spline) resample2(a, b []float64) {
	s.resample(b, a)
	transpose(a, b, s.n)
	s.resample(b, a)
	transpose(a, b, s.n)
}

// transpose works in blocks, so that both sides stay in the cache.
func transpose(dst, src []float64, n int) {
	const block = 16
	for i0 := 0; i0 < n; i0 += block {
		for j0 := 0; j0 < n; j0 += block {
			for i := i0; i < min(i0+block, n); i++ {
				for j := j0; j < min(j0+block, n); j++ {
					dst[j*n+i] = src[i*n+j]
				}
			}
		}
	}
}
