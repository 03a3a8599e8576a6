// Package progress draws progress bars.
package progress

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Bar draws how far something is, with the rate and the time left. The function it returns sets how many of the total
// are done; at the last one the line ends, or goes where the bar is to leave nothing.
func Bar(w io.Writer, what, unit string, total int, clear bool) func(done int) {
	opts := []progressbar.Option{
		progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
		progressbar.OptionShowIts(), progressbar.OptionSetItsString(unit), progressbar.OptionSetWidth(24),
		progressbar.OptionThrottle(200 * time.Millisecond), progressbar.OptionSetPredictTime(true),
	}
	if clear {
		opts = append(opts, progressbar.OptionClearOnFinish())
	} else {
		opts = append(opts, progressbar.OptionOnCompletion(func() { fmt.Fprintln(w) }))
	}
	bar := progressbar.NewOptions(total, opts...)
	return func(done int) { _ = bar.Set(done) } // a bar that cannot be drawn must not stop anything
}
