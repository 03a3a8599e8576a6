package formats

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// MATLAB's version 5 (MathWorks, "MAT-File Format"): a header of 128 bytes and elements, each a tag of
// type and size with its data. No maintained Go library reads it.

// Types of elements.
const (
	miMatrix     = 14
	miCompressed = 15
)

// mat5Types are the elements that hold numbers.
var mat5Types = map[uint32]element{
	1: {'i', 1, false}, 2: {'u', 1, false}, 3: {'i', 2, false}, 4: {'u', 2, false}, 5: {'i', 4, false}, 6: {'u', 4, false},
	7: {'f', 4, false}, 9: {'f', 8, false}, 12: {'i', 8, false}, 13: {'u', 8, false},
}

// mat5Classes are the classes of arrays; those from 6 are numeric.
var mat5Classes = map[byte]string{1: "cell", 2: "struct", 3: "object", 4: "char", 5: "sparse", 6: "double", 7: "single",
	8: "int8", 9: "uint8", 10: "int16", 11: "uint16", 12: "int32", 13: "uint32", 14: "int64", 15: "uint64", 16: "function", 17: "opaque"}

// mat5Var finds a variable again.
type mat5Var struct {
	r          io.ReaderAt
	at, size   int64 // of the element's data
	compressed bool
	big        bool
}

// listMat5 walks over the elements of a file.
func listMat5(r io.ReaderAt, size int64, big bool) ([]MatVar, error) {
	var vars []MatVar
	for at := int64(128); at < size; {
		var b [8]byte
		if _, err := r.ReadAt(b[:], at); err != nil {
			return nil, fmt.Errorf("byte %d: %w", at, truncated(err))
		}
		o := mat5Order(big)
		kind, n := o.Uint32(b[:]), int64(o.Uint32(b[4:]))
		if kind != miMatrix && kind != miCompressed {
			return nil, fmt.Errorf("byte %d: an element of type %d where a variable is expected; the file is damaged", at, kind)
		}
		if n > size-at-8 {
			return nil, fmt.Errorf("byte %d: truncated: a variable of %d bytes, and %d are left; get the file again", at, n, size-at-8)
		}
		source := mat5Var{r, at + 8, n, kind == miCompressed, big}
		a, err := source.header()
		if err != nil {
			return nil, fmt.Errorf("byte %d: %w", at, err)
		}
		v := MatVar{Name: a.name, Class: mat5Classes[a.class], Dims: a.dims}
		if a.class >= 6 && a.class <= 15 {
			v.source = source
		}
		vars = append(vars, v)
		at += 8 + n
		if kind == miMatrix {
			at += -n & 7
		}
	}
	return vars, nil
}

func mat5Order(big bool) binary.ByteOrder {
	if big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// mat5Array is the head of an array, with a reader that stands before its numbers.
type mat5Array struct {
	name    string
	class   byte
	complex bool
	dims    []int
	rest    *mat5Reader
}

// mat5Reader reads elements.
type mat5Reader struct {
	r *bufio.Reader
	o binary.ByteOrder
}

// tag reads the tag of an element. Those of up to four bytes may share eight bytes with their data, which
// is then returned.
func (r *mat5Reader) tag() (kind uint32, size int, small []byte, err error) {
	var b [8]byte
	if _, err := io.ReadFull(r.r, b[:]); err != nil {
		return 0, 0, nil, truncated(err)
	}
	first := r.o.Uint32(b[:])
	if first>>16 != 0 {
		n := int(first >> 16)
		if n > 4 {
			return 0, 0, nil, fmt.Errorf("an element of %d bytes in four; the file is damaged", n)
		}
		return first & 0xFFFF, n, b[4 : 4+n], nil
	}
	return first, int(r.o.Uint32(b[4:])), nil, nil
}

// bytes reads an element of the wanted type with its padding.
func (r *mat5Reader) bytes(what string, limit int, kinds ...uint32) ([]byte, error) {
	kind, size, small, err := r.tag()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	ok := false
	for _, k := range kinds {
		ok = ok || k == kind
	}
	if !ok || size > limit {
		return nil, fmt.Errorf("%s: an element of type %d and %d bytes; the file is damaged", what, kind, size)
	}
	if small != nil || size == 0 {
		return small, nil
	}
	b := make([]byte, size+-size&7)
	if _, err := io.ReadFull(r.r, b); err != nil {
		return nil, fmt.Errorf("%s: %w", what, truncated(err))
	}
	return b[:size], nil
}

// header reads a variable up to its numbers.
func (v mat5Var) header() (a mat5Array, err error) {
	var in io.Reader = io.NewSectionReader(v.r, v.at, v.size)
	r := &mat5Reader{o: mat5Order(v.big)}
	if v.compressed {
		z, err := zlib.NewReader(bufio.NewReaderSize(in, 1<<16))
		if err != nil {
			return a, fmt.Errorf("compressed variable: %w", truncated(err))
		}
		r.r = bufio.NewReaderSize(z, 1<<12)
		kind, _, _, err := r.tag()
		if err != nil {
			return a, err
		}
		if kind != miMatrix {
			return a, fmt.Errorf("a compressed element of type %d where a variable is expected", kind)
		}
	} else {
		r.r = bufio.NewReaderSize(in, 1<<12)
	}
	a.rest = r
	flags, err := r.bytes("array flags", 8, 6)
	if err != nil {
		return a, err
	}
	if len(flags) != 8 {
		return a, fmt.Errorf("array flags of %d bytes", len(flags))
	}
	bits := r.o.Uint32(flags)
	a.class, a.complex = byte(bits), bits&0x800 != 0
	if mat5Classes[a.class] == "" {
		return a, fmt.Errorf("an array of the unknown class %d", a.class)
	}
	if a.class == 17 { // opaque objects have neither dimensions nor a plain name
		return a, nil
	}
	dims, err := r.bytes("dimensions", 4*32, 5, 6)
	if err != nil {
		return a, err
	}
	for ; len(dims) >= 4; dims = dims[4:] {
		d := r.o.Uint32(dims)
		if d > math.MaxInt32 {
			return a, fmt.Errorf("dimension %d", int32(d))
		}
		a.dims = append(a.dims, int(d))
	}
	if len(dims) != 0 || len(a.dims) < 2 {
		return a, fmt.Errorf("%d dimensions; an array has at least 2", len(a.dims))
	}
	name, err := r.bytes("name", 1<<12, 1, 2, 16)
	a.name = string(name)
	return a, err
}

func (v mat5Var) open() (io.Reader, element, *chunkSource, error) {
	a, err := v.header()
	if err != nil {
		return nil, element{}, nil, err
	}
	if a.complex {
		return nil, element{}, nil, fmt.Errorf("complex numbers; real ones are expected")
	}
	kind, size, small, err := a.rest.tag()
	if err != nil {
		return nil, element{}, nil, err
	}
	e, ok := mat5Types[kind]
	if !ok {
		return nil, e, nil, fmt.Errorf("numbers of the unknown type %d", kind)
	}
	e.big = v.big && e.size > 1
	n, err := elements(a.dims, e.size)
	if err != nil {
		return nil, e, nil, err
	}
	if size != n*e.size {
		return nil, e, nil, fmt.Errorf("%d bytes of data, expected %d numbers of type %s; the file is damaged", size, n, e)
	}
	if small != nil {
		return bytes.NewReader(small), e, nil, nil
	}
	return a.rest.r, e, nil, nil
}
