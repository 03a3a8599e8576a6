package formats

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// The part of HDF5 (format specification version 3.0) that MATLAB's version 7.3 writes: a root group of
// numeric arrays, contiguous or in chunks found by a B-tree, with the filters deflate and shuffle. The Go
// library (github.com/scigolib/hdf5 0.13) does not open files with a block of text before them, which is
// what makes an HDF5 file a MATLAB file.

const hdf5Signature = "\x89HDF\r\n\x1a\n"

// noAddress marks what a file has not stored.
const noAddress = ^uint64(0)

// findHDF5 looks for the superblock, at 0, 512, 1024, 2048, …
func findHDF5(r io.ReaderAt, size int64) (at int64, found bool) {
	b := make([]byte, 8)
	for at = 0; at+8 <= size; at = max(512, 2*at) {
		if _, err := r.ReadAt(b, at); err != nil {
			return 0, false
		}
		if string(b) == hdf5Signature {
			return at, true
		}
	}
	return 0, false
}

// hdf5 reads the structures of a file.
type hdf5 struct {
	r    io.ReaderAt
	size int64 // of the file
	base int64 // where addresses count from
}

// read returns n bytes at an address.
func (h *hdf5) read(address uint64, n int64) ([]byte, error) {
	if address > uint64(h.size) || n < 0 || h.base+int64(address) > h.size-n {
		return nil, fmt.Errorf("truncated or damaged: %d bytes at %d of a file of %d; get the file again", n, address, h.size)
	}
	b := make([]byte, n)
	if _, err := h.r.ReadAt(b, h.base+int64(address)); err != nil {
		return nil, truncated(err)
	}
	return b, nil
}

// fields takes numbers from a structure. Reading behind the end sets short and gives zeros.
type fields struct {
	b     []byte
	short bool
}

func (f *fields) take(n int) []byte {
	if n < 0 || n > len(f.b) {
		f.short = true
		f.b = nil
		return make([]byte, max(0, min(n, 8)))
	}
	b := f.b[:n]
	f.b = f.b[n:]
	return b
}
func (f *fields) u8() int     { return int(f.take(1)[0]) }
func (f *fields) u16() int    { return int(binary.LittleEndian.Uint16(f.take(2))) }
func (f *fields) u32() int64  { return int64(binary.LittleEndian.Uint32(f.take(4))) }
func (f *fields) u64() uint64 { return binary.LittleEndian.Uint64(f.take(8)) }

// uint takes a number of 1, 2, 4 or 8 bytes.
func (f *fields) uint(n int) uint64 {
	var b [8]byte
	copy(b[:], f.take(n))
	return binary.LittleEndian.Uint64(b[:])
}

// listHDF5 lists the arrays of the root group; at is where the superblock stands.
func listHDF5(r io.ReaderAt, size, at int64) ([]MatVar, error) {
	h := &hdf5{r, size, 0}
	head, err := h.read(uint64(at), min(size-at, 128))
	if err != nil {
		return nil, err
	}
	f := &fields{b: head[8:]}
	var offsets, lengths int
	version := f.u8()
	switch version {
	case 0, 1:
		f.take(4) // versions of other parts, reserved
		offsets, lengths = f.u8(), f.u8()
		f.take(1 + 2 + 2 + 4)
		if version == 1 {
			f.take(4)
		}
	case 2, 3:
		offsets, lengths = f.u8(), f.u8()
		f.take(1)
	default:
		return nil, fmt.Errorf("HDF5 superblock of version %d; known are 0 to 3", version)
	}
	if offsets != 8 || lengths != 8 {
		return nil, fmt.Errorf("HDF5 with addresses of %d and lengths of %d bytes; 8 are expected", offsets, lengths)
	}
	base := f.u64()
	var root uint64
	if version < 2 {
		f.take(3*8 + 8) // free space, end, driver; the name of the root
		root = f.u64()
	} else {
		f.take(2 * 8)
		root = f.u64()
	}
	if f.short || base > uint64(at) {
		return nil, fmt.Errorf("HDF5 superblock truncated or damaged; get the file again")
	}
	h.base = int64(base)
	links, err := h.group(root)
	if err != nil {
		return nil, fmt.Errorf("HDF5 root group: %w", err)
	}
	var vars []MatVar
	for _, l := range links {
		if strings.HasPrefix(l.name, "#") { // MATLAB's own #refs# and #subsystem#
			continue
		}
		messages, err := h.object(l.address)
		if err != nil {
			return nil, fmt.Errorf("HDF5 object %q: %w", l.name, err)
		}
		v := MatVar{Name: l.name, Class: "struct"}
		if d, dims, ok, err := h.dataset(messages); err != nil {
			return nil, fmt.Errorf("HDF5 object %q: %w", l.name, err)
		} else if ok {
			v.Class, v.Dims = d.element.class(), dims
			if d.element.size > 0 {
				v.source = d
			}
		}
		vars = append(vars, v)
	}
	return vars, nil
}

