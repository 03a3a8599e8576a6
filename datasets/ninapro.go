package datasets

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/zcnas/zcnas/datasets/emg"
	"github.com/zcnas/zcnas/datasets/fetch"
	"github.com/zcnas/zcnas/datasets/formats"
)

// ninaPro reads the .npy files of NinaPro DB5 in NAS-Bench-360.
type ninaPro struct {
	where   []fetch.Option
	options string
	split   Split
	joined  bool

	mu     sync.Mutex
	values []float32 // [n, 52, 16]
	labels []int
}

func init() { register("ninapro", newNinaPro) }

// newNinaPro makes NinaPro DB5 as NAS-Bench-360 publishes it: windows of 52 instants of 16 electrodes, 18 classes, not
// normalised, as images of 1×16×52.
func newNinaPro(o *Options) (Dataset, error) {
	d := &ninaPro{where: o.Files(), split: o.Split(Train, Valid, Test)}
	d.joined = o.Bool("joined", false, "train on the training and the validation samples together, as the post's runs did")
	d.options = o.Changed()
	return FromSamples(d), nil
}

func emgInfo() Info {
	return Info{C: 1, H: emg.Electrodes, W: emg.Length, Outputs: emg.Classes, Loss: CrossEntropy, Train: 2638, Valid: 659, Test: 659}
}

// parts names the files of a split.
func (d *ninaPro) parts(split Split) []string {
	switch {
	case split == Test:
		return []string{"test"}
	case split == Valid && !d.joined:
		return []string{"val"}
	case split == Train && d.joined:
		return []string{"train", "val"}
	case split == Train:
		return []string{"train"}
	}
	return nil
}

func (d *ninaPro) Info() Info {
	i := emgInfo()
	i.Name, i.Options, i.Title = "ninapro", d.options, "NinaPro DB5"
	i.Origin = Origin{From: "https://github.com/rtu715/NAS-Bench-360", Terms: "CC BY-ND", Bytes: 30_000_000}
	if d.joined {
		i.Train, i.Valid = i.Train+i.Valid, 0
	}
	for split, n := range map[Split]*int{Train: &i.Train, Valid: &i.Valid, Test: &i.Test} {
		count := 0
		for _, part := range d.parts(split) {
			// A bad file is not this call's to report: Open says what is wrong with it.
			if path, ok := findIn(d.where, "label_"+part+".npy", "ninapro"); ok {
				if labels, _, err := formats.ReadNPY[int64](path); err == nil {
					count += len(labels)
				}
			}
		}
		if count > 0 {
			*n = count
		}
	}
	return i
}

func (d *ninaPro) Open(context.Context) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.labels != nil {
		return len(d.labels), nil
	}
	parts := d.parts(d.split)
	if parts == nil {
		return 0, fmt.Errorf("datasets: ninapro: no samples are left to validate; leave the option joined away")
	}
	var values []float32
	var labels []int
	for _, part := range parts {
		v, l, err := d.load(part)
		if err != nil {
			return 0, err
		}
		values, labels = append(values, v...), append(labels, l...)
	}
	d.values, d.labels = values, labels
	return len(labels), nil
}

// here finds the files without reading them.
func (d *ninaPro) here(context.Context) error {
	for _, part := range d.parts(d.split) {
		if _, ok := findIn(d.where, "ninapro_"+part+".npy", "ninapro"); !ok {
			return fmt.Errorf("datasets: ninapro: ninapro_%s.npy: %w", part, ErrOffline)
		}
	}
	return nil
}

// ninaProMD5 are the checksums that AutoWS-Bench-101 pins.
var ninaProMD5 = map[string]string{
	"ninapro_train.npy": "d4c33785587983348e6091e86a0d30b6", "label_train.npy": "4164e7fcae3f8abed0a04fd86b704f77",
	"ninapro_val.npy": "138b106d4374a3fc204e41f6c4deda49", "label_val.npy": "f0464819f7ed56cb1cbbfafd312bd604",
	"ninapro_test.npy": "8a2b2cf87d5a5cf3986db2d67ebcfa18", "label_test.npy": "807b502000dba69ae0111063970ac5d2",
}

// load reads the two files of a part.
func (d *ninaPro) load(part string) ([]float32, []int, error) {
	paths := map[string]string{}
	for _, name := range []string{"ninapro_" + part + ".npy", "label_" + part + ".npy"} {
		path, ok := findIn(d.where, name, "ninapro")
		if !ok {
			return nil, nil, missing("ninapro", name, d.where,
				"Get the six .npy files from the Google Drive folder 1OOp6UrCiP79mTIkCrUdjjHWDo8K0bJUw of NAS-Bench-360 (30 MB) into a folder ninapro, make them of the recordings with \"zc data make ninapro\", or use synthetic-emg, which is generated")
		}
		if err := fetch.CheckMD5(path, ninaProMD5[name], d.where...); err != nil {
			return nil, nil, fmt.Errorf("datasets: ninapro: %w", err)
		}
		paths[name] = path
	}
	path := paths["ninapro_"+part+".npy"]
	values, shape, err := formats.ReadNPY[float32](path)
	if err != nil {
		return nil, nil, fmt.Errorf("datasets: ninapro: %w", err)
	}
	if len(shape) != 3 || shape[1] != emg.Length || shape[2] != emg.Electrodes {
		return nil, nil, fmt.Errorf("datasets: ninapro: %s is of shape %v, expected [samples, %d, %d]", path, shape, emg.Length, emg.Electrodes)
	}
	for i, v := range values {
		if v-v != 0 { // infinite or not a number
			return nil, nil, fmt.Errorf("datasets: ninapro: %s: sample %d holds the value %v", path, i/(emg.Length*emg.Electrodes), v)
		}
	}
	labelPath := paths["label_"+part+".npy"]
	classes, _, err := formats.ReadNPY[int64](labelPath)
	if err != nil {
		return nil, nil, fmt.Errorf("datasets: ninapro: %w", err)
	}
	if len(classes) != shape[0] || shape[0] == 0 {
		return nil, nil, fmt.Errorf("datasets: ninapro: %s holds %d labels, and %s %d samples", labelPath, len(classes), path, shape[0])
	}
	labels := make([]int, len(classes))
	for i, c := range classes {
		if c < 0 || c >= emg.Classes {
			return nil, nil, fmt.Errorf("datasets: ninapro: %s: label %d is %d, expected 0 to %d", labelPath, i, c, emg.Classes-1)
		}
		labels[i] = int(c)
	}
	return values, labels, nil
}

func (d *ninaPro) Read(ctx context.Context, numbers []int, b *Batch) error {
	n, err := d.Open(ctx)
	if err != nil {
		return err
	}
	const each = emg.Length * emg.Electrodes
	for i, p := range numbers {
		if p < 0 || p >= n {
			return fmt.Errorf("datasets: ninapro: sample %d of %d", p, n)
		}
		electrodesFirst(b.Inputs[i*each:(i+1)*each], d.values[p*each:(p+1)*each])
		b.Labels[i] = d.labels[p]
	}
	return nil
}

// electrodesFirst turns a window [52, 16] into an image [16, 52].
func electrodesFirst[T float32 | float64](image []float32, window []T) {
	for t := range emg.Length {
		for c := range emg.Electrodes {
			image[c*emg.Length+t] = float32(window[t*emg.Electrodes+c])
		}
	}
}

func (d *ninaPro) Labels(ctx context.Context) ([]int, error) {
	_, err := d.Open(ctx)
	return slices.Clone(d.labels), err
}
