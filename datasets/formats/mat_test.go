package formats

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zcnas/zcnas/datasets/internal/diverse"
)

// The files of testdata, written by SciPy and h5py, hold the same variables: a [3, 4, 5] of 0.5·i − 7 in
// MATLAB's order, s twice that in single precision, bytes 0… of [2, 3, 4] as "first", −i of [2, 3] as "i", a
// single number 3 as "t", and text.
var matFiles = []string{"plain.mat", "packed.mat", "plain73.mat", "packed73.mat", "new73.mat"}

func openTestMat(t testing.TB, path string) *Mat {
	t.Helper()
	m, err := OpenMat(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func TestReadMat(t *testing.T) {
	for _, name := range matFiles {
		t.Run(name, func(t *testing.T) {
			m := openTestMat(t, filepath.Join("testdata", name))
			var whole []float64
			for i := range 60 {
				whole = append(whole, 0.5*float64(i)-7)
			}
			for _, c := range []struct {
				ranges []Range
				shape  []int
			}{
				{nil, []int{3, 4, 5}},
				{[]Range{{}, {}, {}}, []int{3, 4, 5}},
				{[]Range{{Start: 1, Step: 1}}, []int{2, 4, 5}},
				{[]Range{{Step: 2}, {Start: 1, Stop: 4, Step: 2}, {Start: 3}}, []int{2, 2, 2}},
				{[]Range{{Stop: 1}, {Step: 3}, {Step: 5}}, []int{1, 2, 1}},
			} {
				got, shape, err := ReadMat[float64](m, "a", c.ranges...)
				if err != nil {
					t.Fatalf("%v: %v", c.ranges, err)
				}
				full := make([]Range, 3)
				copy(full, c.ranges)
				for i, d := range []int{3, 4, 5} {
					full[i], _ = full[i].within(d)
				}
				var want []float64
				for z := full[2].Start; z < full[2].Stop; z += full[2].Step {
					for y := full[1].Start; y < full[1].Stop; y += full[1].Step {
						for x := full[0].Start; x < full[0].Stop; x += full[0].Step {
							want = append(want, whole[x+3*(y+4*z)])
						}
					}
				}
				if d := cmp.Diff(c.shape, shape); d != "" {
					t.Errorf("%v: shape (-want +got):\n%s", c.ranges, d)
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("%v: values (-want +got):\n%s", c.ranges, d)
				}
			}
			s, _, err := ReadMat[float32](m, "s")
			if err != nil || len(s) != 60 || s[0] != -14 || s[59] != 45 {
				t.Errorf("s = %v, %v", s, err)
			}
			u, _, err := ReadMat[uint8](m, "first")
			if err != nil || len(u) != 24 || u[23] != 23 {
				t.Errorf("first = %v, %v", u, err)
			}
			i, shape, err := ReadMat[int64](m, "i")
			if err != nil || !slices.Equal(i, []int64{0, -1, -2, -3, -4, -5}) || !slices.Equal(shape, []int{2, 3}) {
				t.Errorf("i = %v %v, %v", i, shape, err)
			}
			one, _, err := ReadMat[float64](m, "t")
			if err != nil || !slices.Equal(one, []float64{3}) {
				t.Errorf("t = %v, %v", one, err)
			}
		})
	}
}

func TestReadMatErrors(t *testing.T) {
	plain, err := os.ReadFile("testdata/plain.mat")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, file, variable string
		ranges               []Range
		want                 string // part of the error
	}{
		{"no such variable", "plain.mat", "sol", nil, `no variable "sol"; it has first, a, s`},
		{"text", "plain.mat", "note", nil, "not a numeric array"},
		{"range", "plain.mat", "a", []Range{{Stop: 4}}, "of a dimension of 3"},
		{"ranges", "plain.mat", "a", make([]Range, 4), "4 ranges for 3 dimensions"},
		{"broken number", "packed73.mat", "a", nil, "value -6.5 does not fit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := OpenMat(filepath.Join("testdata", c.file))
			if err == nil {
				defer m.Close()
				_, _, err = ReadMat[int32](m, c.variable, c.ranges...)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.file) {
				t.Errorf("error %v, want one with %q and the file's name", err, c.want)
			}
		})
	}
	t.Run("other file", func(t *testing.T) {
		if _, err := newMat(strings.NewReader("no such thing"), 13, "x.mat"); err == nil || !strings.Contains(err.Error(), "x.mat: no MATLAB file") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("truncated", func(t *testing.T) {
		for n := 129; n < len(plain); n += 7 {
			if _, err := newMat(bytes.NewReader(plain[:n]), int64(n), "x.mat"); err == nil && n%8 != 0 {
				t.Errorf("no error for %d of %d bytes", n, len(plain))
			}
		}
	})
}

// readAll reads all that can be read.
func readAll(m *Mat) error {
	for _, v := range m.Vars() {
		if v.source == nil {
			continue
		}
		if _, _, err := ReadMat[float64](m, v.Name); err != nil {
			return err
		}
		if _, _, err := ReadMat[float32](m, v.Name, Range{Step: 2}); err != nil {
			return err
		}
	}
	return nil
}

// A damaged file is an error or other values, never a panic and never much memory.
func FuzzMat(f *testing.F) {
	for _, name := range matFiles {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := newMat(bytes.NewReader(b), int64(len(b)), "fuzz.mat"); err == nil {
			_ = readAll(m)
		}
	})
}

// The bytes of every file are damaged in turn (those at its end more sparsely), so that the fields that fuzzing seldom meets are tried too.
func TestMatDamaged(t *testing.T) {
	for _, name := range matFiles {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(b); i += 1 + i/40 {
				for _, v := range []byte{0xFF, b[i] ^ 0x80} {
					damaged := slices.Clone(b)
					damaged[i] = v
					if m, err := newMat(bytes.NewReader(damaged), int64(len(b)), "damaged.mat"); err == nil {
						_ = readAll(m)
					}
				}
			}
		})
	}
}

