// Package shuffle is the Fisher–Yates shuffle, over any source of random integers.
package shuffle

// Draw picks n different integers of [0, total) in random order: the first n steps of a shuffle of 0 … total−1, with
// a map for the few places that have moved. below(k) is a random integer of [0, k).
func Draw(n, total int, below func(k int) int) []int {
	moved := make(map[int]int, n)
	at := func(i int) int {
		if j, ok := moved[i]; ok {
			return j
		}
		return i
	}
	picked := make([]int, n)
	for i := range picked {
		j := i + below(total-i)
		picked[i] = at(j)
		moved[j] = at(i)
	}
	return picked
}

// Order is a whole shuffle of 0 … n−1 from its end, as it is done in place: position i is swapped with below(i+1), for
// i = n−1 … 1.
func Order(n int, below func(k int) int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j := below(i + 1)
		order[i], order[j] = order[j], order[i]
	}
	return order
}
