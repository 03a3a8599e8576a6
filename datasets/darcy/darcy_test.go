package darcy

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets/formats"
	"github.com/zcnas/zcnas/datasets/internal/diverse"
	"github.com/zcnas/zcnas/datasets/stream"
)

// array reads an array of one of the folder's archives; where the archive lacks it, the test is skipped.
func array(t *testing.T, file, name string) ([]float64, []int) {
	t.Helper()
	z, err := formats.OpenNPZ(diverse.Path(t, "darcy", file))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	v, shape, err := formats.ReadNPZ[float64](z, name)
	if err != nil {
		t.Fatal(err)
	}
	return v, shape
}

// near fails where values differ by more than the tolerance.
func near(t *testing.T, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	worst, at := 0.0, 0
	for i, v := range got {
		if d := math.Abs(v - want[i]); d > worst || d != d {
			worst, at = d, i
		}
	}
	if t.Logf("%s: largest difference %.1e", what, worst); !(worst <= tol) {
		t.Errorf("%s: %v at %d, want %v: difference %.1e above %.0e", what, got[at], at, want[at], worst, tol)
	}
}

func generator(t testing.TB, n int) *Generator {
	t.Helper()
	g, err := NewGenerator(n)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Fields, permeabilities and pressures of the official programs.
func TestSampleMiniatures(t *testing.T) {
	xi, shape := array(t, "fields85.npz", "xi")
	field, _ := array(t, "fields85.npz", "grf")
	coeff, _ := array(t, "fields85.npz", "coeff")
	sol, _ := array(t, "fields85.npz", "sol")
	n := shape[1]
	g := generator(t, n)
	gotField, gotCoeff, gotSol := make([]float64, n*n), make([]float64, n*n), make([]float64, n*n)
	for i := range shape[0] {
		a, b := i*n*n, (i+1)*n*n
		g.Field(gotField, xi[a:b])
		near(t, "field", gotField, field[a:b], 1e-10)
		report, err := g.Sample(gotCoeff, gotSol, xi[a:b])
		if err != nil {
			t.Fatal(err)
		}
		near(t, "permeability", gotCoeff, coeff[a:b], 0)
		near(t, "pressure", gotSol, sol[a:b], 1e-10)
		if report.Residual > 1e-11 {
			t.Errorf("residual %.1e after %d iterations", report.Residual, report.Iterations)
		}
	}
}

// The steps between: permeability and pressure at the nodes.
func TestStagesMiniatures(t *testing.T) {
	wantCoeff, shape := array(t, "stages85.npz", "coeff_nodes")
	wantSol, _ := array(t, "stages85.npz", "sol_nodes")
	coeff, _ := array(t, "fields85.npz", "coeff")
	n := shape[0]
	s, err := NewSolver(n)
	if err != nil {
		t.Fatal(err)
	}
	nodes := append([]float64(nil), coeff[len(coeff)-n*n:]...)
	s.toNodes.resample2(nodes, s.work)
	near(t, "permeability at the nodes", nodes, wantCoeff, 1e-10)
	sol := make([]float64, n*n)
	if _, err := s.solveNodes(sol, nodes); err != nil {
		t.Fatal(err)
	}
	near(t, "pressure at the nodes", sol, wantSol, 1e-10)
}

// At the published resolution, every fifth cell.
func TestSolveMiniature421(t *testing.T) {
	coeff, shape := array(t, "field421.npz", "coeff")
	want, strided := array(t, "field421.npz", "sol_stride5")
	n := shape[len(shape)-1]
	s, err := NewSolver(n)
	if err != nil {
		t.Fatal(err)
	}
	sol := make([]float64, n*n)
	report, err := s.Solve(sol, coeff)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", report)
	m := strided[len(strided)-1]
	step := (n + m - 1) / m
	var got []float64
	for i := 0; i < n; i += step {
		for j := 0; j < n; j += step {
			got = append(got, sol[i*n+j])
		}
	}
	near(t, "pressure", got, want, 1e-10)
}

// With a constant permeability, the pressure is the known series of the unit square. The five-point scheme is
// of second order.
func TestSolveConstant(t *testing.T) {
	centre := 0.0
	for k := 1; k < 400; k += 2 {
		for l := 1; l < 400; l += 2 {
			sign := 1.0 // sin(kπ/2)·sin(lπ/2)
			if (k+l)%4 == 0 {
				sign = -1
			}
			centre += sign * 16 / (math.Pow(math.Pi, 4) * float64(k*l) * float64(k*k+l*l))
		}
	}
	var before float64
	for _, n := range []int{17, 33, 65} {
		s, err := NewSolver(n)
		if err != nil {
			t.Fatal(err)
		}
		coeff, sol := make([]float64, n*n), make([]float64, n*n)
		for i := range coeff {
			coeff[i] = 1
		}
		if _, err := s.Solve(sol, coeff); err != nil {
			t.Fatal(err)
		}
		off := math.Abs(sol[n/2*n+n/2] - centre)
		t.Logf("n = %d: %v, off by %.1e", n, sol[n/2*n+n/2], off)
		if before != 0 && off > before/3 {
			t.Errorf("n = %d: off by %.1e after %.1e at half the resolution", n, off, before)
		}
		before = off
	}
}

// A cubic with any coefficients is its own spline, beyond the ends too.
func TestSpline(t *testing.T) {
	cubic := func(x float64) float64 { return 2 - x + 0.5*x*x - 0.25*x*x*x }
	for _, n := range []int{4, 5, 6, 7, 12} {
		at := make([]float64, n)
		for i := range at {
			at[i] = float64(i)*float64(n)/float64(n-1) - 0.5
		}
		s := newSpline(n, at)
		src, dst := make([]float64, n*n), make([]float64, n*n)
		for i := range n {
			for j := range n {
				src[i*n+j] = cubic(float64(i)) * float64(j+1)
			}
		}
		s.resample(dst, src)
		for i, x := range at {
			for j := range n {
				if want := cubic(x) * float64(j+1); math.Abs(dst[i*n+j]-want) > 1e-11*(1+math.Abs(want)) {
					t.Errorf("%d points, at %v: %v, want %v", n, x, dst[i*n+j], want)
				}
			}
		}
	}
}

// The multigrid cycle does its work at every resolution: the residual shrinks fast, and the solution
// satisfies the equation.
func TestIterations(t *testing.T) {
	for _, n := range []int{4, 5, 6, 11, 16, 32, 43, 64, 85, 100} {
		g := generator(t, n)
		xi, coeff, sol := make([]float64, n*n), make([]float64, n*n), make([]float64, n*n)
		s := stream.New("test", uint64(n))
		for i := range xi {
			xi[i] = s.Norm()
		}
		report, err := g.Sample(coeff, sol, xi)
		if err != nil {
			t.Errorf("n = %d: %v", n, err)
			continue
		}
		if report.Iterations > 25 || report.Residual > 1e-11 {
			t.Errorf("n = %d: %+v", n, report)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		call func() error
		want string
	}{
		{"resolution", func() error { _, err := NewGenerator(3); return err }, "a resolution of 3; give at least 4"},
		{"vast resolution", func() error { _, err := NewSolver(1 << 20); return err }, "give at most"},
		{"sizes", func() error {
			s, _ := NewSolver(8)
			_, err := s.Solve(make([]float64, 64), make([]float64, 63))
			return err
		}, "slices of 64 and 63 values for 8×8 cells"},
		{"not a number", func() error {
			s, _ := NewSolver(8)
			coeff := make([]float64, 64)
			coeff[0] = math.NaN()
			_, err := s.Solve(make([]float64, 64), coeff)
			return err
		}, "not positive enough"},
		{"no permeability", func() error {
			s, _ := NewSolver(8)
			_, err := s.Solve(make([]float64, 64), make([]float64, 64))
			return err
		}, "not positive enough"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.call(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func BenchmarkSample(b *testing.B) {
	for _, n := range []int{85, 421} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			g := generator(b, n)
			xi, coeff, sol := make([]float64, n*n), make([]float64, n*n), make([]float64, n*n)
			s := stream.New("darcy/xi", 0)
			iterations := 0
			for b.Loop() {
				for i := range xi {
					xi[i] = s.Norm()
				}
				r, err := g.Sample(coeff, sol, xi)
				if err != nil {
					b.Fatal(err)
				}
				iterations += r.Iterations
			}
			b.ReportMetric(float64(iterations)/float64(b.N), "iterations/op")
		})
	}
}
