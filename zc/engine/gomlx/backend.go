package gomlx

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // the portable backend "go"

	"github.com/zcnas/zcnas/zc/engine/gomlx/internal/link"
)

// caches are the backends that the process has opened, by normalised configuration. They stay open: opening one
// again would compile everything again.
var (
	cachesMu sync.Mutex
	caches   = map[string]*cache{}
)

// open finds or makes the backend of a configuration, see [New].
func open(config string) (*cache, error) {
	if config == "" {
		if config = os.Getenv(compute.ConfigEnvVar); config == "" {
			config = "go"
			if registered("xla") {
				config = "xla"
			}
		}
	}
	config = normalise(config)
	cachesMu.Lock()
	defer cachesMu.Unlock()
	if c := caches[config]; c != nil && !c.backend.IsFinalized() {
		return c, nil
	}
	b, err := start(config)
	if err != nil {
		return nil, err
	}
	caches[config] = newCache(b)
	return caches[config], nil
}

// start makes the GoMLX backend of a normalised configuration.
func start(config string) (b compute.Backend, err error) {
	name, _, _ := strings.Cut(config, ":")
	// GoMLX panics on a name it does not know.
	if !registered(name) {
		return nil, unknown(name)
	}
	defer func() {
		if r := recover(); r != nil {
			b, err = nil, opening(config, fmt.Errorf("%v", r))
		}
	}()
	if b, err = compute.NewWithConfig(config); err != nil {
		return nil, opening(config, err)
	}
	return b, nil
}

// normalise adds what a sound result needs to a configuration.
func normalise(config string) string {
	if filepath.IsAbs(config) {
		config = "xla:" + config
	}
	name, options, _ := strings.Cut(config, ":")
	has := func(keys ...string) bool {
		for _, o := range strings.Split(options, ",") {
			o, _, _ = strings.Cut(o, "=")
			for _, k := range keys {
				if o == k {
					return true
				}
			}
		}
		return false
	}
	add := func(o string) {
		if options != "" {
			options += ","
		}
		options += o
	}
	switch name {
	case "go":
		// Wide graphs can deadlock with the default, ops in parallel.
		if !has("ops_sequential", "ops_parallel", "parallelism") {
			add("ops_sequential")
		}
	case "xla", "stablehlo", "hlo", "shlo":
		// TF32 keeps ten bits of a product's factors: far outside the tolerances of the reference scores.
		if !has("tf32", "notf32") {
			add("notf32")
		}
		// Options follow the plugin's name; an empty name is the default plugin.
		options = strings.TrimPrefix(options, ",")
		if first, _, _ := strings.Cut(options, ","); isOption(first) {
			options = "," + options
		}
	}
	if options == "" {
		return name
	}
	return name + ":" + options
}

// isOption tells an option of the XLA backend from the name of a plugin.
func isOption(s string) bool {
	s, _, _ = strings.Cut(s, "=")
	switch s {
	case "tf32", "notf32", "preallocate", "nopreallocate", "shared_buffers", "noshared_buffers", "memory_fraction",
		"allocator", "visible_devices", "use_tfrt_gpu_client", "nouse_tfrt_gpu_client":
		return true
	}
	return false
}

func registered(name string) bool {
	for _, n := range compute.List() {
		if n == name {
			return true
		}
	}
	return false
}

func unknown(name string) error {
	known := compute.List()
	sort.Strings(known)
	hint := ""
	switch {
	case name == "xla" && link.NoCgo:
		hint = "; package gomlx/xla is in it, but XLA needs cgo: build with CGO_ENABLED=1 and a C compiler"
	case name == "xla":
		hint = `; the zc command has XLA when it is built with -tags xla, any other program when it imports ` +
			`_ "github.com/zcnas/zcnas/zc/engine/gomlx/xla" (both need cgo)`
	}
	return fmt.Errorf("gomlx: this program has no backend %q, only %s%s", name, strings.Join(known, ", "), hint)
}

// opening explains a backend that does not start.
func opening(config string, err error) error {
	if strings.HasPrefix(config, "go") {
		return fmt.Errorf("gomlx: backend %q: %w", config, err)
	}
	return fmt.Errorf("gomlx: backend %q does not start: %w. XLA needs a PJRT plugin: GoMLX downloads one on first use "+
		"unless GOMLX_NO_AUTO_INSTALL is set; to use one that is there, give its path as the backend (gomlx:/path/to/plugin.so) "+
		"or its folder in PJRT_PLUGIN_LIBRARY_PATH. A plugin from JAX's wheels also needs XLA_FLAGS=--xla_gpu_cuda_data_dir=FOLDER "+
		"and GOPJRT_CUDA_CHECKS=0. Without a GPU use gomlx:xla:cpu, gomlx:go or native", config, err)
}
