package formats

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Number is what numeric arrays can be read into.
type Number interface {
	uint8 | int32 | int64 | float32 | float64
}

// element is how one number lies in a file.
type element struct {
	kind byte // 'f' float, 'i' signed, 'u' unsigned, 'b' truth value (a byte, 0 or 1)
	size int  // bytes
	big  bool // most significant byte first
}

// String is NumPy's name of the type, "<f8".
func (e element) String() string {
	order := "<"
	switch {
	case e.size == 1:
		order = "|"
	case e.big:
		order = ">"
	}
	return fmt.Sprintf("%s%c%d", order, e.kind, e.size)
}

// known reports whether decode can read the type.
func (e element) known() bool {
	switch e.kind {
	case 'f':
		return e.size == 2 || e.size == 4 || e.size == 8
	case 'i', 'u':
		return e.size == 1 || e.size == 2 || e.size == 4 || e.size == 8
	case 'b':
		return e.size == 1
	}
	return false
}

func (e element) order() binary.ByteOrder {
	if e.big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// decode converts len(dst) numbers of type e, step numbers apart in src, which holds at least
// (len(dst)−1)·step+1 of them. Floats are rounded to nearest; a whole number that T cannot hold, or a
// broken number for a whole T, is an error.
func decode[T Number](dst []T, src []byte, step int, e element) error {
	o, at := e.order(), step*e.size
	switch e.kind {
	case 'f':
		for i := range dst {
			var v float64
			switch b := src[i*at:]; e.size {
			case 2:
				v = float64(halfToFloat(o.Uint16(b)))
			case 4:
				v = float64(math.Float32frombits(o.Uint32(b)))
			default:
				v = math.Float64frombits(o.Uint64(b))
			}
			t, ok := fromFloat[T](v)
			if !ok {
				return fmt.Errorf("value %v does not fit the type %T", v, t)
			}
			dst[i] = t
		}
	case 'i':
		for i := range dst {
			var v int64
			switch b := src[i*at:]; e.size {
			case 1:
				v = int64(int8(b[0]))
			case 2:
				v = int64(int16(o.Uint16(b)))
			case 4:
				v = int64(int32(o.Uint32(b)))
			default:
				v = int64(o.Uint64(b))
			}
			t, ok := fromInt[T](v)
			if !ok {
				return fmt.Errorf("value %d does not fit the type %T", v, t)
			}
			dst[i] = t
		}
	default:
		for i := range dst {
			var v uint64
			switch b := src[i*at:]; e.size {
			case 1:
				v = uint64(b[0])
			case 2:
				v = uint64(o.Uint16(b))
			case 4:
				v = uint64(o.Uint32(b))
			default:
				v = o.Uint64(b)
			}
			t, ok := fromUint[T](v)
			if !ok {
				return fmt.Errorf("value %d does not fit the type %T", v, t)
			}
			dst[i] = t
		}
	}
	return nil
}

func fromFloat[T Number](v float64) (T, bool) {
	var zero T
	switch any(zero).(type) {
	case float32, float64:
		return T(v), true
	case uint8:
		return T(v), v >= 0 && v <= math.MaxUint8 && v == math.Trunc(v)
	case int32:
		return T(v), v >= math.MinInt32 && v <= math.MaxInt32 && v == math.Trunc(v)
	}
	// 2^63 itself is a float64 and no int64.
	return T(v), v >= math.MinInt64 && v < math.MaxInt64 && v == math.Trunc(v)
}

func fromInt[T Number](v int64) (T, bool) {
	var zero T
	switch any(zero).(type) {
	case uint8:
		return T(v), v >= 0 && v <= math.MaxUint8
	case int32:
		return T(v), v >= math.MinInt32 && v <= math.MaxInt32
	}
	return T(v), true
}

func fromUint[T Number](v uint64) (T, bool) {
	var zero T
	switch any(zero).(type) {
	case uint8:
		return T(v), v <= math.MaxUint8
	case int32:
		return T(v), v <= math.MaxInt32
	case int64:
		return T(v), v <= math.MaxInt64
	}
	return T(v), true
}

// halfToFloat widens an IEEE 754 half-precision number; every one is a float32.
func halfToFloat(h uint16) float32 {
	sign, exponent, mantissa := uint32(h>>15)<<31, uint32(h>>10&0x1F), uint32(h&0x3FF)
	switch exponent {
	case 0:
		f := float32(mantissa) / (1 << 24)
		return math.Float32frombits(math.Float32bits(f) | sign)
	case 0x1F:
		return math.Float32frombits(sign | 0xFF<<23 | mantissa<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | mantissa<<13)
}

// HalfFromFloat rounds v to the nearest half-precision number, ties to even, as a cast to NumPy's float16
// does: what lies beyond the range becomes an infinity.
func HalfFromFloat(v float64) uint16 {
	bits := math.Float64bits(v)
	sign := uint16(bits >> 48 & 0x8000)
	switch a := math.Abs(v); {
	case v != v:
		return sign | 0x7E00
	case a >= 65520: // half way from the largest to the next power of two
		return sign | 0x7C00
	case a < 1.0/(1<<14): // subnormal: multiples of 2^-24
		return sign | uint16(math.RoundToEven(a*(1<<24)))
	}
	exponent := int(bits>>52&0x7FF) - 1023
	// 1024…2048 units in the last place; 2048 carries into the exponent by itself.
	units := uint16(math.RoundToEven(math.Ldexp(math.Abs(v), 10-exponent)))
	return sign | (uint16(exponent+15)<<10 + units - 1024)
}

// Half is a half-precision number, as written by [WriteNPY].
type Half uint16

// elements multiplies the dimensions, and fails where the product, times bytes each, leaves int64.
func elements(shape []int, bytes int) (int, error) {
	n := 1
	for _, d := range shape {
		if d < 0 {
			return 0, fmt.Errorf("negative dimension in shape %v", shape)
		}
		if d > 0 && n > math.MaxInt64/d {
			return 0, fmt.Errorf("shape %v has more elements than can be counted", shape)
		}
		n *= d
	}
	if n > math.MaxInt64/bytes {
		return 0, fmt.Errorf("shape %v of %d-byte elements is too large", shape, bytes)
	}
	return n, nil
}
