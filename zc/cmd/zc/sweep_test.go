package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSweepStoreName(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"", ":memory:"} {
		code, out, errs := zcRun(small("sweep", "-store", name, "-sample", "1", "-proxies", "params")...)
		if code != exitUsage || out != "" || !strings.Contains(errs, "a store is a file") {
			t.Errorf("-store %q: exit code %d, %q, %q; want a usage error", name, code, out, errs)
		}
	}
}

// A sweep whose file goes away must not claim to have kept anything.
func TestSweepStoreGone(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		after      int // rows
		spoil      func(path string)
	}{
		{"removed", "removed or renamed", 2, func(path string) { os.Remove(path) }},
		{"a folder in its place", "has taken its place", 2, func(path string) { os.Remove(path); os.Mkdir(path, 0o755) }},
		{"removed after the last row", "removed or renamed", 6, func(path string) { os.Remove(path) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := filepath.Join(t.TempDir(), "s.sqlite")
			out := &cancelling{after: tt.after, cancel: func() { tt.spoil(store) }}
			var errs bytes.Buffer
			args := small("sweep", "-store", store, "-sample", "6", "-proxies", "params", "-format", "jsonl")
			code := run(context.Background(), args, nil, out, &errs)
			if code != exitFailure || !strings.Contains(errs.String(), store) || !strings.Contains(errs.String(), tt.want) {
				t.Errorf("exit code %d, %q; want a failure that names the file and says %q", code, errs.String(), tt.want)
			}
		})
	}
}