// The published files of Darcy Flow, in whatever container the folder has them: a strided read picks out of
// the whole, and the HDF5 copy holds what the file that it was made from holds.
func TestReadMatMiniatures(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(diverse.Dir(t), "darcy", "*.mat"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no darcy/*.mat")
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			m := openTestMat(t, path)
			for _, name := range []string{"coeff", "sol"} {
				whole, dims, err := ReadMat[float64](m, name)
				if err != nil {
					t.Fatal(err)
				}
				if len(dims) != 3 {
					t.Fatalf("%s of shape %v", name, dims)
				}
				got, shape, err := ReadMat[float32](m, name, Range{}, Range{Step: 5}, Range{Start: 2, Step: 7})
				if err != nil {
					t.Fatal(err)
				}
				k := 0
				for z := 2; z < dims[2]; z += 7 {
					for y := 0; y < dims[1]; y += 5 {
						for x := range dims[0] {
							if want := float32(whole[x+dims[0]*(y+dims[1]*z)]); got[k] != want {
								t.Fatalf("%s[%d, %d, %d] = %v in a strided read, %v in a whole one (shape %v)", name, x, y, z, got[k], want, shape)
							}
							k++
						}
					}
				}
			}
		})
	}
	t.Run("smooth2 in both containers", func(t *testing.T) {
		v5 := openTestMat(t, diverse.Path(t, "darcy", "piececonst_r421_N1024_smooth2.mat"))
		v73 := openTestMat(t, diverse.Path(t, "darcy", "smooth2_v73.mat"))
		for _, name := range []string{"coeff", "sol"} {
			a, shape, err := ReadMat[float64](v5, name)
			if err != nil {
				t.Fatal(err)
			}
			b, shape73, err := ReadMat[float64](v73, name)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(shape, shape73) || !slices.Equal(a, b) {
				t.Errorf("%s differs: %v and %v", name, shape, shape73)
			}
		}
	})
}
