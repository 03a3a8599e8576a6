package native_test

import (
	"testing"

	"github.com/zcnas/zcnas/zc/engine/enginetest"
	"github.com/zcnas/zcnas/zc/engine/native"
)

// The device gives what a plain float64 implementation of the engine does: every layer, loss, gradient, sink and
// reduction, whether it takes samples through weights or weights through the batch.
func TestConformance(t *testing.T) {
	t.Run("small weights", func(t *testing.T) { enginetest.Test(t, native.New(native.WithThreads(3))) })
	t.Run("big weights", func(t *testing.T) {
		d := native.New()
		d.AllBig()
		enginetest.Test(t, d)
	})
}
