package darcy

import (
	"fmt"
	"math"
)

// Solver solves the equation on n×n cells. It is for one goroutine at a time.
type Solver struct {
	n           int
	toNodes     *spline
	toCentres   *spline
	nodes, work []float64 // [n, n]
	levels      []*level
	vectors     [4][]float64 // unknown, residual, direction and its image, on the finest level
}

// Report says how a solution was found.
type Report struct {
	Iterations int
	Residual   float64 // Euclidean norm of 1 + ∇·(a∇u) as discretised, over that of the right-hand side
}

const (
	// Preconditioned residuals shrink tenfold in an iteration; beyond 1e-13 rounding takes over.
	tolerance     = 1e-12
	maxIterations = 200
)

// NewSolver prepares for n×n cells. Errors: n below [MinCells].
func NewSolver(n int) (*Solver, error) {
	if n < MinCells {
		return nil, fmt.Errorf("darcy: a resolution of %d; give at least %d", n, MinCells)
	}
	if n > 1<<14 {
		return nil, fmt.Errorf("darcy: a resolution of %d; give at most %d", n, 1<<14)
	}
	s := &Solver{n: n, nodes: make([]float64, n*n), work: make([]float64, n*n)}
	// Centres lie at (i+½)/n, nodes at i/(n−1): each in units of the other's distance.
	nodes, centres := make([]float64, n), make([]float64, n)
	for i := range n {
		nodes[i] = float64(i)/float64(n-1)*float64(n) - 0.5
		centres[i] = (float64(i) + 0.5) / float64(n) * float64(n-1)
	}
	s.toNodes, s.toCentres = newSpline(n, nodes), newSpline(n, centres)
	for size := n - 2; ; size /= 2 {
		s.levels = append(s.levels, newLevel(size, size == n-2))
		if size == 1 {
			break
		}
	}
	for i := range s.vectors {
		s.vectors[i] = make([]float64, len(s.levels[0].diagonal))
	}
	return s, nil
}

// Solve writes the pressure at the centres of the cells to sol, given the permeability there, both [n, n].
// The permeability is interpolated to the nodes of the grid by a spline that overshoots at the jumps; that
// is part of the published data's definition. Errors: sizes, a solver that does not converge, because
// the interpolated permeability is not positive enough.
func (s *Solver) Solve(sol, coeff []float64) (Report, error) {
	if n := s.n * s.n; len(sol) != n || len(coeff) != n {
		return Report{}, fmt.Errorf("darcy: slices of %d and %d values for %d×%d cells", len(sol), len(coeff), s.n, s.n)
	}
	copy(s.nodes, coeff)
	s.toNodes.resample2(s.nodes, s.work)
	report, err := s.solveNodes(sol, s.nodes)
	if err != nil {
		return report, err
	}
	s.toCentres.resample2(sol, s.work)
	return report, nil
}

// solveNodes solves the five-point scheme, face coefficients the means of the two nodes, by conjugate
// gradients preconditioned with one multigrid cycle. Both arguments are values at the nodes, [n, n].
func (s *Solver) solveNodes(sol, a []float64) (Report, error) {
	n := s.n
	fine := s.levels[0]
	for i := 1; i < n-1; i++ {
		for k := i*n + 1; k < i*n+n-1; k++ { // the finest level with its border has the shape of the nodes
			north, south := (a[k-n]+a[k])/2, (a[k]+a[k+n])/2
			west, east := (a[k-1]+a[k])/2, (a[k]+a[k+1])/2
			fine.diagonal[k] = north + south + west + east
			fine.east[k], fine.south[k] = east, south
		}
	}
	fine.prepare()
	for l, coarse := range s.levels[1:] {
		coarse.galerkin(s.levels[l])
	}
	x, r, p, q := s.vectors[0], s.vectors[1], s.vectors[2], s.vectors[3]
	clear(x)
	clear(r)
	clear(p)
	h2 := 1 / float64((n-1)*(n-1))
	for i := 1; i < n-1; i++ {
		for j := 1; j < n-1; j++ {
			r[i*n+j] = h2
		}
	}
	size := h2 * float64(n-2) // norm of the right-hand side
	var report Report
	old := 1.0
	for {
		report.Residual = math.Sqrt(dot(r, r)) / size
		if report.Residual <= tolerance {
			break
		}
		if report.Iterations == maxIterations || math.IsNaN(report.Residual) {
			return report, fmt.Errorf("darcy: relative residual %.1e after %d iterations: the permeability is not positive enough between the cells", report.Residual, report.Iterations)
		}
		report.Iterations++
		z := s.cycle(0, r)
		rho := dot(r, z)
		beta := rho / old
		if report.Iterations == 1 {
			beta = 0
		}
		old = rho
		for i, v := range z {
			p[i] = v + beta*p[i]
		}
		fine.residual(q, nil, p)
		step := -rho / dot(p, q) // q is −A·p
		for i := range x {
			x[i] += step * p[i]
			r[i] += step * q[i]
		}
	}
	// The recursion's residual drifts from the true one; report the latter.
	for i := 1; i < n-1; i++ {
		for j := 1; j < n-1; j++ {
			p[i*n+j] = h2
		}
	}
	fine.residual(q, p, x)
	report.Residual = math.Sqrt(dot(q, q)) / size
	copy(sol, x) // the border is the boundary
	return report, nil
}

func dot(a, b []float64) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}
