package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
)

// Someone who interrupts a large network is told that it is being finished, and how to stop at once; where it is
// finished soon, there is nothing to tell.
func TestFinishing(t *testing.T) {
	for _, tt := range []struct {
		name string
		slow time.Duration
		want bool
	}{{"soon", 0, false}, {"later", soon + 200*time.Millisecond, true}} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			onScore(t, func(i int) {
				if i == 1 {
					cancel()
					time.Sleep(tt.slow)
				}
			})
			var out, errs bytes.Buffer
			code := run(ctx, small("score", "-sample", "9", "-proxies", "test_hook", "-format", "jsonl"), nil, &out, &errs)
			const note = "zc: finishing the architecture at hand; a second signal stops at once\n"
			if code != exitInterrupted || strings.Count(errs.String(), note) != map[bool]int{true: 1}[tt.want] {
				t.Errorf("exit code %d, %q; want the note: %v", code, errs.String(), tt.want)
			}
		})
	}
}

// The resamples behind the intervals of zc correlate can be stopped, and are not endless.
func TestCorrelateStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	args := []string{"correlate", write(t, "s.csv", scoreCSV), "-truth", write(t, "t.csv", truthCSV), "-task", "cifar10"}
	var out, errs bytes.Buffer
	if code := run(ctx, args, nil, &out, &errs); code != exitInterrupted || !strings.Contains(errs.String(), "0 of 1000 resamples: interrupted") {
		t.Errorf("exit code %d, %q; want an interrupt", code, errs.String())
	}
	if code, _, errs := zcRun(append(args, "-resamples", "1000000000")...); code != exitFailure || !strings.Contains(errs, "want 1 to 1000000") {
		t.Errorf("exit code %d, %q; want an error that says how many", code, errs)
	}
}
