package datasets

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // decoders
	_ "image/jpeg"
	_ "image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	xdraw "golang.org/x/image/draw"
)

// folder is a folder of images with a folder for each class.
type folder struct {
	root    string
	classes []string // the folders' names, sorted
	images  []string // below root
	labels  []int
	info    Info
	from    int // the first of the images that are samples
	n       int
	resized bool

	once sync.Once
	err  error
}

// imageEndings are the files that are read; others are passed over.
var imageEndings = []string{".png", ".jpg", ".jpeg", ".gif"}

// maxImage bounds the pixels of one file.
const maxImage = 1 << 26

// imageValue is what becomes of a byte of an image.
func imageValue(v uint8) float32 { return (float32(v)/255 - 0.5) / 0.5 }

// FromFolder makes a data set of a folder with a folder of images (PNG, JPEG, GIF) for each class: photos/cat/1.png,
// photos/dog/1.png. Labels count the classes in the order of their names. Folders train, valid (or val) and test with the
// classes below them are the parts for [WithSplit]; without them [WithValid] sets images apart: every class in its turn,
// the last of each. Images are read when they are needed, and values are (x/255 − 0.5)/0.5.
//
// Options: split, valid, shape ([WithShape]: 1 or 3 channels, height and width that images are scaled to, by CatmullRom
// interpolation). Without a shape all images must have one size and become 3 channels. Errors name the file.
func FromFolder(path string, opts ...Option) (Dataset, error) {
	name := nameOf("folder", path)
	o := newOptions(name, opts)
	split, valid := o.Split(Train, Valid, Test), o.Valid(0)
	shape := o.Ints("shape", nil, widest, "channels (1 or 3), height and width that images are scaled to; by default their own")
	if err := o.Err(); err != nil {
		return nil, err
	}
	if shape != nil && (len(shape) != 3 || shape[0] != 1 && shape[0] != 3) {
		return nil, fmt.Errorf("datasets: %s: shape %v; want channels (1 or 3), height and width", name, shape)
	}
	f := &folder{root: path, resized: shape != nil}
	if err := f.list(split, valid); err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	f.info.Name, f.info.Title, f.info.Options, f.info.Loss = name, path, o.Changed(), CrossEntropy
	f.info.Outputs = len(f.classes)
	if f.resized {
		f.info.C, f.info.H, f.info.W = shape[0], shape[1], shape[2]
	} else {
		config, err := f.config(f.images[0])
		if err != nil {
			return nil, fmt.Errorf("datasets: %w", err)
		}
		f.info.C, f.info.H, f.info.W = 3, config.Height, config.Width
	}
	f.info.Black = slices.Repeat([]float32{imageValue(0)}, f.info.C)
	return FromSamples(f), nil
}

// list finds classes and images of a split.
func (f *folder) list(split Split, valid int) error {
	root, parts := f.root, false
	for _, name := range map[Split][]string{Train: {"train"}, Valid: {"valid", "val"}, Test: {"test"}}[split] {
		if st, err := os.Stat(filepath.Join(f.root, name)); err == nil && st.IsDir() {
			root, parts = filepath.Join(f.root, name), true
			break
		}
	}
	if st, err := os.Stat(filepath.Join(f.root, "train")); !parts && err == nil && st.IsDir() && split != Train {
		if split == Test || valid == 0 {
			return fmt.Errorf("%s: there is no folder %s beside train", f.root, split)
		}
		root = filepath.Join(f.root, "train")
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return err
	}
	f.root = root
	var byClass [][]string
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		images, err := imagesIn(filepath.Join(root, e.Name()), e.Name())
		if err != nil {
			return err
		}
		if len(images) == 0 {
			return fmt.Errorf("%s: no images (%s); a class without images cannot be learned, so remove the folder or fill it",
				filepath.Join(root, e.Name()), strings.Join(imageEndings, ", "))
		}
		f.classes = append(f.classes, e.Name())
		byClass = append(byClass, images)
	}
	if len(f.classes) < 2 {
		return fmt.Errorf("%s: %d folders of images; want a folder for each class, at least 2", root, len(f.classes))
	}
	// One image of each class in its turn, so that the last ones, which validation takes, are of all classes.
	for row, left := 0, true; left; row++ {
		left = false
		for c, images := range byClass {
			if row < len(images) {
				f.images, f.labels, left = append(f.images, images[row]), append(f.labels, c), true
			}
		}
	}
	switch {
	case parts && split != Train:
		if valid > 0 {
			return fmt.Errorf("%s: it is a part of its own, so the option valid does not apply", root)
		}
		f.n = len(f.images)
	case split == Test:
		return fmt.Errorf("%s: it has no folders train and test, so there is no test part", f.root)
	default:
		f.from, f.n, err = part(Info{Name: root}, split, len(f.images), valid)
		if err != nil {
			return errors.New(strings.TrimPrefix(err.Error(), "datasets: "))
		}
	}
	switch split {
	case Train:
		f.info.Train, f.info.Valid = f.n, valid
	case Valid:
		f.info.Valid = f.n
	default:
		f.info.Test = f.n
	}
	return nil
}

