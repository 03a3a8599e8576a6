package gomlx

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// The buffers of a network go back when the next one begins, so that the peak does not grow from run to run.
func TestPeakMemory(t *testing.T) {
	d, err := New("go")
	if err != nil {
		t.Fatal(err)
	}
	if d.PeakMemory() != 0 {
		t.Errorf("%d bytes before any network", d.PeakMemory())
	}
	a := d.transfer(make([]float32, 6), shapes.Make(dtypes.Float32, 2, 3))
	b := d.transfer(make([]float32, 4), shapes.Make(dtypes.Float32, 4))
	if want := 10 * 4; d.memory.held != want || d.PeakMemory() != want {
		t.Errorf("%d bytes held, %d at most; want %d", d.memory.held, d.PeakMemory(), want)
	}
	d.drop(a)
	d.drop(b)
	if d.memory.held != 0 || d.PeakMemory() != 40 {
		t.Errorf("%d bytes held after all went back, %d at most", d.memory.held, d.PeakMemory())
	}
}
