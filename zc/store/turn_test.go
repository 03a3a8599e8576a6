package store

import (
	"net/url"
	"path/filepath"
	"testing"
	"time"
)

// SQLite answers at once that a file is busy where its own waiting could make two programs wait for each other: a
// program that opens a store while another is making it waits all the same.
func TestOpenInTurn(t *testing.T) {
	for _, lock := range []string{"IMMEDIATE", "EXCLUSIVE", "DEFERRED; SELECT * FROM sqlite_schema"} {
		t.Run(lock, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s.sqlite")
			other, err := connect(path, url.Values{})
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			if _, err := other.Exec("BEGIN " + lock); err != nil {
				t.Fatal(err)
			}
			committed := make(chan error)
			time.AfterFunc(200*time.Millisecond, func() {
				_, err := other.Exec("COMMIT")
				committed <- err
			})
			start := time.Now()
			s, err := Open(path)
			if err != nil {
				t.Errorf("after %v: %v", time.Since(start), err)
			} else if err := s.Close(); err != nil {
				t.Error(err)
			}
			if err := <-committed; err != nil {
				t.Error(err)
			}
		})
	}
}
