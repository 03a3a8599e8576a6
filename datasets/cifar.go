package datasets

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/zcnas/zcnas/datasets/fetch"
)

// Pixels of one CIFAR image, 3×32×32.
const cifarPixels = 3 * 32 * 32

// cifarFormat describes one of the two binary sets
// (https://www.cs.toronto.edu/~kriz/cifar.html, Krizhevsky 2009).
type cifarFormat struct {
	name, title string
	folder      string // as in the archive
	train, test []string
	labelBytes  int    // per record, before the pixels
	maxima      [2]int // classes of each label byte
	archive     fetch.Source

	// The normalisation (x/255 − mean)/std of NATS-Bench's training code (AutoDL-Projects,
	// get_dataset_with_transform.py), in units of 1/255.
	mean, std [3]float64
}

var cifar10Format = cifarFormat{
	name: "cifar10", title: "CIFAR-10", folder: "cifar-10-batches-bin",
	train:      []string{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
	test:       []string{"test_batch.bin"},
	labelBytes: 1, maxima: [2]int{10},
	archive: fetch.Source{
		Path:   "cifar-10-binary.tar.gz",
		URL:    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
		SHA256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
		Size:   170052171,
	},
	mean: [3]float64{125.3, 123.0, 113.9}, std: [3]float64{63.0, 62.1, 66.7},
}

var cifar100Format = cifarFormat{
	name: "cifar100", title: "CIFAR-100", folder: "cifar-100-binary",
	train: []string{"train.bin"}, test: []string{"test.bin"},
	labelBytes: 2, maxima: [2]int{20, 100}, // coarse, fine
	archive: fetch.Source{
		Path:   "cifar-100-binary.tar.gz",
		URL:    "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
		SHA256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
		Size:   168513733,
	},
	mean: [3]float64{129.3, 124.1, 112.4}, std: [3]float64{68.2, 65.4, 70.4},
}

// cifar reads CIFAR-10 or CIFAR-100, each record by its offset in the files, never the whole set.
type cifar struct {
	cifarFormat
	options string
	where   []fetch.Option
	split   Split
	valid   int
	label   int // which label byte counts
	classes int

	mu     sync.Mutex
	labels []int // of all records of the files, read by the first Grasp batch
}

func init() {
	register("cifar10", func(o *Options) (Dataset, error) { return FromSamples(newCIFAR(cifar10Format, o)), nil })
	register("cifar100", func(o *Options) (Dataset, error) { return FromSamples(newCIFAR(cifar100Format, o)), nil })
}

// WithCoarseLabels labels CIFAR-100 by its 20 superclasses in place of its 100 classes.
func WithCoarseLabels() Option { return With("coarse", true) }

func newCIFAR(f cifarFormat, o *Options) *cifar {
	d := &cifar{cifarFormat: f, where: o.Files(), split: o.Split(Train, Valid, Test), valid: o.Valid(0)}
	if f.labelBytes == 2 && !o.Bool("coarse", false, "labels are the 20 superclasses in place of the 100 classes") {
		d.label = 1
	}
	d.classes, d.options = f.maxima[d.label], o.Changed()
	return d
}

func (d *cifar) Info() Info {
	i := Info{Name: d.name, Options: d.options, Title: d.title, C: 3, H: 32, W: 32, Outputs: d.classes, Loss: CrossEntropy,
		Train: 50000 - d.valid, Valid: d.valid, Test: 10000,
		Origin: Origin{From: "https://www.cs.toronto.edu/~kriz/cifar.html", Terms: "none stated; cite Krizhevsky 2009", Bytes: d.archive.Size}}
	scale := normaliser(d.mean, d.std)
	for c := range scale {
		i.Black = append(i.Black, scale[c][0])
	}
	if dir, ok := fetch.Find(d.folder, d.where...); ok {
		// A bad file is not this call's to report: Open says what is wrong with it.
		train, _ := d.files(dir, d.train)
		test, _ := d.files(dir, d.test)
		i.Train, i.Test = max(records(train)-d.valid, 0), records(test)
	}
	return i
}

// cifarFile is one file of records.
type cifarFile struct {
	path    string
	records int
}

func records(files []cifarFile) int {
	n := 0
	for _, f := range files {
		n += f.records
	}
	return n
}

// files lists those of the named files that are there: a part of the set is a set. A size that is not a
// number of whole records is an error.
func (f *cifarFormat) files(dir string, names []string) ([]cifarFile, error) {
	size := int64(f.labelBytes + cifarPixels)
	var found []cifarFile
	for _, name := range names {
		path := filepath.Join(dir, name)
		st, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("datasets: %s: %w", f.name, err)
		}
		if st.IsDir() {
			return nil, fmt.Errorf("datasets: %s: %s is a folder, expected a file of %d-byte records", f.name, path, size)
		}
		if st.Size() == 0 || st.Size()%size != 0 {
			return nil, fmt.Errorf("datasets: %s: %s is truncated or corrupt: %d bytes, expected a multiple of %d (the full file has %d); remove the folder %s to download it again",
				f.name, path, st.Size(), size, size*int64(f.fullRecords(name)), dir)
		}
		found = append(found, cifarFile{path, int(st.Size() / size)})
	}
	return found, nil
}

// fullRecords is the number of records of a file of the published set.
func (f *cifarFormat) fullRecords(name string) int {
	if len(f.train) == 1 && name == f.train[0] {
		return 50000
	}
	return 10000
}

