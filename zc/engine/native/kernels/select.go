package kernels

import (
	"fmt"
	"strings"
)

// Available lists the names this CPU can run, the fastest first. The last one
// is always "portable".
func Available() []string {
	names := make([]string, len(levels))
	for i, l := range levels {
		names[i] = l.name
	}
	return names
}

// Select makes [For] return the set of that name, one of [Available]. It is
// for tests and benchmarks only: it changes a package variable without a lock,
// so it must not run while anything scores.
func Select(name string) error {
	for _, l := range levels {
		if l.name == name {
			current = l
			return nil
		}
	}
	return fmt.Errorf("kernels: no set named %q on this CPU; it has %s", name, strings.Join(Available(), ", "))
}
