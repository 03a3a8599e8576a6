package gomlx_test

import (
	"os"
	"testing"

	"github.com/zcnas/zcnas/zc/engine/enginetest"
	"github.com/zcnas/zcnas/zc/engine/gomlx"
)

// The Go backend, and the one that ZC_TEST_GOMLX names, "/path/to/plugin.so" for example; XLA takes -tags xla.
func TestConformance(t *testing.T) {
	backends := []string{"go"}
	if b := os.Getenv("ZC_TEST_GOMLX"); b != "" {
		backends = append(backends, b)
	}
	for _, b := range backends {
		t.Run(b, func(t *testing.T) {
			d, err := gomlx.New(b)
			if err != nil {
				t.Fatal(err)
			}
			enginetest.Test(t, d)
			t.Logf("%d compilations in %v, %d executions", d.Compilations(), d.CompileTime(), d.Executions())
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
