package formats

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// An array written in three goes, one of them cut off in a row, equals one written at once.
func TestAppendNPY(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	want := []float32{1, 2, 3, 4, 5, 6, 7, 8}
	row := func(i int) []float32 { return want[2*i : 2*i+2] }
	write := func(from, to int) {
		t.Helper()
		a, done, err := AppendNPY[float32](path, 4, 2, 1)
		if err != nil {
			t.Fatal(err)
		}
		if done != from {
			t.Errorf("%d rows are there, want %d", done, from)
		}
		for i := from; i < to; i++ {
			if err := a.Append(row(i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write(0, 1)
	write(1, 3)
	st, err := os.Stat(path + ".part")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path+".part", st.Size()-3); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file is there before its last row")
	}
	if _, _, err := AppendNPY[float32](path, 5, 2, 1); err == nil || !strings.Contains(err.Error(), "another array is in the making") {
		t.Errorf("another shape: error %v", err)
	}
	write(2, 4)
	got, shape, err := ReadNPY[float32](path)
	if err != nil || !slices.Equal(got, want) || !slices.Equal(shape, []int{4, 2, 1}) {
		t.Errorf("%v of shape %v, %v", got, shape, err)
	}
	a, _, err := AppendNPY[float32](path, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.Append(want[:3]); err == nil {
		t.Error("no error for a row of another length")
	}
}
