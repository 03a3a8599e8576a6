package spaces

import (
	"fmt"

	"github.com/zcnas/zcnas/internal/named"
)

// Opener makes a space with the options that were given. What is wrong with an option is kept in o, and [New] reports it.
type Opener func(o *Options) (Space, error)

// Options are what an [Opener] reads: each call names an option that the space has, with its default.
type Options = named.Options

// OptionInfo says what an option is: its name, its default, the values it may have, and what it sets.
type OptionInfo = named.Option

var registry named.Registry[Opener]

// Register adds a space, so that [Get] and [New] find it by its name. It fails if the name is empty or taken.
func Register(name string, open Opener) error {
	return registry.Add("spaces", "search space", name, open)
}

// register adds a space of this package.
func register(name string, open Opener) {
	if err := Register(name, open); err != nil {
		panic(err)
	}
}

// Get returns the space of that name with its default options. The error for an unknown name suggests the nearest.
func Get(name string) (Space, error) { return New(name, nil) }

// New returns the space of that name with options by name, as command lines and score files have them. Numbers may be of
// any of Go's integer types, a whole floating-point number or text. Errors: an unknown name (the nearest is suggested),
// an option that the space does not have (those that it has are named), a value that does not fit.
func New(name string, options map[string]any) (Space, error) {
	open, ok := registry.Get(name)
	if !ok {
		return nil, named.Unknown("spaces", "search space", name, registry.Names())
	}
	o := named.NewOptions("spaces", name, options)
	s, err := open(o)
	if e := o.Err(); e != nil {
		return nil, e
	}
	if err == nil && o.Changed() != "" && FullName(s) == s.Name() {
		return nil, fmt.Errorf("spaces: %s does not say that it has the options %s, so that its scores would pass for those of other networks; give it the method Options of Optioned", name, o.Changed())
	}
	return s, err
}

// OptionsOf lists the options of a space. Errors: an unknown name.
func OptionsOf(name string) ([]OptionInfo, error) {
	open, ok := registry.Get(name)
	if !ok {
		return nil, named.Unknown("spaces", "search space", name, registry.Names())
	}
	o := named.NewOptions("spaces", name, nil)
	_, _ = open(o) // a space that cannot be without options has told which it has
	return o.Known(), nil
}

// All lists the registered spaces, in the order of their registration, with their default options. Those that cannot be
// made without options are left out.
func All() []Space {
	var list []Space
	for _, name := range registry.Names() {
		if s, err := Get(name); err == nil {
			list = append(list, s)
		}
	}
	return list
}

// Nearest is the candidate with the smallest edit distance from name, for suggestions after a typing error: the first of
// equally near ones, or "" if even the nearest differs in more than half of its letters. Case, dashes, underscores and
// blanks do not count.
func Nearest(name string, candidates []string) string { return named.Nearest(name, candidates) }
