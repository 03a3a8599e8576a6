package darcy

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets/formats"
)

// A file made in two parts equals one made at once, and holds the samples.
func TestMakeFile(t *testing.T) {
	dir := t.TempDir()
	m := Make{Seed: 5, First: 2, Samples: 6, Cells: 21, Stride: 5, Workers: 2}
	once, twice := filepath.Join(dir, "once.mat"), filepath.Join(dir, "twice.mat")
	if err := MakeFile(context.Background(), once, m, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	first := 0
	m.Workers = 1 // of several, one can be ahead of another whose sample is still to come, and lose what it has made
	err := MakeFile(ctx, twice, m, func(done int, _ Report) {
		if first = done; done == 3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	if _, err := os.Stat(twice); err == nil {
		t.Error("an interrupted call leaves a file that looks finished")
	}
	calls := 0
	if err := MakeFile(context.Background(), twice, m, func(int, Report) { calls++ }); err != nil {
		t.Fatal(err)
	}
	if calls != m.Samples-first {
		t.Errorf("%d samples made after %d of %d", calls, first, m.Samples)
	}
	a, b := file(t, once), file(t, twice)
	if !slices.Equal(a, b) {
		t.Error("a file made in two parts differs from one made at once")
	}
	for _, leftover := range []string{".part", ".part.json", ".new"} {
		if _, err := os.Stat(twice + leftover); err == nil {
			t.Errorf("%s is left", leftover)
		}
	}

	f, err := ReadFile(once, 0, m.Samples, 1)
	if err != nil {
		t.Fatal(err)
	}
	err = Samples(context.Background(), m.Seed, Numbers(m.First, m.Samples), m.Cells, m.Stride, 1, func(i int, coeff, sol []float64, r Report) error {
		at := (i - m.First) * f.Size * f.Size
		for k, v := range coeff {
			if f.Coeff[at+k] != float32(v) || f.Sol[at+k] != float32(sol[k]) {
				t.Fatalf("sample %d, cell %d differs", i, k)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	mat, err := formats.OpenMat(once)
	if err != nil {
		t.Fatal(err)
	}
	defer mat.Close()
	if !strings.HasPrefix(mat.Text(), GeneratedText) {
		t.Errorf("text %q", mat.Text())
	}
}

func file(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMakeFileErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.mat")
	if err := os.WriteFile(path+".part.json", []byte(`{"Seed": 1, "Samples": 9, "Cells": 8, "Stride": 1}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		make Make
		want string
	}{
		{"another in the making", Make{Samples: 3, Cells: 8, Stride: 1}, "another file is in the making there: seed 1, 9 samples"},
		{"no samples", Make{Cells: 8, Stride: 1}, "0 samples"},
		{"cells", Make{Samples: 1, Cells: 2, Stride: 1}, "a resolution of 2"},
		{"stride", Make{Samples: 1, Cells: 8}, "every 0-th cell"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := MakeFile(context.Background(), path, c.make, nil); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}
