package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDataMakeDarcy(t *testing.T) {
	dir := t.TempDir()
	args := []string{"data", "make", "darcy", "-out", dir, "-samples", "10", "-test-samples", "2", "-cells", "21", "-stride", "5"}
	if out := mustRun(t, args...); !strings.Contains(out, "10 samples, relative residual at most") {
		t.Errorf("output %q", out)
	}
	t.Setenv("ZC_DATA", dir)
	out := mustRun(t, "score", "-data", "darcy", "-sample", "1", "-option", "channels=2", "-option", "cells_per_stage=1", "-proxies", "params,snip", "-format", "jsonl")
	if !strings.Contains(out, `darcy files=generated`) {
		t.Errorf("scores on generated files do not say so: %s", out)
	}
}

func TestDataMakeSpherical(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("ZC_DATA", dir)
	record := make([]byte, 3073)
	for i := range record[1:] {
		record[1+i] = byte(i)
	}
	folder := filepath.Join(dir, "cifar-10-batches-bin")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"data_batch_1.bin", "test_batch.bin"} {
		if err := os.WriteFile(filepath.Join(folder, name), record, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	mustRun(t, "data", "make", "spherical", "cifar10")
	for _, part := range []string{"train", "test"} {
		if st, err := os.Stat(filepath.Join(dir, "spherical", "s2_cifar10_"+part+"_images.npy")); err != nil || st.Size() < 3*60*60 {
			t.Errorf("%s: %v", part, err)
		}
	}
}
