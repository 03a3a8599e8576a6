package search

import "runtime"

// workers is how many goroutines a study or a replay uses.
func workers() int { return runtime.GOMAXPROCS(0) }
