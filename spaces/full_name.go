package spaces

import "strings"

// Optioned is a space whose networks options change, as [WithChannels] changes those of [TSS].
type Optioned interface {
	Space
	// Options are those that are not the default, in the notation of [New] and in alphabetical order,
	// "cells_per_stage=1 channels=8"; "" if there are none.
	Options() string
}

// FullName is the space's name with its [Optioned] options behind it, "nats-tss channels=8": what tells apart
// the scores of equal architectures, which different networks stand for. The name ends at the first blank.
func FullName(s Space) string {
	if o, ok := s.(Optioned); ok {
		return strings.TrimSpace(s.Name() + " " + o.Options())
	}
	return s.Name()
}

// optionList writes the options that differ from their defaults.
type optionList []string

func (l *optionList) add(name, value, byDefault string) {
	if value != byDefault {
		*l = append(*l, name+"="+value)
	}
}

func (l optionList) String() string { return strings.Join(l, " ") }