// imagesIn lists the images of a folder and its folders, sorted, with name before them.
func imagesIn(dir, name string) ([]string, error) {
	var images []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && slices.Contains(imageEndings, strings.ToLower(filepath.Ext(path))) {
			rest, e := filepath.Rel(dir, path)
			images, err = append(images, filepath.Join(name, rest)), e
		}
		return err
	})
	return images, err
}

// config reads the size of an image.
func (f *folder) config(name string) (image.Config, error) {
	path := filepath.Join(f.root, name)
	file, err := os.Open(path)
	if err != nil {
		return image.Config{}, err
	}
	defer file.Close()
	c, _, err := image.DecodeConfig(file)
	if err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	if c.Width < 1 || c.Height < 1 || c.Width > maxImage/c.Height {
		return c, fmt.Errorf("%s: %d×%d pixels; want at most %d", path, c.Height, c.Width, maxImage)
	}
	return c, nil
}

func (f *folder) Info() Info { return f.info }

// Open checks that all images have one size, where they are not scaled.
func (f *folder) Open(ctx context.Context) (int, error) {
	f.once.Do(func() {
		if f.resized {
			return
		}
		for _, name := range f.images[f.from : f.from+f.n] {
			c, err := f.config(name)
			if err == nil && (c.Height != f.info.H || c.Width != f.info.W) {
				err = fmt.Errorf("%s: %d×%d pixels, and %s has %d×%d; give the size that all are scaled to with WithShape (shape=3,%d,%d)",
					filepath.Join(f.root, name), c.Height, c.Width, f.images[0], f.info.H, f.info.W, f.info.H, f.info.W)
			}
			if err != nil {
				f.err = fmt.Errorf("datasets: %w", err)
				return
			}
		}
	})
	return f.n, errors.Join(f.err, ctx.Err())
}

func (f *folder) Labels(context.Context) ([]int, error) { return f.labels[f.from : f.from+f.n], nil }

func (f *folder) Read(ctx context.Context, numbers []int, b *Batch) error {
	size := b.C * b.H * b.W
	for i, p := range numbers {
		if err := ctx.Err(); err != nil {
			return err
		}
		if p < 0 || p >= f.n {
			return fmt.Errorf("datasets: %s: sample %d of %d", f.info.Name, p, f.n)
		}
		if err := f.read(f.images[f.from+p], b.Inputs[i*size:(i+1)*size]); err != nil {
			return fmt.Errorf("datasets: %w", err)
		}
		b.Labels[i] = f.labels[f.from+p]
	}
	return nil
}

// read writes one image to x, [C, H, W].
func (f *folder) read(name string, x []float32) error {
	if _, err := f.config(name); err != nil { // before as many pixels as it claims are allocated
		return err
	}
	path := filepath.Join(f.root, name)
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	img, _, err := image.Decode(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	h, w := f.info.H, f.info.W
	switch bounds := img.Bounds(); {
	case bounds.Dy() == h && bounds.Dx() == w:
	case f.resized:
		scaled := image.NewRGBA(image.Rect(0, 0, w, h))
		xdraw.CatmullRom.Scale(scaled, scaled.Rect, img, bounds, xdraw.Src, nil)
		img = scaled
	default:
		return fmt.Errorf("%s: %d×%d pixels, want %d×%d", path, bounds.Dy(), bounds.Dx(), h, w)
	}
	at := img.Bounds().Min
	for y := range h {
		for c := range w {
			pixel := img.At(at.X+c, at.Y+y)
			if f.info.C == 1 {
				x[y*w+c] = imageValue(color.GrayModel.Convert(pixel).(color.Gray).Y)
				continue
			}
			r, g, b, _ := pixel.RGBA()
			for k, v := range [3]uint32{r, g, b} {
				x[(k*h+y)*w+c] = imageValue(uint8(v >> 8))
			}
		}
	}
	return nil
}
