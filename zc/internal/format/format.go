// Package format tells where in outside data, JSON above all, a fault is.
package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/zcnas/zcnas/internal/strictjson"
)

// Error says where outside data is malformed.
type Error struct {
	Line   int    // from 1
	Column int    // from 1, in bytes; 0 if unknown
	Field  string // the field's name; "" if the fault is not in one field
	Err    error
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "line %d", e.Line)
	if e.Column > 0 {
		fmt.Fprintf(&b, ", column %d", e.Column)
	}
	if e.Field != "" {
		fmt.Fprintf(&b, ", field %q", e.Field)
	}
	return b.String() + ": " + e.Err.Error()
}

// Unwrap returns the fault without its place.
func (e *Error) Unwrap() error { return e.Err }

// Rows calls read with each element of a JSON array, and adds the place to its errors.
func Rows(data []byte, read func(row []byte) error) error {
	// The decoder's offsets are not those of the document, so the syntax is checked in one go first.
	var all json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return Locate(data, 0, err)
	}
	if err := strictjson.Check(data); err != nil {
		return Locate(data, 0, err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if token, err := dec.Token(); err != nil || token != json.Delim('[') {
		return Locate(data, 1, fmt.Errorf("starts with %v; want an array of rows", token))
	}
	for dec.More() {
		var row json.RawMessage
		if err := dec.Decode(&row); err != nil {
			return Locate(data, dec.InputOffset(), err)
		}
		start := dec.InputOffset() - int64(len(row))
		if err := read(row); err != nil {
			var fe *Error
			if !errors.As(err, &fe) {
				return Locate(data, start, err)
			}
			place := Locate(data, start+1, fe.Err)
			place.Field = fe.Field
			return place
		}
	}
	return nil
}

// Locate adds the place to an error about the part of data that begins at start.
func Locate(data []byte, start int64, err error) *Error {
	at, field := start, ""
	var se *json.SyntaxError
	var te *json.UnmarshalTypeError
	var strict *strictjson.Error
	switch {
	case errors.As(err, &se):
		at += se.Offset
	case errors.As(err, &te):
		at += te.Offset
		field = te.Field
		err = fmt.Errorf("%s does not fit %s", te.Value, te.Type)
	case errors.As(err, &strict):
		at += int64(strict.Offset) + 1
		if err = errors.New(strict.What); strict.What == "" {
			line, column := position(data, start+int64(strict.First)+1)
			err = fmt.Errorf("the key %q is in one object twice, the first time in line %d, column %d", strict.Key, line, column)
		}
	}
	line, column := position(data, at)
	return &Error{Line: line, Column: column, Field: field, Err: err}
}

// position turns a byte offset into line and column, both from 1.
func position(data []byte, offset int64) (line, column int) {
	before := data[:min(max(offset, 0), int64(len(data)))]
	line = 1 + bytes.Count(before, []byte("\n"))
	column = len(before) - (bytes.LastIndexByte(before, '\n') + 1)
	return line, max(column, 1)
}
