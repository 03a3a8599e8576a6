// Package darcy makes the data of Darcy Flow as used by the Fourier neural operator and NAS-Bench-360 (Li et
// al. 2021, Tu et al. 2022; GRF.m and solve_gwf.m of the FNO repository): the pressure u of a fluid in a
// medium of two permeabilities,
//
//	−∇·(a ∇u) = 1 on the unit square, u = 0 on its boundary,
//
// where a is 12 where a Gaussian random field is positive and 3 elsewhere, given and returned at the centres
// of n×n cells. The published files have n = 421 and are read at every fifth cell.
//
// [NewGenerator] is the call to start with.
package darcy

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// Permeabilities of the medium, where the field is not negative and where it is.
const (
	High = 12
	Low  = 3
)

// Random field: (−Δ + τ²)^(−α), with Neumann conditions.
const (
	alpha = 2
	tau   = 3
)

// MinCells is the least number of cells along an edge: a cubic spline needs four points.
const MinCells = 4

// Generator makes samples of one resolution. It holds what they share, and is for one goroutine at a time.
type Generator struct {
	n       int
	cosines blas64.General // orthonormal DCT-II, [n, n]
	scale   []float64      // of each mode, [n, n]
	work    blas64.General
	solver  *Solver
}

// NewGenerator prepares samples of n×n cells. Errors: n below [MinCells].
func NewGenerator(n int) (*Generator, error) {
	s, err := NewSolver(n)
	if err != nil {
		return nil, err
	}
	g := &Generator{n: n, cosines: matrix(n), scale: make([]float64, n*n), work: matrix(n), solver: s}
	for k := range n {
		norm := math.Sqrt(2 / float64(n))
		if k == 0 {
			norm = math.Sqrt(1 / float64(n))
		}
		for i := range n {
			g.cosines.Data[k*n+i] = norm * math.Cos(math.Pi*float64(k)*(float64(i)+0.5)/float64(n))
		}
		for l := range n {
			g.scale[k*n+l] = float64(n) * math.Pow(tau, alpha-1) * math.Pow(math.Pi*math.Pi*float64(k*k+l*l)+tau*tau, -alpha/2.0)
		}
	}
	g.scale[0] = 0
	return g, nil
}

func matrix(n int) blas64.General {
	return blas64.General{Rows: n, Cols: n, Stride: n, Data: make([]float64, n*n)}
}

// Field writes the Gaussian random field of n·n independent standard normal numbers, [n, n], to dst.
func (g *Generator) Field(dst, xi []float64) {
	modes := blas64.General{Rows: g.n, Cols: g.n, Stride: g.n, Data: dst}
	for i, v := range xi {
		dst[i] = v * g.scale[i]
	}
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, g.cosines, modes, 0, g.work)
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, g.work, g.cosines, 0, modes)
}

// Sample makes one sample of n·n independent standard normal numbers: the permeability and the pressure at
// the centres of the cells, [n, n]. The Report says how exact the pressure is. Errors: a solver that does
// not converge.
func (g *Generator) Sample(coeff, sol, xi []float64) (Report, error) {
	if n := g.n * g.n; len(coeff) != n || len(sol) != n || len(xi) != n {
		return Report{}, fmt.Errorf("darcy: slices of %d, %d and %d values for %d×%d cells", len(coeff), len(sol), len(xi), g.n, g.n)
	}
	g.Field(coeff, xi)
	for i, v := range coeff {
		coeff[i] = Low
		if v >= 0 {
			coeff[i] = High
		}
	}
	return g.solver.Solve(sol, coeff)
}
