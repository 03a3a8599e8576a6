package native_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/native"
)

// A panic in a thread of the device is an error of the run, and the next run is as good as ever.
func TestPanic(t *testing.T) {
	g := every(t, false, true)
	p := plan(t, g)
	params, b := inputs(t, g, engine.CrossEntropy)
	for _, threads := range []int{1, 4} {
		d := native.New(native.WithThreads(threads))
		want, err := engine.Run(d, p, params, b, all)
		if err != nil {
			t.Fatal(err)
		}
		mend := d.Fail("a fault of the kernels")
		if _, err := engine.Run(d, p, params, b, all); err == nil || !strings.Contains(err.Error(), "a fault of the kernels") {
			t.Errorf("%d threads: error %v, want one with the panic", threads, err)
		}
		mend()
		got, err := engine.Run(d, p, params, b, all)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreTypes(engine.Times{})); diff != "" {
			t.Errorf("%d threads: after a panic (-before +after):\n%s", threads, diff)
		}
	}
}
