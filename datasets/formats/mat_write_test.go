package formats

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWriteMat(t *testing.T) {
	var b bytes.Buffer
	if err := WriteMatHeader(&b, "MATLAB 5.0 MAT-file, written by a test"); err != nil {
		t.Fatal(err)
	}
	small, real := []uint8{12, 3, 3, 12, 12, 3}, []float64{0, 0.25, -1, 1e-9, 5, 6}
	write := func(values any) func(io.Writer) error {
		return func(w io.Writer) error { return binary.Write(w, binary.LittleEndian, values) }
	}
	if err := WriteMatArray[uint8](&b, "coeff", []int{3, 2, 1}, write(small)); err != nil {
		t.Fatal(err)
	}
	if err := WriteMatArray[float64](&b, "solution", []int{3, 2}, write(real)); err != nil {
		t.Fatal(err)
	}
	m, err := newMat(bytes.NewReader(b.Bytes()), int64(b.Len()), "x.mat")
	if err != nil {
		t.Fatal(err)
	}
	if m.Text() != "MATLAB 5.0 MAT-file, written by a test" {
		t.Errorf("text %q", m.Text())
	}
	got, shape, err := ReadMat[uint8](m, "coeff")
	if err != nil || cmp.Diff(small, got) != "" || cmp.Diff([]int{3, 2, 1}, shape) != "" {
		t.Errorf("coeff = %v %v, %v", got, shape, err)
	}
	values, shape, err := ReadMat[float64](m, "solution")
	if err != nil || cmp.Diff(real, values) != "" || cmp.Diff([]int{3, 2}, shape) != "" {
		t.Errorf("solution = %v %v, %v", values, shape, err)
	}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"too few", WriteMatArray[float64](&b, "a", []int{3, 3}, write(real)), "48 bytes written"},
		{"too large", WriteMatArray[float64](io.Discard, "a", []int{1 << 15, 1 << 15}, nil), "room for 4 GiB"},
		{"long text", WriteMatHeader(&b, strings.Repeat("x", 117)), "room for 116"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, c.err, c.want)
		}
	}
}
