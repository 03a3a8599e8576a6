package rooms

import (
	"sync"

	"github.com/zcnas/zcnas/datasets/stream"
)

// Orders are 1000 permutations of nine jigsaw tiles, any two of which differ in at least four places. (The benchmark's
// own are another list.)
var Orders = sync.OnceValue(func() [][]int {
	const count, tiles, apart = 1000, 9, 4
	s := stream.New("synthetic-rooms/permutations", 0)
	list := make([][]int, 0, count)
	for len(list) < count {
		order := make([]int, tiles)
		for i := range order {
			j := s.Label(i + 1)
			order[i], order[j] = order[j], i
		}
		fits := true
		for _, other := range list {
			different := 0
			for i := range order {
				if order[i] != other[i] {
					different++
				}
			}
			if different < apart {
				fits = false
				break
			}
		}
		if fits {
			list = append(list, order)
		}
	}
	return list
})