// class is MATLAB's name of the type; that of no number is "other".
func (e element) class() string {
	switch {
	case e.size == 0:
		return "other"
	case e.kind == 'f' && e.size == 8:
		return "double"
	case e.kind == 'f' && e.size == 4:
		return "single"
	case e.kind == 'f':
		return "half"
	case e.kind == 'i':
		return fmt.Sprintf("int%d", 8*e.size)
	}
	return fmt.Sprintf("uint%d", 8*e.size)
}

// hdf5Message is one message of an object's header.
type hdf5Message struct {
	kind int
	data []byte
}

// maxMessages bounds the messages of one object: a damaged header may go in circles.
const maxMessages = 4096

// object reads an object header of version 1 or 2.
func (h *hdf5) object(address uint64) ([]hdf5Message, error) {
	head, err := h.read(address, 16)
	if err != nil {
		return nil, err
	}
	type block struct {
		address uint64
		size    int64
	}
	var (
		messages []hdf5Message
		blocks   []block
		v2       = string(head[:4]) == "OHDR"
		extra    int // bytes of a message's creation order in version 2
	)
	if v2 {
		flags := head[5]
		if head[4] != 2 {
			return nil, fmt.Errorf("object header of version %d", head[4])
		}
		if flags&4 != 0 {
			extra = 2
		}
		skip := uint64(6)
		if flags&0x20 != 0 {
			skip += 16
		}
		if flags&0x10 != 0 {
			skip += 4
		}
		width := 1 << (flags & 3)
		b, err := h.read(address+skip, int64(width))
		if err != nil {
			return nil, err
		}
		blocks = []block{{address + skip + uint64(width), int64((&fields{b: b}).uint(width))}}
	} else {
		if head[0] != 1 {
			return nil, fmt.Errorf("object header of version %d at %d; the file is damaged", head[0], address)
		}
		blocks = []block{{address + 16, int64(binary.LittleEndian.Uint32(head[8:]))}}
	}
	for i := 0; i < len(blocks); i++ {
		b, err := h.read(blocks[i].address, blocks[i].size)
		if err != nil {
			return nil, err
		}
		f := &fields{b: b}
		if v2 && i > 0 {
			if string(f.take(4)) != "OCHK" || len(f.b) < 4 {
				return nil, fmt.Errorf("damaged continuation of an object header")
			}
			f.b = f.b[:len(f.b)-4] // checksum
		}
		least := 8
		if v2 {
			least = 4 + extra
		}
		for len(f.b) >= least {
			var m hdf5Message
			var size int
			if v2 {
				m.kind, size = f.u8(), f.u16()
				f.take(1 + extra)
			} else {
				m.kind, size = f.u16(), f.u16()
				f.take(4)
			}
			m.data = f.take(size)
			if f.short {
				return nil, fmt.Errorf("a message of %d bytes runs out of its object header", size)
			}
			if m.kind == 0x10 {
				c := &fields{b: m.data}
				blocks = append(blocks, block{c.u64(), int64(c.u64())})
				if c.short {
					return nil, fmt.Errorf("damaged continuation of an object header")
				}
			}
			if messages = append(messages, m); len(messages)+len(blocks) > maxMessages {
				return nil, fmt.Errorf("more than %d messages in an object header; the file is damaged", maxMessages)
			}
		}
	}
	return messages, nil
}

