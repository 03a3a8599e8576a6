package kernels

import (
	"fmt"
	"strings"
)

// envName is the environment variable that names the set to start with.
const envName = "ZC_KERNELS"

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
// for comparing sets: it changes a package variable without a lock, so it must
// not run while anything scores, and devices that exist keep the set they have.
func Select(name string) error {
	l, err := find(name)
	if err == nil {
		current = l
	}
	return err
}

// EnvErr says that $ZC_KERNELS names no set this CPU runs: the fastest one is
// in use in its place, which is not what was asked for.
func EnvErr() error { return envErr }

func find(name string) (level, error) {
	for _, l := range levels {
		if l.name == name {
			return l, nil
		}
	}
	return level{}, fmt.Errorf("kernels: this CPU runs no set named %q; it runs %s", name, strings.Join(Available(), ", "))
}

// start is the level that a program begins with, given the value of $ZC_KERNELS.
func start(name string) (level, error) {
	if name == "" {
		return levels[0], nil
	}
	l, err := find(name)
	if err != nil {
		return levels[0], fmt.Errorf("%w: change or unset %s", err, envName)
	}
	return l, nil
}
