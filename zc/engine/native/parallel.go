package native

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// each calls f for 0…n-1, spread over the threads in any order. A panic in f ends it: once all threads have
// stopped it goes on in the caller, who can recover from it.
func (c *core[T]) each(n int, f func(i int, w *worker[T])) {
	threads := min(c.threads, n)
	if threads <= 1 {
		for i := range n {
			f(i, c.work[0])
		}
		return
	}
	var next atomic.Int64
	var failed atomic.Pointer[fault]
	loop := func(w *worker[T]) {
		defer func() {
			if p := recover(); p != nil {
				failed.CompareAndSwap(nil, &fault{p, debug.Stack()})
				next.Store(int64(n))
			}
		}()
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
		wg.Go(func() { loop(c.work[t]) })
	}
	loop(c.work[0])
	wg.Wait()
	if p := failed.Load(); p != nil {
		panic(p)
	}
}

// fault is a panic of one of the threads.
type fault struct {
	value any
	stack []byte
}

func (f *fault) String() string {
	return fmt.Sprintf("%v, in a thread of the native engine:\n%s", f.value, f.stack)
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
