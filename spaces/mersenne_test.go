package spaces

import (
	"slices"
	"testing"
)

// Values from Python 3.11's random.Random.
func TestMersenne(t *testing.T) {
	m := newMersenne(88)
	if got := []uint32{m.uint32(), m.uint32(), m.uint32()}; !slices.Equal(got, []uint32{1707201716, 4182107318, 813946014}) {
		t.Errorf("Random(88): %v", got)
	}
	if got := m.float64(); got != 0.3328080617073127 {
		t.Errorf("random() = %v", got)
	}
	m = newMersenne(5_000_000_000_123) // two digits of 32 bits
	if got := []uint32{m.uint32(), m.uint32(), m.uint32()}; !slices.Equal(got, []uint32{3754698591, 1492644431, 3736494098}) {
		t.Errorf("Random(5000000000123): %v", got)
	}
	m = newMersenne(36)
	if got := m.choices(1e9, 3); !slices.Equal(got, []int{328700520, 983213916, 959247535}) {
		t.Errorf("choices: %v", got)
	}
	for i, n := range []int{2, 3, 4, 5, 5, 5} {
		want := [][2]int{{1, 0}, {0, 2}, {1, 3}, {3, 2}, {4, 2}, {4, 0}}[i]
		if a, b := m.sample2(n); [2]int{a, b} != want {
			t.Errorf("sample(range(%d), 2) = %d, %d, want %v", n, a, b, want)
		}
	}
	l := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	newMersenne(0).shuffle(len(l), func(i, j int) { l[i], l[j] = l[j], l[i] })
	if !slices.Equal(l, []int{7, 8, 1, 5, 3, 4, 2, 0, 9, 6}) {
		t.Errorf("shuffle: %v", l)
	}
}
