// Package store keeps score tables in SQLite files, for sweeps too long to lose. It is a package of its own so
// that programs and notebook cells which need no store do not link a database.
//
//	st, err := store.Open("sweep.sqlite")
//	defer st.Close()
//	table, err := zc.Score(ctx, space, archs, zc.WithStore(st))
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/url"
	"os"
	"path/filepath"

	"github.com/zcnas/zcnas/zc/table"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Store keeps scores in a SQLite file, for sweeps too long to lose. What [Store.Put] has accepted
// survives a kill of the program; opening the file again goes on from there. It is safe for
// concurrent use. Several programs may read and write the file at once; each waits for its turn.
type Store struct {
	path string
	db   *sql.DB
	file os.FileInfo // which file it is
}

// ErrNoFile is in the errors of [Open] and [Read] for a name that is not one of a file.
var ErrNoFile = errors.New("a store is a file; give its name, such as scores.sqlite")

// storeVersion is the version of the file's layout, kept as SQLite's user_version.
const storeVersion = 1

// Seeds are 64 bits without a sign, which SQLite's integers have, so they are kept as text.
// A NaN value is NULL; SQLite keeps infinities.
const storeSchema = `
CREATE TABLE scores (
	id      INTEGER PRIMARY KEY,
	space   TEXT NOT NULL,
	arch    TEXT NOT NULL,
	data    TEXT NOT NULL,
	batch   INTEGER NOT NULL,
	seed    TEXT NOT NULL,
	proxy   TEXT NOT NULL,
	value   REAL,
	reason  TEXT NOT NULL,
	seconds REAL NOT NULL,
	UNIQUE (space, arch, data, batch, seed, proxy)
) STRICT`

// Open opens the file to add scores, and makes it if it is not there; its folder must exist. Errors: the file
// is not a score store, or one of a newer version, or cannot be read and written. To read only, use [Read].
func Open(path string) (*Store, error) {
	s, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, storeError(err))
	}
	return s, nil
}

func open(path string) (*Store, error) {
	if err := checkName(path); err != nil {
		return nil, err
	}
	// SQLite's own message for a missing folder is "out of memory".
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return nil, err
	}
	// The write-ahead log lets others read while a sweep writes; with it, synchronous=NORMAL loses no
	// transaction when the program dies, and none half-way when the machine does.
	query := url.Values{
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)"},
		"_txlock": {"immediate"}, // waits for other writers at the start, where waiting is possible
	}
	db, err := connect(path, query)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, db: db}
	err = inTurn(s.prepare)
	if err == nil {
		s.file, err = os.Stat(path)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// connect opens the file with SQLite's settings.
func connect(path string, settings url.Values) (*sql.DB, error) {
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: settings.Encode()}).String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // SQLite has one writer; more connections would only wait for each other
	return db, nil
}

// checkName refuses what SQLite takes for a database in memory.
func checkName(path string) error {
	if path == "" || path == ":memory:" {
		return fmt.Errorf("%w, not %q", ErrNoFile, path)
	}
	return nil
}

func (s *Store) prepare() error {
	if fresh, err := checkVersion(s.db); err != nil || !fresh {
		return err
	}
	// Looking again under the write lock: another program may be making the same file.
	return s.transaction(func(tx *sql.Tx) error {
		if fresh, err := checkVersion(tx); err != nil || !fresh {
			return err
		}
		if _, err := tx.Exec(storeSchema); err != nil {
			return err
		}
		_, err := tx.Exec(fmt.Sprintf("PRAGMA user_version = %d", storeVersion))
		return err
	})
}

// Close closes the file. An error says that scores which Put had accepted are lost, because the file was removed or
// replaced since it was opened.
func (s *Store) Close() error {
	err := s.present()
	if err != nil {
		err = fmt.Errorf("store: close %s: %w", s.path, err)
	}
	return errors.Join(err, s.db.Close())
}

// present tells whether the name still is the file's: SQLite writes on into one that was removed, and all is lost
// when the program ends.
func (s *Store) present() error {
	now, err := os.Stat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("it has been removed or renamed since it was opened, and what it held went with it; put it back, or start again with a new file")
	case err != nil:
		return err
	case !os.SameFile(s.file, now):
		return errors.New("another file or folder has taken its place since it was opened; put it back, or start again with a new file")
	}
	return nil
}

// Path returns the file's name.
func (s *Store) Path() string { return s.path }

// transaction makes changes, all or none.
func (s *Store) transaction(f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Put adds the entries, all or none; an entry whose key is in the store already replaces that row. On
// error, for example a full disk, what was put before is still there, unless the error is that the file is not there
// any more.
func (s *Store) Put(entries []table.Entry) error {
	err := s.present()
	if err == nil {
		err = inTurn(func() error { return s.put(entries) })
	}
	if err != nil {
		return fmt.Errorf("store: write %s: %w", s.path, storeError(err))
	}
	return nil
}

func (s *Store) put(entries []table.Entry) error {
	return s.transaction(func(tx *sql.Tx) error {
		insert, err := tx.Prepare(`INSERT INTO scores (space, arch, data, batch, seed, proxy, value, reason, seconds)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET value = excluded.value, reason = excluded.reason, seconds = excluded.seconds`)
		if err != nil {
			return err
		}
		defer insert.Close()
		// A table checks the times, and keeps the last of equal keys.
		for _, e := range table.New(entries...).Entries() {
			value := sql.NullFloat64{Float64: e.Value, Valid: !math.IsNaN(e.Value)}
			if _, err := insert.Exec(e.Space, e.Arch, e.Data, e.Batch, fmt.Sprint(e.Seed), e.Proxy,
				value, e.Reason, e.Seconds); err != nil {
				return err
			}
		}
		return nil
	})
}
