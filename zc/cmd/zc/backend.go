package main

import (
	"fmt"
	"time"

	"github.com/zcnas/zcnas/zc/engine"
	_ "github.com/zcnas/zcnas/zc/engine/gomlx" // the backend gomlx:go; build with -tags xla for gomlx:xla:cuda
)

// compiler is a device that compiles, GoMLX's.
type compiler interface {
	Compilations() int
	CompileTime() time.Duration
	Executions() int
	PeakMemory() int // bytes on the device
}

// compiled says what a device compiled, "" if it does not.
func compiled(d engine.Device) string {
	c, ok := d.(compiler)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d compilations in %.1f s", c.Compilations(), c.CompileTime().Seconds())
}
