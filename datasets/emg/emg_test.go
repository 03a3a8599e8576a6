package emg

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets/formats"
	"github.com/zcnas/zcnas/datasets/internal/diverse"
)

// array reads an array of one of the folder's archives.
func array[T formats.Number](t *testing.T, file, name string) ([]T, []int) {
	t.Helper()
	z, err := formats.OpenNPZ(diverse.Path(t, "ninapro", file))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	v, shape, err := formats.ReadNPZ[T](z, name)
	if err != nil {
		t.Fatal(err)
	}
	return v, shape
}

func ints(v []int64) []int {
	out := make([]int, len(v))
	for i, x := range v {
		out[i] = int(x)
	}
	return out
}

// recordings returns those of the folder, one per subject.
func recordings(t *testing.T) []Recording {
	t.Helper()
	signal, shape := array[float64](t, "raw.npz", "emg")
	movements, _ := array[int64](t, "raw.npz", "restimulus")
	repetitions, _ := array[int64](t, "raw.npz", "rerepetition")
	var out []Recording
	n := shape[1]
	for i := range shape[0] {
		out = append(out, Recording{
			Signal:    signal[i*n*Electrodes : (i+1)*n*Electrodes],
			Movements: ints(movements[i*n : (i+1)*n]), Repetitions: ints(repetitions[i*n : (i+1)*n])})
	}
	return out
}

func TestWindowsMiniatures(t *testing.T) {
	var got Windows
	for _, r := range recordings(t) {
		w, err := r.Windows(Channels)
		if err != nil {
			t.Fatal(err)
		}
		got.Values = append(got.Values, w.Values...)
		got.Labels = append(got.Labels, w.Labels...)
		got.Repetitions = append(got.Repetitions, w.Repetitions...)
	}
	want, _ := array[float64](t, "windows_expected.npz", "emg")
	labels, _ := array[int64](t, "windows_expected.npz", "labels")
	repetitions, _ := array[int64](t, "windows_expected.npz", "repetition")
	if !slices.Equal(got.Labels, ints(labels)) || !slices.Equal(got.Repetitions, ints(repetitions)) {
		t.Fatalf("labels or repetitions differ (%d windows, want %d)", len(got.Labels), len(labels))
	}
	// One step of half precision, the type of the published windows.
	for i, v := range got.Values {
		a, b := int(formats.HalfFromFloat(v)), int(formats.HalfFromFloat(want[i]))
		if a-b > 1 || b-a > 1 {
			t.Fatalf("value %d is %v, want %v", i, v, want[i])
		}
	}
}

func TestFiltersMiniatures(t *testing.T) {
	for _, filter := range []Filter{Channels, Time} {
		t.Run(string(filter), func(t *testing.T) {
			want, shape := array[float64](t, "windows_subject1_float64.npz", string(filter))
			w, err := recordings(t)[0].Windows(filter)
			if err != nil {
				t.Fatal(err)
			}
			if len(w.Values) != len(want) {
				t.Fatalf("%d windows, want %d", len(w.Labels), shape[0])
			}
			for i, v := range w.Values {
				if math.Abs(v-want[i]) > 1e-9 {
					t.Fatalf("value %d is %v, want %v", i, v, want[i])
				}
			}
		})
	}
}

func TestReadRecordingMiniature(t *testing.T) {
	got, err := ReadRecording(diverse.Path(t, "ninapro", "S1_E2_A1.mat"))
	if err != nil {
		t.Fatal(err)
	}
	want := recordings(t)[0]
	if !slices.Equal(got.Signal, want.Signal) || !slices.Equal(got.Movements, want.Movements) || !slices.Equal(got.Repetitions, want.Repetitions) {
		t.Error("the recording of subject 1 differs between S1_E2_A1.mat and raw.npz")
	}
}

