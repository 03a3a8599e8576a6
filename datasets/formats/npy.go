package formats

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// The reader is the project's own because the Go library for these files (codeberg.org/sbinet/npyio 0.14)
// refuses version 3, panics on a header without a line end, allocates what the header claims, and reads
// neither half precision nor parts of a file.

const npyMagic = "\x93NUMPY"

// maxNPYHeader bounds the text of a header; NumPy itself refuses more than 10,000 bytes unless told
// otherwise.
const maxNPYHeader = 1 << 20

// ReadNPY reads a numeric .npy file (versions 1–3, either byte order, C or Fortran order; half, single and
// double precision, whole numbers and truth values) and returns its values in C order with their shape.
// T may be of another type than the file: a value that it cannot hold is an error, floats are rounded.
func ReadNPY[T Number](path string) (values []T, shape []int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s: not a file", path)
	}
	values, shape, err = readNPY[T](bufio.NewReaderSize(f, 1<<16))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return values, shape, nil
}

// NPZ is an open .npz archive: a zip of .npy files.
type NPZ struct {
	path string
	zip  *zip.ReadCloser
}

// OpenNPZ opens an archive; close it after use.
func OpenNPZ(path string) (*NPZ, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &NPZ{path, z}, nil
}

// Close closes the file.
func (z *NPZ) Close() error { return z.zip.Close() }

// Names lists the arrays, in the order of the file.
func (z *NPZ) Names() []string {
	var names []string
	for _, f := range z.zip.File {
		names = append(names, strings.TrimSuffix(f.Name, ".npy"))
	}
	return names
}

// Header is NumPy's name of an array's type, "|u1" or "<f8", and its shape.
func (z *NPZ) Header(name string) (dtype string, shape []int, err error) {
	err = z.open(name, func(r io.Reader) error {
		h, err := readNPYHeader(r)
		dtype, shape = h.element.String(), h.shape
		return err
	})
	return dtype, shape, err
}

// open gives the content of an array to read.
func (z *NPZ) open(name string, read func(io.Reader) error) error {
	for _, f := range z.zip.File {
		if strings.TrimSuffix(f.Name, ".npy") != name {
			continue
		}
		r, err := f.Open()
		if err == nil {
			err = errors.Join(read(r), r.Close())
		}
		if err != nil {
			return fmt.Errorf("%s: array %q: %w", z.path, name, err)
		}
		return nil
	}
	return fmt.Errorf("%s: no array %q; it has %s", z.path, name, strings.Join(z.Names(), ", "))
}

// ReadNPZ reads one array of an archive, as [ReadNPY] does.
func ReadNPZ[T Number](z *NPZ, name string) (values []T, shape []int, err error) {
	err = z.open(name, func(r io.Reader) (err error) {
		values, shape, err = readNPY[T](r)
		return err
	})
	return values, shape, err
}

// readNPY reads one array to its end. Memory grows with what has been read, never with what is claimed.
func readNPY[T Number](r io.Reader) ([]T, []int, error) {
	h, err := readNPYHeader(r)
	if err != nil {
		return nil, nil, err
	}
	n, err := elements(h.shape, h.element.size)
	if err != nil {
		return nil, nil, err
	}
	values, err := readNumbers[T](r, n, h.element)
	if err != nil {
		return nil, nil, fmt.Errorf("shape %v of %s: %w", h.shape, h.element, err)
	}
	if _, err := io.ReadFull(r, make([]byte, 1)); err != io.EOF {
		if err == nil {
			err = fmt.Errorf("more data than the shape %v of %s; the file is damaged, or of another kind", h.shape, h.element)
		}
		return nil, nil, err
	}
	if h.fortran && len(h.shape) > 1 {
		values = reorder(values, h.shape)
	}
	return values, h.shape, nil
}

