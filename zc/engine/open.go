package engine

import (
	"fmt"
	"sort"
	"strings"
	"sync"
)

var (
	backendsMu sync.Mutex
	backends   = map[string]func(config string, threads int) (Device, error){}
)

// providers are the packages that register a backend when they are imported.
var providers = map[string]string{
	"native": "github.com/zcnas/zcnas/zc/engine/native",
	"gomlx":  "github.com/zcnas/zcnas/zc/engine/gomlx",
}

// RegisterBackend makes a family of devices known under a name; packages of devices call it when they are
// imported, as database drivers do. open gets what follows "name:" and the number of threads (0: its choice).
func RegisterBackend(name string, open func(config string, threads int) (Device, error)) {
	backendsMu.Lock()
	defer backendsMu.Unlock()
	backends[name] = open
}

// Open makes the device of a backend string, "native" or "gomlx:CONFIG".
func Open(backend string, threads int) (Device, error) {
	name, config, _ := strings.Cut(backend, ":")
	backendsMu.Lock()
	open := backends[name]
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
