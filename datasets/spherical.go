package datasets

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/zcnas/zcnas/datasets/fetch"
	"github.com/zcnas/zcnas/datasets/formats"
	"github.com/zcnas/zcnas/datasets/spherical"
	"github.com/zcnas/zcnas/datasets/stream"
)

// pictures are samples of 3×32×32 whose pixels can be had as bytes.
type pictures interface {
	Samples
	// Pixels writes the pixels of those numbers to places 0, 1, … of [n, 3, 32, 32], and their classes.
	Pixels(ctx context.Context, numbers []int, pixels []uint8, labels []int) error
}

const (
	sphericalFile   = "s2_cifar100.gz"
	sphericalPixels = 3 * spherical.Size * spherical.Size

	// sphericalChunk is the number of successive pictures that share a rotation.
	sphericalChunk = 500
)

// sphericalSet is a set of pictures on the sphere.
type sphericalSet struct {
	name, title string
	options     []string
	split       Split
	joined      bool
	where       []fetch.Option
	file        string // the published file; "" where pictures are projected
	outputs     int

	base    pictures // to be projected: the training or the test part
	version spherical.Version
	seed    uint64

	mu          sync.Mutex
	images      []uint8 // of the published file, those of the split
	labels      []int
	projections map[int]*spherical.Projection // by chunk
}

func init() {
	register("spherical-cifar100", func(o *Options) (Dataset, error) { return newSpherical(o, "spherical-cifar100", "cifar100") })
	register("spherical-cifar10", func(o *Options) (Dataset, error) { return newSpherical(o, "spherical-cifar10", "cifar10") })
	register("spherical-synthetic", func(o *Options) (Dataset, error) { return newSpherical(o, "spherical-synthetic", "synthetic-cifar10") })
}

// WithProjection chooses the version of the generator that pictures are put on the sphere by.
func WithProjection(v spherical.Version) Option { return With("version", string(v)) }

// newSpherical makes Spherical CIFAR-100 of NAS-Bench-360, or another set projected the same way: pictures of 3×60×60,
// pixel values 0…255, not normalised. The first four fifths of the training pictures train, the others validate.
// Successive pictures, 500 at a time, share a rotation, drawn from the streams "spherical/rotation" and
// "spherical/rotation/test".
func newSpherical(o *Options, name, base string) (Dataset, error) {
	d := &sphericalSet{name: name, split: o.Split(Train, Valid, Test), where: o.Files(), projections: map[int]*spherical.Projection{}}
	source := "projected"
	if name == "spherical-cifar100" {
		source = o.Text("source", "auto", "where pictures come from", "auto", "published", "projected")
	}
	d.version = spherical.Version(o.Text("version", string(spherical.Version2021), "of the generator; 2021 is what the published file was made by",
		string(spherical.Version2021), string(spherical.Fixed)))
	d.seed = o.Uint64("rotation_seed", 0, "seed of the rotations")
	d.joined = o.Bool("joined", false, "train on the training and the validation samples together")
	d.options = strings.Fields(o.Changed())
	if o.Err() != nil {
		return nil, nil
	}
	var opts []Option
	for _, f := range d.where {
		opts = append(opts, Option{files: f})
	}
	var err error
	if d.base, err = picturesOf(base, d.split, opts); err != nil {
		return nil, err
	}
	i := d.base.Info()
	d.title, d.outputs = "Spherical "+i.Title, i.Outputs
	if name != "spherical-cifar100" {
		return FromSamples(d), nil
	}
	file, found := findIn(d.where, sphericalFile, "spherical")
	if !found {
		file, found = findIn(d.where, strings.TrimSuffix(sphericalFile, ".gz"), "spherical")
	}
	if source == "published" || found && source == "auto" {
		d.file = file
		if !found {
			d.file = sphericalFile // Open says what is missing
		}
	} else if source == "auto" {
		// Rotations are others than those of the published pictures.
		d.options = append(d.options, "source=projected")
		slices.Sort(d.options)
	}
	return FromSamples(d), nil
}

// picturesOf opens the test pictures of a data set, or all its others.
func picturesOf(name string, split Split, opts []Option) (pictures, error) {
	part := Train
	if split == Test {
		part = Test
	}
	set, err := Get(name, append(slices.Clone(opts), WithSplit(part))...)
	if err != nil {
		return nil, err
	}
	samples, ok := set.(Samples)
	if n, is := samples.(*numbered); is {
		samples = n.Samples
	}
	p, is := samples.(pictures)
	if i := set.Info(); !ok || !is || i.C != 3 || i.H != spherical.Picture || i.W != spherical.Picture {
		return nil, fmt.Errorf("datasets: %s has no pictures of 3×%d×%d that could be put on the sphere", name, spherical.Picture, spherical.Picture)
	}
	return p, nil
}