// readNumbers reads n numbers in pieces.
func readNumbers[T Number](r io.Reader, n int, e element) ([]T, error) {
	const piece = 1 << 15
	var values []T
	buffer := make([]byte, min(n, piece)*e.size)
	for len(values) < n {
		k := min(n-len(values), piece)
		if got, err := io.ReadFull(r, buffer[:k*e.size]); err != nil {
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				err = fmt.Errorf("truncated: %d of %d values; get the file again", len(values)+got/e.size, n)
			}
			return nil, err
		}
		at := len(values)
		values = append(values, make([]T, k)...)
		if err := decode(values[at:], buffer, 1, e); err != nil {
			return nil, fmt.Errorf("in values %d…%d: %w", at, at+k-1, err)
		}
	}
	return values, nil
}

// reorder turns values from Fortran order, first index fastest, into C order.
func reorder[T Number](values []T, shape []int) []T {
	out := make([]T, len(values))
	strides := make([]int, len(shape)) // in the source
	stride := 1
	for i, d := range shape {
		strides[i] = stride
		stride *= d
	}
	index := make([]int, len(shape))
	from := 0
	for i := range out {
		out[i] = values[from]
		for d := len(shape) - 1; d >= 0; d-- {
			index[d]++
			from += strides[d]
			if index[d] < shape[d] {
				break
			}
			from -= strides[d] * shape[d]
			index[d] = 0
		}
	}
	return out
}

// npyHeader is what precedes the values.
type npyHeader struct {
	element element
	fortran bool
	shape   []int
}

func readNPYHeader(r io.Reader) (npyHeader, error) {
	var h npyHeader
	head := make([]byte, 8)
	if _, err := io.ReadFull(r, head); err != nil {
		return h, fmt.Errorf("no .npy file: shorter than its header")
	}
	if string(head[:6]) != npyMagic {
		return h, fmt.Errorf("no .npy file: it starts with %q", head[:6])
	}
	var length int
	switch version := head[6]; version {
	case 1:
		var b [2]byte
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return h, fmt.Errorf("truncated in the header")
		}
		length = int(binary.LittleEndian.Uint16(b[:]))
	case 2, 3:
		var b [4]byte
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return h, fmt.Errorf("truncated in the header")
		}
		length = int(binary.LittleEndian.Uint32(b[:]))
	default:
		return h, fmt.Errorf(".npy version %d.%d; known are 1 to 3", version, head[7])
	}
	if length > maxNPYHeader {
		return h, fmt.Errorf("a header of %d bytes, more than %d", length, maxNPYHeader)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return h, fmt.Errorf("truncated in the header")
	}
	if err := h.parse(string(text)); err != nil {
		return h, fmt.Errorf("header %.200q: %w", strings.TrimSpace(string(text)), err)
	}
	return h, nil
}

// parse reads the Python literal {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }.
func (h *npyHeader) parse(text string) error {
	s := strings.TrimSpace(text)
	s, ok := strings.CutPrefix(s, "{")
	if !ok {
		return errors.New("no dictionary")
	}
	seen := map[string]bool{}
	for {
		s = strings.TrimLeft(s, " \t,")
		if rest, ok := strings.CutPrefix(s, "}"); ok {
			if strings.TrimSpace(rest) != "" {
				return errors.New("text after the dictionary")
			}
			break
		}
		key, rest, err := npyString(s)
		if err != nil {
			return err
		}
		if rest, ok = strings.CutPrefix(strings.TrimLeft(rest, " "), ":"); !ok {
			return fmt.Errorf("no value for the key %q", key)
		}
		if s, err = h.set(key, strings.TrimLeft(rest, " ")); err != nil {
			return fmt.Errorf("key %q: %w", key, err)
		}
		seen[key] = true
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			return fmt.Errorf("the key %q is missing", key)
		}
	}
	return nil
}

