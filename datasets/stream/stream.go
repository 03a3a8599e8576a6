// Package stream draws pseudo-random numbers that are the same in every language and on every machine.
//
// A stream is fixed by its name and a seed: SplitMix64 (Steele, Lea and Flood, 2014) started at the FNV-1a
// hash of the name. Weights, inputs, labels and targets of the reference cases come from such streams, each
// tensor from its own, so that no draw depends on the order in which others are made.
//
//	s := stream.New("input", 1)
//	u := s.Uniform() // 0.519040465…
package stream

import "gonum.org/v1/gonum/mathext"

const golden = 0x9E3779B97F4A7C15

// FNV1a64 is the 64-bit FNV-1a hash of the name's bytes.
func FNV1a64(name string) uint64 {
	h := uint64(0xCBF29CE484222325)
	for i := 0; i < len(name); i++ {
		h = (h ^ uint64(name[i])) * 0x100000001B3
	}
	return h
}

// Stream is one sequence of draws. Its zero value is a valid stream, of no name in particular. A Stream is
// not safe for concurrent use; streams made with the same name and seed are equal, so give each goroutine
// its own and let it [Stream.Skip] to its part.
type Stream struct{ state uint64 }

// New starts the stream of that name under that seed.
func New(name string, seed uint64) *Stream {
	return &Stream{FNV1a64(name) ^ seed*golden}
}

// Next is the next raw draw, uniform over all 64-bit values.
func (s *Stream) Next() uint64 {
	s.state += golden
	z := s.state
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// Skip leaves out the next n draws, in constant time.
func (s *Stream) Skip(n int) { s.state += uint64(n) * golden }

// Uniform is the next draw as a number in [0, 1): its top 24 bits over 2^24.
func (s *Stream) Uniform() float64 { return float64(s.Next()>>40) / (1 << 24) }

// Norm is the next draw as a number of the standard normal distribution: its top 53 bits, as the middle of
// their interval in (0, 1), through the normal quantile function. Each number costs exactly one draw.
func (s *Stream) Norm() float64 {
	return mathext.NormalQuantile((float64(s.Next()>>11) + 0.5) / (1 << 53))
}

// Label is the next draw as a class in [0, classes): (z >> 32) mod classes. It is 0 where classes < 2.
func (s *Stream) Label(classes int) int {
	z := s.Next() >> 32
	if classes < 2 {
		return 0
	}
	return int(z % uint64(classes))
}

// Below is a uniform integer in [0, n), n ≥ 1. It draws again where a draw falls in the part of the range of uint64 that
// n does not divide, so that no value is favoured.
func (s *Stream) Below(n int) int {
	limit := -uint64(n) % uint64(n) // 2^64 mod n
	for {
		if z := s.Next(); z >= limit {
			return int(z % uint64(n))
		}
	}
}

// FillUniform fills dst with the next len(dst) draws as (2u-1)·scale, computed in float64 and rounded once.
// The values have mean 0 and variance scale²/3; [UnitScale] makes the variance 1.
func (s *Stream) FillUniform(dst []float32, scale float64) {
	for i := range dst {
		dst[i] = float32((2*s.Uniform() - 1) * scale)
	}
}

// UnitScale is the scale at which [Stream.FillUniform] has variance 1: the square root of 3.
const UnitScale = 1.73205080756887729352744634150587236694280525381038
