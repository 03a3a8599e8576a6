package store

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"

	sqlitelib "modernc.org/sqlite/lib"

	"github.com/zcnas/zcnas/zc/table"
	"github.com/zcnas/zcnas/zc/train/history"
)

// Load returns all scores as a table, in the order in which they were first put.
func (s *Store) Load() (*table.Table, error) {
	t, err := load(s.db)
	if err != nil {
		return nil, fmt.Errorf("store: read %s: %w", s.path, storeError(err))
	}
	return t, nil
}

// Read returns all scores of a file as a table, in the order in which they were first put. It changes nothing: the
// file and its folder may be ones that this user cannot write, and others may be writing it. Errors: there is no such
// file, or it is not a score store, or one of a newer version.
func Read(path string) (*table.Table, error) {
	t, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("store: read %s: %w", path, readError(err))
	}
	return t, nil
}

func read(path string) (*table.Table, error) {
	t, err := readOnly(path, load)
	if t == nil && err == nil { // nothing is laid out yet
		t = table.New()
	}
	return t, err
}

// ReadTrainings reads the trainings of a store, as [Store.Trainings] lists them, without a right to write.
func ReadTrainings(path string) ([]history.Result, error) {
	t, err := readOnly(path, trainings)
	if err != nil {
		return nil, fmt.Errorf("store: read the trainings of %s: %w", path, readError(err))
	}
	return t, nil
}

// readOnly opens a file to read it only.
func readOnly[T any](path string, read func(*sql.DB) (T, error)) (none T, err error) {
	if err := checkName(path); err != nil {
		return none, err
	}
	if st, err := os.Stat(path); err != nil {
		return none, err
	} else if !st.Mode().IsRegular() {
		return none, errors.New("it is not a file")
	}
	t, err := readWith(path, read, url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)"}})
	if code := sqliteCode(err); code == sqlitelib.SQLITE_CANTOPEN || code == sqlitelib.SQLITE_READONLY {
		// SQLite cannot make the files beside it that readers and writers share. Where no writer has left any, the
		// file is complete by itself.
		if log, statErr := os.Stat(path + "-wal"); errors.Is(statErr, os.ErrNotExist) || statErr == nil && log.Size() == 0 {
			return readWith(path, read, url.Values{"immutable": {"1"}})
		}
	}
	return t, err
}

func readWith[T any](path string, read func(*sql.DB) (T, error), settings url.Values) (t T, err error) {
	db, err := connect(path, settings)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	fresh := false
	if err := inTurn(func() (err error) { fresh, err = checkVersion(db); return err }); err != nil || fresh {
		return t, err
	}
	return read(db)
}

// checkVersion refuses what is no score store; fresh is one that its writer has not come to lay out, perhaps because
// it was killed.
func checkVersion(db interface {
	QueryRow(query string, args ...any) *sql.Row
}) (fresh bool, err error) {
	var version, tables int
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return false, err
	}
	if version == storeVersion {
		return false, nil
	}
	if err := db.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return false, err
	}
	switch {
	case version != 0:
		return false, fmt.Errorf("its layout is version %d; this program knows version %d", version, storeVersion)
	case tables > 0:
		return false, errors.New("it is a SQLite file, but not a score store")
	}
	return true, nil
}

func load(db *sql.DB) (*table.Table, error) {
	var t *table.Table
	err := inTurn(func() error {
		t = table.New()
		rows, err := db.Query(`SELECT space, arch, data, batch, seed, proxy, value, reason, seconds FROM scores ORDER BY id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var e table.Entry
			var value sql.NullFloat64
			if err := rows.Scan(&e.Space, &e.Arch, &e.Data, &e.Batch, &e.Seed, &e.Proxy, &value, &e.Reason, &e.Seconds); err != nil {
				return err
			}
			e.Value = math.NaN()
			if value.Valid {
				e.Value = value.Float64
			}
			t.Add(e)
		}
		return rows.Err()
	})
	return t, err
}

// readError is storeError for a reader, who need not be able to write.
func readError(err error) error {
	if code := sqliteCode(err); code == sqlitelib.SQLITE_CANTOPEN || code == sqlitelib.SQLITE_READONLY {
		return fmt.Errorf("it cannot be read where it is; copy it, with the files beside it whose names begin alike, to a folder that you can write: %w", err)
	}
	return storeError(err)
}
