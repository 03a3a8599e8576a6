package study

import (
	"math/bits"
	"slices"
	"testing"
)

// numpy is NumPy's default_rng(seed), PCG64 seeded by a SeedSequence, as far as permutation needs it: the draws
// behind the numbers from Python.
type numpy struct {
	hi, lo, incHi, incLo uint64
	kept                 uint32
	has                  bool
}

func newNumPy(seed uint32) *numpy {
	pool := [4]uint32{seed}
	hash := uint32(0x43b0d7e5)
	mixed := func(v uint32) uint32 {
		v ^= hash
		hash *= 0x931e8875
		v *= hash
		return v ^ v>>16
	}
	for i := range pool {
		pool[i] = mixed(pool[i])
	}
	for from := range pool {
		for to := range pool {
			if from != to {
				v := 0xca01f9dd*pool[to] - 0x4973f715*mixed(pool[from])
				pool[to] = v ^ v>>16
			}
		}
	}
	var words [8]uint32
	hash = 0x8b51f9dd
	for i := range words {
		v := pool[i%4] ^ hash
		hash *= 0x58f38ded
		v *= hash
		words[i] = v ^ v>>16
	}
	var s [4]uint64
	for i := range s {
		s[i] = uint64(words[2*i]) | uint64(words[2*i+1])<<32
	}
	n := &numpy{incHi: s[2]<<1 | s[3]>>63, incLo: s[3]<<1 | 1}
	n.step()
	var carry uint64
	n.lo, carry = bits.Add64(n.lo, s[1], 0)
	n.hi, _ = bits.Add64(n.hi, s[0], carry)
	n.step()
	return n
}

func (n *numpy) step() {
	const multHi, multLo = 0x2360ed051fc65da4, 0x4385df649fccf645
	hi, lo := bits.Mul64(n.lo, multLo)
	hi += n.hi*multLo + n.lo*multHi
	var carry uint64
	n.lo, carry = bits.Add64(lo, n.incLo, 0)
	n.hi, _ = bits.Add64(hi, n.incHi, carry)
}

func (n *numpy) uint64() uint64 {
	n.step()
	return bits.RotateLeft64(n.hi^n.lo, -int(n.hi>>58))
}

func (n *numpy) uint32() uint32 {
	if n.has {
		n.has = false
		return n.kept
	}
	v := n.uint64()
	n.kept, n.has = uint32(v>>32), true
	return uint32(v)
}

// upTo is a number from 0 to most.
func (n *numpy) upTo(most uint32) uint32 {
	mask := uint32(1)<<bits.Len32(most) - 1
	for {
		if v := n.uint32() & mask; v <= most {
			return v
		}
	}
}

func (n *numpy) permutation(size int) []int {
	out := make([]int, size)
	for i := range out {
		out[i] = i
	}
	for i := size - 1; i > 0; i-- {
		j := n.upTo(uint32(i))
		out[i], out[j] = out[j], out[i]
	}
	return out
}

func TestNumPy(t *testing.T) {
	// numpy.random.default_rng(0).random()
	if got := float64(newNumPy(0).uint64()>>11) / (1 << 53); got != 0.6369616873214543 {
		t.Errorf("the first number of seed 0 is %v", got)
	}
	if got, want := newNumPy(0).permutation(10), []int{4, 6, 2, 7, 3, 5, 9, 0, 8, 1}; !slices.Equal(got, want) {
		t.Errorf("permutation(10) of seed 0 is %v; want %v", got, want)
	}
}
