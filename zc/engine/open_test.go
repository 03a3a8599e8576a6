package engine_test

import (
	"strings"
	"testing"

	"github.com/zcnas/zcnas/zc/engine"
)

func TestOpenFails(t *testing.T) {
	engine.RegisterBackend("known", func(string, int) (engine.Device, error) { return nil, nil })
	for backend, want := range map[string]string{
		"gomlx:go": `no backend "gomlx", only ["known" "native"]; import _ "github.com/zcnas/zcnas/zc/engine/gomlx"`,
		"torch:0":  `unknown backend "torch:0"; this program has ["known" "native"]`,
	} {
		if _, err := engine.Open(backend, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%q): error %v, want one with %s", backend, err, want)
		}
	}
}
