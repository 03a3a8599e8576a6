package datasets

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/zcnas/zcnas/datasets/formats"
	"github.com/zcnas/zcnas/datasets/spherical"
)

// MakeSpherical projects a data set of 3×32×32 pictures, such as "cifar10" or "synthetic-cifar10", and writes
// s2_NAME_train_images.npy [n, 3, 60, 60] of bytes, s2_NAME_train_labels.npy [n] and the same for test to dir. The
// rotations are those that [Get] gives with the same seed. An interrupted call, made again, goes on where it stopped.
// progress, if not nil, is called with the pictures done. Errors: an unknown data set, one without such pictures, those
// of its files and of the disk.
func MakeSpherical(ctx context.Context, dir, name string, version spherical.Version, seed uint64, progress func(done, total int), opts ...Option) error {
	if version != spherical.Version2021 && version != spherical.Fixed {
		return fmt.Errorf("datasets: unknown version %q of the projection; there are %s, %s", version, spherical.Version2021, spherical.Fixed)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var sets []*sphericalSet
	done, total := 0, 0
	for _, split := range []Split{Train, Test} {
		d := &sphericalSet{name: name, split: split, version: version, seed: seed, joined: true, projections: map[int]*spherical.Projection{}}
		var err error
		if d.base, err = picturesOf(name, split, opts); err != nil {
			return err
		}
		n, err := d.Open(ctx)
		if err != nil {
			return err
		}
		sets, total = append(sets, d), total+n
	}
	for _, d := range sets {
		n, err := d.make(ctx, dir, func(k int) {
			if progress != nil {
				progress(done+k, total)
			}
		})
		if err != nil {
			return err
		}
		done += n
	}
	return nil
}

// make writes the two files of a part and returns the number of its pictures.
func (d *sphericalSet) make(ctx context.Context, dir string, progress func(done int)) (n int, err error) {
	n, err = d.Open(ctx)
	if err != nil {
		return 0, err
	}
	stem := filepath.Join(dir, fmt.Sprintf("s2_%s_%s_", d.name, d.split))
	images, done, err := formats.AppendNPY[uint8](stem+"images.npy", n, 3, spherical.Size, spherical.Size)
	if err != nil {
		return 0, err
	}
	closed := false
	defer func() {
		if !closed {
			err = errors.Join(err, images.Close())
		}
	}()
	pixels, at := make([]uint8, sphericalPixels), make([]int, 1)
	for ; done < n; done++ {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		at[0] = done
		var failed error
		if err := d.each(ctx, at, pixels, func(int, int) { failed = images.Append(pixels) }); err != nil || failed != nil {
			return 0, errors.Join(err, failed)
		}
		progress(done + 1)
	}
	labels, err := d.Labels(ctx)
	if err != nil {
		return 0, err
	}
	out, done, err := formats.AppendNPY[int64](stem+"labels.npy", n)
	if err != nil {
		return 0, err
	}
	for _, c := range labels[done:] {
		if err := out.Append([]int64{int64(c)}); err != nil {
			return 0, errors.Join(err, out.Close())
		}
	}
	closed = true
	return n, errors.Join(out.Close(), images.Close())
}
