package named

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Option is an option that something takes.
type Option struct {
	Name    string
	Default string
	Values  []string // all that it may be; nil where there is no list of them
	Help    string   // what it sets, in a few words
}

// Options are values given by name, from a call, a file or a command line, that something reads by saying which
// options it has. What is wrong, and values that nothing has asked for, come out in [Options.Err].
type Options struct {
	pkg, owner string // for messages: "datasets", "cifar10"
	left       map[string]any
	known      []Option
	changed    []string
	err        error
}

// NewOptions are the values for owner of package pkg. Numbers may be of any of Go's number types, if they are whole,
// or text.
func NewOptions(pkg, owner string, values map[string]any) *Options {
	return &Options{pkg: pkg, owner: owner, left: maps.Clone(values)}
}

// Int reads a whole number of lo to hi.
func (o *Options) Int(name string, byDefault, lo, hi int, help string) int {
	n := byDefault
	if v, ok := o.take(Option{Name: name, Default: strconv.Itoa(byDefault), Help: help}); ok {
		n, ok = whole(v)
		switch {
		case !ok:
			o.fail(name, v, "a whole number")
			return byDefault
		case n < lo || n > hi:
			o.fail(name, v, fmt.Sprintf("%d to %d", lo, hi))
			return byDefault
		}
	}
	o.note(name, n, byDefault)
	return n
}

// whole converts a number or its text.
func whole(v any) (int, bool) {
	switch n := v.(type) {
	case int:
		return n, true
	case float64: // as JSON has numbers
		return int(n), n == math.Trunc(n) && math.Abs(n) <= 1<<53
	default:
		i, err := strconv.Atoi(strings.TrimSpace(fmt.Sprint(v)))
		return i, err == nil
	}
}

// Uint64 reads a seed.
func (o *Options) Uint64(name string, byDefault uint64, help string) uint64 {
	n := byDefault
	if v, ok := o.take(Option{Name: name, Default: fmt.Sprint(byDefault), Help: help}); ok {
		var err error
		if n, err = strconv.ParseUint(fmt.Sprint(v), 10, 64); err != nil {
			o.fail(name, v, "a whole number that is not negative")
			return byDefault
		}
	}
	o.note(name, n, byDefault)
	return n
}

// Bool reads true or false.
func (o *Options) Bool(name string, byDefault bool, help string) bool {
	b := byDefault
	if v, ok := o.take(Option{Name: name, Default: fmt.Sprint(byDefault), Values: []string{"true", "false"}, Help: help}); ok {
		var err error
		if b, err = strconv.ParseBool(fmt.Sprint(v)); err != nil {
			o.fail(name, v, "true or false")
			return byDefault
		}
	}
	o.note(name, b, byDefault)
	return b
}

// Text reads a word: one of allowed, or any where none are given.
func (o *Options) Text(name, byDefault, help string, allowed ...string) string {
	s := byDefault
	if v, ok := o.take(Option{Name: name, Default: byDefault, Values: allowed, Help: help}); ok {
		s = fmt.Sprint(v)
		if len(allowed) > 0 && !slices.Contains(allowed, s) {
			o.fail(name, v, "one of "+strings.Join(allowed, ", ")+Hint(s, allowed))
			return byDefault
		}
	}
	o.note(name, s, byDefault)
	return s
}

// Ints reads numbers from 1 to most that are joined by commas, "3,32,32": as many as the default has, or any where it has
// none.
func (o *Options) Ints(name string, byDefault []int, most int, help string) []int {
	text := join(byDefault)
	v, ok := o.take(Option{Name: name, Default: text, Help: help})
	if !ok {
		return byDefault
	}
	want := fmt.Sprintf("numbers of 1 to %d, joined by commas", most)
	if len(byDefault) > 0 {
		want = fmt.Sprintf("%d numbers of 1 to %d, as in %s", len(byDefault), most, text)
	}
	var list []int
	for _, part := range strings.Split(fmt.Sprint(v), ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 || n > most {
			o.fail(name, v, want)
			return byDefault
		}
		list = append(list, n)
	}
	if len(byDefault) > 0 && len(list) != len(byDefault) {
		o.fail(name, v, want)
		return byDefault
	}
	o.note(name, join(list), text)
	return list
}

func join(list []int) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(list)), ","), "[]")
}

// Skip takes a value that has no effect.
func (o *Options) Skip(name string) { delete(o.left, name) }

// Changed are the options that are not the default, in alphabetical order: "channels=8 layers=3".
func (o *Options) Changed() string {
	slices.Sort(o.changed)
	return strings.Join(o.changed, " ")
}

// Known lists the options that were asked for.
func (o *Options) Known() []Option { return slices.Clone(o.known) }

// Err is the first value that could not be read, or an option that nothing has asked for: the error then names those
// that there are.
func (o *Options) Err() error {
	if o.err != nil {
		return o.err
	}
	if len(o.left) == 0 {
		return nil
	}
	unknown := slices.Min(slices.Collect(maps.Keys(o.left)))
	if len(o.known) == 0 {
		return fmt.Errorf("%s: %s has no options, but %q is set", o.pkg, o.owner, Clip(unknown))
	}
	var names []string
	for _, k := range o.known {
		names = append(names, k.Name)
	}
	return fmt.Errorf("%s: %s has no option %q%s; there are %s", o.pkg, o.owner, Clip(unknown), Hint(unknown, names), strings.Join(names, ", "))
}

func (o *Options) take(option Option) (any, bool) {
	o.known = append(o.known, option)
	v, ok := o.left[option.Name]
	delete(o.left, option.Name)
	return v, ok
}

func (o *Options) note(name string, v, byDefault any) {
	if v != byDefault {
		o.changed = append(o.changed, fmt.Sprintf("%s=%v", name, v))
	}
}

func (o *Options) fail(name string, v any, want string) {
	if o.err == nil {
		o.err = fmt.Errorf("%s: %s: option %s is %s, want %s", o.pkg, o.owner, name, Clip(fmt.Sprint(v)), want)
	}
}
