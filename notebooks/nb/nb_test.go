package nb

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestPick(t *testing.T) {
	for value, want := range map[string]int{"": 100, "0": 100, "1": 1000, "yes": 1000} {
		t.Setenv("ZC_FULL", value)
		if got := Pick(100, 1000); got != want {
			t.Errorf("ZC_FULL=%q: %d, want %d", value, got, want)
		}
	}
}

func TestFigure(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	t.Setenv("ZC_FIGURES", dir)
	path := Figure("a.svg")
	if want := filepath.Join(dir, "a.svg"); path != want {
		t.Errorf("got %s, want %s", path, want)
	}
	if err := os.WriteFile(path, []byte("<svg/>"), 0o644); err != nil {
		t.Errorf("the folder is not ready: %v", err)
	}

	t.Setenv("ZC_FIGURES", filepath.Join(path, "below-a-file"))
	defer func() {
		if recover() == nil {
			t.Error("no panic where the folder cannot be made")
		}
	}()
	Figure("b.svg")
}

func TestMust(t *testing.T) {
	if Must(3, nil) != 3 {
		t.Error("the value is not passed on")
	}
	want := errors.New("gone")
	defer func() {
		if got := recover(); got != want {
			t.Errorf("panic %v, want %v", got, want)
		}
	}()
	Must(3, want)
}

func ExampleNote() {
	Note("Ground truth is missing:\nput it in %s.", "$ZC_DATA")
	// Output:
	// > Ground truth is missing:
	// > put it in $ZC_DATA.
}
