package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zcnas/zcnas/internal/plain"
	"github.com/zcnas/zcnas/zc/internal/format"
)

var csvHeader = []string{"space", "arch", "data", "batch", "seed", "proxy", "value", "reason", "seconds"}

// WriteCSV writes the table with a header row: space, arch, data, batch, seed, proxy, value, reason,
// seconds. A NaN value is an empty cell, infinite ones are +Inf and -Inf; numbers are written so that
// they read back exactly. Text that a spreadsheet program would compute, such as =1+1, has an apostrophe in
// front, which [ReadCSV] takes away.
func (t *Table) WriteCSV(w io.Writer) error {
	cw := csv.NewWriter(w)
	cw.Write(csvHeader) // the writer keeps its first error for Error, below
	for i, e := range t.Entries() {
		if err := checkText(e); err != nil {
			return fmt.Errorf("table: write CSV: row %d: %w", i+1, err)
		}
		value := ""
		if !math.IsNaN(e.Value) {
			value = formatFloat(e.Value)
		}
		cw.Write([]string{
			plain.Cell(e.Space), plain.Cell(e.Arch), plain.Cell(e.Data), strconv.Itoa(e.Batch), strconv.FormatUint(e.Seed, 10), plain.Cell(e.Proxy),
			value, plain.Cell(e.Reason), formatFloat(e.Seconds),
		})
	}
	cw.Flush()
	if err := cw.Error(); err != nil {
		return fmt.Errorf("table: write CSV: %w", err)
	}
	return nil
}

// ReadCSV reads what [Table.WriteCSV] wrote. The columns may come in any order, and others are
// ignored; reason and seconds may be missing. On malformed input, and where a score is there twice
// with different values, it returns the rows before the fault and an error that wraps a [*FormatError].
func ReadCSV(r io.Reader) (*Table, error) {
	t := New()
	if err := readCSV(r, t); err != nil {
		return t, fmt.Errorf("table: read CSV: %w", err)
	}
	return t, nil
}

func readCSV(r io.Reader, t *Table) error {
	cr := csv.NewReader(r)
	cr.ReuseRecord = true
	at, err := csvColumns(cr)
	if err != nil {
		return err
	}
	rows := newCollector(t, "line")
	for {
		row, err := cr.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return csvError(err)
		}
		fail := func(name string, err error) error {
			line, column := cr.FieldPos(at[name])
			return &format.Error{Line: line, Column: column, Field: name, Err: err}
		}
		var e Entry
		for _, name := range csvHeader {
			i, ok := at[name]
			if !ok {
				continue
			}
			cell := row[i]
			if !utf8.ValidString(cell) {
				return fail(name, fmt.Errorf("%q is not valid UTF-8", cell))
			}
			if err := e.setCell(name, cell); err != nil {
				return fail(name, err)
			}
		}
		line, _ := cr.FieldPos(0)
		if err := rows.add(line, e); err != nil {
			return fail("value", err)
		}
	}
}

// csvColumns reads the header row: where each column is.
func csvColumns(cr *csv.Reader) (map[string]int, error) {
	header, err := cr.Read()
	if errors.Is(err, io.EOF) {
		return nil, &format.Error{Line: 1, Err: fmt.Errorf("no header row; want %s", strings.Join(csvHeader, ","))}
	}
	if err != nil {
		return nil, csvError(err)
	}
	at := make(map[string]int, len(header))
	for i, name := range header {
		// A spreadsheet program may have put a byte-order mark in front.
		if i == 0 {
			name = strings.TrimPrefix(name, "\ufeff")
		}
		if _, ok := at[name]; ok {
			return nil, &format.Error{Line: 1, Field: name, Err: errors.New("column occurs twice")}
		}
		at[name] = i
	}
	for _, name := range csvHeader[:7] {
		if _, ok := at[name]; !ok {
			return nil, &format.Error{Line: 1, Field: name, Err: fmt.Errorf("column is missing; want %s", strings.Join(csvHeader, ","))}
		}
	}
	return at, nil
}

// setCell sets the field of a column.
func (e *Entry) setCell(name, cell string) (err error) {
	switch name {
	case "space":
		e.Space, err = notEmpty(plain.Uncell(cell))
	case "arch":
		e.Arch, err = notEmpty(plain.Uncell(cell))
	case "proxy":
		e.Proxy, err = notEmpty(plain.Uncell(cell))
	case "data":
		e.Data = plain.Uncell(cell)
	case "batch":
		if e.Batch, err = strconv.Atoi(cell); err != nil || e.Batch < 0 {
			err = fmt.Errorf("%q is not a batch size", cell)
		}
	case "seed":
		if e.Seed, err = strconv.ParseUint(cell, 10, 64); err != nil {
			err = fmt.Errorf("%q is not a whole number from 0 to 2^64-1", cell)
		}
	case "value":
		e.Value, err = parseFloatCell(cell)
	case "reason":
		e.Reason = plain.Uncell(cell)
	case "seconds":
		if cell != "" {
			e.Seconds, err = parseSeconds(cell)
		}
	}
	return err
}

// csvError turns the csv package's error into one with the project's wording.
func csvError(err error) error {
	var pe *csv.ParseError
	if errors.As(err, &pe) {
		return &format.Error{Line: pe.Line, Column: pe.Column, Err: pe.Err}
	}
	return err
}

func notEmpty(s string) (string, error) {
	if s == "" {
		return "", errors.New("is empty")
	}
	return s, nil
}

// parseFloatCell reads a number; an empty cell is NaN.
func parseFloatCell(s string) (float64, error) {
	if s == "" {
		return math.NaN(), nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number in float64's range", s)
	}
	return v, nil
}

func parseSeconds(s string) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= 0) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%q is not a time in seconds", s)
	}
	return v, nil
}

// formatFloat writes the shortest decimal that reads back to the same number.
func formatFloat(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// checkText rejects text that would not survive being written and read: the CSV reader drops
// carriage returns, and JSON has no way to write bytes that are not UTF-8.
func checkText(e Entry) error {
	for _, f := range []struct{ name, text string }{
		{"space", e.Space}, {"arch", e.Arch}, {"data", e.Data}, {"proxy", e.Proxy}, {"reason", e.Reason},
	} {
		if !utf8.ValidString(f.text) {
			return fmt.Errorf("%s %q is not valid UTF-8", f.name, f.text)
		}
		if strings.Contains(f.text, "\r") {
			return fmt.Errorf("%s %q holds a carriage return", f.name, f.text)
		}
	}
	return nil
}
