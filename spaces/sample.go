package spaces

import "math/rand/v2"

// newRand is the source of a space's own random choices. The constant keeps them apart from other users of
// the same small seeds.
func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x7a636e61735f7370)) }
