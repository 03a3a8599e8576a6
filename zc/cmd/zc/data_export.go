package main

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/datasets/formats"
)

type dataExportCmd struct {
	sampleFlags `embed:""`
	Out         string `required:"" placeholder:"FILE.npz" help:"File to write: inputs [N, C, H, W] float32, and labels int64 or targets float32."`
}

func (c *dataExportCmd) Run(a *app) error {
	if ext := strings.ToLower(filepath.Ext(c.Out)); ext != ".npz" {
		return usage("-out %s: give a file that ends in .npz", c.Out)
	}
	info, b, err := c.batch(a)
	if err != nil {
		return err
	}
	if err := writeWhole(c.Out, func(w io.Writer) error { return writeBatch(w, b) }); err != nil {
		return err
	}
	what := "labels"
	if b.Targets != nil {
		what = "targets"
	}
	_, err = fmt.Fprintf(a.stdout, "%s: inputs %v and %s %v of %s\n", c.Out, []int{b.N, b.C, b.H, b.W}, what,
		append([]int{b.N}, b.TargetShape...), info.FullName())
	return err
}

// writeBatch writes a batch as an .npz archive.
func writeBatch(w io.Writer, b *datasets.Batch) error {
	z := zip.NewWriter(w)
	entry := func(name string, write func(w io.Writer) error) error {
		f, err := z.Create(name + ".npy")
		if err != nil {
			return err
		}
		return write(f)
	}
	err := entry("inputs", func(w io.Writer) error { return formats.WriteNPY(w, b.Inputs, b.N, b.C, b.H, b.W) })
	shape := append([]int{b.N}, b.TargetShape...)
	if err == nil && b.Targets != nil {
		err = entry("targets", func(w io.Writer) error { return formats.WriteNPY(w, b.Targets, shape...) })
	} else if err == nil {
		labels := make([]int64, len(b.Labels))
		for i, c := range b.Labels {
			labels[i] = int64(c)
		}
		err = entry("labels", func(w io.Writer) error { return formats.WriteNPY(w, labels, shape...) })
	}
	if err != nil {
		return err
	}
	return z.Close()
}

// writeWhole writes a file, all of it or nothing.
func writeWhole(path string, write func(w io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".zc-*")
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
			err = fmt.Errorf("%s cannot be written: %w", path, err)
		}
	}()
	w := bufio.NewWriterSize(f, 1<<18)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
