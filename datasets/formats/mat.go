package formats

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
)

// Mat is an open MATLAB file: version 5 (what save writes by default, plain or compressed) or 7.3 (HDF5
// behind a block of text). Opening reads the list of variables alone.
type Mat struct {
	path string
	file io.Closer
	text string
	vars []MatVar
}

// Text is the line of text that a file begins with: what wrote it, and when.
func (m *Mat) Text() string { return m.text }

// MatVar is one variable of a MATLAB file.
type MatVar struct {
	Name  string
	Class string // MATLAB's: "double", "uint8", "struct"
	Dims  []int  // in MATLAB's order: the first index varies fastest

	source matSource
}

// matSource is where a variable's numbers lie.
type matSource interface {
	// open returns the numbers one after the other, the first index fastest, with their type; for what
	// is stored in pieces, chunks is not nil instead.
	open() (r io.Reader, e element, chunks *chunkSource, err error)
}

// OpenMat opens a MATLAB file; close it after use. Errors: neither version, damaged, truncated.
func OpenMat(path string) (*Mat, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a file", path)
	}
	var m *Mat
	if err == nil {
		m, err = newMat(f, st.Size(), path)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	m.file = f
	return m, nil
}

// newMat lists the variables of the file in r.
func newMat(r io.ReaderAt, size int64, path string) (*Mat, error) {
	m := &Mat{path: path}
	head := make([]byte, min(size, 128))
	_, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	m.text = strings.TrimRight(string(head[:min(len(head), 116)]), " \x00")
	switch at, found := findHDF5(r, size); {
	case found:
		m.vars, err = listHDF5(r, size, at)
	case len(head) == 128 && (string(head[126:]) == "IM" || string(head[126:]) == "MI"):
		m.vars, err = listMat5(r, size, string(head[126:]) == "MI")
	default:
		err = fmt.Errorf("no MATLAB file of version 5 or 7.3: it begins with %.16q; files of version 4 can be saved anew with save('-v7')", head)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Close closes the file.
func (m *Mat) Close() error { return m.file.Close() }

// Vars lists the variables, in the order of the file.
func (m *Mat) Vars() []MatVar { return m.vars }

// Var returns a variable; where there is none, the error lists those there are.
func (m *Mat) Var(name string) (MatVar, error) {
	var names []string
	for _, v := range m.vars {
		if v.Name == name {
			return v, nil
		}
		names = append(names, v.Name)
	}
	return MatVar{}, fmt.Errorf("%s: no variable %q; it has %s", m.path, name, strings.Join(names, ", "))
}

// Range selects indices Start, Start+Step, … below Stop of one dimension. The zero value selects all:
// Stop 0 is the end, Step 0 is 1.
type Range struct{ Start, Stop, Step int }

// within completes the range for a dimension of n.
func (r Range) within(n int) (Range, error) {
	if r.Stop == 0 {
		r.Stop = n
	}
	if r.Step == 0 {
		r.Step = 1
	}
	if r.Start < 0 || r.Stop > n || r.Start > r.Stop || r.Step < 0 {
		return r, fmt.Errorf("indices %d…%d, step %d, of a dimension of %d", r.Start, r.Stop-1, r.Step, n)
	}
	return r, nil
}

func (r Range) len() int { return (r.Stop - r.Start + r.Step - 1) / r.Step }

// at is the position of index i among the selected ones, or −1.
func (r Range) at(i int) int {
	if i < r.Start || i >= r.Stop || (i-r.Start)%r.Step != 0 {
		return -1
	}
	return (i - r.Start) / r.Step
}

// from is the first selected index at or after i; it may lie behind the last.
func (r Range) from(i int) int {
	if i <= r.Start {
		return r.Start
	}
	return r.Start + (i-r.Start+r.Step-1)/r.Step*r.Step
}

// ReadMat reads a part of a numeric variable: ranges select along its first dimensions, all of the others.
// Values come in MATLAB's order, the first index fastest, with the numbers selected per dimension. Reading
// is streamed: memory is that of the values returned and at most one stored piece of the file. Errors: no
// such variable, no numeric array, complex numbers, values that T cannot hold, a damaged file.
func ReadMat[T Number](m *Mat, name string, ranges ...Range) (values []T, shape []int, err error) {
	v, err := m.Var(name)
	if err != nil {
		return nil, nil, err
	}
	values, shape, err = readMat[T](v, ranges)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: variable %q, %s %v: %w", m.path, name, v.Class, v.Dims, err)
	}
	return values, shape, nil
}

func readMat[T Number](v MatVar, ranges []Range) ([]T, []int, error) {
	if v.source == nil {
		return nil, nil, fmt.Errorf("not a numeric array")
	}
	if len(ranges) > len(v.Dims) {
		return nil, nil, fmt.Errorf("%d ranges for %d dimensions", len(ranges), len(v.Dims))
	}
	selected := make([]Range, len(v.Dims))
	copy(selected, ranges)
	shape := make([]int, len(v.Dims))
	for i, d := range v.Dims {
		var err error
		if selected[i], err = selected[i].within(d); err != nil {
			return nil, nil, err
		}
		shape[i] = selected[i].len()
	}
	if _, err := elements(v.Dims, 8); err != nil {
		return nil, nil, err
	}
	if slices.Contains(shape, 0) {
		return nil, shape, nil
	}
	r, e, chunks, err := v.source.open()
	if err != nil {
		return nil, nil, err
	}
	var values []T
	if chunks != nil {
		values, err = gatherChunks[T](chunks, v.Dims, selected, shape)
	} else {
		values, err = gather[T](bufio.NewReaderSize(r, 1<<16), e, v.Dims, selected)
	}
	return values, shape, err
}

// gather reads the selected numbers from a sequential array. The slice grows with what has been read, not
// with what the file claims.
func gather[T Number](r *bufio.Reader, e element, dims []int, selected []Range) ([]T, error) {
	const piece = 1 << 15 // numbers read at a time
	var (
		values []T
		index  = make([]int, len(dims)) // of the row: index[0] stays 0
		buffer = make([]byte, min(dims[0], piece)*e.size)
		skip   int64 // bytes before the next row that is wanted
		rest   int64 = 1
	)
	for _, d := range dims[1:] {
		rest *= int64(d)
	}
	lines := selected[0]
	for ; rest > 0; rest-- {
		wanted := true
		for d := 1; d < len(dims); d++ {
			wanted = wanted && selected[d].at(index[d]) >= 0
		}
		if !wanted {
			skip += int64(dims[0]) * int64(e.size)
		}
		for a := 0; wanted && a < dims[0]; a += piece {
			b := min(a+piece, dims[0])
			first := lines.from(a)
			if last := min(b, lines.Stop); first < last {
				if err := discard(r, skip); err != nil {
					return nil, err
				}
				skip = 0
				raw := buffer[:(b-a)*e.size]
				if _, err := io.ReadFull(r, raw); err != nil {
					return nil, truncated(err)
				}
				at, n := len(values), (last-first+lines.Step-1)/lines.Step
				values = slices.Grow(values, n)[:at+n]
				if err := decode(values[at:], raw[(first-a)*e.size:], lines.Step, e); err != nil {
					return nil, fmt.Errorf("at index %v: %w", index, err)
				}
			} else {
				skip += int64(b-a) * int64(e.size)
			}
		}
		for d := 1; d < len(dims); d++ {
			if index[d]++; index[d] < dims[d] {
				break
			}
			index[d] = 0
		}
	}
	if skip == 0 {
		// Compressed data ends with a checksum, which is looked at when the end is met.
		if _, err := io.CopyN(io.Discard, r, 64); err != nil && err != io.EOF {
			return nil, truncated(err)
		}
	}
	return values, nil
}

// discard skips n bytes of r; a bufio.Reader's own Discard takes an int.
func discard(r *bufio.Reader, n int64) error {
	for n > 0 {
		k := min(n, math.MaxInt32)
		if _, err := r.Discard(int(k)); err != nil {
			return truncated(err)
		}
		n -= k
	}
	return nil
}

func truncated(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("truncated; get the file again")
	}
	return err
}
