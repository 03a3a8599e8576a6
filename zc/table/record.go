package table

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/zcnas/zcnas/zc/internal/format"
)

// Record holds the scores of one architecture in one run: a line of the JSONL format, which the
// command line prints as soon as an architecture is scored.
type Record struct {
	Space   string
	Arch    string
	Data    string
	Batch   int
	Seed    uint64
	Scores  map[string]float64 // by proxy; NaN where undefined
	Reasons map[string]string  // why a score is NaN, by proxy
	Seconds float64            // time for all scores
}

// Key names one of the record's scores.
func (r Record) Key(proxy string) Key {
	return Key{Space: r.Space, Arch: r.Arch, Data: r.Data, Batch: r.Batch, Seed: r.Seed, Proxy: proxy}
}

// jsonRecord is a [Record] as JSON; the fields' order here is that of the line.
type jsonRecord struct {
	Space   *string             `json:"space"`
	Arch    *string             `json:"arch"`
	Data    string              `json:"data"`
	Batch   int                 `json:"batch"`
	Seed    uint64              `json:"seed"`
	Scores  map[string]*float64 `json:"scores"`
	Reasons map[string]string   `json:"reasons"`
	Seconds float64             `json:"seconds"`
}

// MarshalJSON writes the record as one object:
//
//	{"space", "arch", "data", "batch", "seed", "scores": {name: number or null}, "reasons": {name: text}, "seconds"}
//
// A score that is not finite is null; the reason of an infinite one is "+Inf" or "-Inf".
func (r Record) MarshalJSON() ([]byte, error) {
	for _, text := range []string{r.Space, r.Arch, r.Data} {
		if !utf8.ValidString(text) {
			return nil, fmt.Errorf("table: record: %q is not valid UTF-8", text)
		}
	}
	seconds := r.Seconds
	if !(seconds >= 0) || math.IsInf(seconds, 0) {
		seconds = 0
	}
	jr := jsonRecord{
		Space: &r.Space, Arch: &r.Arch, Data: r.Data, Batch: r.Batch, Seed: r.Seed,
		Scores: make(map[string]*float64, len(r.Scores)), Reasons: make(map[string]string), Seconds: seconds,
	}
	for name, v := range r.Scores {
		if !utf8.ValidString(name) {
			return nil, fmt.Errorf("table: record: proxy %q is not valid UTF-8", name)
		}
		value, reason := encodeScore(v, r.Reasons[name])
		jr.Scores[name] = value
		if reason != "" {
			jr.Reasons[name] = reason
		}
	}
	return json.Marshal(jr)
}

// UnmarshalJSON reads an object that [Record.MarshalJSON] wrote. Space, arch and scores must be
// there; unknown fields are ignored.
func (r *Record) UnmarshalJSON(data []byte) error {
	var jr jsonRecord
	if err := json.Unmarshal(data, &jr); err != nil {
		return err
	}
	fail := func(field string, err error) error {
		return &format.Error{Line: 1, Field: field, Err: err}
	}
	switch {
	case jr.Space == nil || *jr.Space == "":
		return fail("space", errors.New("is missing or empty"))
	case jr.Arch == nil || *jr.Arch == "":
		return fail("arch", errors.New("is missing or empty"))
	case jr.Scores == nil:
		return fail("scores", errors.New("is missing"))
	case jr.Batch < 0:
		return fail("batch", fmt.Errorf("batch size %d is negative", jr.Batch))
	case jr.Seconds < 0:
		return fail("seconds", fmt.Errorf("%g is not a time in seconds", jr.Seconds))
	}
	*r = Record{
		Space: *jr.Space, Arch: *jr.Arch, Data: jr.Data, Batch: jr.Batch, Seed: jr.Seed,
		Scores: make(map[string]float64, len(jr.Scores)), Reasons: make(map[string]string), Seconds: jr.Seconds,
	}
	for name, v := range jr.Scores {
		if name == "" {
			return fail("scores", errors.New("a score has no name"))
		}
		value, reason := decodeScore(v, jr.Reasons[name])
		r.Scores[name] = value
		if reason != "" {
			r.Reasons[name] = reason
		}
	}
	return nil
}
