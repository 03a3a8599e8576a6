package formats

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// NPYAppender writes a .npy file row by row, where a row is all that has the same first index. What is not finished
// lies in path+".part", and the next [AppendNPY] goes on with it.
type NPYAppender[T Number | Half] struct {
	path string
	file *os.File
	w    *bufio.Writer
	rows int // to be written
	row  int // numbers in a row
	err  error
}

// AppendNPY begins an array of that shape, or goes on with one: done is the number of rows that are there. Errors:
// another array in the making at that path.
func AppendNPY[T Number | Half](path string, shape ...int) (a *NPYAppender[T], done int, err error) {
	if len(shape) == 0 {
		return nil, 0, errors.New("formats: an array without dimensions has no rows")
	}
	row, err := elements(shape[1:], 8)
	if err != nil {
		return nil, 0, err
	}
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, 0, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	var zero T
	head := npyHeaderOf(npyDescr[T](), shape)
	size := int64(row) * int64(binary.Size(zero))
	there := make([]byte, len(head))
	n, err := io.ReadFull(f, there)
	switch {
	case err == nil && bytes.Equal(there, head):
		end, err := f.Seek(0, io.SeekEnd)
		if err != nil {
			return nil, 0, err
		}
		if size > 0 {
			done = int((end - int64(len(head))) / size)
		}
		if done > shape[0] {
			return nil, 0, fmt.Errorf("%s: more rows than the shape %v has; remove it to start anew", part, shape)
		}
	case err == io.EOF || err == io.ErrUnexpectedEOF && bytes.HasPrefix(head, there[:n]):
		if _, err := f.WriteAt(head, 0); err != nil {
			return nil, 0, err
		}
	case err == nil || err == io.ErrUnexpectedEOF:
		return nil, 0, fmt.Errorf("%s: another array is in the making there, not one of shape %v; remove it to start anew", part, shape)
	default:
		return nil, 0, err
	}
	at := int64(len(head)) + int64(done)*size // a row that was cut off is written anew
	if err := f.Truncate(at); err != nil {
		return nil, 0, err
	}
	if _, err := f.Seek(at, io.SeekStart); err != nil {
		return nil, 0, err
	}
	return &NPYAppender[T]{path: path, file: f, w: bufio.NewWriterSize(f, 1<<18), rows: shape[0] - done, row: row}, done, nil
}

// Append writes a row.
func (a *NPYAppender[T]) Append(row []T) error {
	if len(row) != a.row || a.rows == 0 {
		return fmt.Errorf("%s: a row of %d numbers, and %d rows of %d are wanted", a.path, len(row), a.rows, a.row)
	}
	a.rows--
	if a.err == nil {
		a.err = binary.Write(a.w, binary.LittleEndian, row)
	}
	return a.err
}

// Close ends the writing: an array that has all its rows takes its place, another waits for the next [AppendNPY].
func (a *NPYAppender[T]) Close() error {
	err := errors.Join(a.err, a.w.Flush(), a.file.Close())
	if err == nil && a.rows == 0 {
		err = os.Rename(a.path+".part", a.path)
	}
	return err
}
