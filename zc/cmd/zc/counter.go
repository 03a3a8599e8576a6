package main

import (
	"fmt"
	"time"
)

// counter says on a terminal how many of the things are done, and nothing elsewhere.
func (a *app) counter(things string) func(done, total int) {
	if !terminal(a.stderr) {
		return nil
	}
	var last time.Time
	return func(done, total int) {
		if done == total {
			fmt.Fprintf(a.stderr, "\r%d of %d %s\n", done, total, things)
		} else if time.Since(last) > 200*time.Millisecond {
			last = time.Now()
			fmt.Fprintf(a.stderr, "\r%d of %d %s", done, total, things)
		}
	}
}
