package gomlx

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/gomlx/internal/link"
)

// list says what there is of this package's backends. No plugin is loaded or downloaded for it.
func list() []engine.BackendInfo {
	all := []engine.BackendInfo{{Name: "gomlx:go", Ready: true, About: "GoMLX's Go backend: this CPU, slowly"}}
	if link.Plugins == nil {
		about := "XLA is not in this program: build with -tags xla, or import gomlx/xla (both need cgo)"
		if link.NoCgo {
			about = "XLA is not in this program: it was built without cgo"
		}
		return append(all, engine.BackendInfo{Name: "gomlx:xla", About: about}, cuda(false, ""))
	}
	plugins := link.Plugins()
	found := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(plugins)) {
		kind, _, _ := strings.Cut(name, "_v") // a version may follow
		found[kind] = true
		if kind == "cuda" {
			all = append(all, cuda(true, plugins[name]))
			continue
		}
		all = append(all, engine.BackendInfo{Name: "gomlx:xla:" + name, Ready: true, About: "XLA, by the plugin " + plugins[name]})
	}
	if !found["cpu"] {
		all = append(all, engine.BackendInfo{Name: "gomlx:xla:cpu", About: missing("XLA on this CPU")})
	}
	if !found["cuda"] {
		all = append(all, cuda(true, ""))
	}
	return all
}

// missing says how to get a plugin.
func missing(what string) string {
	if _, off := os.LookupEnv("GOMLX_NO_AUTO_INSTALL"); off {
		return what + ": no plugin found; unset GOMLX_NO_AUTO_INSTALL to have GoMLX download one, or name its folder in PJRT_PLUGIN_LIBRARY_PATH"
	}
	return what + ": no plugin found; GoMLX downloads one on first use. One that is there: gomlx:/path/to/plugin.so"
}

// cuda says whether NVIDIA GPUs can be used, by the plugin at a path, "" for none.
func cuda(linked bool, plugin string) engine.BackendInfo {
	b := engine.BackendInfo{Name: "gomlx:xla:cuda", GPU: true}
	cards, _ := filepath.Glob("/proc/driver/nvidia/gpus/*")
	what := fmt.Sprintf("XLA on %d NVIDIA GPUs", len(cards))
	switch {
	case len(cards) == 0:
		b.About = "XLA on a GPU: this machine has no NVIDIA driver with a GPU"
	case !linked:
		b.About = what + ": build with -tags xla"
	case plugin == "":
		b.About = missing(what)
	default:
		b.Ready, b.About = true, what+", by the plugin "+plugin
	}
	return b
}
