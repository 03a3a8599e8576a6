//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// childPeakMiB is the most memory that a process which has ended held, or one that it started itself.
func childPeakMiB(p *os.ProcessState) float64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	unit := 1024.0
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		unit = 1
	}
	return float64(usage.Maxrss) * unit / (1 << 20)
}
