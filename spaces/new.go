package spaces

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
)

// New makes a space of this package by name with options by name, as command lines and score files have them.
// Numbers may be of any of Go's integer types or a whole floating-point number. The options are
//
//	nats-tss  channels, cells_per_stage
//	darts     channels, layers, variant, head (in_channels is accepted and ignored: the task's input has them)
//
// Without options it is like [Get], registered spaces of other packages included. Unknown names and options
// are errors that suggest the nearest.
func New(name string, options map[string]any) (Space, error) {
	if len(options) == 0 {
		return Get(name)
	}
	o := optionReader{space: name, left: maps.Clone(options)}
	var s Space
	switch name {
	case "nats-tss":
		s = TSS(WithChannels(o.integer("channels", 16)), WithCellsPerStage(o.integer("cells_per_stage", 5)))
	case "darts":
		o.take("in_channels")
		variant := DARTSVariant(o.text("variant", string(EvalVariant), "eval", "naslib", "archai"))
		head := DARTSHead(o.text("head", string(TaskHead), "class", "dense"))
		s = DARTS(WithChannels(o.integer("channels", 32)), WithLayers(o.integer("layers", 8)), WithVariant(variant),
			WithHead(head))
	default:
		if _, err := Get(name); err != nil {
			return nil, err
		}
	}
	return s, o.finish()
}

// optionReader takes options out of a map; what is left at the end is unknown.
type optionReader struct {
	space string
	known []string
	left  map[string]any
	err   error
}

func (o *optionReader) take(key string) (any, bool) {
	o.known = append(o.known, key)
	v, ok := o.left[key]
	delete(o.left, key)
	return v, ok
}

func (o *optionReader) fail(key string, v any, want string) {
	if o.err == nil {
		o.err = fmt.Errorf("spaces: %s: option %s is %v, want %s", o.space, key, v, want)
	}
}

func (o *optionReader) integer(key string, byDefault int) int {
	v, ok := o.take(key)
	if !ok {
		return byDefault
	}
	switch n := reflect.ValueOf(v); {
	case n.CanInt() && n.Int() == int64(int(n.Int())):
		return int(n.Int())
	case n.CanUint() && n.Uint() <= math.MaxInt:
		return int(n.Uint())
	case n.CanFloat() && n.Float() == float64(int32(n.Float())):
		return int(n.Float())
	}
	o.fail(key, v, "a whole number")
	return byDefault
}

func (o *optionReader) text(key, byDefault string, allowed ...string) string {
	v, ok := o.take(key)
	if !ok {
		return byDefault
	}
	s, ok := v.(string)
	if !ok || !slices.Contains(allowed, s) {
		o.fail(key, v, "one of "+strings.Join(allowed, ", "))
		return byDefault
	}
	return s
}

func (o *optionReader) finish() error {
	if o.err != nil {
		return o.err
	}
	unknown := slices.Sorted(maps.Keys(o.left))
	if len(unknown) == 0 {
		return nil
	}
	if len(o.known) == 0 {
		return fmt.Errorf("spaces: %s has no options, but %q is set", o.space, clipWord(unknown[0]))
	}
	return fmt.Errorf("spaces: %s has no option %q%s; there are %s", o.space, clipWord(unknown[0]),
		hint(unknown[0], o.known), strings.Join(o.known, ", "))
}
