//go:build !amd64

package kernels

// native lists the assembly sets: there are none for this architecture.
func native() []level { return nil }
