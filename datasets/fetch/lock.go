package fetch

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// lockWait is how often a process asks whether another one has finished.
const lockWait = 100 * time.Millisecond

// lock waits until no other process downloads or unpacks what goes to path. It reports whether it could lock at all:
// some file systems cannot. Release removes the lock's file, so a process that gets the lock checks that the file is
// still the one under that name.
func lock(ctx context.Context, path string) (release func(), locked bool, err error) {
	for {
		l := flock.New(path)
		switch ok, err := l.TryLockContext(ctx, lockWait); {
		case ctx.Err() != nil:
			_ = l.Close()
			return nil, false, ctx.Err()
		case err != nil || !ok:
			_ = l.Close()
			return func() {}, false, nil
		}
		mine, err := l.Stat()
		there, err2 := os.Stat(path)
		if err == nil && err2 == nil && os.SameFile(mine, there) {
			return func() {
				_ = os.Remove(path)
				_ = l.Close()
			}, true, nil
		}
		_ = l.Close()
		if err2 != nil && !errors.Is(err2, fs.ErrNotExist) {
			return func() {}, false, nil
		}
	}
}
