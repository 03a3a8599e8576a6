package darcy

// level is one grid of the multigrid cycle: n×n unknowns with a border of zeros, [n+2, n+2]. The matrix is
// symmetric; what couples an unknown to its neighbours in the east and in the next row is stored with it,
// as positive numbers: (A·x)[i] = diagonal[i]·x[i] − east[i]·x[i+1] − east[i−1]·x[i−1] − …
type level struct {
	n, width             int
	diagonal, inverse    []float64
	east, south          []float64
	southeast, southwest []float64 // nil on the finest grid, whose scheme has five points
	x, rhs, rest         []float64 // of the cycle
}

func newLevel(n int, finest bool) *level {
	l := &level{n: n, width: n + 2}
	size := (n + 2) * (n + 2)
	for _, v := range []*[]float64{&l.diagonal, &l.inverse, &l.east, &l.south, &l.x, &l.rhs, &l.rest} {
		*v = make([]float64, size)
	}
	if !finest {
		l.southeast, l.southwest = make([]float64, size), make([]float64, size)
	}
	return l
}

// prepare derives what the smoother needs of the matrix.
func (l *level) prepare() {
	for i := 1; i <= l.n; i++ {
		for k := i*l.width + 1; k <= i*l.width+l.n; k++ {
			l.inverse[k] = 1 / l.diagonal[k]
		}
	}
}

// residual writes b − A·x to dst; b nil is 0. Borders stay 0.
func (l *level) residual(dst, b, x []float64) {
	w, n := l.width, l.n
	for i := 1; i <= n; i++ {
		at := i * w
		up, mid, down := x[at-w:at], x[at:at+w], x[at+w:at+2*w]
		d, e, s, sn := l.diagonal[at:at+w], l.east[at:at+w], l.south[at:at+w], l.south[at-w:at]
		out := dst[at : at+w]
		for j := 1; j <= n; j++ {
			out[j] = e[j]*mid[j+1] + e[j-1]*mid[j-1] + s[j]*down[j] + sn[j]*up[j] - d[j]*mid[j]
		}
		if l.southeast != nil {
			se, sw, sen, swn := l.southeast[at:at+w], l.southwest[at:at+w], l.southeast[at-w:at], l.southwest[at-w:at]
			for j := 1; j <= n; j++ {
				out[j] += se[j]*down[j+1] + sw[j]*down[j-1] + sen[j-1]*up[j-1] + swn[j+1]*up[j+1]
			}
		}
		if b != nil {
			for j, v := range b[at+1 : at+n+1] {
				out[j+1] += v
			}
		}
	}
}

// smooth runs one Gauss–Seidel sweep over x, forward or backward.
func (l *level) smooth(x, b []float64, forward bool) {
	w, n := l.width, l.n
	for k := range n {
		i := k + 1
		if !forward {
			i = n - k
		}
		at := i * w
		up, mid, down := x[at-w:at], x[at:at+w], x[at+w:at+2*w]
		inv, e, s, sn := l.inverse[at:at+w], l.east[at:at+w], l.south[at:at+w], l.south[at-w:at]
		// What comes from the rows above and below does not depend on this row's sweep.
		rhs := l.rest[at : at+w]
		bb := b[at : at+w]
		for j := 1; j <= n; j++ {
			rhs[j] = bb[j] + s[j]*down[j] + sn[j]*up[j]
		}
		if l.southeast != nil {
			se, sw, sen, swn := l.southeast[at:at+w], l.southwest[at:at+w], l.southeast[at-w:at], l.southwest[at-w:at]
			for j := 1; j <= n; j++ {
				rhs[j] += se[j]*down[j+1] + sw[j]*down[j-1] + sen[j-1]*up[j-1] + swn[j+1]*up[j+1]
			}
		}
		if forward {
			last := 0.0
			for j := 1; j <= n; j++ {
				last = (rhs[j] + e[j]*mid[j+1] + e[j-1]*last) * inv[j]
				mid[j] = last
			}
		} else {
			last := 0.0
			for j := n; j >= 1; j-- {
				last = (rhs[j] + e[j-1]*mid[j-1] + e[j]*last) * inv[j]
				mid[j] = last
			}
		}
	}
}

