package spaces

import "math/bits"

// mersenne is the Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998) behind Python's random.Random:
// NATS-Bench's numbering and the blog post's DARTS architectures are defined by Python's draws.
type mersenne struct {
	state [624]uint32
	next  int
}

// newMersenne is random.Random(seed) for a seed that is not negative: Python seeds by the array of the
// seed's 32-bit digits, least significant first, without leading zeros.
func newMersenne(seed uint64) *mersenne {
	key := []uint32{uint32(seed)}
	if hi := uint32(seed >> 32); hi != 0 {
		key = append(key, hi)
	}
	m := &mersenne{}
	s := &m.state
	s[0] = 19650218
	for i := 1; i < len(s); i++ {
		s[i] = 1812433253*(s[i-1]^s[i-1]>>30) + uint32(i)
	}
	i, j := 1, 0
	step := func() {
		if i++; i == len(s) {
			s[0], i = s[len(s)-1], 1
		}
	}
	for range len(s) {
		s[i] = (s[i] ^ (s[i-1]^s[i-1]>>30)*1664525) + key[j] + uint32(j)
		step()
		j = (j + 1) % len(key)
	}
	for range len(s) - 1 {
		s[i] = (s[i] ^ (s[i-1]^s[i-1]>>30)*1566083941) - uint32(i)
		step()
	}
	s[0] = 1 << 31
	m.next = len(s)
	return m
}

func (m *mersenne) uint32() uint32 {
	const n, half = 624, 397
	if m.next == n {
		s := &m.state
		for k := range n {
			y := s[k]&(1<<31) | s[(k+1)%n]&(1<<31-1)
			s[k] = s[(k+half)%n] ^ y>>1 ^ -(y&1)&0x9908b0df
		}
		m.next = 0
	}
	y := m.state[m.next]
	m.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

// float64 is Python's random(): 53 bits in [0, 1).
func (m *mersenne) float64() float64 {
	a, b := m.uint32()>>5, m.uint32()>>6
	return (float64(a)*(1<<26) + float64(b)) / (1 << 53)
}

// below is Python's _randbelow for 0 < n < 2^32: as few bits as n needs, drawn again while too large.
func (m *mersenne) below(n int) int {
	k := bits.Len(uint(n))
	for {
		if r := int(m.uint32() >> (32 - k)); r < n {
			return r
		}
	}
}

// shuffle is Python's shuffle.
func (m *mersenne) shuffle(n int, swap func(i, j int)) {
	for i := n - 1; i > 0; i-- {
		swap(i, m.below(i+1))
	}
}

// choices is Python's choices(range(n), k=k): with replacement.
func (m *mersenne) choices(n, k int) []int {
	v := make([]int, k)
	for i := range v {
		v[i] = int(m.float64() * float64(n))
	}
	return v
}

// sample2 is Python's sample(range(n), k=2) for n ≤ 21, where it draws from a shrinking pool.
func (m *mersenne) sample2(n int) (int, int) {
	a := m.below(n)
	b := m.below(n - 1)
	if b == a { // the drawn element's place was taken by the last one
		return a, n - 1
	}
	return a, b
}
