package datasets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/zcnas/zcnas/datasets/fetch"
	"github.com/zcnas/zcnas/datasets/formats"
)

const (
	imageNet16Source = "https://github.com/D-X-Y/AutoDL-Projects (NAS-Bench-201's page links ImageNet16)"
	imageNetTerms    = "ImageNet's: research and non-commercial use, no redistribution"
	imageNet16Pixels = 3 * 16 * 16
	imageNetClasses  = 1000
)

// imageNet16MD5 are the checksums that NATS-Bench's code pins.
var imageNet16MD5 = map[string]string{
	"train_data_batch_1": "27846dcaa50de8e21a7d1a35f30f0e91", "train_data_batch_2": "c7254a054e0e795c69120a5727050e3f",
	"train_data_batch_3": "4333d3df2e5ffb114b05d2ffc19b1e87", "train_data_batch_4": "1620cdf193304f4a92677b695d70d10f",
	"train_data_batch_5": "348b3c2fdbb3940c4e9e834affd3b18d", "train_data_batch_6": "6e765307c242a1b3d7d5ef9139b48945",
	"train_data_batch_7": "564926d8cbf8fc4818ba23d2faac7564", "train_data_batch_8": "f4755871f718ccb653440b9dd0ebac66",
	"train_data_batch_9": "bb6dd660c38c58552125b1a92f86b5d4", "train_data_batch_10": "8f03f34ac4b42271a294f91bf480f29b",
	"val_data": "3410e3017fdaefba8d5073aaa65e4bd6",
}

func init() { register("imagenet16-120", newImageNet16) }

// ImageNet16 returns the data set "imagenet16-120": ImageNet (Chrabaszcz et al. 2017) scaled to 16×16 pixels, the first
// 120 of its classes, as NATS-Bench has it (151,700 and 6,000 pictures). The published batches, train_data_batch_1 to
// _10 and val_data, have to be put into the folder ImageNet16 of a data folder; some of the training batches will do.
// The test part is val_data. The option classes takes another number of classes, up to 1000.
func ImageNet16(opts ...Option) (Dataset, error) { return Get("imagenet16-120", opts...) }

func newImageNet16(o *Options) (Dataset, error) {
	classes := o.Int("classes", 120, 2, imageNetClasses, "classes, the first ones of ImageNet's 1000")
	where := o.Files()
	d := &resident{split: o.Split(Train, Valid, Test), valid: o.Valid(0),
		scale: torchScale([3]float64{122.68, 116.66, 104.01}, [3]float64{63.22, 61.26, 65.09})}
	info := Info{Name: "imagenet16-120", Options: o.Changed(), Title: "ImageNet16-120", C: 3, H: 16, W: 16, Outputs: classes, Loss: CrossEntropy}
	if classes == 120 {
		info.Train, info.Valid, info.Test = 151700-d.valid, d.valid, 6000
	} else {
		info.Title = fmt.Sprintf("ImageNet16, %d classes", classes)
	}
	info.Origin = Origin{From: imageNet16Source, Terms: imageNetTerms}
	d.describe = func() Info { return info }
	locate := func() (string, error) {
		return fetch.Locate("ImageNet16", imageNet16Source+"; terms: "+imageNetTerms, []string{"ImageNet16", "imagenet16"}, where...)
	}
	d.find = func() error {
		_, err := locate()
		return err
	}
	d.load = func(ctx context.Context) (*images, error) {
		dir, err := locate()
		if err != nil {
			return nil, err
		}
		names := []string{"val_data"}
		if d.split != Test {
			names = names[:0]
			for k := range 10 {
				names = append(names, fmt.Sprintf("train_data_batch_%d", k+1))
			}
		}
		return readImageNet16(ctx, dir, names, classes, where)
	}
	return FromSamples(d), nil
}

// readImageNet16 reads those of the named batches that are there.
func readImageNet16(ctx context.Context, dir string, names []string, classes int, where []fetch.Option) (*images, error) {
	all := &images{size: imageNet16Pixels}
	found := false
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		path := filepath.Join(dir, name)
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = true
		err = func() error {
			defer f.Close()
			st, err := f.Stat()
			if err != nil {
				return err
			}
			if !st.Mode().IsRegular() {
				return errors.New("not a file")
			}
			if err := fetch.CheckMD5(path, imageNet16MD5[name], where...); err != nil {
				return err
			}
			v, err := formats.ReadPickle(f, st.Size())
			if err != nil {
				return err
			}
			return all.addImageNet16(v, classes)
		}()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if !found {
		return nil, fmt.Errorf("%s holds none of %v: %w; put them there", dir, names, fetch.ErrMissing)
	}
	return all, nil
}

// addImageNet16 adds the pictures of the first classes of a batch: {data: [N, 768] bytes, labels: N of 1…1000}.
func (a *images) addImageNet16(v any, classes int) error {
	m, err := formats.DictFields(v)
	if err != nil {
		return err
	}
	pix, shape, err := formats.ArrayOf[uint8](m["data"])
	if err != nil {
		return fmt.Errorf("data: %w", err)
	}
	labels, _, err := formats.ArrayOf[int64](m["labels"])
	if err != nil {
		return fmt.Errorf("labels: %w", err)
	}
	if len(shape) < 2 || shape[0] != len(labels) || len(pix) != len(labels)*imageNet16Pixels {
		return fmt.Errorf("data has the shape %v, expected [%d, %d] for the %d labels", shape, len(labels), imageNet16Pixels, len(labels))
	}
	for i, c := range labels {
		if c < 1 || c > imageNetClasses {
			return fmt.Errorf("label %d is %d, expected 1…%d", i, c, imageNetClasses)
		}
		if c <= int64(classes) {
			a.labels = append(a.labels, int(c)-1)
			a.pix = append(a.pix, pix[i*imageNet16Pixels:(i+1)*imageNet16Pixels]...)
		}
	}
	return nil
}
