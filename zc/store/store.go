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
	"math"
	"net/url"
	"os"
	"path/filepath"

	"github.com/zcnas/zcnas/zc/table"

	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

// Store keeps scores in a SQLite file, for sweeps too long to lose. What [Store.Put] has accepted
// survives a kill of the program; opening the file again goes on from there. It is safe for
// concurrent use, and several programs may read the file while one writes it.
type Store struct {
	path string
	db   *sql.DB
}

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

// Open opens the file, and makes it if it is not there; its folder must exist. Errors: the file
// is not a score store, or one of a newer version, or cannot be read and written.
func Open(path string) (*Store, error) {
	s, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, storeError(err))
	}
	return s, nil
}

func open(path string) (*Store, error) {
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
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: query.Encode()}).String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // SQLite has one writer; more connections would only wait for each other
	s := &Store{path: path, db: db}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func (s *Store) prepare() error {
	var version int
	if err := s.db.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version == storeVersion {
		return nil
	}
	// Looking again under the write lock: another program may be making the same file.
	return s.transaction(func(tx *sql.Tx) error {
		var version, tables int
		if err := tx.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		if err := tx.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
			return err
		}
		switch {
		case version == storeVersion:
			return nil
		case version != 0:
			return fmt.Errorf("its layout is version %d; this program knows version %d", version, storeVersion)
		case tables > 0:
			return errors.New("it is a SQLite file, but not a score store")
		}
		if _, err := tx.Exec(storeSchema); err != nil {
			return err
		}
		_, err := tx.Exec(fmt.Sprintf("PRAGMA user_version = %d", storeVersion))
		return err
	})
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Path returns the file's name.
func (s *Store) Path() string { return s.path }

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
// error, for example a full disk, what was put before is still there.
func (s *Store) Put(entries []table.Entry) error {
	err := s.transaction(func(tx *sql.Tx) error {
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
	if err != nil {
		return fmt.Errorf("store: write %s: %w", s.path, storeError(err))
	}
	return nil
}

// Load returns all scores as a table, in the order in which they were first put.
func (s *Store) Load() (*table.Table, error) {
	t := table.New()
	err := s.rows(`SELECT space, arch, data, batch, seed, proxy, value, reason, seconds FROM scores ORDER BY id`, nil,
		func(rows *sql.Rows) error {
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
			return nil
		})
	if err != nil {
		return nil, err
	}
	return t, nil
}

func (s *Store) rows(query string, args []any, scan func(*sql.Rows) error) error {
	err := func() error {
		rows, err := s.db.Query(query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := scan(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	}()
	if err != nil {
		return fmt.Errorf("store: read %s: %w", s.path, storeError(err))
	}
	return nil
}

// storeError says what to do about the errors of SQLite that a user can do something about.
func storeError(err error) error {
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return err
	}
	switch se.Code() & 0xff { // the rest of the code is a detail
	case sqlitelib.SQLITE_FULL:
		return fmt.Errorf("the disk is full; free some space and start again, the scores put before are kept: %w", err)
	case sqlitelib.SQLITE_NOTADB:
		return fmt.Errorf("it is not a SQLite file: %w", err)
	case sqlitelib.SQLITE_CORRUPT:
		return fmt.Errorf("it is damaged; start with another file: %w", err)
	case sqlitelib.SQLITE_READONLY, sqlitelib.SQLITE_CANTOPEN:
		return fmt.Errorf("it cannot be written; check its permissions and its folder's: %w", err)
	case sqlitelib.SQLITE_BUSY:
		return fmt.Errorf("another program is writing it: %w", err)
	}
	return err
}
