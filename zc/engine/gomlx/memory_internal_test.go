package gomlx

import "testing"

// The buffers of a network go back when the next one begins, so that the peak does not grow from run to run.
func TestPeakMemory(t *testing.T) {
	d, err := New("go")
	if err != nil {
		t.Fatal(err)
	}
	if d.PeakMemory() != 0 {
		t.Errorf("%d bytes before any network", d.PeakMemory())
	}
	a := d.upload64(make([]float64, 6), 2, 3)
	b := d.upload64(make([]float64, 4), 4)
	if want := 10 * 4; d.held != want || d.PeakMemory() != want {
		t.Errorf("%d bytes held, %d at most; want %d", d.held, d.PeakMemory(), want)
	}
	d.drop(a)
	d.drop(b)
	if d.held != 0 || d.PeakMemory() != 40 {
		t.Errorf("%d bytes held after all went back, %d at most", d.held, d.PeakMemory())
	}
}