// cycle returns an approximation of A⁻¹·b on a level: a V-cycle with one sweep before and its mirror image
// after the correction, which makes it symmetric.
func (s *Solver) cycle(at int, b []float64) []float64 {
	l := s.levels[at]
	x := l.x
	clear(x)
	if l.n == 1 {
		k := l.width + 1
		x[k] = b[k] * l.inverse[k]
		return x
	}
	l.smooth(x, b, true)
	l.residual(l.rest, b, x)
	coarse := s.levels[at+1]
	coarse.restrict(l)
	prolong(l, s.cycle(at+1, coarse.rhs), coarse)
	l.smooth(x, b, false)
	return x
}

// Unknown I of a coarse grid is unknown 2I of the fine one, counted from 1; those between are the mean of
// their two neighbours, per direction, where the border counts as 0.

// restrict sets the coarse right-hand side to the transpose of the interpolation, applied to fine.rest.
func (l *level) restrict(fine *level) {
	w := fine.width
	r := fine.rest
	for i := 1; i <= l.n; i++ {
		a, b, c := r[(2*i-1)*w:2*i*w], r[2*i*w:(2*i+1)*w], r[(2*i+1)*w:(2*i+2)*w]
		out := l.rhs[i*l.width : (i+1)*l.width]
		for j := 1; j <= l.n; j++ {
			k := 2 * j
			out[j] = b[k] + (a[k]+c[k]+b[k-1]+b[k+1])/2 + (a[k-1]+a[k+1]+c[k-1]+c[k+1])/4
		}
	}
}

// prolong adds the interpolated correction to fine.x.
func prolong(fine *level, correction []float64, coarse *level) {
	cw := coarse.width
	for i := 1; i <= fine.n; i++ {
		x := fine.x[i*fine.width : (i+1)*fine.width]
		a := correction[i/2*cw : (i/2+1)*cw]
		b := correction[(i+1)/2*cw : ((i+1)/2+1)*cw]
		for j := 1; j <= fine.n; j++ {
			x[j] += (a[j/2] + a[(j+1)/2] + b[j/2] + b[(j+1)/2]) / 4
		}
	}
}

// galerkin sets the matrix to Pᵀ·A·P, A the fine matrix and P the interpolation.
func (l *level) galerkin(fine *level) {
	w := fine.width
	weight := [3]float64{0.5, 1, 0.5}
	for i := 1; i <= l.n; i++ {
		for j := 1; j <= l.n; j++ {
			// The coarse unit vector on the fine grid covers 3×3 unknowns; its image under A, 5×5.
			var image [5][5]float64
			for di := -1; di <= 1; di++ {
				for dj := -1; dj <= 1; dj++ {
					fi, fj := 2*i+di, 2*j+dj
					if fi > fine.n || fj > fine.n {
						continue
					}
					k := fi*w + fj
					v := weight[di+1] * weight[dj+1]
					r, c := di+2, dj+2
					image[r][c] += v * fine.diagonal[k]
					image[r][c+1] -= v * fine.east[k]
					image[r][c-1] -= v * fine.east[k-1]
					image[r+1][c] -= v * fine.south[k]
					image[r-1][c] -= v * fine.south[k-w]
					if fine.southeast != nil {
						image[r+1][c+1] -= v * fine.southeast[k]
						image[r+1][c-1] -= v * fine.southwest[k]
						image[r-1][c-1] -= v * fine.southeast[k-w-1]
						image[r-1][c+1] -= v * fine.southwest[k-w+1]
					}
				}
			}
			// against reads the image with the coarse unit vector (ci, cj) steps away.
			against := func(ci, cj int) float64 {
				sum := 0.0
				for di := -1; di <= 1; di++ {
					for dj := -1; dj <= 1; dj++ {
						r, c := 2*ci+di+2, 2*cj+dj+2
						if r < 0 || r > 4 || c < 0 || c > 4 || 2*(i+ci)+di > fine.n || 2*(j+cj)+dj > fine.n {
							continue
						}
						sum += weight[di+1] * weight[dj+1] * image[r][c]
					}
				}
				return sum
			}
			k := i*l.width + j
			l.diagonal[k] = against(0, 0)
			l.east[k], l.south[k] = -against(0, 1), -against(1, 0)
			l.southeast[k], l.southwest[k] = -against(1, 1), -against(1, -1)
		}
	}
	l.prepare()
}
