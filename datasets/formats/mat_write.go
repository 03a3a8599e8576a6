package formats

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// WriteMatHeader begins a MATLAB file of version 5, little-endian; the text, at most 116 bytes, says what
// wrote it.
func WriteMatHeader(w io.Writer, text string) error {
	const limit = 116
	if len(text) > limit {
		return fmt.Errorf("formats: a text of %d bytes, and a MATLAB file has room for %d", len(text), limit)
	}
	head := make([]byte, 128)
	for i := range limit {
		head[i] = ' '
	}
	copy(head, text)
	copy(head[124:], "\x00\x01IM")
	_, err := w.Write(head)
	return err
}

// WriteMatArray writes an array of class double, not compressed: values are written by fill, which must give
// as many as the dimensions say, in MATLAB's order, as little-endian numbers of T. MATLAB and SciPy read
// them as double, whatever T is. Errors: more than the 4 GiB that the version allows, fill's errors,
// a fill of another length.
func WriteMatArray[T uint8 | float32 | float64](w io.Writer, name string, dims []int, fill func(io.Writer) error) error {
	kind, size := uint32(9), 8
	var zero T
	switch any(zero).(type) {
	case uint8:
		kind, size = 2, 1
	case float32:
		kind, size = 7, 4
	}
	n, err := elements(dims, size)
	if err != nil {
		return err
	}
	data := int64(n) * int64(size)
	padded := data + -data&7
	var head []byte
	put := func(values ...uint32) {
		for _, v := range values {
			head = binary.LittleEndian.AppendUint32(head, v)
		}
	}
	put(6, 8, 6, 0) // array flags: class double
	put(5, uint32(4*len(dims)))
	for _, d := range dims {
		put(uint32(d))
	}
	if len(dims)%2 == 1 {
		put(0)
	}
	put(1, uint32(len(name)))
	head = append(head, name...)
	for len(head)%8 != 0 {
		head = append(head, 0)
	}
	total := int64(len(head)) + 8 + padded
	if total > math.MaxUint32 {
		return fmt.Errorf("formats: %s of shape %v takes %d bytes, and a MATLAB file of version 5 has room for 4 GiB", name, dims, total)
	}
	var tag []byte
	tag = binary.LittleEndian.AppendUint32(tag, miMatrix)
	tag = binary.LittleEndian.AppendUint32(tag, uint32(total))
	put(kind, uint32(data))
	if _, err := w.Write(append(tag, head...)); err != nil {
		return err
	}
	counted := &countingWriter{w: w}
	if err := fill(counted); err != nil {
		return err
	}
	if counted.n != data {
		return fmt.Errorf("formats: %s: %d bytes written, and the shape %v takes %d", name, counted.n, dims, data)
	}
	_, err = w.Write(make([]byte, padded-data))
	return err
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
