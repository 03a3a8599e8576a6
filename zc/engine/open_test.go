package engine_test

import (
	"strings"
	"testing"

	"github.com/zcnas/zcnas/zc/engine"
)

func TestOpenFails(t *testing.T) {
	engine.RegisterBackend("known", engine.Backend{Open: func(string, int) (engine.Device, error) { return nil, nil }})
	for backend, want := range map[string]string{
		"gomlx:go": `no backend "gomlx", only ["known" "native"]; import _ "github.com/zcnas/zcnas/zc/engine/gomlx"`,
		"torch:0":  `unknown backend "torch:0"; this program has ["known" "native"]`,
	} {
		if _, err := engine.Open(backend, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%q): error %v, want one with %s", backend, err, want)
		}
	}
}

// A GPU that is ready is chosen before the native device, one that is not is not.
func TestChoose(t *testing.T) {
	ready := false
	engine.RegisterBackend("card", engine.Backend{
		Open: func(string, int) (engine.Device, error) { return nil, nil },
		List: func() []engine.BackendInfo {
			return []engine.BackendInfo{{Name: "card:cpu", Ready: true}, {Name: "card:gpu", GPU: true, Ready: ready}}
		},
	})
	for _, test := range []struct {
		backend string
		ready   bool
		want    string
	}{{"auto", false, "native"}, {"auto", true, "card:gpu"}, {"native", true, "native"}, {"card:cpu", true, "card:cpu"}} {
		ready = test.ready
		if got := engine.Choose(test.backend); got != test.want {
			t.Errorf("%s with the GPU ready=%v: %s, want %s", test.backend, ready, got, test.want)
		}
	}
}
