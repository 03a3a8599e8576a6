package zc

import (
	"runtime/debug"
	"sync"
)

// tidyHeap makes the garbage collector run early, until the function it returns is called: beside the maps of a
// large network, which are kept for the next one, it would otherwise let as much garbage pile up again. Of several
// calls at once the first sets the collector and the last to end sets it back.
func tidyHeap() (restore func()) {
	const percent = 20
	tidy.Lock()
	defer tidy.Unlock()
	if tidy.users++; tidy.users == 1 {
		if tidy.before = debug.SetGCPercent(percent); tidy.before >= 0 && tidy.before <= percent {
			debug.SetGCPercent(tidy.before)
		}
	}
	return func() {
		tidy.Lock()
		defer tidy.Unlock()
		if tidy.users--; tidy.users == 0 {
			debug.SetGCPercent(tidy.before)
		}
	}
}

var tidy struct {
	sync.Mutex
	users, before int
}