func (d *sphericalSet) Info() Info {
	i := Info{Name: d.name, Options: strings.Join(d.options, " "), Title: d.title, C: 3, H: spherical.Size, W: spherical.Size,
		Outputs: d.outputs, Loss: CrossEntropy, Train: 40000, Valid: 10000, Test: 10000}
	i.Origin = Origin{From: "https://github.com/rtu715/NAS-Bench-360", Terms: "CC BY-SA", Bytes: 272_000_000}
	if d.file == "" {
		b := d.base.Info()
		i.Origin = b.Origin
		train, valid := d.trained(b.Train)
		i.Train, i.Valid, i.Test = train, valid, b.Test
	} else if d.joined {
		i.Train, i.Valid = i.Train+i.Valid, 0
	}
	return i
}

// here finds what pictures are made of without reading it.
func (d *sphericalSet) here(ctx context.Context) error {
	switch {
	case d.file == sphericalFile:
		return fmt.Errorf("datasets: %s: %s: %w", d.name, d.file, ErrOffline)
	case d.file == "":
		return hereSamples(ctx, d.base)
	}
	return nil
}

// trained divides n training pictures into those that train and those that validate.
func (d *sphericalSet) trained(n int) (train, valid int) {
	if d.joined {
		return n, 0
	}
	train = int(0.8 * float64(n)) // as the published loader rounds
	return train, n - train
}

// part is the range of the split among the n pictures of its file.
func (d *sphericalSet) part(n int) (first, count int, err error) {
	train, valid := d.trained(n)
	switch {
	case d.split == Test:
		return 0, n, nil
	case d.split == Train:
		return 0, train, nil
	case valid == 0:
		return 0, 0, fmt.Errorf("datasets: %s: no samples are left to validate; leave the option joined away", d.name)
	}
	return train, valid, nil
}

func (d *sphericalSet) Open(ctx context.Context) (int, error) {
	if d.file == "" {
		n, err := d.base.Open(ctx)
		if err != nil {
			if d.name == "spherical-cifar100" {
				err = fmt.Errorf("%w. Pictures of %s are projected where %s is not at hand (272 MB; Google Drive folder 1OOp6UrCiP79mTIkCrUdjjHWDo8K0bJUw of NAS-Bench-360); spherical-cifar10 and spherical-synthetic, which is generated, are of the same kind",
					err, d.base.Info().Title, sphericalFile)
			}
			return 0, fmt.Errorf("datasets: %s: %w", d.name, err)
		}
		_, count, err := d.part(n)
		return count, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.labels != nil {
		return len(d.labels), nil
	}
	if d.file == sphericalFile {
		return 0, missing(d.name, sphericalFile, d.where,
			"Get it from the Google Drive folder 1OOp6UrCiP79mTIkCrUdjjHWDo8K0bJUw of NAS-Bench-360 (272 MB), or leave the option source away to have CIFAR-100 projected")
	}
	part := "train"
	if d.split == Test {
		part = "test"
	}
	images, labels, err := readSpherical(d.file, part, d.outputs)
	if err != nil {
		return 0, fmt.Errorf("datasets: %s: %s: %w", d.name, d.file, err)
	}
	first, count, err := d.part(len(labels))
	if err != nil {
		return 0, err
	}
	if count == 0 {
		return 0, fmt.Errorf("datasets: %s: %s holds %d training pictures, too few to divide", d.name, d.file, len(labels))
	}
	d.images, d.labels = images[first*sphericalPixels:(first+count)*sphericalPixels], labels[first:first+count]
	return count, nil
}

// readSpherical reads one part of the published file: {train, test} of {images [n, 3, 60, 60], labels [n]}, a pickle,
// compressed by gzip or not.
func readSpherical(path, part string, classes int) (images []uint8, labels []int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	return parseSpherical(f, st.Size(), part, classes)
}

// parseSpherical reads one part of a file of that many bytes.
func parseSpherical(f io.Reader, size int64, part string, classes int) (images []uint8, labels []int, err error) {
	in := bufio.NewReaderSize(f, 1<<16)
	limit := size
	var r io.Reader = in
	if head, _ := in.Peek(2); bytes.Equal(head, []byte{0x1F, 0x8B}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, nil, err
		}
		r, limit = bufio.NewReaderSize(z, 1<<16), 16<<20+64*limit // the published file is packed 2.4 to 1
	}
	v, err := formats.ReadPickle(r, limit)
	if err == nil {
		_, err = io.Copy(io.Discard, io.LimitReader(r, 1<<20)) // the checksum is at the end
	}
	if err != nil {
		return nil, nil, err
	}
	parts, err := formats.DictFields(v)
	if err != nil {
		return nil, nil, err
	}
	fields, err := formats.DictFields(parts[part])
	if err != nil {
		return nil, nil, fmt.Errorf("%q: %w", part, err)
	}
	images, shape, err := formats.ArrayOf[uint8](fields["images"])
	if err != nil {
		return nil, nil, fmt.Errorf("%q, images: %w", part, err)
	}
	if len(shape) != 4 || shape[1] != 3 || shape[2] != spherical.Size || shape[3] != spherical.Size {
		return nil, nil, fmt.Errorf("%q, images: shape %v, expected [n, 3, %d, %d]", part, shape, spherical.Size, spherical.Size)
	}
	numbers, _, err := formats.ArrayOf[int64](fields["labels"])
	if err != nil {
		return nil, nil, fmt.Errorf("%q, labels: %w", part, err)
	}
	if len(numbers) != shape[0] || len(numbers) == 0 {
		return nil, nil, fmt.Errorf("%q: %d labels of %d images", part, len(numbers), shape[0])
	}
	labels = make([]int, len(numbers))
	for i, c := range numbers {
		if c < 0 || c >= int64(classes) {
			return nil, nil, fmt.Errorf("%q, labels: number %d is %d, expected 0 to %d", part, i, c, classes-1)
		}
		labels[i] = int(c)
	}
	return images, labels, nil
}

