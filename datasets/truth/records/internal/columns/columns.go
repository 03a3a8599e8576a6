// Package columns stores tables of numbers in little space and without loss: what package records embeds.
//
// A file is one gzip stream: the length of a JSON header, the header, the distinct lists of architectures as text,
// and the columns. The bytes of a column are stored by significance, all first bytes, then all second ones, which
// compresses well, and in the smallest of four encodings, see encoding.
package columns

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Table is a table with one row for each architecture.
type Table struct {
	Bench, Task, Part string
	Metric, Epoch     string
	Source            string
	Archs             []string
	Columns           []Column
}

// Accuracy is the name of the first column of every table of the records.
const Accuracy = "accuracy"

// Column has a value for each architecture, NaN where there is none.
type Column struct {
	Name   string
	Values []float64
}

// An encoding of a column is the width of its values in bytes, 4 where float32 holds all of them, and whether
// they are stored as the sorted distinct values and the rows' positions in them.
type encoding struct {
	Width int
	Dict  int `json:",omitempty"` // how many distinct values; 0: plain values
}

type header struct {
	Archs  []archList
	Tables []tableHeader
}

type archList struct{ Rows, Bytes int }

type tableHeader struct {
	Bench, Task, Part, Metric, Epoch, Source string
	Archs                                    int
	Columns                                  []columnHeader
}

type columnHeader struct {
	Name string
	encoding
}

// Encode writes tables. Errors: a column that is not as long as the list of architectures, an architecture with
// a line break.
func Encode(w io.Writer, tables []Table) error {
	var h header
	var archs, body []byte
	lists := map[string]int{}
	for _, t := range tables {
		text := strings.Join(t.Archs, "\n")
		if strings.Count(text, "\n") != max(len(t.Archs)-1, 0) {
			return fmt.Errorf("columns: %s, %s: an architecture has a line break", t.Bench, t.Task)
		}
		list, ok := lists[text]
		if !ok {
			list = len(h.Archs)
			lists[text] = list
			h.Archs = append(h.Archs, archList{len(t.Archs), len(text)})
			archs = append(archs, text...)
		}
		th := tableHeader{Bench: t.Bench, Task: t.Task, Part: t.Part, Metric: t.Metric, Epoch: t.Epoch,
			Source: t.Source, Archs: list}
		for _, c := range t.Columns {
			if len(c.Values) != len(t.Archs) {
				return fmt.Errorf("columns: %s, %s: %d architectures, but %d values of %s", t.Bench, t.Task,
					len(t.Archs), len(c.Values), c.Name)
			}
			e, data := smallest(c.Values)
			th.Columns = append(th.Columns, columnHeader{c.Name, e})
			body = append(body, data...)
		}
		h.Tables = append(h.Tables, th)
	}
	head, err := json.Marshal(h)
	if err != nil {
		return err
	}
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	size := binary.LittleEndian.AppendUint32(nil, uint32(len(head)))
	for _, part := range [][]byte{size, head, archs, body} {
		if _, err := z.Write(part); err != nil {
			return err
		}
	}
	return z.Close()
}

// smallest encodes a column with the encoding that gzip makes the shortest.
func smallest(values []float64) (encoding, []byte) {
	width := 4
	for _, v := range values {
		if bits(v) != bits(float64(float32(v))) {
			width = 8
		}
	}
	e, data := encoding{Width: width}, planes(values, width)
	distinct := slices.Clone(values)
	slices.SortFunc(distinct, func(a, b float64) int {
		return int(min(max(int64(bits(a)>>1)-int64(bits(b)>>1), -1), 1))
	})
	distinct = slices.CompactFunc(distinct, func(a, b float64) bool { return bits(a) == bits(b) })
	if len(distinct) > math.MaxUint16 {
		return e, data
	}
	at := make(map[uint64]int, len(distinct))
	for i, v := range distinct {
		at[bits(v)] = i
	}
	dict := planes(distinct, width)
	for shift := 0; shift < 16; shift += 8 {
		for _, v := range values {
			dict = append(dict, byte(at[bits(v)]>>shift))
		}
	}
	if zipped(dict) < zipped(data) {
		return encoding{width, len(distinct)}, dict
	}
	return e, data
}

func zipped(data []byte) int {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a valid one
	z.Write(data)                                         // to a buffer: no error
	z.Close()
	return b.Len()
}

// bits makes all NaN one.
func bits(v float64) uint64 {
	if v != v {
		return math.Float64bits(math.NaN())
	}
	return math.Float64bits(v)
}