// set takes the value of a key from the start of s and returns what follows it.
func (h *npyHeader) set(key, s string) (rest string, err error) {
	switch key {
	case "descr":
		if strings.HasPrefix(s, "[") {
			return "", errors.New("a structured array; numbers are expected")
		}
		var name string
		if name, rest, err = npyString(s); err != nil {
			return "", err
		}
		h.element, err = npyElement(name)
		return rest, err
	case "fortran_order":
		if rest, ok := strings.CutPrefix(s, "True"); ok {
			h.fortran = true
			return rest, nil
		}
		if rest, ok := strings.CutPrefix(s, "False"); ok {
			return rest, nil
		}
		return "", errors.New("neither True nor False")
	case "shape":
		body, ok := strings.CutPrefix(s, "(")
		end := strings.IndexByte(body, ')')
		if !ok || end < 0 {
			return "", errors.New("no tuple")
		}
		h.shape = []int{}
		for item := range strings.SplitSeq(body[:end], ",") {
			if item = strings.TrimSuffix(strings.TrimSpace(item), "L"); item == "" { // Python 2 wrote 3L
				continue
			}
			n, err := strconv.Atoi(item)
			if err != nil || n < 0 {
				return "", fmt.Errorf("dimension %q", item)
			}
			if h.shape = append(h.shape, n); len(h.shape) > 32 {
				return "", errors.New("more than 32 dimensions")
			}
		}
		return body[end+1:], nil
	}
	return "", errors.New("unknown")
}

// npyString takes a quoted string from the start of s.
func npyString(s string) (text, rest string, err error) {
	if s == "" || s[0] != '\'' && s[0] != '"' {
		return "", "", errors.New("a quoted string is expected")
	}
	end := strings.IndexByte(s[1:], s[0])
	if end < 0 {
		return "", "", errors.New("a string without end")
	}
	return s[1 : 1+end], s[2+end:], nil
}

func npyElement(name string) (element, error) {
	e := element{}
	s := name
	if s != "" && strings.IndexByte("<>|=", s[0]) >= 0 {
		e.big = s[0] == '>'
		s = s[1:]
	}
	if len(s) == 2 {
		e.kind, e.size = s[0], int(s[1]-'0')
	}
	if !e.known() {
		hint := ""
		if strings.HasPrefix(s, "O") {
			hint = ": an array of Python objects; save it as numbers, array.astype('float64')"
		}
		return e, fmt.Errorf("element type %q cannot be read%s", name, hint)
	}
	return e, nil
}

// npyHeaderOf is the header of a C-ordered array, padded so that values begin at a multiple of 64 bytes.
func npyHeaderOf(descr string, shape []int) []byte {
	dims := make([]string, len(shape))
	for i, d := range shape {
		dims[i] = strconv.Itoa(d)
	}
	tuple := strings.Join(dims, ", ")
	if len(shape) == 1 {
		tuple += ","
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, tuple)
	length := (len(npyMagic)+4+len(text)+1+63)/64*64 - len(npyMagic) - 4
	var b bytes.Buffer
	b.WriteString(npyMagic + "\x01\x00")
	b.WriteByte(byte(length))
	b.WriteByte(byte(length >> 8))
	b.WriteString(text + strings.Repeat(" ", length-len(text)-1) + "\n")
	return b.Bytes()
}

// npyDescr names the type of the values.
func npyDescr[T Number | Half]() string {
	var zero T
	switch any(zero).(type) {
	case uint8:
		return "|u1"
	case Half:
		return "<f2"
	case int32:
		return "<i4"
	case int64:
		return "<i8"
	case float32:
		return "<f4"
	}
	return "<f8"
}

// WriteNPY writes an array in C order as a .npy file, version 1, little-endian.
func WriteNPY[T Number | Half](w io.Writer, values []T, shape ...int) error {
	n, err := elements(shape, 8)
	if err != nil {
		return err
	}
	if n != len(values) {
		return fmt.Errorf("formats: %d values for the shape %v", len(values), shape)
	}
	if _, err := w.Write(npyHeaderOf(npyDescr[T](), shape)); err != nil {
		return err
	}
	return binary.Write(w, binary.LittleEndian, values)
}