func (d *sphericalSet) Read(ctx context.Context, numbers []int, b *Batch) error {
	pixels := make([]uint8, sphericalPixels)
	return d.each(ctx, numbers, pixels, func(i int, label int) {
		for k, v := range pixels {
			b.Inputs[i*sphericalPixels+k] = float32(v)
		}
		b.Labels[i] = label
	})
}

// each puts the pictures of those numbers into pixels, one after the other, and calls f.
func (d *sphericalSet) each(ctx context.Context, numbers []int, pixels []uint8, f func(i int, label int)) error {
	n, err := d.Open(ctx)
	if err != nil {
		return err
	}
	for _, p := range numbers {
		if p < 0 || p >= n {
			return fmt.Errorf("datasets: %s: sample %d of %d", d.name, p, n)
		}
	}
	if d.file != "" {
		for i, p := range numbers {
			copy(pixels, d.images[p*sphericalPixels:(p+1)*sphericalPixels])
			f(i, d.labels[p])
		}
		return nil
	}
	total, err := d.base.Open(ctx)
	if err != nil {
		return err
	}
	first, _, err := d.part(total)
	if err != nil {
		return err
	}
	flat, label := make([]uint8, 3*spherical.Picture*spherical.Picture), make([]int, 1)
	for i, p := range numbers {
		if err := d.base.Pixels(ctx, []int{first + p}, flat, label); err != nil {
			return err
		}
		d.projection((first+p)/sphericalChunk).Project(pixels, flat, false)
		f(i, label[0])
	}
	return nil
}

// projection is that of a chunk of pictures.
func (d *sphericalSet) projection(chunk int) *spherical.Projection {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok := d.projections[chunk]
	if !ok {
		name := "spherical/rotation"
		if d.split == Test {
			name += "/test"
		}
		s := stream.New(name, d.seed)
		s.Skip(3 * chunk)
		p = spherical.NewProjection(spherical.NewRotation(s.Uniform(), s.Uniform(), s.Uniform()), d.version)
		d.projections[chunk] = p
	}
	return p
}

func (d *sphericalSet) Labels(ctx context.Context) ([]int, error) {
	n, err := d.Open(ctx)
	if err != nil {
		return nil, err
	}
	if d.file != "" {
		return slices.Clone(d.labels), nil
	}
	labels, err := d.base.Labels(ctx)
	if err != nil {
		return nil, err
	}
	first, _, err := d.part(len(labels))
	if err != nil {
		return nil, err
	}
	return labels[first : first+n], nil
}