// open returns the files of the split, downloaded first where they are missing, and the numbers of its records.
func (d *cifar) open(ctx context.Context) (files []cifarFile, from, n int, err error) {
	names, of := d.train, Train
	if d.split == Test {
		names, of = d.test, Test
	}
	dir, err := fetch.Folder(ctx, d.archive, d.folder, d.where...)
	if err != nil {
		return nil, 0, 0, fmt.Errorf("datasets: %s: %w", d.name, err)
	}
	if files, err = d.files(dir, names); err != nil {
		return nil, 0, 0, err
	}
	if len(files) == 0 {
		return nil, 0, 0, fmt.Errorf("datasets: %s: %s holds none of the %s files %v; put them there, or remove the folder to download the set", d.name, dir, of, names)
	}
	from, n, err = part(d.Info(), d.split, records(files), d.valid)
	return files, from, n, err
}

func (d *cifar) Open(ctx context.Context) (int, error) {
	_, _, n, err := d.open(ctx)
	return n, err
}

// Labels reads the files once.
func (d *cifar) Labels(ctx context.Context) ([]int, error) {
	files, from, n, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.labels) != records(files) {
		d.labels = d.labels[:0]
		for _, f := range files {
			if err := d.readLabels(f); err != nil {
				return nil, err
			}
		}
	}
	return d.labels[from : from+n : from+n], nil
}

// readLabels appends the labels of one file.
func (d *cifar) readLabels(f cifarFile) error {
	file, err := os.Open(f.path)
	if err != nil {
		return fmt.Errorf("datasets: %s: %w", d.name, err)
	}
	defer file.Close()
	r := bufio.NewReaderSize(file, 1<<18)
	head := make([]byte, d.labelBytes)
	for i := range f.records {
		if _, err := io.ReadFull(r, head); err != nil {
			return fmt.Errorf("datasets: %s: %s, record %d of %d: %w", d.name, f.path, i, f.records, err)
		}
		label, err := d.checkLabels(head)
		if err != nil {
			return fmt.Errorf("datasets: %s: %s, record %d: %w", d.name, f.path, i, err)
		}
		d.labels = append(d.labels, label)
		if _, err := r.Discard(cifarPixels); err != nil {
			return fmt.Errorf("datasets: %s: %s, record %d of %d: %w", d.name, f.path, i, f.records, err)
		}
	}
	return nil
}

func (d *cifar) Read(ctx context.Context, numbers []int, b *Batch) error {
	scale := normaliser(d.mean, d.std)
	return d.each(ctx, numbers, func(i int, record []byte) (err error) {
		b.Labels[i], err = d.decode(record, b.Inputs[i*cifarPixels:(i+1)*cifarPixels], scale)
		return err
	})
}

// Pixels reads the pixels as they are in the files.
func (d *cifar) Pixels(ctx context.Context, numbers []int, pixels []uint8, labels []int) error {
	return d.each(ctx, numbers, func(i int, record []byte) (err error) {
		copy(pixels[i*cifarPixels:(i+1)*cifarPixels], record[d.labelBytes:])
		labels[i], err = d.checkLabels(record)
		return err
	})
}

// each calls f with the records of those numbers.
func (d *cifar) each(ctx context.Context, numbers []int, f func(i int, record []byte) error) error {
	files, from, n, err := d.open(ctx)
	if err != nil {
		return err
	}
	opened := make([]*os.File, len(files))
	defer func() {
		for _, f := range opened {
			if f != nil {
				f.Close()
			}
		}
	}()
	record := make([]byte, d.labelBytes+cifarPixels)
	for i, p := range numbers {
		if err := ctx.Err(); err != nil {
			return err
		}
		if p < 0 || p >= n {
			return fmt.Errorf("datasets: %s: sample %d of %d", d.Info().FullName(), p, n)
		}
		p += from
		k := 0
		for p >= files[k].records {
			p -= files[k].records
			k++
		}
		if opened[k] == nil {
			if opened[k], err = os.Open(files[k].path); err != nil {
				return fmt.Errorf("datasets: %s: %w", d.name, err)
			}
		}
		if _, err := opened[k].ReadAt(record, int64(p)*int64(len(record))); err != nil {
			return fmt.Errorf("datasets: %s: %s, record %d of %d: %w", d.name, files[k].path, p, files[k].records, err)
		}
		if err := f(i, record); err != nil {
			return fmt.Errorf("datasets: %s: %s, record %d: %w", d.name, files[k].path, p, err)
		}
	}
	return nil
}

// decode writes the normalised pixels of a record to x, [3, 32, 32], and returns its label.
func (d *cifar) decode(record []byte, x []float32, scale *[3][256]float32) (int, error) {
	if want := d.labelBytes + cifarPixels; len(record) != want {
		return 0, fmt.Errorf("a record of %d bytes, expected %d", len(record), want)
	}
	label, err := d.checkLabels(record)
	if err != nil {
		return 0, err
	}
	for i, v := range record[d.labelBytes:] {
		x[i] = scale[i/1024][v]
	}
	return label, nil
}

// checkLabels checks the label bytes at the start of a record and returns the one that counts.
func (d *cifar) checkLabels(record []byte) (int, error) {
	for i := range d.labelBytes {
		if int(record[i]) >= d.maxima[i] {
			return 0, fmt.Errorf("label byte %d is %d, expected less than %d: the file is corrupt, or of another format", i, record[i], d.maxima[i])
		}
	}
	return int(record[d.label]), nil
}

// normaliser tabulates the normalised value of every byte in every channel, computed in float64 and rounded once.
func normaliser(mean, std [3]float64) *[3][256]float32 {
	t := new([3][256]float32)
	for c := range t {
		for v := range t[c] {
			t[c][v] = float32((float64(v) - mean[c]) / std[c])
		}
	}
	return t
}
