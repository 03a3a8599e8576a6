package zc

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// jsonEntry is an [Entry] as JSON. Pointers tell a missing field from a zero one.
type jsonEntry struct {
	Space   *string  `json:"space"`
	Arch    *string  `json:"arch"`
	Data    string   `json:"data"`
	Batch   int      `json:"batch"`
	Seed    uint64   `json:"seed"`
	Proxy   *string  `json:"proxy"`
	Value   *float64 `json:"value"`
	Reason  string   `json:"reason,omitempty"`
	Seconds float64  `json:"seconds"`
}

// WriteJSON writes the table as an array of objects, one for each row and on its own line, with the
// fields of [Table.WriteCSV]. JSON has no NaN or infinity: a value that is not finite is null, and the
// reason of an infinite one is "+Inf" or "-Inf", which [ReadJSON] turns back into the number.
func (t *Table) WriteJSON(w io.Writer) error {
	bw := bufio.NewWriter(w)
	bw.WriteString("[")
	for i, e := range t.Entries() {
		if err := checkText(e); err != nil {
			return fmt.Errorf("zc: write JSON: row %d: %w", i+1, err)
		}
		value, reason := encodeScore(e.Value, e.Reason)
		line, err := json.Marshal(jsonEntry{
			Space: &e.Space, Arch: &e.Arch, Data: e.Data, Batch: e.Batch, Seed: e.Seed, Proxy: &e.Proxy,
			Value: value, Reason: reason, Seconds: e.Seconds,
		})
		if err != nil {
			return fmt.Errorf("zc: write JSON: row %d: %w", i+1, err)
		}
		if i > 0 {
			bw.WriteString(",")
		}
		bw.WriteString("\n")
		bw.Write(line)
	}
	bw.WriteString("\n]\n")
	if err := bw.Flush(); err != nil {
		return fmt.Errorf("zc: write JSON: %w", err)
	}
	return nil
}

// ReadJSON reads what [Table.WriteJSON] wrote. Unknown fields are ignored. On malformed input it
// returns the rows before the fault and an error that wraps a [*FormatError].
func ReadJSON(r io.Reader) (*Table, error) {
	t := NewTable()
	data, err := io.ReadAll(r)
	if err != nil {
		return t, fmt.Errorf("zc: read JSON: %w", err)
	}
	if err := readJSON(data, t); err != nil {
		return t, fmt.Errorf("zc: read JSON: %w", err)
	}
	return t, nil
}

func readJSON(data []byte, t *Table) error {
	return jsonRows(data, func(row []byte) error {
		var je jsonEntry
		if err := json.Unmarshal(row, &je); err != nil {
			return err
		}
		e, field, err := je.entry()
		if err != nil {
			return &FormatError{Field: field, Err: err}
		}
		t.Add(e)
		return nil
	})
}

// jsonRows calls read with each element of a JSON array, and adds the place to its errors.
func jsonRows(data []byte, read func(row []byte) error) error {
	// The decoder's offsets are not those of the document, so the syntax is checked in one go first.
	var all json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return jsonError(data, 0, err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if token, err := dec.Token(); err != nil || token != json.Delim('[') {
		return jsonError(data, 1, fmt.Errorf("starts with %v; want an array of rows", token))
	}
	for dec.More() {
		var row json.RawMessage
		if err := dec.Decode(&row); err != nil {
			return jsonError(data, dec.InputOffset(), err)
		}
		start := dec.InputOffset() - int64(len(row))
		if err := read(row); err != nil {
			var fe *FormatError
			if !errors.As(err, &fe) {
				return jsonError(data, start, err)
			}
			place := jsonError(data, start+1, fe.Err)
			place.Field = fe.Field
			return place
		}
	}
	return nil
}

func (je *jsonEntry) entry() (e Entry, field string, err error) {
	for _, f := range []struct {
		name string
		text *string
	}{{"space", je.Space}, {"arch", je.Arch}, {"proxy", je.Proxy}} {
		if f.text == nil || *f.text == "" {
			return e, f.name, errors.New("is missing or empty")
		}
	}
	if je.Batch < 0 {
		return e, "batch", fmt.Errorf("batch size %d is negative", je.Batch)
	}
	if je.Seconds < 0 {
		return e, "seconds", fmt.Errorf("%g is not a time in seconds", je.Seconds)
	}
	e.Key = Key{Space: *je.Space, Arch: *je.Arch, Data: je.Data, Batch: je.Batch, Seed: je.Seed, Proxy: *je.Proxy}
	e.Value, e.Reason = decodeScore(je.Value, je.Reason)
	e.Seconds = je.Seconds
	return e, "", nil
}

// jsonError adds the place to an error about the part of data that begins at start.
func jsonError(data []byte, start int64, err error) *FormatError {
	at, field := start, ""
	var se *json.SyntaxError
	var te *json.UnmarshalTypeError
	switch {
	case errors.As(err, &se):
		at += se.Offset
	case errors.As(err, &te):
		at += te.Offset
		field = te.Field
		err = fmt.Errorf("%s does not fit %s", te.Value, te.Type)
	}
	line, column := position(data, at)
	return &FormatError{Line: line, Column: column, Field: field, Err: err}
}

// position turns a byte offset into line and column, both from 1.
func position(data []byte, offset int64) (line, column int) {
	before := data[:min(max(offset, 0), int64(len(data)))]
	line = 1 + bytes.Count(before, []byte("\n"))
	column = len(before) - (bytes.LastIndexByte(before, '\n') + 1)
	return line, max(column, 1)
}

// encodeScore makes a score fit JSON: null for what is not finite, with infinities told in the reason.
func encodeScore(v float64, reason string) (*float64, string) {
	switch {
	case math.IsNaN(v):
		return nil, reason
	case math.IsInf(v, 0):
		sign := "+Inf"
		if v < 0 {
			sign = "-Inf"
		}
		if reason != "" {
			sign += ": " + reason
		}
		return nil, sign
	}
	return &v, reason
}

// decodeScore undoes [encodeScore].
func decodeScore(v *float64, reason string) (float64, string) {
	if v != nil {
		return *v, reason
	}
	for _, inf := range []struct {
		name string
		sign int
	}{{"+Inf", 1}, {"-Inf", -1}} {
		rest, ok := strings.CutPrefix(reason, inf.name)
		if !ok {
			continue
		}
		if rest == "" {
			return math.Inf(inf.sign), ""
		}
		if text, ok := strings.CutPrefix(rest, ": "); ok && text != "" {
			return math.Inf(inf.sign), text
		}
	}
	return math.NaN(), reason
}

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
			return nil, fmt.Errorf("zc: record: %q is not valid UTF-8", text)
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
			return nil, fmt.Errorf("zc: record: proxy %q is not valid UTF-8", name)
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
		return &FormatError{Line: 1, Field: field, Err: err}
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