func TestWindows(t *testing.T) {
	n := 120
	r := Recording{Signal: make([]float64, n*Electrodes), Movements: make([]int, n), Repetitions: make([]int, n)}
	for i := range n {
		r.Signal[i*Electrodes] = float64(i%7 - 3)
		r.Movements[i] = 5
		if i >= 60 {
			r.Repetitions[i] = 1
		}
	}
	r.Movements[3] = 0
	w, err := r.Windows(Channels)
	if err != nil {
		t.Fatal(err)
	}
	// Starts 0 and 5 lie in repetition 0, 60 and 65 in repetition 1; 10…55 span both.
	if !slices.Equal(w.Labels, []int{0, 5, 5, 5}) || !slices.Equal(w.Repetitions, []int{0, 0, 1, 1}) {
		t.Errorf("labels %v, repetitions %v", w.Labels, w.Repetitions)
	}
	for i := range Length {
		whole := w.Values[i*Electrodes] / filterB[0]
		if math.Abs(whole-math.Abs(float64(i%7-3))) > 1e-12 {
			t.Fatalf("electrode 0 at instant %d is %v times the filter's first coefficient", i, whole)
		}
	}
	for _, c := range []struct {
		name   string
		r      Recording
		filter Filter
		want   string
	}{
		{"lengths", Recording{Signal: make([]float64, 32), Movements: make([]int, 3), Repetitions: make([]int, 2)}, Channels, "one of each per instant"},
		{"filter", Recording{}, "both", `unknown filter "both"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := c.r.Windows(c.filter); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// The model must carry what a network can learn: classes must be told apart by the mean of each electrode,
// on other repetitions than those learned from, and yet not perfectly.
func TestSyntheticIsLearnable(t *testing.T) {
	g, err := NewSynthetic(0, Channels)
	if err != nil {
		t.Fatal(err)
	}
	const train, test = 2000, 600
	window := make([]float64, Length*Electrodes)
	features := func(split string, i int) (f [Electrodes]float64, label int) {
		label = g.Window(split, i, window)
		for k, v := range window {
			f[k%Electrodes] += math.Abs(v) / Length
		}
		for c := range f {
			f[c] = math.Log(1 + f[c])
		}
		return f, label
	}
	var centre [Classes][Electrodes]float64
	var count [Classes]int
	for i := range train {
		f, label := features("train", i)
		count[label]++
		for c, v := range f {
			centre[label][c] += v
		}
	}
	right := 0
	for i := range test {
		f, label := features("test", i)
		best, least := 0, math.Inf(1)
		for k := range centre {
			d := 0.0
			for c, v := range f {
				e := v - centre[k][c]/float64(count[k])
				d += e * e
			}
			if d < least {
				best, least = k, d
			}
		}
		if best == label {
			right++
		}
	}
	t.Logf("nearest class mean: %d of %d; classes %v", right, test, count)
	if right < test*55/100 || right > test*90/100 {
		t.Errorf("nearest class mean is right in %d of %d windows of other repetitions", right, test)
	}
	for k, n := range count {
		if k > 0 && (n < train*2/3/17/2 || n > train*2/3/17*2) {
			t.Errorf("class %d has %d of %d windows", k, n, train)
		}
	}
}

func TestSyntheticRepeats(t *testing.T) {
	a, b, c := make([]float64, Length*Electrodes), make([]float64, Length*Electrodes), make([]float64, Length*Electrodes)
	one, _ := NewSynthetic(3, Channels)
	other, _ := NewSynthetic(3, Channels)
	k := one.Window("train", 17, a)
	other.Window("train", 16, b)
	if l := other.Window("train", 17, b); k != l || !slices.Equal(a, b) {
		t.Error("a window depends on what was made before")
	}
	one.Window("test", 17, c)
	if slices.Equal(a, c) {
		t.Error("training and test windows are the same")
	}
	if _, err := NewSynthetic(0, "both"); err == nil {
		t.Error("no error for an unknown filter")
	}
}

func FuzzRecording(f *testing.F) {
	f.Add([]byte{1, 2, 3}, 120)
	f.Add([]byte{1}, 0)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		n = min(max(n, 0), 500)
		signal := make([]float64, n*Electrodes)
		for i := range signal {
			if len(b) > 0 {
				signal[i] = float64(int8(b[i%len(b)]))
			}
		}
		r := Recording{Signal: signal, Movements: make([]int, n), Repetitions: make([]int, n)}
		for i := range n {
			if len(b) > 0 {
				r.Repetitions[i] = int(b[(i/30)%len(b)])
			}
		}
		w, err := r.Windows(Time)
		if err != nil || len(w.Values) != len(w.Labels)*Length*Electrodes {
			t.Errorf("%d values, %d labels, %v", len(w.Values), len(w.Labels), err)
		}
	})
}

func BenchmarkSynthetic(b *testing.B) {
	g, _ := NewSynthetic(0, Channels)
	window := make([]float64, Length*Electrodes)
	for i := 0; b.Loop(); i++ {
		g.Window("train", i, window)
	}
}
