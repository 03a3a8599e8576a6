package formats

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// npyFile is a .npy file of that version with that header.
func npyFile(version byte, header string, data any) []byte {
	var b bytes.Buffer
	b.WriteString(npyMagic + string([]byte{version, 0}))
	if version == 1 {
		binary.Write(&b, binary.LittleEndian, uint16(len(header)))
	} else {
		binary.Write(&b, binary.LittleEndian, uint32(len(header)))
	}
	b.WriteString(header)
	order := binary.ByteOrder(binary.LittleEndian)
	if strings.Contains(header, "'>") {
		order = binary.BigEndian
	}
	binary.Write(&b, order, data)
	return b.Bytes()
}

func TestReadNPY(t *testing.T) {
	header := func(descr, order, shape string) string {
		return fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", descr, order, shape)
	}
	for _, c := range []struct {
		name  string
		file  []byte
		want  []float64
		shape []int
	}{
		{"double", npyFile(1, header("<f8", "False", "(2, 3)"), []float64{1, 2, 3, 4, 5, 6.5}), []float64{1, 2, 3, 4, 5, 6.5}, []int{2, 3}},
		{"fortran", npyFile(1, header("<f8", "True", "(2, 3)"), []float64{1, 2, 3, 4, 5, 6}), []float64{1, 3, 5, 2, 4, 6}, []int{2, 3}},
		{"fortran 3-D", npyFile(2, header("|u1", "True", "(2, 2, 2)"), []uint8{0, 1, 2, 3, 4, 5, 6, 7}), []float64{0, 4, 2, 6, 1, 5, 3, 7}, []int{2, 2, 2}},
		{"big-endian single", npyFile(2, header(">f4", "False", "(2,)"), []float32{1.5, -2}), []float64{1.5, -2}, []int{2}},
		{"half", npyFile(3, header("<f2", "False", "(5,)"), []uint16{0x3C00, 0xC000, 0x0001, 0x7BFF, 0xFC00}), []float64{1, -2, 1.0 / (1 << 24), 65504, math.Inf(-1)}, []int{5}},
		{"bytes", npyFile(1, header("|i1", "False", "(2,)"), []int8{-1, 7}), []float64{-1, 7}, []int{2}},
		{"truth values", npyFile(1, header("|b1", "False", "(2,)"), []uint8{1, 0}), []float64{1, 0}, []int{2}},
		{"long", npyFile(1, header(">i8", "False", "(1,)"), []int64{-1 << 40}), []float64{-1 << 40}, []int{1}},
		{"unsigned", npyFile(1, header("<u2", "False", "(1, 1)"), []uint16{65535}), []float64{65535}, []int{1, 1}},
		{"single number", npyFile(1, header("<f8", "False", "()"), []float64{7}), []float64{7}, []int{}},
		{"empty", npyFile(1, header("<f8", "False", "(0, 3)"), []float64{}), nil, []int{0, 3}},
		{"other order of keys", npyFile(1, `{"shape": (1L,), "descr": "<f8", "fortran_order": False}`, []float64{3}), []float64{3}, []int{1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, shape, err := readNPY[float64](bytes.NewReader(c.file))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("values (-want +got):\n%s", d)
			}
			if d := cmp.Diff(c.shape, shape); d != "" {
				t.Errorf("shape (-want +got):\n%s", d)
			}
		})
	}
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"other file", []byte("something else"), "no .npy file"},
		{"short", []byte("\x93NUM"), "shorter than its header"},
		{"version", npyFile(4, header("<f8", "False", "(1,)"), []float64{1}), "version 4.0"},
		{"long header", append([]byte(npyMagic+"\x02\x00"), 0xFF, 0xFF, 0xFF, 0x7F), "a header of 2147483647 bytes"},
		{"truncated", npyFile(1, header("<f8", "False", "(3,)"), []float64{1, 2}), "truncated: 2 of 3 values"},
		{"more data", npyFile(1, header("<f8", "False", "(1,)"), []float64{1, 2}), "more data than the shape [1]"},
		{"vast shape", npyFile(1, header("<f8", "False", "(999999999999, 999999999999)"), []float64{1}), "more elements than can be counted"},
		{"large shape", npyFile(1, header("<f8", "False", "(999999999999,)"), []float64{1}), "truncated: 1 of 999999999999 values"},
		{"objects", npyFile(1, header("|O8", "False", "(1,)"), []float64{1}), "an array of Python objects"},
		{"structured", npyFile(1, "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", []float64{1}), "a structured array"},
		{"no shape", npyFile(1, "{'descr': '<f8', 'fortran_order': False}", []float64{1}), `the key "shape" is missing`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := readNPY[float64](bytes.NewReader(c.file))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	t.Run("does not fit", func(t *testing.T) {
		_, _, err := readNPY[uint8](bytes.NewReader(npyFile(1, header("<i8", "False", "(2,)"), []int64{1, 256})))
		if err == nil || !strings.Contains(err.Error(), "value 256 does not fit") {
			t.Errorf("error %v", err)
		}
	})
}

func TestWriteNPY(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	var b bytes.Buffer
	want := []float32{1, -2.5, 3, 4, 5, 6}
	if err := WriteNPY(&b, want, 1, 2, 3); err != nil {
		t.Fatal(err)
	}
	if b.Len()%8 != 0 || (b.Len()-24)%64 != 0 {
		t.Errorf("%d bytes: values should begin at a multiple of 64", b.Len())
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	got, shape, err := ReadNPY[float32](path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("values (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]int{1, 2, 3}, shape); d != "" {
		t.Errorf("shape (-want +got):\n%s", d)
	}
	if err := WriteNPY(&b, want, 2, 2); err == nil {
		t.Error("no error for 6 values in the shape [2 2]")
	}
}

// Rounding to half precision and widening agree for every half number and for the midpoints between
// neighbours, which go to the even one.
func TestHalf(t *testing.T) {
	for h := range uint16(0x7C00) {
		v := float64(halfToFloat(h))
		if got := HalfFromFloat(v); got != h {
			t.Fatalf("%v becomes %#x, want %#x", v, got, h)
		}
		if got := HalfFromFloat(-v); got != h|0x8000 {
			t.Fatalf("%v becomes %#x, want %#x", -v, got, h|0x8000)
		}
		next := float64(halfToFloat(h + 1))
		if h+1 == 0x7C00 {
			next = 65536
		}
		if got, want := HalfFromFloat((v+next)/2), h+h&1; got != want {
			t.Fatalf("%v becomes %#x, want the even %#x", (v+next)/2, got, want)
		}
	}
	if h := HalfFromFloat(math.NaN()); !math.IsNaN(float64(halfToFloat(h))) {
		t.Errorf("NaN becomes %#x", h)
	}
}

func FuzzNPY(f *testing.F) {
	f.Add(npyFile(1, "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 1), }\n", []float64{1, 2}))
	f.Add(npyFile(3, "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n", []uint8{1, 2, 3}))
	f.Fuzz(func(t *testing.T, b []byte) {
		values, shape, err := readNPY[float64](bytes.NewReader(b))
		if err != nil {
			return
		}
		n := 1
		for _, d := range shape {
			n *= d
		}
		if n != len(values) {
			t.Errorf("%d values of shape %v", len(values), shape)
		}
	})
}
