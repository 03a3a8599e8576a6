package formats

import (
	"errors"
	"fmt"
)

// Array is a NumPy array of numbers in a pickle; [ArrayOf] gives its values.
type Array struct {
	element element
	shape   []int // nil before its state has been read
	fortran bool
	data    []byte
}

// dtype is numpy.dtype: called with a type code, then given its state, byte order among it.
type dtype struct{ element element }

func newDType(code string) (*dtype, error) {
	e, err := npyElement(code)
	return &dtype{e}, err
}

// setState takes (version, byte order, …).
func (d *dtype) setState(state any) error {
	if t, ok := state.(Tuple); ok && len(t) > 1 {
		if order, ok := Text(t[1]); ok && (order == "<" || order == ">" || order == "|" || order == "=") {
			d.element.big = order == ">"
			return nil
		}
	}
	return errors.New("numpy.dtype with an unknown state")
}

// scalar is one number of that type.
func (d *dtype) scalar(data []byte) (any, error) {
	e := d.element
	if len(data) != e.size {
		return nil, fmt.Errorf("a number of type %s in %d bytes", e, len(data))
	}
	switch e.kind {
	case 'f':
		var v [1]float64
		err := decode(v[:], data, 1, e)
		return v[0], err
	case 'b':
		return data[0] != 0, nil
	}
	var v [1]int64
	err := decode(v[:], data, 1, e)
	return int(v[0]), err
}

// setState takes (version, shape, dtype, Fortran order, data), or the same without a version.
func (a *Array) setState(state any) error {
	t, ok := state.(Tuple)
	if ok && len(t) == 5 {
		t = t[1:]
	}
	if !ok || len(t) != 4 {
		return errors.New("an array with an unknown state")
	}
	dims, err := Items(t[0])
	if err != nil {
		return fmt.Errorf("an array's shape: %w", err)
	}
	if len(dims) > 32 {
		return fmt.Errorf("an array of %d dimensions", len(dims))
	}
	shape := make([]int, len(dims))
	for i, d := range dims {
		if shape[i], ok = d.(int); !ok {
			return fmt.Errorf("an array's shape with %s in it", Kind(d))
		}
	}
	d, ok := t[1].(*dtype)
	if !ok {
		return fmt.Errorf("an array whose type is %s", Kind(t[1]))
	}
	switch order := t[2].(type) {
	case bool:
		a.fortran = order
	case int: // of Python 2
		a.fortran = order != 0
	}
	data, ok := t[3].([]byte)
	if text, isText := t[3].(string); isText {
		data, ok = []byte(text), true
	}
	if !ok {
		return fmt.Errorf("an array whose data are %s; numbers are expected", Kind(t[3]))
	}
	n, err := elements(shape, d.element.size)
	if err != nil {
		return err
	}
	if n*d.element.size != len(data) {
		return fmt.Errorf("an array of shape %v and type %s with %d bytes of data, expected %d", shape, d.element, len(data), n*d.element.size)
	}
	a.element, a.shape, a.data = d.element, shape, data
	return nil
}

// ArrayOf gives the values of an array, or of a list of numbers, in C order, with their shape. T may be of another
// type than the array: a value that it cannot hold is an error, floats are rounded.
func ArrayOf[T Number](v any) (values []T, shape []int, err error) {
	a, ok := v.(*Array)
	if !ok {
		items, err := Items(v)
		if err != nil {
			return nil, nil, fmt.Errorf("expected an array or a list of numbers, found %s", Kind(v))
		}
		values = make([]T, len(items))
		for i, item := range items {
			ok := false
			switch n := item.(type) {
			case int:
				values[i], ok = fromInt[T](int64(n))
			case float64:
				values[i], ok = fromFloat[T](n)
			}
			if !ok {
				return nil, nil, fmt.Errorf("element %d of a list is %s that does not fit the type %T", i, Kind(item), values[i])
			}
		}
		return values, []int{len(items)}, nil
	}
	if a.shape == nil {
		return nil, nil, errors.New("an array without data")
	}
	if bytes, ok := any(&values).(*[]byte); ok && a.element.kind == 'u' && a.element.size == 1 {
		*bytes = a.data // as they are: these arrays hold whole data sets
	} else {
		values = make([]T, len(a.data)/a.element.size)
		if err := decode(values, a.data, 1, a.element); err != nil {
			return nil, nil, err
		}
	}
	if a.fortran && len(a.shape) > 1 {
		values = reorder(values, a.shape)
	}
	return values, a.shape, nil
}
