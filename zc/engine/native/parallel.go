package native

import (
	"sync"
	"sync/atomic"
)

// each calls f for 0…n-1, spread over the threads in any order.
func (c *core[T]) each(n int, f func(i int, w *worker[T])) {
	threads := min(c.threads, n)
	if threads <= 1 {
		for i := range n {
			f(i, c.work[0])
		}
		return
	}
	var next atomic.Int64
	loop := func(w *worker[T]) {
		for {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			f(i, w)
		}
	}
	var wg sync.WaitGroup
	for t := 1; t < threads; t++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			loop(c.work[t])
		}()
	}
	loop(c.work[0])
	wg.Wait()
}

// samples calls f for every sample of the batch.
func (c *core[T]) samples(f func(n int, w *worker[T])) { c.each(c.n, f) }

// grow returns a slice of length n, reusing *s; its contents are undefined.
func grow[E any](s *[]E, n int) []E {
	if cap(*s) < n {
		*s = make([]E, n)
	}
	return (*s)[:n]
}
