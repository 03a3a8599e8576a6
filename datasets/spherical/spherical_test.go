package spherical

import (
	"math"
	"testing"

	"github.com/zcnas/zcnas/datasets/formats"
	"github.com/zcnas/zcnas/datasets/internal/diverse"
)

func load[T formats.Number](t *testing.T, name string) ([]T, []int) {
	t.Helper()
	v, shape, err := formats.ReadNPY[T](diverse.Path(t, "spherical", name))
	if err != nil {
		t.Fatal(err)
	}
	return v, shape
}

func TestRotationMiniatures(t *testing.T) {
	numbers, _ := load[float64](t, "randnums.npy")
	want, _ := load[float64](t, "rotations.npy")
	for i := range len(numbers) / 3 {
		m := NewRotation(numbers[3*i], numbers[3*i+1], numbers[3*i+2])
		for k := range 9 {
			if got := m[k/3][k%3]; math.Abs(got-want[9*i+k]) > 1e-12 {
				t.Errorf("rotation %d, entry %d: %v, want %v", i, k, got, want[9*i+k])
			}
		}
	}
}

// rotations returns the rotations of the miniatures.
func rotations(t *testing.T) []Rotation {
	v, _ := load[float64](t, "rotations.npy")
	out := make([]Rotation, len(v)/9)
	for i := range out {
		for k := range 9 {
			out[i][k/3][k%3] = v[9*i+k]
		}
	}
	return out
}

func TestCoordinatesMiniatures(t *testing.T) {
	rows, columns := Coordinates(rotations(t)[0])
	want, _ := load[float64](t, "debug0_rowcol.npy")
	for i := range rows {
		// Near the pole that the picture is projected from, coordinates run to thousands.
		if tol := 1e-9 * max(1, math.Abs(want[i]), math.Abs(want[i+len(rows)])); math.Abs(rows[i]-want[i]) > tol || math.Abs(columns[i]-want[i+len(rows)]) > tol {
			t.Fatalf("point %d at %v, %v, want %v, %v", i, rows[i], columns[i], want[i], want[i+len(rows)])
		}
	}
}

func TestSampleMiniatures(t *testing.T) {
	pictures, shape := load[uint8](t, "images.npy")
	p := NewProjection(rotations(t)[0], Version2021)
	want, _ := load[float64](t, "debug0_samples_2021.npy")
	got := make([]float64, Size*Size)
	for c := range shape[1] {
		p.Sample(got, pictures[c*Picture*Picture:])
		for i, v := range got {
			if w := want[c*Size*Size+i]; math.Abs(v-w) > 1e-9*max(1, math.Abs(w)) {
				t.Fatalf("channel %d, point %d: %v, want %v", c, i, v, w)
			}
		}
	}
}

func TestProjectMiniatures(t *testing.T) {
	for _, c := range []struct {
		file    string
		version Version
		whole   bool
		turned  bool
	}{
		{"expected_2021.npy", Version2021, false, true},
		{"expected_2021_image_range.npy", Version2021, true, true},
		{"expected_fixed.npy", Fixed, false, true},
		{"expected_fixed_unrotated0.npy", Fixed, false, false},
	} {
		t.Run(c.file, func(t *testing.T) {
			pictures, shape := load[uint8](t, "images.npy")
			want, wantShape := load[uint8](t, c.file)
			each := shape[1] * Picture * Picture
			n := len(pictures) / each
			turns := rotations(t)
			if !c.turned {
				n, turns = 1, []Rotation{Identity}
			}
			if out := n * shape[1] * Size * Size; out != len(want) {
				t.Fatalf("%d pictures of %v, and expected values of %v", n, shape, wantShape)
			}
			differ := 0
			got := make([]uint8, shape[1]*Size*Size)
			for i := range n {
				NewProjection(turns[i], c.version).Project(got, pictures[i*each:(i+1)*each], c.whole)
				for k, v := range got {
					if v != want[i*len(got)+k] {
						differ++
					}
				}
			}
			if differ != 0 {
				t.Errorf("%d of %d values differ", differ, len(want))
			}
		})
	}
}

// A rotation is orthogonal and keeps the hand; uniform numbers reach every direction.
func TestNewRotation(t *testing.T) {
	for _, u := range [][3]float64{{0, 0, 0}, {0.3, 0.7, 0.2}, {0.99, 0.01, 0.5}} {
		m := NewRotation(u[0], u[1], u[2])
		for i := range 3 {
			for j := range 3 {
				dot := 0.0
				for k := range 3 {
					dot += m[i][k] * m[j][k]
				}
				want := 0.0
				if i == j {
					want = 1
				}
				if math.Abs(dot-want) > 1e-14 {
					t.Errorf("%v: rows %d and %d have the product %v", u, i, j, dot)
				}
			}
		}
		det := m[0][0]*(m[1][1]*m[2][2]-m[1][2]*m[2][1]) - m[0][1]*(m[1][0]*m[2][2]-m[1][2]*m[2][0]) + m[0][2]*(m[1][0]*m[2][1]-m[1][1]*m[2][0])
		if math.Abs(det-1) > 1e-14 {
			t.Errorf("%v: determinant %v", u, det)
		}
	}
}

// An empty channel has no range to fill: it stays empty.
func TestProjectEmpty(t *testing.T) {
	dst := make([]uint8, Size*Size)
	for i := range dst {
		dst[i] = 7
	}
	NewProjection(Identity, Version2021).Project(dst, make([]uint8, Picture*Picture), false)
	for i, v := range dst {
		if v != 0 {
			t.Fatalf("point %d of an empty picture is %d", i, v)
		}
	}
}

func BenchmarkProject(b *testing.B) {
	picture := make([]uint8, 3*Picture*Picture)
	for i := range picture {
		picture[i] = uint8(i * 7)
	}
	dst := make([]uint8, 3*Size*Size)
	p := NewProjection(NewRotation(0.1, 0.2, 0.3), Version2021)
	for b.Loop() {
		p.Project(dst, picture, false)
	}
}
