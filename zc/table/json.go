package table

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/zcnas/zcnas/zc/internal/format"
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
			return fmt.Errorf("table: write JSON: row %d: %w", i+1, err)
		}
		value, reason := encodeScore(e.Value, e.Reason)
		line, err := json.Marshal(jsonEntry{
			Space: &e.Space, Arch: &e.Arch, Data: e.Data, Batch: e.Batch, Seed: e.Seed, Proxy: &e.Proxy,
			Value: value, Reason: reason, Seconds: e.Seconds,
		})
		if err != nil {
			return fmt.Errorf("table: write JSON: row %d: %w", i+1, err)
		}
		if i > 0 {
			bw.WriteString(",")
		}
		bw.WriteString("\n")
		bw.Write(line)
	}
	bw.WriteString("\n]\n")
	if err := bw.Flush(); err != nil {
		return fmt.Errorf("table: write JSON: %w", err)
	}
	return nil
}

// ReadJSON reads what [Table.WriteJSON] wrote. Unknown fields are ignored. On malformed input, also
// text that is no Unicode, a key twice in one object, and a score twice with different values, it
// returns the rows before the fault and an error that wraps a [*FormatError].
func ReadJSON(r io.Reader) (*Table, error) {
	t := New()
	data, err := io.ReadAll(r)
	if err != nil {
		return t, fmt.Errorf("table: read JSON: %w", err)
	}
	if err := readJSON(data, t); err != nil {
		return t, fmt.Errorf("table: read JSON: %w", err)
	}
	return t, nil
}

func readJSON(data []byte, t *Table) error {
	rows, number := newCollector(t, "row"), 0
	return format.Rows(data, func(row []byte) error {
		number++
		var je jsonEntry
		if err := json.Unmarshal(row, &je); err != nil {
			return err
		}
		e, field, err := je.entry()
		if err != nil {
			return &format.Error{Field: field, Err: err}
		}
		if err := rows.add(number, e); err != nil {
			return &format.Error{Field: "value", Err: err}
		}
		return nil
	})
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
