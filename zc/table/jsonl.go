package table

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/zcnas/zcnas/internal/strictjson"
	"github.com/zcnas/zcnas/zc/internal/format"
)

// ErrTruncated marks a JSONL file whose last line was cut off, as a killed run leaves it.
var ErrTruncated = errors.New("last line is cut off (a killed run?); the finished lines were kept")

// maxLine bounds the memory that one line of outside data can take.
const maxLine = 64 << 20

// Entries returns the record's scores as rows of a [Table], proxies in alphabetical order. The format
// has one time for all scores, so each row gets an equal share of it.
func (r Record) Entries() []Entry {
	names := make([]string, 0, len(r.Scores))
	for name := range r.Scores {
		names = append(names, name)
	}
	slices.Sort(names)
	out := make([]Entry, len(names))
	for i, name := range names {
		out[i] = Entry{
			Key:     Key{Space: r.Space, Arch: r.Arch, Data: r.Data, Batch: r.Batch, Seed: r.Seed, Proxy: name},
			Value:   r.Scores[name],
			Reason:  r.Reasons[name],
			Seconds: r.Seconds / float64(len(names)),
		}
	}
	return out
}

// Records groups the rows by architecture and run, in the order of their first rows.
func (t *Table) Records() []Record {
	type group struct {
		run  RunKey
		arch string
	}
	at := make(map[group]int)
	var out []Record
	for _, e := range t.Entries() {
		g := group{e.Key.Run(), e.Arch}
		i, ok := at[g]
		if !ok {
			i = len(out)
			at[g] = i
			out = append(out, Record{
				Space: e.Space, Arch: e.Arch, Data: e.Data, Batch: e.Batch, Seed: e.Seed,
				Scores: make(map[string]float64), Reasons: make(map[string]string),
			})
		}
		out[i].Scores[e.Proxy] = e.Value
		if e.Reason != "" {
			out[i].Reasons[e.Proxy] = e.Reason
		}
		out[i].Seconds += e.Seconds
	}
	return out
}

// WriteJSONL writes one [Record] on each line.
func (t *Table) WriteJSONL(w io.Writer) error {
	bw := bufio.NewWriter(w)
	for _, r := range t.Records() {
		line, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("table: write JSONL: architecture %q: %w", r.Arch, err)
		}
		bw.Write(line)
		bw.WriteByte('\n')
	}
	if err := bw.Flush(); err != nil {
		return fmt.Errorf("table: write JSONL: %w", err)
	}
	return nil
}

// ReadJSONL reads lines of [Record] into a table. Empty lines are skipped. On malformed input, also
// text that is no Unicode, a key twice in one object, and a score twice with different values, it
// returns the rows before the fault and an error that wraps a [*FormatError]; the error also wraps
// [ErrTruncated] if only the last line is incomplete, and the table is then good to use.
func ReadJSONL(r io.Reader) (*Table, error) {
	t := New()
	rows := newCollector(t, "line")
	err := readRecords(r, func(line int, rec Record) error {
		if err := rows.add(line, rec.Entries()...); err != nil {
			return &format.Error{Line: line, Field: "scores", Err: err}
		}
		return nil
	})
	return t, err
}

// ReadRecords is [ReadJSONL] for the records themselves, with their times and without merging equal keys.
func ReadRecords(r io.Reader) ([]Record, error) {
	var out []Record
	err := readRecords(r, func(_ int, rec Record) error { out = append(out, rec); return nil })
	return out, err
}

func readRecords(r io.Reader, add func(line int, rec Record) error) error {
	br := bufio.NewReader(r)
	for number := 1; ; number++ {
		line, complete, err := readLine(br)
		if err != nil {
			return fmt.Errorf("table: read JSONL: line %d: %w", number, err)
		}
		if len(bytes.TrimSpace(line)) > 0 {
			var rec Record
			err := rec.UnmarshalJSON(line)
			if err == nil {
				err = strictjson.Check(line)
			}
			if err != nil {
				fe := recordError(line, err)
				fe.Line = number
				if !complete && cutOff(err) {
					fe.Err = ErrTruncated
				}
				return fmt.Errorf("table: read JSONL: %w", fe)
			}
			if err := add(number, rec); err != nil {
				return fmt.Errorf("table: read JSONL: %w", err)
			}
		}
		if !complete {
			return nil
		}
	}
}

// cutOff tells whether the text was good JSON up to where it ended.
func cutOff(err error) bool {
	var se *json.SyntaxError
	return errors.As(err, &se) && se.Error() == "unexpected end of JSON input"
}

// recordError adds the place in its line to an error from [Record.UnmarshalJSON].
func recordError(line []byte, err error) *format.Error {
	var fe *format.Error
	if errors.As(err, &fe) {
		return &format.Error{Field: fe.Field, Err: fe.Err}
	}
	return format.Locate(line, 0, err)
}

// readLine returns the next line without its end; complete is false at the end of the input.
func readLine(br *bufio.Reader) (line []byte, complete bool, err error) {
	for {
		part, err := br.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return nil, false, fmt.Errorf("line is longer than %d bytes", maxLine)
		}
		switch {
		case err == nil:
			return line[:len(line)-1], true, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return line, false, nil
		default:
			return nil, false, err
		}
	}
}
