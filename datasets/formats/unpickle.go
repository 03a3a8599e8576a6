package formats

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
)

// List is a Python list or set. It is a pointer's target because a pickle may fill it after it has put it elsewhere.
type List struct{ Items []any }

// Tuple is a Python tuple or frozenset.
type Tuple []any

// Dict is a Python dict in the order of its entries. Keys are whatever the pickle has.
type Dict struct{ Entries []Entry }

// Entry is one entry of a [Dict].
type Entry struct{ Key, Value any }

// DictFields gives the entries of a dict whose keys are strings; bytes count as strings, as Python 2 wrote them.
// Errors: v is no dict, another kind of key, a key that appears twice.
func DictFields(v any) (map[string]any, error) {
	d, ok := v.(*Dict)
	if !ok {
		return nil, fmt.Errorf("expected a dict, found %s", Kind(v))
	}
	m := make(map[string]any, len(d.Entries))
	for _, e := range d.Entries {
		k, ok := Text(e.Key)
		if !ok {
			return nil, fmt.Errorf("expected a string as key of a dict, found %s", Kind(e.Key))
		}
		if _, twice := m[k]; twice {
			return nil, fmt.Errorf("the key %.60q appears twice in a dict", k)
		}
		m[k] = e.Value
	}
	return m, nil
}

// Items gives the elements of a list, tuple or set.
func Items(v any) ([]any, error) {
	switch l := v.(type) {
	case *List:
		return l.Items, nil
	case Tuple:
		return l, nil
	}
	return nil, fmt.Errorf("expected a list, found %s", Kind(v))
}

// Text gives a string, or bytes as a string.
func Text(v any) (string, bool) {
	switch s := v.(type) {
	case string:
		return s, true
	case []byte:
		return string(s), true
	}
	return "", false
}

// Float converts a Python or NumPy number; truth values are none.
func Float(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case int:
		return float64(n), true
	}
	return 0, false
}

// Kind names a value's type as Python does, for messages. The value itself is never printed: it can hold itself.
func Kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return "a truth value"
	case int, *big.Int:
		return "an integer"
	case float64:
		return "a number"
	case string:
		return "a string"
	case []byte:
		return "bytes"
	case *List:
		return "a list"
	case Tuple:
		return "a tuple"
	case *Dict:
		return "a dict"
	case *Array:
		return "an array"
	case class:
		return "the class " + string(v)
	}
	return "another object"
}

// Unpickler reads Python pickles, one after another, from a stream. It is written by hand because the one Go library
// for pickles does not decode the escapes of protocol 0, which NumPy's data are full of, and allocates what a length
// prefix says before it reads.
//
// No code of a pickle is ever run: of classes it knows NumPy's arrays and scalars, OrderedDict, sets and bytes, and
// every other one is an error. What it allocates is at most about forty times what it has read, whatever a pickle says.
type Unpickler struct {
	r    *bufio.Reader
	read int64 // bytes
	end  int64 // most bytes to read

	stack  []any
	marks  []int // heights of the stack
	memo   []any
	sparse map[int]any // memo entries whose numbers are not consecutive
	spent  int64       // bytes of containers
}

// NewUnpickler reads pickles of at most limit bytes in all.
func NewUnpickler(r io.Reader, limit int64) *Unpickler {
	return &Unpickler{r: bufio.NewReaderSize(r, 1<<16), end: limit}
}

// ReadPickle reads one pickle of at most limit bytes. Values come as nil, bool, int (of 64 bits), *big.Int, float64,
// string (also for byte strings of Python 2), []byte, *[List], [Tuple], *[Dict] and *[Array]. Errors: a truncated or
// corrupt pickle, a class other than those that data files need, objects out of proportion to the bytes.
func ReadPickle(r io.Reader, limit int64) (any, error) { return NewUnpickler(r, limit).Next() }

// Bounds on what a pickle may hold. Python writes at most 1000 elements at once, so only hostile stacks are higher.
const (
	maxStack  = 1 << 20
	maxMarks  = 1 << 12
	maxDigits = 4096 // of an integer
	maxName   = 256  // of a class
	freely    = 4 << 20
	expansion = 16 // bytes of containers for each byte read
)

