package engine

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/spaces"
)

func TestHostMemory(t *testing.T) {
	const total = "MemTotal:       16777216 kB\nMemFree:        1 kB\n"
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  float64 // GiB
		what  string
	}{
		{"no such system", nil, math.Inf(1), ""},
		{"machine", map[string]string{"proc/meminfo": total}, 16, "of this machine"},
		{"group", map[string]string{"proc/meminfo": total, "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "2147483648\n"}, 2, "control group"},
		{"group above", map[string]string{"proc/meminfo": total, "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/memory.max": "1073741824\n"}, 1, "control group"},
		{"container", map[string]string{"proc/meminfo": total, "proc/self/cgroup": "0::/host/path\n", "sys/fs/cgroup/memory.max": "1073741824\n"}, 1, "control group"},
		{"version 1", map[string]string{"proc/meminfo": total, "proc/self/cgroup": "9:cpu:/a\n8:memory:/a\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "3221225472\n"}, 3, "control group"},
		{"version 1 without a limit", map[string]string{"proc/meminfo": total, "proc/self/cgroup": "8:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 16, "of this machine"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range tt.files {
				path := filepath.Join(root, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			bytes, what := hostMemory(root)
			if bytes/(1<<30) != tt.want || !strings.Contains(what, tt.what) {
				t.Errorf("%v GiB %q, want %v GiB %q", bytes/(1<<30), what, tt.want, tt.what)
			}
		})
	}
}

// device has capabilities and nothing else.
type device struct {
	Device
	capabilities Capabilities
}

func (d device) Capabilities() Capabilities { return d.capabilities }

// A batch that the machine's memory cannot hold is told before any is taken, with one that fits.
func TestCheckMemory(t *testing.T) {
	b := spaces.NewBuilder(spaces.Shape{C: 3, H: 64, W: 64})
	x := b.ReLU(b.Conv(0, "c", spaces.ConvOpts{Out: 16, Kernel: 3, Pad: 1}))
	g, err := b.Build(b.Linear(b.GlobalAvgPool(x), "l", 2))
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPlan(g)
	if err != nil {
		t.Fatal(err)
	}
	host, own := device{capabilities: Capabilities{HostMemory: true}}, device{}
	if err := p.checkMemory(host, 2, Mode{}, true); err != nil {
		t.Errorf("a small batch: %v", err)
	}
	memory, _ := hostMemory("/")
	if math.IsInf(memory, 1) {
		t.Skip("this system does not say how much memory it has")
	}
	one := p.mapBytes(1, Mode{}, true)
	if need := p.mapBytes(1, Mode{Tangent: true, Double: true}, true); need != 4*one {
		t.Errorf("tangents in float64 need %v, want four times %v", need, one)
	}
	most := int(min(memory, maxMapBytes) / (one * overhead))
	if err := p.checkMemory(host, most-1, Mode{}, true); err != nil {
		t.Errorf("the largest batch that fits: %v", err)
	}
	err = p.checkMemory(host, 2*most+2, Mode{}, true)
	if err == nil || !strings.Contains(err.Error(), "GiB of memory, more than the ") || !strings.Contains(err.Error(), "give a batch of at most") {
		t.Errorf("too large a batch: %v", err)
	}
	any := int(maxMapBytes / one)
	if err := p.checkMemory(own, any+1, Mode{}, true); err == nil || !strings.Contains(err.Error(), "256 GiB that a device is taken to have at most") {
		t.Errorf("too large a batch for any device: %v", err)
	}
	if err := p.checkMemory(own, any, Mode{}, true); err != nil {
		t.Errorf("a device with memory of its own: %v", err)
	}
}
