package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFresh checks that the committed assembly is what the generator writes.
func TestFresh(t *testing.T) {
	for name, want := range files() {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Error(err)
			continue
		}
		if string(got) != want {
			t.Errorf("%s is out of date: run go generate in package kernels", name)
		}
	}
}