// Next reads the next pickle.
func (u *Unpickler) Next() (any, error) {
	u.stack, u.marks, u.memo, u.sparse = u.stack[:0], u.marks[:0], nil, nil
	for {
		at := u.read
		op, err := u.byte()
		if err == nil && op == '.' {
			var v any
			if v, err = u.pop(); err == nil {
				return v, nil
			}
		} else if err == nil {
			err = u.step(op)
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return nil, fmt.Errorf("truncated pickle: the data end after %d bytes, within the value at byte %d", u.read, at)
		default:
			return nil, fmt.Errorf("corrupt pickle, byte %d: %w", at, err)
		}
	}
}

// charge accounts for a container of n elements.
func (u *Unpickler) charge(n int) error {
	u.spent += 64 + 16*int64(n)
	if u.spent > freely+expansion*u.read {
		return errors.New("its objects are out of proportion to its bytes; refused")
	}
	return nil
}

func (u *Unpickler) push(v any) error {
	if len(u.stack) >= maxStack {
		return fmt.Errorf("more than %d values wait on its stack; refused", maxStack)
	}
	u.stack = append(u.stack, v)
	return nil
}

// pop takes the last value, not going below the last mark.
func (u *Unpickler) pop() (any, error) {
	floor := 0
	if n := len(u.marks); n > 0 {
		floor = u.marks[n-1]
	}
	if len(u.stack) <= floor {
		return nil, errors.New("its stack is empty")
	}
	v := u.stack[len(u.stack)-1]
	u.stack = u.stack[:len(u.stack)-1]
	return v, nil
}

// top is the last value, which stays.
func (u *Unpickler) top() (any, error) {
	v, err := u.pop()
	if err == nil {
		u.stack = u.stack[:len(u.stack)+1]
	}
	return v, err
}

// popMark takes the values above the last mark. They are valid until the next push.
func (u *Unpickler) popMark() ([]any, error) {
	n := len(u.marks)
	if n == 0 {
		return nil, errors.New("no mark on its stack")
	}
	items := u.stack[u.marks[n-1]:]
	u.stack = u.stack[:u.marks[n-1]]
	u.marks = u.marks[:n-1]
	return items, nil
}

// popTuple takes the last n values.
func (u *Unpickler) popTuple(n int) error {
	t := make(Tuple, n)
	for i := n - 1; i >= 0; i-- {
		var err error
		if t[i], err = u.pop(); err != nil {
			return err
		}
	}
	if err := u.charge(n); err != nil {
		return err
	}
	return u.push(t)
}

func (u *Unpickler) put(key int) error {
	v, err := u.top()
	switch {
	case err != nil:
		return err
	case key == len(u.memo):
		u.memo = append(u.memo, v)
		return nil
	case key < 0:
		return fmt.Errorf("a memo number of %d", key)
	case key < len(u.memo):
		u.memo[key] = v
		return nil
	}
	if u.sparse == nil {
		u.sparse = map[int]any{}
	}
	u.sparse[key] = v
	return u.charge(0)
}

func (u *Unpickler) get(key int) error {
	if key >= 0 && key < len(u.memo) {
		return u.push(u.memo[key])
	}
	v, ok := u.sparse[key]
	if !ok {
		return fmt.Errorf("nothing has the memo number %d", key)
	}
	return u.push(v)
}