func planes(values []float64, width int) []byte {
	out := make([]byte, 0, len(values)*width)
	for shift := 0; shift < 8*width; shift += 8 {
		for _, v := range values {
			u := bits(v)
			if width == 4 {
				u = uint64(math.Float32bits(float32(v)))
			}
			out = append(out, byte(u>>shift))
		}
	}
	return out
}

// maxBytes bounds what Decode unpacks; the largest file of the records has 3 MB.
const maxBytes = 64 << 20

// Decode reads what [Encode] wrote. Errors: another format, truncated data, more than 64 MB.
func Decode(r io.Reader) ([]Table, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("columns: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(z, maxBytes+1))
	if err == nil && len(data) > maxBytes {
		err = fmt.Errorf("more than %d MB", maxBytes>>20)
	}
	if err != nil {
		return nil, fmt.Errorf("columns: %w", err)
	}
	d := decoder{data}
	tables, err := d.tables()
	if err == nil && len(d.data) > 0 {
		err = fmt.Errorf("%d bytes after the last column", len(d.data))
	}
	if err != nil {
		return nil, fmt.Errorf("columns: %w", err)
	}
	return tables, nil
}

type decoder struct{ data []byte }

// take returns the next n bytes.
func (d *decoder) take(n int) ([]byte, error) {
	if n < 0 || n > len(d.data) {
		return nil, fmt.Errorf("%d bytes are due where %d are left: truncated", n, len(d.data))
	}
	out := d.data[:n]
	d.data = d.data[n:]
	return out, nil
}

func (d *decoder) tables() ([]Table, error) {
	size, err := d.take(4)
	if err != nil {
		return nil, err
	}
	head, err := d.take(int(binary.LittleEndian.Uint32(size)))
	if err != nil {
		return nil, err
	}
	var h header
	if err := json.Unmarshal(head, &h); err != nil {
		return nil, fmt.Errorf("the header: %w", err)
	}
	archs := make([][]string, len(h.Archs))
	for i, list := range h.Archs {
		text, err := d.take(list.Bytes)
		if err != nil {
			return nil, err
		}
		if list.Rows > 0 {
			archs[i] = strings.Split(string(text), "\n")
		}
		if len(archs[i]) != list.Rows {
			return nil, fmt.Errorf("%d architectures, not %d", len(archs[i]), list.Rows)
		}
	}
	out := make([]Table, len(h.Tables))
	for i, th := range h.Tables {
		if th.Archs < 0 || th.Archs >= len(archs) {
			return nil, fmt.Errorf("%s, %s: there is no list %d of architectures", th.Bench, th.Task, th.Archs)
		}
		out[i] = Table{Bench: th.Bench, Task: th.Task, Part: th.Part, Metric: th.Metric, Epoch: th.Epoch,
			Source: th.Source, Archs: archs[th.Archs]}
		for _, c := range th.Columns {
			values, err := d.column(c.encoding, len(out[i].Archs))
			if err != nil {
				return nil, fmt.Errorf("%s, %s, %s: %w", th.Bench, th.Task, c.Name, err)
			}
			out[i].Columns = append(out[i].Columns, Column{c.Name, values})
		}
	}
	return out, nil
}

func (d *decoder) column(e encoding, rows int) ([]float64, error) {
	if e.Width != 4 && e.Width != 8 || e.Dict < 0 || e.Dict > math.MaxUint16 {
		return nil, errors.New("an unknown encoding")
	}
	n := rows
	if e.Dict > 0 {
		n = e.Dict
	}
	data, err := d.take(n * e.Width)
	if err != nil {
		return nil, err
	}
	values := make([]float64, n)
	for i := range values {
		var u uint64
		for b := range e.Width {
			u |= uint64(data[b*n+i]) << (8 * b)
		}
		if e.Width == 4 {
			values[i] = float64(math.Float32frombits(uint32(u)))
		} else {
			values[i] = math.Float64frombits(u)
		}
	}
	if e.Dict == 0 {
		return values, nil
	}
	at, err := d.take(2 * rows)
	if err != nil {
		return nil, err
	}
	out := make([]float64, rows)
	for i := range out {
		k := int(at[i]) | int(at[rows+i])<<8
		if k >= len(values) {
			return nil, fmt.Errorf("row %d has value %d of %d", i, k, len(values))
		}
		out[i] = values[k]
	}
	return out, nil
}
