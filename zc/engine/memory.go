package engine

import (
	"fmt"
	"math"
	"os"
	"path"
	"strconv"
	"strings"
)

// maxMapBytes bounds the maps of a run on devices with memory of their own, so that a mistyped size is an error and
// not a dead machine. It is more than any one device has.
const maxMapBytes = 256 << 30

// overhead is how many times the maps' bytes a run needs: beside them there are gradients, packed samples and
// weights. The native engine was measured with 1.15 (NATS-Bench TSS, batch 64 and 256) to 1.5 (SSS).
const overhead = 1.15

// checkMemory reports maps of n samples that the device cannot store: all live ones where they are kept, else the
// largest. Where the device works in the host's memory, that is what the machine and its control group have.
func (p *Plan) checkMemory(d Device, n int, mode Mode, keep bool) error {
	need := p.mapBytes(n, mode, keep)
	limit, of := float64(maxMapBytes), "that a device is taken to have at most"
	if d != nil && d.Capabilities().HostMemory {
		need *= overhead
		if bytes, what := hostMemory("/"); bytes < limit {
			limit, of = bytes, what
		}
	}
	if need <= limit {
		return nil
	}
	advice := "give a smaller network"
	if fits := int(float64(n) * limit / need); fits > 0 {
		advice = fmt.Sprintf("give a batch of at most %d, or a smaller network", fits)
	}
	return fmt.Errorf("engine: a batch of %d needs %s of memory, more than the %s %s; %s", n, size(need), size(limit), of, advice)
}

// mapBytes is the size of the maps of n samples.
func (p *Plan) mapBytes(n int, mode Mode, keep bool) float64 {
	var values float64
	for i := range p.Values {
		v := &p.Values[i]
		switch size := float64(v.Shape.Size()); {
		case keep && v.Live:
			values += size
		case !keep:
			values = max(values, size)
		}
	}
	bytes := 4 * values * float64(n)
	if mode.Tangent {
		bytes *= 2
	}
	if mode.Double {
		bytes *= 2
	}
	return bytes
}

func size(bytes float64) string {
	if bytes < 1<<30 {
		return fmt.Sprintf("%.0f MiB", bytes/(1<<20))
	}
	return fmt.Sprintf("%.3g GiB", bytes/(1<<30))
}

// hostMemory is what this machine, or the control group that a container runs in, has in all, and which it is;
// infinite where the system does not say. root is "/", but in tests.
func hostMemory(root string) (bytes float64, what string) {
	bytes = math.Inf(1)
	lower := func(v float64, is string) {
		if v > 0 && v < bytes {
			bytes, what = v, is
		}
	}
	for line := range strings.Lines(read(root, "proc/meminfo")) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "MemTotal:" {
			if kib, err := strconv.ParseFloat(f[1], 64); err == nil {
				lower(kib*1024, "of this machine")
			}
		}
	}
	const group = "of this process's control group (of its container, if it runs in one)"
	for line := range strings.Lines(read(root, "proc/self/cgroup")) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // hierarchy:controllers:path
		if len(parts) != 3 {
			continue
		}
		mount, file := "sys/fs/cgroup", "memory.max"
		if parts[0] != "0" {
			if mount, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"; parts[1] != "memory" {
				continue
			}
		}
		// Every group above bounds those below. In a container the path may be the host's, which is not there.
		for dir := path.Clean("/" + parts[2]); ; dir = path.Dir(dir) {
			if v, err := strconv.ParseFloat(strings.TrimSpace(read(root, path.Join(mount, dir, file))), 64); err == nil {
				lower(v, group)
			}
			if dir == "/" {
				break
			}
		}
	}
	return bytes, what
}

// read is a small file, "" where it cannot be read.
func read(root, name string) string {
	data, err := os.ReadFile(path.Join(root, name))
	if err != nil {
		return ""
	}
	return string(data)
}
