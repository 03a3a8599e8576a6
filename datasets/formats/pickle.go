// Package formats reads the file formats that data sets and benchmarks are published in. All of it is for files from
// outside: corrupt input is an error that says where, never a panic, and no code of a file is ever run.
package formats

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"
)

// Unpickle decodes a Python pickle. NumPy scalars come out as float64 or int; other classes as inert
// objects: no code of a pickle is ever run. Corrupt input is an error.
func Unpickle(data []byte) (v any, err error) {
	// The decoder allocates what a length prefix says before it reads, and indexes without checks.
	if err := checkPickle(data); err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			v, err = nil, fmt.Errorf("corrupt pickle: %v", p)
		}
	}()
	u := pickle.NewUnpickler(bytes.NewReader(data))
	u.FindClass = func(module, name string) (any, error) {
		switch module + "." + name {
		case "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar":
			return numpyScalar{}, nil
		case "numpy.dtype":
			return numpyDtypeClass{}, nil
		case "builtins.set", "__builtin__.set":
			return types.NewGenericClass(module, name), nil
		}
		return nil, fmt.Errorf("unexpected class %s.%s", module, name)
	}
	v, err = u.Load()
	if err != nil {
		return nil, fmt.Errorf("corrupt pickle: %w", err)
	}
	return v, nil
}

// numpyDtypeClass is numpy.dtype: called with a type code, then given its state, byte order among it.
type numpyDtypeClass struct{}

type numpyDtype struct {
	code string // "f8"
	big  bool
}

func (numpyDtypeClass) Call(args ...any) (any, error) {
	if len(args) > 0 {
		if code, ok := args[0].(string); ok {
			return &numpyDtype{code: code}, nil
		}
	}
	return nil, errors.New("numpy.dtype without a type code")
}

// PySetState takes (version, byte order, …).
func (d *numpyDtype) PySetState(state any) error {
	if t, ok := state.(*types.Tuple); ok && t.Len() > 1 {
		order, ok := t.Get(1).(string)
		d.big = order == ">"
		if ok {
			return nil
		}
	}
	return errors.New("numpy.dtype with an unknown state")
}

// numpyScalar is numpy.core.multiarray.scalar(dtype, bytes).
type numpyScalar struct{}

func (numpyScalar) Call(args ...any) (any, error) {
	if len(args) != 2 {
		return nil, fmt.Errorf("a NumPy scalar of %d parts, expected 2", len(args))
	}
	dtype, ok := args[0].(*numpyDtype)
	data, ok2 := args[1].([]byte)
	if !ok || !ok2 {
		return nil, errors.New("a NumPy scalar without type or data")
	}
	var order binary.ByteOrder = binary.LittleEndian
	if dtype.big {
		order = binary.BigEndian
	}
	switch {
	case dtype.code == "f8" && len(data) == 8:
		return math.Float64frombits(order.Uint64(data)), nil
	case dtype.code == "f4" && len(data) == 4:
		return float64(math.Float32frombits(order.Uint32(data))), nil
	case dtype.code == "i8" && len(data) == 8:
		return int(int64(order.Uint64(data))), nil
	case dtype.code == "i4" && len(data) == 4:
		return int(int32(order.Uint32(data))), nil
	}
	return nil, fmt.Errorf("a NumPy scalar of type %q in %d bytes", dtype.code, len(data))
}

// checkPickle walks the opcodes (protocols 0 to 5, Python's pickletools) and reports a length prefix that
// goes beyond the data, or an opcode that does not exist.
func checkPickle(data []byte) error {
	rest := data
	take := func(n uint64) bool {
		if n > uint64(len(rest)) {
			return false
		}
		rest = rest[n:]
		return true
	}
	lines := func(n int) bool {
		for range n {
			i := bytes.IndexByte(rest, '\n')
			if i < 0 {
				return false
			}
			rest = rest[i+1:]
		}
		return true
	}
	// sized skips a payload whose length is in the first n bytes.
	sized := func(n int) bool {
		if len(rest) < n {
			return false
		}
		size := make([]byte, 8)
		copy(size, rest[:n])
		rest = rest[n:]
		return take(binary.LittleEndian.Uint64(size))
	}
	for len(rest) > 0 {
		at, op := len(data)-len(rest), rest[0]
		rest = rest[1:]
		ok := true
		switch op {
		case '.': // STOP
			return nil
		case '(', '0', '1', '2', 'N', 'Q', 'R', 'a', 'b', 'd', '}', 'e', 'l', ']', 'o', 's', 't', ')', 'u',
			0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8f, 0x90, 0x91, 0x92, 0x93, 0x94, 0x97, 0x98:
		case 'K', 'h', 'q', 0x80, 0x82:
			ok = take(1)
		case 'M', 0x83:
			ok = take(2)
		case 'J', 'j', 'r', 0x84:
			ok = take(4)
		case 'G':
			ok = take(8)
		case 'F', 'I', 'L', 'P', 'S', 'V', 'g', 'p':
			ok = lines(1)
		case 'c', 'i':
			ok = lines(2)
		case 'U', 'C', 0x8a, 0x8c:
			ok = sized(1)
		case 'T', 'X', 'B', 0x8b:
			ok = sized(4)
		case 0x8d, 0x8e, 0x96:
			ok = sized(8)
		case 0x95: // FRAME: its content is opcodes, walked like the rest
			if ok = len(rest) >= 8; ok {
				ok = binary.LittleEndian.Uint64(rest) <= uint64(len(rest)-8)
				rest = rest[8:]
			}
		default:
			return fmt.Errorf("corrupt pickle: byte %d is no opcode: 0x%02x", at, op)
		}
		if !ok {
			return fmt.Errorf("corrupt or truncated pickle: the data ends within the value at byte %d of %d", at, len(data))
		}
	}
	return fmt.Errorf("truncated pickle: no end after %d bytes", len(data))
}

// Entries calls f for each entry of a Python dict.
func Entries(v any, f func(key, value any) error) error {
	switch d := v.(type) {
	case *types.Dict:
		for _, e := range *d {
			if err := f(e.Key, e.Value); err != nil {
				return err
			}
		}
	case *types.OrderedDict:
		for e := d.List.Front(); e != nil; e = e.Next() {
			entry := e.Value.(*types.OrderedDictEntry)
			if err := f(entry.Key, entry.Value); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("expected a dict, found %T", v)
	}
	return nil
}

// Fields gives the entries of a dict whose keys are strings.
func Fields(v any) (map[string]any, error) {
	m := map[string]any{}
	err := Entries(v, func(key, value any) error {
		k, ok := key.(string)
		if !ok {
			return fmt.Errorf("expected a string as key, found %T", key)
		}
		m[k] = value
		return nil
	})
	return m, err
}

// PickleNumber converts a Python number; it is NaN, false for anything else.
func PickleNumber(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case int:
		return float64(n), true
	}
	return math.NaN(), false
}
