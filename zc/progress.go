package zc

import (
	"io"
	"time"

	"github.com/zcnas/zcnas/internal/progress"
)

// Progress says how far a sweep is.
type Progress struct {
	Done, Total int
	Arch        string        // the last one scored
	Elapsed     time.Duration // of this call; architectures found in the store cost nothing
	Rate        float64       // architectures per second
	Left        time.Duration // at that rate
}

// progressBar draws on w.
func progressBar(w io.Writer) func(Progress) {
	var set func(int)
	return func(p Progress) {
		if set == nil {
			set = progress.Bar(w, "scoring", "arch", p.Total, false)
		}
		set(p.Done)
	}
}