type hdf5Link struct {
	name    string
	address uint64
}

// maxLinks bounds the members of a group.
const maxLinks = 1 << 16

// group lists the members of a group.
func (h *hdf5) group(address uint64) ([]hdf5Link, error) {
	messages, err := h.object(address)
	if err != nil {
		return nil, err
	}
	var links []hdf5Link
	for _, m := range messages {
		f := &fields{b: m.data}
		switch m.kind {
		case 0x11: // symbol table
			tree, heap := f.u64(), f.u64()
			if f.short {
				return nil, fmt.Errorf("damaged symbol table")
			}
			return h.symbols(tree, heap)
		case 0x02: // link info
			f.u8()
			if flags := f.u8(); flags&1 != 0 {
				f.u64()
			}
			if dense := f.u64(); !f.short && dense != noAddress {
				return nil, fmt.Errorf("links in a heap, as HDF5's newest format writes them; write the file anew with save('-v7.3') or h5py's default format")
			}
		case 0x06: // link
			f.u8()
			flags := f.u8()
			kind := 0
			if flags&8 != 0 {
				kind = f.u8()
			}
			if flags&4 != 0 {
				f.u64()
			}
			if flags&16 != 0 {
				f.u8()
			}
			name := string(f.take(int(min(f.uint(1<<(flags&3)), 1<<16))))
			if kind == 0 {
				links = append(links, hdf5Link{name, f.u64()})
			}
			if f.short {
				return nil, fmt.Errorf("damaged link")
			}
		}
	}
	return links, nil
}

// node reads the head of a B-tree's node (version 1) and returns the keys and children behind it, and
// whether the children are leaves.
func (h *hdf5) node(address uint64, kind, keyBytes int) (f *fields, n int, leaf bool, err error) {
	head, err := h.read(address, 24)
	if err != nil {
		return nil, 0, false, err
	}
	if string(head[:4]) != "TREE" || int(head[4]) != kind {
		return nil, 0, false, fmt.Errorf("no B-tree of kind %d at %d; the file is damaged", kind, address)
	}
	n = int(binary.LittleEndian.Uint16(head[6:]))
	b, err := h.read(address+24, int64(n)*int64(keyBytes+8))
	return &fields{b: b}, n, head[5] == 0, err
}

// maxDepth bounds the levels of a B-tree.
const maxDepth = 32

// symbols lists a group's members through its B-tree and heap of names.
func (h *hdf5) symbols(tree, heap uint64) ([]hdf5Link, error) {
	head, err := h.read(heap, 32)
	if err != nil {
		return nil, err
	}
	if string(head[:4]) != "HEAP" {
		return nil, fmt.Errorf("no heap of names at %d; the file is damaged", heap)
	}
	names, err := h.read(binary.LittleEndian.Uint64(head[24:]), int64(binary.LittleEndian.Uint64(head[8:])))
	if err != nil {
		return nil, err
	}
	var links []hdf5Link
	visited := 0
	var walk func(address uint64, depth int) error
	walk = func(address uint64, depth int) error {
		f, n, leaf, err := h.node(address, 0, 8)
		if err != nil {
			return err
		}
		if visited += n; depth > maxDepth || visited > maxLinks {
			return fmt.Errorf("a group of more than %d members, or in circles", maxLinks)
		}
		for range n {
			f.u64()
			child := f.u64()
			if !leaf {
				if err := walk(child, depth+1); err != nil {
					return err
				}
				continue
			}
			head, err := h.read(child, 8)
			if err != nil {
				return err
			}
			if string(head[:4]) != "SNOD" {
				return fmt.Errorf("no symbols at %d; the file is damaged", child)
			}
			count := int(binary.LittleEndian.Uint16(head[6:]))
			b, err := h.read(child+8, int64(count)*40)
			if err != nil {
				return err
			}
			if len(links)+count > maxLinks {
				return fmt.Errorf("a group of more than %d members", maxLinks)
			}
			for s := (&fields{b: b}); len(s.b) > 0; {
				at, object := s.u64(), s.u64()
				s.take(24)
				if at >= uint64(len(names)) {
					return fmt.Errorf("a name outside its heap; the file is damaged")
				}
				name, _, _ := bytes.Cut(names[at:], []byte{0})
				links = append(links, hdf5Link{string(name), object})
			}
		}
		return nil
	}
	return links, walk(tree, 0)
}

