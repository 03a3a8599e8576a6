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
	"github.com/zcnas/zcnas/datasets/stream"
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

// cifar reads CIFAR-10 or CIFAR-100. A minibatch reads its own records by offset, never the whole set.
type cifar struct {
	cifarFormat
	opts    *options
	label   int // which label byte counts
	classes int

	mu      sync.Mutex
	byClass [][]int // records of each class, made by the first Grasp batch
}

func newCIFAR10(o *options) (Dataset, error) { return newCIFAR(cifar10Format, 0, o) }

func newCIFAR100(o *options) (Dataset, error) {
	if o.coarse {
		return newCIFAR(cifar100Format, 0, o)
	}
	return newCIFAR(cifar100Format, 1, o)
}

func newCIFAR(f cifarFormat, label int, o *options) (Dataset, error) {
	if o.split != Train && o.split != Test {
		return nil, unknown("split", string(o.split), []string{string(Train), string(Test)})
	}
	return &cifar{cifarFormat: f, opts: o, label: label, classes: f.maxima[label]}, nil
}

func (d *cifar) Info() Info {
	var list changed
	list.add("split", d.opts.split, Train)
	list.add("coarse", d.opts.coarse, false)
	i := Info{Name: d.name, Options: list.String(), Title: d.title, C: 3, H: 32, W: 32, Outputs: d.classes, Loss: CrossEntropy, Train: 50000, Test: 10000}
	if dir, ok := fetch.Find(d.folder, d.opts.files...); ok {
		// A bad file is not this call's to report: Minibatch says what is wrong with it.
		train, _ := d.files(dir, d.train)
		test, _ := d.files(dir, d.test)
		i.Train, i.Test = records(train), records(test)
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

// open returns the files of the split, downloaded first where they are missing.
func (d *cifar) open(ctx context.Context) ([]cifarFile, error) {
	names := d.train
	if d.opts.split == Test {
		names = d.test
	}
	dir, err := fetch.Folder(ctx, d.archive, d.folder, d.opts.files...)
	if err != nil {
		return nil, fmt.Errorf("datasets: %s: %w", d.name, err)
	}
	files, err := d.files(dir, names)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("datasets: %s: %s holds none of the %s files %v; put them there, or remove the folder to download the set", d.name, dir, d.opts.split, names)
	}
	return files, nil
}

func (d *cifar) Minibatch(ctx context.Context, n int, seed uint64, how Sampling) (*Batch, error) {
	if err := checkSampling(how); err != nil {
		return nil, err
	}
	if err := checkBatch(n, cifarPixels); err != nil {
		return nil, err
	}
	files, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	picked, err := d.pick(files, n, seed, how)
	if err != nil {
		return nil, err
	}
	return d.read(ctx, files, picked)
}

// pick chooses the records of a minibatch, numbered over all files.
func (d *cifar) pick(files []cifarFile, n int, seed uint64, how Sampling) ([]int, error) {
	total := records(files)
	s := stream.New("minibatch", seed)
	if how == Random {
		if n > total {
			return nil, fmt.Errorf("datasets: %s: a minibatch of %d, and the %s files hold %d images", d.name, n, d.opts.split, total)
		}
		return draw(s, n, total), nil
	}
	counts, err := perClass(s, n, d.classes)
	if err != nil {
		return nil, err
	}
	classes, err := d.index(files)
	if err != nil {
		return nil, err
	}
	picked := make([]int, 0, n)
	for c, k := range counts {
		if k > len(classes[c]) {
			return nil, fmt.Errorf("datasets: %s: the sampling %q needs %d images of class %d, and the %s files hold %d", d.name, Grasp, k, c, d.opts.split, len(classes[c]))
		}
		for _, i := range draw(s, k, len(classes[c])) {
			picked = append(picked, classes[c][i])
		}
	}
	return picked, nil
}

// index lists the records of each class. It reads the files once.
func (d *cifar) index(files []cifarFile) ([][]int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.byClass != nil {
		return d.byClass, nil
	}
	classes := make([][]int, d.classes)
	record := 0
	for _, f := range files {
		labels, err := d.labels(f)
		if err != nil {
			return nil, err
		}
		for _, c := range labels {
			classes[c] = append(classes[c], record)
			record++
		}
	}
	d.byClass = classes
	return classes, nil
}

// labels reads the labels of one file.
func (d *cifar) labels(f cifarFile) ([]int, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, fmt.Errorf("datasets: %s: %w", d.name, err)
	}
	defer file.Close()
	r := bufio.NewReaderSize(file, 1<<18)
	labels := make([]int, f.records)
	head := make([]byte, d.labelBytes)
	for i := range labels {
		if _, err := io.ReadFull(r, head); err != nil {
			return nil, fmt.Errorf("datasets: %s: %s, record %d of %d: %w", d.name, f.path, i, f.records, err)
		}
		if labels[i], err = d.checkLabels(head); err != nil {
			return nil, fmt.Errorf("datasets: %s: %s, record %d: %w", d.name, f.path, i, err)
		}
		if _, err := r.Discard(cifarPixels); err != nil {
			return nil, fmt.Errorf("datasets: %s: %s, record %d of %d: %w", d.name, f.path, i, f.records, err)
		}
	}
	return labels, nil
}

// read loads the picked records.
func (d *cifar) read(ctx context.Context, files []cifarFile, picked []int) (*Batch, error) {
	b := &Batch{N: len(picked), C: 3, H: 32, W: 32, Outputs: d.classes,
		Inputs: make([]float32, len(picked)*cifarPixels), Labels: make([]int, len(picked))}
	opened := make([]*os.File, len(files))
	defer func() {
		for _, f := range opened {
			if f != nil {
				f.Close()
			}
		}
	}()
	record := make([]byte, d.labelBytes+cifarPixels)
	scale := d.scale()
	for i, p := range picked {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		k := 0
		for p >= files[k].records {
			p -= files[k].records
			k++
		}
		if opened[k] == nil {
			f, err := os.Open(files[k].path)
			if err != nil {
				return nil, fmt.Errorf("datasets: %s: %w", d.name, err)
			}
			opened[k] = f
		}
		if _, err := opened[k].ReadAt(record, int64(p)*int64(len(record))); err != nil {
			return nil, fmt.Errorf("datasets: %s: %s, record %d of %d: %w", d.name, files[k].path, p, files[k].records, err)
		}
		label, err := d.decode(record, b.Inputs[i*cifarPixels:(i+1)*cifarPixels], scale)
		if err != nil {
			return nil, fmt.Errorf("datasets: %s: %s, record %d: %w", d.name, files[k].path, p, err)
		}
		b.Labels[i] = label
	}
	return b, nil
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

// scale tabulates the normalised value of every byte in every channel, computed in float64 and rounded
// once.
func (f *cifarFormat) scale() *[3][256]float32 {
	t := new([3][256]float32)
	for c := range t {
		for v := range t[c] {
			t[c][v] = float32((float64(v) - f.mean[c]) / f.std[c])
		}
	}
	return t
}