// step carries out one operation of protocols 0 to 5, as Python's pickletools documents them.
func (u *Unpickler) step(op byte) error {
	switch op {
	case 0x80: // PROTO
		v, err := u.byte()
		if err == nil && v > 5 {
			err = fmt.Errorf("protocol %d; known are 0 to 5", v)
		}
		return err
	case 0x95: // FRAME: its content is operations like any others
		_, err := u.size(8)
		return err
	case '(': // MARK
		if len(u.marks) >= maxMarks {
			return fmt.Errorf("more than %d marks on its stack; refused", maxMarks)
		}
		u.marks = append(u.marks, len(u.stack))
		return nil
	case '0': // POP
		if n := len(u.marks); n > 0 && u.marks[n-1] == len(u.stack) {
			u.marks = u.marks[:n-1]
			return nil
		}
		_, err := u.pop()
		return err
	case '1': // POP_MARK
		_, err := u.popMark()
		return err
	case '2': // DUP
		v, err := u.top()
		if err != nil {
			return err
		}
		return u.push(v)
	case 'N':
		return u.push(nil)
	case 0x88:
		return u.push(true)
	case 0x89:
		return u.push(false)
	case 'I', 'J', 'K', 'L', 'M', 'F', 'G', 0x8a, 0x8b:
		v, err := u.number(op)
		if err != nil {
			return err
		}
		return u.push(v)
	case 'S', 'T', 'U', 'V', 'X', 'B', 'C', 0x8c, 0x8d, 0x8e, 0x96:
		v, err := u.text(op)
		if err != nil {
			return err
		}
		return u.push(v)
	case ')', 't', 0x85, 0x86, 0x87, 0x91, ']', 'l', '}', 'd', 0x8f:
		return u.container(op)
	case 'a', 'e', 's', 'u', 0x90:
		return u.fill(op)
	case 'p', 'q', 'r', 0x94, 'g', 'h', 'j':
		return u.memoize(op)
	case 'c', 0x93, 'i', 'o', 'R', 0x81, 'b':
		return u.object(op)
	case 0x98: // READONLY_BUFFER
		return nil
	case 'P', 'Q':
		return errors.New("a reference to data outside the pickle (a tensor's, as a rule), where plain values are expected")
	case 0x82, 0x83, 0x84, 0x92, 0x97:
		return fmt.Errorf("the operation 0x%02x, which files of data do not need; refused", op)
	}
	return fmt.Errorf("0x%02x is no operation", op)
}

// container pushes a new container.
func (u *Unpickler) container(op byte) error {
	switch op {
	case ')':
		return u.push(Tuple{})
	case 0x85, 0x86, 0x87:
		return u.popTuple(int(op - 0x84))
	case ']', '}', 0x8f:
		if err := u.charge(0); err != nil {
			return err
		}
		if op == '}' {
			return u.push(&Dict{})
		}
		return u.push(&List{})
	}
	items, err := u.popMark()
	if err != nil {
		return err
	}
	if err := u.charge(len(items)); err != nil {
		return err
	}
	switch op {
	case 'd':
		d := &Dict{}
		if err := d.extend(items); err != nil {
			return err
		}
		return u.push(d)
	case 'l':
		return u.push(&List{slices.Clone(items)})
	}
	return u.push(Tuple(slices.Clone(items)))
}

func (d *Dict) extend(items []any) error {
	if len(items)%2 != 0 {
		return errors.New("a key of a dict without a value")
	}
	for i := 0; i < len(items); i += 2 {
		d.Entries = append(d.Entries, Entry{items[i], items[i+1]})
	}
	return nil
}

// fill adds values to the container below them.
func (u *Unpickler) fill(op byte) error {
	var items []any
	var err error
	switch op {
	case 'a', 's':
		n := 1
		if op == 's' {
			n = 2
		}
		for range n {
			if _, err = u.pop(); err != nil {
				return err
			}
		}
		items = u.stack[len(u.stack) : len(u.stack)+n]
	default:
		if items, err = u.popMark(); err != nil {
			return err
		}
	}
	v, err := u.top()
	if err != nil {
		return err
	}
	switch c := v.(type) {
	case *List:
		if op == 'a' || op == 'e' || op == 0x90 {
			c.Items = append(c.Items, items...)
			return nil
		}
	case *Dict:
		if op == 's' || op == 'u' {
			return c.extend(items)
		}
	}
	return fmt.Errorf("values are to be added to %s", Kind(v))
}

// memoize keeps the last value under a number, or fetches one.
func (u *Unpickler) memoize(op byte) error {
	var key int
	switch op {
	case 0x94:
		key = len(u.memo) + len(u.sparse)
	case 'p', 'g':
		v, err := u.decimal(20)
		if err != nil {
			return err
		}
		n, ok := v.(int)
		if !ok {
			return errors.New("a memo number that is none")
		}
		key = n
	default:
		width := 1
		if op == 'r' || op == 'j' {
			width = 4
		}
		n, err := u.uint(width)
		if err != nil {
			return err
		}
		key = int(n)
	}
	if op == 'g' || op == 'h' || op == 'j' {
		return u.get(key)
	}
	return u.put(key)
}
