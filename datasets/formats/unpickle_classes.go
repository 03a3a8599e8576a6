package formats

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// class is a name that a pickle may call.
type class string

// classes are the ones that data files need. What calling them gives is made here, by call.
var classes = []class{
	"numpy.ndarray", "numpy.dtype",
	"numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct",
	"numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar",
	"numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer",
	"_codecs.encode", "collections.OrderedDict",
	"builtins.set", "__builtin__.set", "builtins.frozenset", "__builtin__.frozenset",
	"builtins.bytes", "__builtin__.bytes", "builtins.bytearray", "__builtin__.bytearray",
}

// object carries out the operations that name, call and fill objects of classes.
func (u *Unpickler) object(op byte) error {
	switch op {
	case 'c', 'i':
		var names [2]string
		for i := range names {
			line, err := u.line(maxName)
			if err != nil {
				return err
			}
			names[i] = string(line)
		}
		c, err := find(names[0], names[1])
		if err != nil {
			return err
		}
		if op == 'c' {
			return u.push(c)
		}
		args, err := u.popMark()
		if err != nil {
			return err
		}
		return u.call(c, slices.Clone(args))
	case 0x93: // STACK_GLOBAL
		name, err := u.pop()
		if err != nil {
			return err
		}
		module, err := u.pop()
		if err != nil {
			return err
		}
		m, ok := module.(string)
		n, ok2 := name.(string)
		if !ok || !ok2 {
			return errors.New("a class whose name is no string")
		}
		c, err := find(m, n)
		if err != nil {
			return err
		}
		return u.push(c)
	case 'o':
		items, err := u.popMark()
		if err != nil {
			return err
		}
		if len(items) == 0 {
			return errors.New("an object without a class")
		}
		return u.call(items[0], slices.Clone(items[1:]))
	case 'R', 0x81: // REDUCE, NEWOBJ
		args, err := u.pop()
		if err != nil {
			return err
		}
		c, err := u.pop()
		if err != nil {
			return err
		}
		t, ok := args.(Tuple)
		if !ok {
			return fmt.Errorf("a call with %s in place of a tuple", Kind(args))
		}
		return u.call(c, t)
	}
	// BUILD
	state, err := u.pop()
	if err != nil {
		return err
	}
	v, err := u.top()
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case *dtype:
		return v.setState(state)
	case *Array:
		return v.setState(state)
	}
	return fmt.Errorf("a state for %s, which has none", Kind(v))
}

func find(module, name string) (class, error) {
	c := class(module + "." + name)
	if slices.Contains(classes, c) {
		return c, nil
	}
	return "", fmt.Errorf("the class %.60q, which files of data do not need; refused, and nothing of it was run", c)
}

// call pushes what calling a class gives.
func (u *Unpickler) call(v any, args []any) error {
	c, ok := v.(class)
	if !ok {
		return fmt.Errorf("%s is called", Kind(v))
	}
	if err := u.charge(4); err != nil {
		return err
	}
	made, err := u.construct(c, args)
	if err != nil {
		return fmt.Errorf("%s: %w", c, err)
	}
	return u.push(made)
}

func (u *Unpickler) construct(c class, args []any) (any, error) {
	_, name, _ := strings.Cut(string(c), ".")
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "_reconstruct":
		return &Array{}, nil // its state follows
	case "dtype":
		if len(args) > 0 {
			if code, ok := Text(args[0]); ok {
				return newDType(code)
			}
		}
		return nil, errors.New("no type code")
	case "scalar":
		if len(args) == 2 {
			d, ok := args[0].(*dtype)
			data, ok2 := Text(args[1])
			if ok && ok2 {
				return d.scalar([]byte(data))
			}
		}
		return nil, errors.New("no type and data")
	case "_frombuffer":
		if len(args) == 4 {
			order, _ := Text(args[3])
			a := &Array{}
			return a, a.setState(Tuple{args[2], args[1], order == "F", args[0]})
		}
		return nil, errors.New("not four arguments")
	case "encode":
		if len(args) == 2 {
			text, ok := args[0].(string)
			codec, ok2 := Text(args[1])
			if ok && ok2 && (codec == "latin1" || codec == "latin-1") {
				if err := u.charge(len(text) / 16); err != nil {
					return nil, err
				}
				return latin1(text)
			}
		}
		return nil, errors.New("not a string and the codec latin1")
	case "bytes", "bytearray":
		return u.makeBytes(args)
	case "OrderedDict":
		d := &Dict{}
		if len(args) == 0 {
			return d, nil
		}
		pairs, err := Items(args[0])
		if err != nil {
			return nil, err
		}
		for _, p := range pairs {
			pair, err := Items(p)
			if err != nil || len(pair) != 2 {
				return nil, errors.New("an entry that is no pair")
			}
			d.Entries = append(d.Entries, Entry{pair[0], pair[1]})
		}
		return d, u.charge(2 * len(pairs))
	case "set", "frozenset":
		if len(args) == 0 {
			return &List{}, nil
		}
		items, err := Items(args[0])
		if err != nil {
			return nil, err
		}
		if name == "frozenset" {
			return Tuple(slices.Clone(items)), u.charge(len(items))
		}
		return &List{slices.Clone(items)}, u.charge(len(items))
	}
	return nil, errors.New("it cannot be called")
}

// makeBytes is bytes() and bytearray() with nothing, with bytes, or with text and a codec.
func (u *Unpickler) makeBytes(args []any) (any, error) {
	if len(args) == 0 {
		return []byte{}, nil
	}
	if b, ok := args[0].([]byte); ok && len(args) == 1 {
		return b, nil
	}
	text, ok := args[0].(string)
	if !ok || len(args) > 2 {
		return nil, errors.New("unknown arguments")
	}
	if err := u.charge(len(text) / 16); err != nil {
		return nil, err
	}
	if len(args) == 1 {
		return []byte(text), nil
	}
	return latin1(text)
}