// hdf5Data is how a dataset is stored.
type hdf5Data struct {
	h       *hdf5
	element element // size 0: no number
	dims    []int   // MATLAB's order
	layout  int     // 0 in the header, 1 contiguous, 2 in chunks
	raw     []byte  // layout 0
	address uint64
	bytes   int64 // layout 1
	chunk   []int // numbers of a chunk per dimension, MATLAB's order
	filters []int
}

// dataset collects the messages of an array; ok is false for an object that is none.
func (h *hdf5) dataset(messages []hdf5Message) (d hdf5Data, dims []int, ok bool, err error) {
	d.h = h
	var space, layout bool
	for _, m := range messages {
		f := &fields{b: m.data}
		switch m.kind {
		case 0x01:
			space = true
			version, rank := f.u8(), f.u8()
			switch version {
			case 1:
				f.take(6)
			case 2:
				f.take(2)
			default:
				return d, nil, false, fmt.Errorf("dataspace of version %d", version)
			}
			for range rank {
				n := f.u64()
				if n > 1<<48 {
					return d, nil, false, fmt.Errorf("dimension %d", n)
				}
				dims = append([]int{int(n)}, dims...)
			}
		case 0x03:
			d.element = hdf5Element(f)
		case 0x08:
			layout = true
			err = d.setLayout(f)
		case 0x0B:
			err = d.setFilters(f)
		}
		if err == nil && f.short {
			err = fmt.Errorf("a message of type %#x is too short; the file is damaged", m.kind)
		}
		if err != nil {
			return d, nil, false, err
		}
	}
	if !space || !layout {
		return d, nil, false, nil
	}
	if len(dims) == 0 {
		dims = []int{1}
	}
	d.dims = dims
	if d.layout == 2 {
		if len(d.chunk) != len(dims) {
			return d, nil, false, fmt.Errorf("chunks of %d dimensions for an array of %d", len(d.chunk), len(dims))
		}
	}
	return d, dims, true, nil
}

// hdf5Element reads a datatype; its size is 0 for what is no number.
func hdf5Element(f *fields) element {
	class := f.u8() & 0x0F
	bits := f.take(3)
	e := element{size: int(f.u32()), big: bits[0]&1 != 0}
	switch class {
	case 0:
		e.kind = 'u'
		if bits[0]&8 != 0 {
			e.kind = 'i'
		}
	case 1:
		e.kind = 'f'
		if bits[0]&0x40 != 0 { // VAX order
			return element{}
		}
	default:
		return element{}
	}
	offset, precision := f.u16(), f.u16()
	if offset != 0 || precision != 8*e.size || !e.known() {
		return element{}
	}
	return e
}

func (d *hdf5Data) setLayout(f *fields) error {
	if version := f.u8(); version != 3 {
		return fmt.Errorf("data layout of version %d; version 3 is expected: write the file anew with save('-v7.3') or h5py's default format", version)
	}
	switch d.layout = f.u8(); d.layout {
	case 0:
		d.raw = f.take(f.u16())
	case 1:
		d.address = f.u64()
		d.bytes = int64(f.u64())
	case 2:
		rank := f.u8() - 1 // the last is the element's size
		d.address = f.u64()
		for range rank {
			n := f.u32()
			if n == 0 {
				return fmt.Errorf("a chunk without extent")
			}
			d.chunk = append([]int{int(n)}, d.chunk...)
		}
		f.u32()
	default:
		return fmt.Errorf("data layout of class %d", d.layout)
	}
	return nil
}

func (d *hdf5Data) setFilters(f *fields) error {
	version, n := f.u8(), f.u8()
	if version == 1 {
		f.take(6)
	}
	for range n {
		id := f.u16()
		length := 0
		if version == 1 || id >= 256 {
			length = f.u16()
		}
		f.u16()
		values := f.u16()
		if version == 1 {
			length += -length & 7
			values += values & 1
		}
		f.take(length)
		f.take(4 * values)
		if f.short {
			return nil
		}
		if id != filterDeflate && id != filterShuffle {
			return fmt.Errorf("data passed through filter %d; known are 1 (deflate) and 2 (shuffle)", id)
		}
		d.filters = append(d.filters, id)
	}
	return nil
}

