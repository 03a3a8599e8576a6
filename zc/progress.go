package zc

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
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
	var bar *progressbar.ProgressBar
	return func(p Progress) {
		if bar == nil {
			bar = progressbar.NewOptions(p.Total, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("scoring"),
				progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("arch"),
				progressbar.OptionSetWidth(24), progressbar.OptionThrottle(200*time.Millisecond),
				progressbar.OptionSetPredictTime(true), progressbar.OptionOnCompletion(func() { fmt.Fprintln(w) }))
		}
		_ = bar.Set(p.Done) // a bar that cannot be drawn must not stop a sweep
	}
}
