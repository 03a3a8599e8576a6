package store

import (
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

// patience is how long one waits for others that use the file.
const patience = 2 * time.Minute

// inTurn does something again for as long as others are in the way. SQLite's own waiting (busy_timeout) does not
// cover it: where two programs would wait for each other, as when both turn the write-ahead log on or read what a
// killed program has left, it says at once that the file is busy.
func inTurn(do func() error) error {
	start := time.Now()
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		err := do()
		if !busy(err) || time.Since(start) > patience {
			return err
		}
		time.Sleep(pause)
	}
}

func busy(err error) bool {
	code := sqliteCode(err)
	return code == sqlitelib.SQLITE_BUSY || code == sqlitelib.SQLITE_LOCKED
}

// sqliteCode is the kind of an error of SQLite, without its details; 0 for others.
func sqliteCode(err error) int {
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return sqlitelib.SQLITE_OK
	}
	return se.Code() & 0xff
}

// storeError says what to do about the errors of SQLite that a user can do something about.
func storeError(err error) error {
	switch sqliteCode(err) {
	case sqlitelib.SQLITE_FULL:
		return fmt.Errorf("the disk is full; free some space and start again, the scores put before are kept: %w", err)
	case sqlitelib.SQLITE_NOTADB:
		return fmt.Errorf("it is not a SQLite file: %w", err)
	case sqlitelib.SQLITE_CORRUPT:
		return fmt.Errorf("it is damaged; start with another file: %w", err)
	case sqlitelib.SQLITE_READONLY, sqlitelib.SQLITE_CANTOPEN:
		return fmt.Errorf("it cannot be written; check its permissions and its folder's: %w", err)
	case sqlitelib.SQLITE_BUSY:
		return fmt.Errorf("others have been writing it for %v; start again when they are done, the scores put before are kept: %w", patience, err)
	}
	return err
}