const (
	filterDeflate = 1
	filterShuffle = 2
)

func (d hdf5Data) open() (io.Reader, element, *chunkSource, error) {
	n, err := elements(d.dims, d.element.size)
	if err != nil {
		return nil, d.element, nil, err
	}
	size := int64(n) * int64(d.element.size)
	switch d.layout {
	case 0:
		if int64(len(d.raw)) != size {
			return nil, d.element, nil, fmt.Errorf("%d bytes of data, expected %d numbers of type %s", len(d.raw), n, d.element)
		}
		return bytes.NewReader(d.raw), d.element, nil, nil
	case 1:
		if d.address == noAddress {
			return nil, d.element, nil, fmt.Errorf("the file holds no data for it")
		}
		if d.bytes != size || d.address > uint64(d.h.size) || d.h.base+int64(d.address) > d.h.size-size {
			return nil, d.element, nil, fmt.Errorf("truncated or damaged: %d bytes of data at %d of a file of %d, expected %d numbers of type %s; get the file again",
				d.bytes, d.address, d.h.size, n, d.element)
		}
		return io.NewSectionReader(d.h.r, d.h.base+int64(d.address), size), d.element, nil, nil
	}
	c := &chunkSource{hdf5Data: d}
	return nil, d.element, c, c.list()
}

// chunkSource is an array in chunks.
type chunkSource struct {
	hdf5Data
	chunks []hdf5Chunk
	bytes  int64 // of one chunk, unpacked
}

type hdf5Chunk struct {
	at      []int // first index per dimension, MATLAB's order
	address uint64
	stored  int64
	skip    uint32 // filters that were not applied
}

// list reads the B-tree of the chunks. The array must be there in full: a missing chunk is a damaged file.
func (c *chunkSource) list() error {
	n, err := elements(c.chunk, c.element.size)
	if err != nil {
		return err
	}
	c.bytes = int64(n) * int64(c.element.size)
	// Deflate packs no more than 1032 to 1.
	if c.bytes > 1032*c.h.size {
		return fmt.Errorf("chunks of %d bytes in a file of %d; the file is damaged", c.bytes, c.h.size)
	}
	var expected int64 = 1
	for i, d := range c.dims {
		if k := int64((d + c.chunk[i] - 1) / c.chunk[i]); k > 0 && expected > c.h.size/k {
			return fmt.Errorf("more chunks than a file of %d bytes can hold; the file is damaged", c.h.size)
		} else {
			expected *= k
		}
	}
	rank := len(c.dims)
	key := 8 + 8*(rank+1)
	limit := c.h.size/int64(key+8) + 1
	seen := map[int64]bool{}
	var stored, visited int64
	var walk func(address uint64, depth int) error
	walk = func(address uint64, depth int) error {
		f, n, leaf, err := c.h.node(address, 1, key)
		if err != nil {
			return err
		}
		if visited += int64(n); visited > limit || depth > maxDepth {
			return fmt.Errorf("the B-tree of the chunks goes in circles; the file is damaged")
		}
		for range n {
			k := hdf5Chunk{stored: f.u32(), skip: uint32(f.u32()), at: make([]int, rank)}
			number := int64(0)
			inside := true
			for i := rank - 1; i >= 0; i-- {
				at := f.u64()
				inside = inside && at < uint64(c.dims[i]) && at%uint64(c.chunk[i]) == 0
				k.at[i] = int(at)
				number = number*int64((c.dims[i]+c.chunk[i]-1)/c.chunk[i]) + int64(at)/int64(c.chunk[i])
			}
			f.u64()
			k.address = f.u64()
			if !leaf {
				if err := walk(k.address, depth+1); err != nil {
					return err
				}
				continue
			}
			if !inside || seen[number] {
				return fmt.Errorf("a chunk at %v of an array of %v; the file is damaged", k.at, c.dims)
			}
			seen[number] = true
			if stored += k.stored; stored > c.h.size {
				return fmt.Errorf("chunks of more bytes than the file has; the file is damaged")
			}
			c.chunks = append(c.chunks, k)
		}
		return nil
	}
	if c.address != noAddress {
		if err := walk(c.address, 0); err != nil {
			return err
		}
	}
	if int64(len(c.chunks)) != expected {
		return fmt.Errorf("%d of %d chunks are there; the file is damaged or was not written to its end", len(c.chunks), expected)
	}
	if expected > 0 && c.bytes > 1032*stored/expected {
		return fmt.Errorf("%d chunks of %d bytes, and only %d are stored for them; the file is damaged", expected, c.bytes, stored)
	}
	return nil
}

