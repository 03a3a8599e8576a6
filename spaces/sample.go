package spaces

import (
	"fmt"
	"math/rand/v2"
)

// newRand is the source of a space's own random choices. The constant keeps them apart from other users of
// the same small seeds.
func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x7a636e61735f7370)) }

// sampleAt draws n of size numbered architectures without replacement: the start of a Fisher–Yates shuffle.
func sampleAt(space string, n, size int, seed uint64, at func(i int) Arch) ([]Arch, error) {
	if n < 0 || n > size {
		return nil, fmt.Errorf("spaces: %s: cannot draw %d of %d architectures", space, n, size)
	}
	r := newRand(seed)
	moved := map[int]int{} // where the shuffle differs from the identity
	get := func(i int) int {
		if j, ok := moved[i]; ok {
			return j
		}
		return i
	}
	list := make([]Arch, n)
	for i := range list {
		j := i + r.IntN(size-i)
		list[i] = at(get(j))
		moved[j] = get(i)
	}
	return list, nil
}

// pick returns one of the architecture's neighbours.
func pick(s Space, a Arch, seed uint64) (Arch, error) {
	list, err := s.Neighbours(a)
	if err != nil {
		return "", err
	}
	return list[newRand(seed).IntN(len(list))], nil
}
