package engine

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"
)

// Backend is a family of devices, as packages of devices register it.
type Backend struct {
	// Open makes a device; it gets what follows "name:" and the number of threads (0: its choice).
	Open func(config string, threads int) (Device, error)
	// List says which devices of the family this program and machine have, and how to get the rest. It starts none.
	List func() []BackendInfo
}

// BackendInfo is a device that there is or could be.
type BackendInfo struct {
	Name  string `json:"backend"` // for [Open]
	Ready bool   `json:"ready"`   // this program and machine have what it takes
	GPU   bool   `json:"gpu"`
	About string `json:"about"` // what it computes on, or what is missing and how to get it
}

var (
	backendsMu sync.Mutex
	backends   = map[string]Backend{}
)

// providers are the packages that register a backend when they are imported.
var providers = map[string]string{
	"native": "github.com/zcnas/zcnas/zc/engine/native",
	"gomlx":  "github.com/zcnas/zcnas/zc/engine/gomlx",
}

// RegisterBackend makes a family of devices known under a name; packages of devices call it when they are
// imported, as database drivers do.
func RegisterBackend(name string, b Backend) {
	backendsMu.Lock()
	defer backendsMu.Unlock()
	backends[name] = b
}

// Backends lists the devices of all registered families, native first.
func Backends() []BackendInfo {
	backendsMu.Lock()
	defer backendsMu.Unlock()
	names := slices.SortedFunc(maps.Keys(backends), func(a, b string) int {
		if (a == "native") != (b == "native") {
			if a == "native" {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	var all []BackendInfo
	for _, n := range names {
		if list := backends[n].List; list != nil {
			all = append(all, list()...)
		}
	}
	return all
}

// Auto is the backend that [Open] chooses by itself: a GPU where one is ready, else native.
const Auto = "auto"

// Choose names the backend that a backend string stands for, which is another one only for [Auto].
func Choose(backend string) string {
	if backend != Auto {
		return backend
	}
	for _, b := range Backends() {
		if b.Ready && b.GPU {
			return b.Name
		}
	}
	return "native"
}

// Open makes the device of a backend string: "native", "gomlx:CONFIG", or [Auto].
func Open(backend string, threads int) (Device, error) {
	backend = Choose(backend)
	name, config, _ := strings.Cut(backend, ":")
	backendsMu.Lock()
	open := backends[name].Open
	known := make([]string, 0, len(backends))
	for k := range backends {
		known = append(known, k)
	}
	backendsMu.Unlock()
	if open == nil {
		sort.Strings(known)
		if path := providers[name]; path != "" {
			return nil, fmt.Errorf("engine: this program has no backend %q, only %q; import _ %q to have it", name, known, path)
		}
		return nil, fmt.Errorf("engine: unknown backend %q; this program has %q", backend, known)
	}
	return open(config, threads)
}
