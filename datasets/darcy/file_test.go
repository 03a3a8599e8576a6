package darcy

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets/formats"
	"github.com/zcnas/zcnas/datasets/internal/diverse"
)

// floats reads a single-precision array of the expected values.
func floats(t *testing.T, name string) []float32 {
	t.Helper()
	z, err := formats.OpenNPZ(diverse.Path(t, "darcy", "loader_expected.npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	v, _, err := formats.ReadNPZ[float32](z, name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func near32(t *testing.T, what string, got, want []float32, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i, v := range got {
		if d := math.Abs(float64(v) - float64(want[i])); !(d <= tol) {
			t.Fatalf("%s: value %d is %v, want %v", what, i, v, want[i])
		}
	}
}

// The published loader: statistics, encoded and raw values.
func TestReadFileMiniatures(t *testing.T) {
	var expected struct{ Sizes [3]int }
	diverse.JSON(t, &expected, "darcy", "loader_expected.json")
	train, validation, test := expected.Sizes[0], expected.Sizes[1], expected.Sizes[2]
	smooth1 := diverse.Path(t, "darcy", "piececonst_r421_N1024_smooth1.mat")
	_, cells, err := Count(smooth1)
	if err != nil {
		t.Fatal(err)
	}
	want := floats(t, "x_mean")
	size := int(math.Sqrt(float64(len(want))))
	stride := (cells + size - 1) / size
	read := func(path string, first, n int) Fields {
		t.Helper()
		f, err := ReadFile(path, first, n, stride)
		if err != nil {
			t.Fatal(err)
		}
		if f.N != n || f.Size != size {
			t.Fatalf("%d samples of %d cells, want %d of %d", f.N, f.Size, n, size)
		}
		return f
	}
	encode := func(n Normaliser, values []float32) []float32 {
		out := make([]float32, len(values))
		for at := 0; at < len(values); at += size * size {
			n.Encode(out[at:at+size*size], values[at:at+size*size])
		}
		return out
	}
	f := read(smooth1, 0, train)
	x, y := NewNormaliser(f.Coeff, size*size), NewNormaliser(f.Sol, size*size)
	near32(t, "x_mean", x.Mean, floats(t, "x_mean"), 1e-6)
	near32(t, "x_std", x.Std, floats(t, "x_std"), 1e-6)
	near32(t, "y_mean", y.Mean, floats(t, "y_mean"), 1e-6)
	near32(t, "y_std", y.Std, floats(t, "y_std"), 1e-6)
	inputs := make([]float32, 3*size*size)
	var all []float32
	for i := range train {
		x.Inputs(inputs, f.Coeff[i*size*size:(i+1)*size*size], size)
		all = append(all, inputs...)
	}
	near32(t, "x_train", all, floats(t, "x_train"), 1e-5)
	near32(t, "y_train", encode(y, f.Sol), floats(t, "y_train"), 1e-5)
	v := read(smooth1, train, validation)
	near32(t, "x_validation", encode(x, v.Coeff), floats(t, "x_validation"), 1e-5)
	near32(t, "y_validation_raw", v.Sol, floats(t, "y_validation_raw"), 0)
	decoded := encode(y, v.Sol)
	for at := 0; at < len(decoded); at += size * size {
		y.Decode(decoded[at:at+size*size], decoded[at:at+size*size])
	}
	near32(t, "decoded", decoded, v.Sol, 1e-6)
	for _, name := range []string{"piececonst_r421_N1024_smooth2.mat", "smooth2_v73.mat"} {
		t.Run(name, func(t *testing.T) {
			f := read(diverse.Path(t, "darcy", name), 0, test)
			near32(t, "x_test", encode(x, f.Coeff), floats(t, "x_test"), 1e-5)
			near32(t, "y_test_raw", f.Sol, floats(t, "y_test_raw"), 0)
		})
	}
}

// One sample has no deviation, and encodes to 0.
func TestNormaliser(t *testing.T) {
	n := NewNormaliser([]float32{3, 12, 3, 12}, 4)
	got := make([]float32, 4)
	n.Encode(got, []float32{3, 12, 3, 12})
	near32(t, "encoded", got, make([]float32, 4), 0)
	n = NewNormaliser([]float32{1, 2, 3, 6}, 2)
	near32(t, "mean", n.Mean, []float32{2, 4}, 0)
	near32(t, "deviation", n.Std, []float32{math.Sqrt2, 2 * math.Sqrt2}, 1e-6)
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name       string
		coeff, sol []float32
		want       string
	}{
		{"swapped", []float32{0.01, 0.02}, []float32{3, 12}, "the fields are swapped"},
		{"zero", []float32{3, 0}, []float32{0, 0}, "coeff holds the value 0"},
		{"not a number", []float32{3, 12}, []float32{0, float32(math.NaN())}, "sol holds the value NaN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := (Fields{Coeff: c.coeff, Sol: c.sol}).check(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	if err := (Fields{Coeff: []float32{3, 12}, Sol: []float32{0, 0.01}}).check(); err != nil {
		t.Error(err)
	}
}

func TestReadFileErrors(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other.mat")
	if err := os.WriteFile(other, []byte("something else"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, path, want string }{
		{"missing", filepath.Join(t.TempDir(), "none.mat"), "no such file"},
		{"other file", other, "no MATLAB file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := ReadFile(c.path, 0, 1, 5); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}
