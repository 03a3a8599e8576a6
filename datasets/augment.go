package datasets

import (
	"fmt"
	"slices"

	"github.com/zcnas/zcnas/datasets/stream"
)

// Augment changes training images at random: first the crop, then the flip, then the cutout. Its zero value changes
// nothing. Five draws of a stream are used for every image, whatever is done: u of the flip, the rows and the columns
// of the crop, mod 2·Crop+1, and the row and the column of the cutout's middle, mod height and width.
type Augment struct {
	Crop   int     // black pixels around the image, of which a window of the image's size is taken; 4 on CIFAR
	Flip   float64 // probability that left and right change places
	Cutout int     // side of a square that becomes 0 (DeVries and Taylor 2017); 16 on CIFAR

	// Fill is the value of the pixels around the image by channel; nil for those of the data set's [Info].Black.
	Fill []float32
}

func (a Augment) empty() bool { return a.Crop == 0 && a.Flip == 0 && a.Cutout == 0 }

func (a Augment) check(i Info) error {
	switch {
	case a.empty():
		return nil
	case len(i.TargetShape) > 1:
		return fmt.Errorf("datasets: %s: its targets are maps, which crop, flip and cutout would not suit; leave Augment empty", i.FullName())
	case a.Crop < 0 || a.Crop > max(i.H, i.W):
		return fmt.Errorf("datasets: %s: a crop of %d pixels; give 0 to %d", i.FullName(), a.Crop, max(i.H, i.W))
	case !(a.Flip >= 0 && a.Flip <= 1):
		return fmt.Errorf("datasets: %s: a flip of probability %v; give 0 to 1", i.FullName(), a.Flip)
	case a.Cutout < 0:
		return fmt.Errorf("datasets: %s: a cutout of %d pixels; give 0 or more", i.FullName(), a.Cutout)
	case len(a.fill(i)) != i.C:
		return fmt.Errorf("datasets: %s: a fill of %d channels for images of %d", i.FullName(), len(a.fill(i)), i.C)
	}
	return nil
}

// fill is the padding by channel.
func (a Augment) fill(i Info) []float32 {
	switch {
	case a.Fill != nil:
		return a.Fill
	case i.Black != nil:
		return i.Black
	}
	return make([]float32, i.C)
}

// apply changes the images of a batch; fill is the padding by channel.
func (a Augment) apply(s *stream.Stream, b *Batch, fill []float32) {
	if a.empty() {
		return
	}
	size := b.H * b.W
	old := make([]float32, size)
	for n := range b.N {
		flip := s.Uniform() < a.Flip
		dy, dx := s.Label(2*a.Crop+1)-a.Crop, s.Label(2*a.Crop+1)-a.Crop
		cy, cx := s.Label(b.H), s.Label(b.W)
		for c := range b.C {
			image := b.Inputs[(n*b.C+c)*size:][:size]
			if dy != 0 || dx != 0 {
				copy(old, image)
				crop(image, old, b.H, b.W, dy, dx, fill[c])
			}
			if flip {
				for y := range b.H {
					slices.Reverse(image[y*b.W : (y+1)*b.W])
				}
			}
			if half := a.Cutout / 2; half > 0 {
				for y := max(cy-half, 0); y < min(cy+half, b.H); y++ {
					clear(image[y*b.W+max(cx-half, 0) : y*b.W+min(cx+half, b.W)])
				}
			}
		}
	}
}

// crop writes the window of an h×w image that is moved down by dy and right by dx; what lies outside is pad.
func crop(dst, src []float32, h, w, dy, dx int, pad float32) {
	for y := range h {
		row := dst[y*w : (y+1)*w]
		from, to := max(0, -dx), min(w, w-dx) // columns of the window inside the image
		if y+dy < 0 || y+dy >= h || from >= to {
			for x := range row {
				row[x] = pad
			}
			continue
		}
		for x := range from {
			row[x] = pad
		}
		copy(row[from:to], src[(y+dy)*w+from+dx:])
		for x := to; x < w; x++ {
			row[x] = pad
		}
	}
}
