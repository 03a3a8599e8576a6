package stream_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/zcnas/zcnas/datasets/stream"
)

// The check values are those of the description of the reference cases.
func TestCheckValues(t *testing.T) {
	if got, want := stream.FNV1a64("input"), uint64(0x1EBBAE8F5810B65B); got != want {
		t.Errorf("FNV1a64(input) = %#x, want %#x", got, want)
	}
	s := stream.New("input", 1)
	for i, want := range []float64{0.519040465, 0.856315255, 0.517882228} {
		if got := s.Uniform(); math.Abs(got-want) > 5e-10 {
			t.Errorf("draw %d of stream input = %.9f, want %.9f", i+1, got, want)
		}
	}
	w := make([]float32, 1)
	stream.New("stem.conv.weight", 1).FillUniform(w, math.Sqrt(6.0/27))
	if want := float32(-0.277668496); w[0] != want {
		t.Errorf("first weight = %.9f, want %.9f", w[0], want)
	}
}

func TestSkip(t *testing.T) {
	a, b := stream.New("x", 7), stream.New("x", 7)
	for range 1000 {
		a.Next()
	}
	b.Skip(1000)
	if x, y := a.Next(), b.Next(); x != y {
		t.Errorf("draw 1001 is %#x one by one and %#x after Skip", x, y)
	}
}

// Moments of 2^18 draws; the bounds are five standard errors.
func TestMoments(t *testing.T) {
	const n = 1 << 18
	draws := map[string]func(s *stream.Stream) float64{
		"Norm": (*stream.Stream).Norm,
		"FillUniform": func(s *stream.Stream) float64 {
			var v [1]float32
			s.FillUniform(v[:], stream.UnitScale)
			return float64(v[0])
		},
	}
	kurtosis := map[string]float64{"Norm": 3, "FillUniform": 1.8}
	for name, draw := range draws {
		s := stream.New(name, 3)
		var m1, m2, m4 float64
		for range n {
			x := draw(s)
			m1 += x
			m2 += x * x
			m4 += x * x * x * x
		}
		m1, m2, m4 = m1/n, m2/n, m4/n
		if math.Abs(m1) > 5/math.Sqrt(n) || math.Abs(m2-1) > 5*math.Sqrt2/math.Sqrt(n) || math.Abs(m4-kurtosis[name]) > 5*10/math.Sqrt(n) {
			t.Errorf("%s: moments %.4f, %.4f, %.4f; want 0, 1, %.1f", name, m1, m2, m4, kurtosis[name])
		}
	}
}

func TestLabel(t *testing.T) {
	s := stream.New("labels", 0)
	var count [10]int
	for range 10000 {
		count[s.Label(10)]++
	}
	for c, n := range count {
		if n < 850 || n > 1150 {
			t.Errorf("class %d was drawn %d times in 10000", c, n)
		}
	}
	if got := s.Label(0); got != 0 {
		t.Errorf("Label(0) = %d, want 0", got)
	}
}

func BenchmarkNorm(b *testing.B) {
	s := stream.New("x", 0)
	for b.Loop() {
		s.Norm()
	}
}

func BenchmarkFillUniform(b *testing.B) {
	s, dst := stream.New("x", 0), make([]float32, 1<<16)
	b.SetBytes(4 << 16)
	for b.Loop() {
		s.FillUniform(dst, 1)
	}
}

func ExampleNew() {
	s := stream.New("input", 1)
	fmt.Printf("%.6f %.6f\n", s.Uniform(), s.Uniform())
	// Output: 0.519040 0.856315
}
