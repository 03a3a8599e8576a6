package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/zcnas/zcnas/zc/train/history"
)

// A record is JSON: it has lists whose length depends on the training. Trainings have a row each, and one for every
// epoch.
const trainingSchema = `
CREATE TABLE IF NOT EXISTS trainings (
	id       INTEGER PRIMARY KEY,
	space    TEXT NOT NULL,
	arch     TEXT NOT NULL,
	data     TEXT NOT NULL,
	protocol TEXT NOT NULL,
	seed     TEXT NOT NULL,
	epochs   INTEGER NOT NULL,
	reason   TEXT NOT NULL,
	UNIQUE (space, arch, data, protocol, seed)
) STRICT;
CREATE TABLE IF NOT EXISTS epochs (
	training INTEGER NOT NULL REFERENCES trainings (id),
	epoch    INTEGER NOT NULL,
	record   TEXT NOT NULL,
	PRIMARY KEY (training, epoch)
) STRICT`

// PutTraining adds the epochs of a training that are new, and its reason: all of it or nothing.
func (s *Store) PutTraining(r history.Result) error {
	if err := s.putTraining(&r); err != nil {
		return fmt.Errorf("store: training of %s into %s: %w", r.Arch, s.path, storeError(err))
	}
	return nil
}

func (s *Store) putTraining(r *history.Result) error {
	if err := s.present(); err != nil {
		return err
	}
	return inTurn(func() error {
		if _, err := s.db.Exec(trainingSchema); err != nil {
			return err
		}
		tx, err := s.db.Begin()
		if err != nil {
			return err
		}
		defer tx.Rollback()
		var id int64
		if err := tx.QueryRow(`INSERT INTO trainings (space, arch, data, protocol, seed, epochs, reason) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET reason = excluded.reason RETURNING id`,
			r.Space, r.Arch, r.Data, r.Protocol, strconv.FormatUint(r.Seed, 10), r.Epochs, r.Reason).Scan(&id); err != nil {
			return err
		}
		last := -1
		if err := tx.QueryRow(`SELECT coalesce(max(epoch), -1) FROM epochs WHERE training = ?`, id).Scan(&last); err != nil {
			return err
		}
		for _, record := range r.History[min(last+1, len(r.History)):] {
			text, err := json.Marshal(record)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO epochs (training, epoch, record) VALUES (?, ?, ?)`, id, record.Epoch, string(text)); err != nil {
				return err
			}
		}
		return tx.Commit()
	})
}

// Trainings lists the trainings in the order in which they began.
func (s *Store) Trainings() ([]history.Result, error) {
	out, err := trainings(s.db)
	if err != nil {
		return nil, fmt.Errorf("store: trainings of %s: %w", s.path, storeError(err))
	}
	return out, nil
}

func trainings(db *sql.DB) ([]history.Result, error) {
	var tables int
	if err := db.QueryRow(`SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('trainings', 'epochs')`).Scan(&tables); err != nil || tables < 2 {
		return nil, err
	}
	rows, err := db.Query(`SELECT t.id, t.space, t.arch, t.data, t.protocol, t.seed, t.epochs, t.reason, e.epoch, e.record
		FROM trainings t LEFT JOIN epochs e ON e.training = t.id ORDER BY t.id, e.epoch`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []history.Result
	last := int64(-1)
	for rows.Next() {
		var id int64
		var r history.Result
		var seed string
		var epoch *int
		var record *string
		if err := rows.Scan(&id, &r.Space, &r.Arch, &r.Data, &r.Protocol, &seed, &r.Epochs, &r.Reason, &epoch, &record); err != nil {
			return nil, err
		}
		if id != last {
			if r.Seed, err = strconv.ParseUint(seed, 10, 64); err != nil {
				return nil, fmt.Errorf("training %d: seed %q", id, seed)
			}
			out, last = append(out, r), id
		}
		if record == nil {
			continue
		}
		h := &out[len(out)-1].History
		var one history.Record
		if err := json.Unmarshal([]byte(*record), &one); err != nil {
			return nil, fmt.Errorf("training %d, epoch %d: %w", id, *epoch, err)
		}
		if one.Epoch != len(*h) {
			return nil, fmt.Errorf("training %d: epoch %d where %d is due", id, one.Epoch, len(*h))
		}
		*h = append(*h, one)
	}
	return out, rows.Err()
}
