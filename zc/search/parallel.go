package search

import (
	"context"
	"fmt"
	"runtime"
	"sync"
)

// parallel calls f for 0…n−1 on several goroutines, and stops at the first error or the end of the context.
func parallel(ctx context.Context, n int, progress func(done, total int), f func(i int) error) error {
	work := make(chan int)
	errs := make([]error, n)
	var wait sync.WaitGroup
	var mu sync.Mutex
	done := 0
	failed := make(chan struct{})
	var once sync.Once
	for range min(n, workers()) {
		wait.Go(func() {
			for i := range work {
				if errs[i] = f(i); errs[i] != nil {
					once.Do(func() { close(failed) })
				}
				if progress != nil {
					mu.Lock()
					done++
					progress(done, n)
					mu.Unlock()
				}
			}
		})
	}
	var stopped error
feed:
	for i := range n {
		select {
		case work <- i:
		case <-failed:
			break feed
		case <-ctx.Done():
			stopped = fmt.Errorf("search: stopped: %w", ctx.Err())
			break feed
		}
	}
	close(work)
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return stopped
}

// workers is how many goroutines a study or a replay uses.
func workers() int { return runtime.GOMAXPROCS(0) }
