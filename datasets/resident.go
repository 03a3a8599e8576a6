package datasets

import (
	"context"
	"fmt"
	"sync"
)

// images are pictures in memory, as bytes, with a class each.
type images struct {
	size   int    // bytes of a picture
	pix    []byte // [N, C, H, W]
	labels []int
}

// resident is a data set of pictures that is read into memory as a whole, once: its files cannot be read in parts, or
// only in an order of their own.
type resident struct {
	describe func() Info
	find     func() error // whether the files are there
	load     func(ctx context.Context) (*images, error)
	split    Split
	valid    int
	scale    *[3][256]float32

	mu     sync.Mutex
	loaded *images
}

func (d *resident) Info() Info {
	i := d.describe()
	for c := range d.scale {
		i.Black = append(i.Black, d.scale[c][0])
	}
	return i
}

func (d *resident) here(context.Context) error {
	if err := d.find(); err != nil {
		return fmt.Errorf("datasets: %s: %w", d.describe().Name, err)
	}
	return nil
}

// open loads the pictures, and says which of them are those of the split.
func (d *resident) open(ctx context.Context) (all *images, from, n int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.loaded == nil {
		if d.loaded, err = d.load(ctx); err != nil {
			return nil, 0, 0, fmt.Errorf("datasets: %s: %w", d.describe().Name, err)
		}
	}
	from, n, err = part(d.describe(), d.split, len(d.loaded.labels), d.valid)
	return d.loaded, from, n, err
}

func (d *resident) Open(ctx context.Context) (int, error) {
	_, _, n, err := d.open(ctx)
	return n, err
}

func (d *resident) Labels(ctx context.Context) ([]int, error) {
	all, from, n, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	return all.labels[from : from+n : from+n], nil
}

func (d *resident) Read(ctx context.Context, numbers []int, b *Batch) error {
	all, from, n, err := d.open(ctx)
	if err != nil {
		return err
	}
	plane := all.size / len(d.scale)
	for i, k := range numbers {
		if k < 0 || k >= n {
			return fmt.Errorf("datasets: %s: sample %d of %d", d.describe().Name, k, n)
		}
		k += from
		b.Labels[i] = all.labels[k]
		x := b.Inputs[i*all.size : (i+1)*all.size]
		for j, v := range all.pix[k*all.size : (k+1)*all.size] {
			x[j] = d.scale[j/plane][v]
		}
	}
	return ctx.Err()
}

// torchScale tabulates the normalised value of every byte in every channel as torchvision computes it, in float32:
// (v/255 − mean)/std. mean and std are in units of 1/255.
func torchScale(mean, std [3]float64) *[3][256]float32 {
	t := new([3][256]float32)
	for c := range t {
		m, s := float32(mean[c]/255), float32(std[c]/255)
		for v := range t[c] {
			t[c][v] = (float32(v)/255 - m) / s
		}
	}
	return t
}