// read returns the numbers of a chunk as stored, the first index fastest.
func (c *chunkSource) read(k hdf5Chunk) ([]byte, error) {
	b, err := c.h.read(k.address, k.stored)
	if err != nil {
		return nil, err
	}
	for i := len(c.filters) - 1; i >= 0; i-- {
		if k.skip>>i&1 != 0 {
			continue
		}
		if c.filters[i] == filterShuffle {
			b = unshuffle(b, c.element.size)
			continue
		}
		z, err := zlib.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("chunk at %v: %w", k.at, truncated(err))
		}
		out := bytes.NewBuffer(make([]byte, 0, min(c.bytes+1, 1032*k.stored)))
		if _, err := out.ReadFrom(io.LimitReader(z, c.bytes+1)); err != nil {
			return nil, fmt.Errorf("chunk at %v: %w", k.at, truncated(err))
		}
		b = out.Bytes()
	}
	if int64(len(b)) != c.bytes {
		return nil, fmt.Errorf("chunk at %v of %d bytes, expected %d; the file is damaged", k.at, len(b), c.bytes)
	}
	return b, nil
}

// unshuffle puts the bytes of every number together again.
func unshuffle(b []byte, size int) []byte {
	n := len(b) / size
	out := make([]byte, len(b))
	copy(out[n*size:], b[n*size:])
	for j := range size {
		for i, v := range b[j*n : (j+1)*n] {
			out[i*size+j] = v
		}
	}
	return out
}

// gatherChunks reads the selected numbers from an array in chunks.
func gatherChunks[T Number](c *chunkSource, dims []int, selected []Range, shape []int) ([]T, error) {
	n, err := elements(shape, 8)
	if err != nil {
		return nil, err
	}
	values := make([]T, n)
	for _, k := range c.chunks {
		if err := scatterChunk(values, c, k, dims, selected, shape); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// scatterChunk puts the selected numbers of a chunk to their places among the values.
func scatterChunk[T Number](values []T, c *chunkSource, k hdf5Chunk, dims []int, selected []Range, shape []int) error {
	rank := len(dims)
	// Of each dimension, the selected indices within the chunk: first, and how many.
	first, count := make([]int, rank), make([]int, rank)
	for i := range dims {
		end := min(k.at[i]+c.chunk[i], dims[i], selected[i].Stop)
		if first[i] = selected[i].from(k.at[i]); first[i] >= end {
			return nil
		}
		count[i] = (end - first[i] + selected[i].Step - 1) / selected[i].Step
	}
	raw, err := c.read(k)
	if err != nil {
		return err
	}
	line := make([]int, rank) // the line among the selected ones of the chunk; line[0] stays 0
	for {
		from, to, fromStride, toStride := 0, 0, 1, 1
		for i := range rank {
			from += (first[i] + line[i]*selected[i].Step - k.at[i]) * fromStride
			to += (selected[i].at(first[i]) + line[i]) * toStride
			fromStride *= c.chunk[i]
			toStride *= shape[i]
		}
		if err := decode(values[to:to+count[0]], raw[from*c.element.size:], selected[0].Step, c.element); err != nil {
			return fmt.Errorf("in the chunk at %v: %w", k.at, err)
		}
		d := 1
		for ; d < rank; d++ {
			if line[d]++; line[d] < count[d] {
				break
			}
			line[d] = 0
		}
		if d >= rank {
			return nil
		}
	}
}
