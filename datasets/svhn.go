package datasets

import (
	"context"
	"fmt"
	"slices"

	"github.com/zcnas/zcnas/datasets/fetch"
	"github.com/zcnas/zcnas/datasets/formats"
)

// The published files of cropped digits. http is what their server has; the checksums are pinned.
var (
	svhnTrain = fetch.Source{Path: "svhn/train_32x32.mat", URL: "http://ufldl.stanford.edu/housenumbers/train_32x32.mat",
		SHA256: "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8", Size: 182040794}
	svhnTest = fetch.Source{Path: "svhn/test_32x32.mat", URL: "http://ufldl.stanford.edu/housenumbers/test_32x32.mat",
		SHA256: "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b", Size: 64275384}
)

func init() { register("svhn", newSVHN) }

// SVHN returns the data set "svhn": the cropped digits of Street View House Numbers (Netzer et al. 2011), 73,257 and
// 26,032 pictures of 32×32 pixels. Its classes are the digits 0 to 9; the files have 10 for 0. Normalisation is that of
// NASLib. The pictures of a part, 225 MB of training, are kept in memory.
func SVHN(opts ...Option) (Dataset, error) { return Get("svhn", opts...) }

func newSVHN(o *Options) (Dataset, error) {
	where := o.Files()
	d := &resident{split: o.Split(Train, Valid, Test), valid: o.Valid(0),
		scale: torchScale([3]float64{0.4377 * 255, 0.4438 * 255, 0.4728 * 255}, [3]float64{0.198 * 255, 0.201 * 255, 0.197 * 255})}
	info := Info{Name: "svhn", Options: o.Changed(), Title: "SVHN", C: 3, H: 32, W: 32, Outputs: 10, Loss: CrossEntropy,
		Train: 73257 - d.valid, Valid: d.valid, Test: 26032}
	info.Origin = Origin{From: "http://ufldl.stanford.edu/housenumbers", Terms: "non-commercial use only", Bytes: svhnTrain.Size + svhnTest.Size}
	d.describe = func() Info { return info }
	file := svhnTrain
	if d.split == Test {
		file = svhnTest
	}
	d.find = func() error { return here(file, where) }
	d.load = func(ctx context.Context) (*images, error) {
		path, err := fetch.File(ctx, file, where...)
		if err != nil {
			return nil, err
		}
		return readSVHN(path)
	}
	return FromSamples(d), nil
}

// readSVHN reads X [32, 32, 3, N] and y, N of 1…10.
func readSVHN(path string) (*images, error) {
	m, err := formats.OpenMat(path)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	x, err := m.Var("X")
	if err != nil {
		return nil, err
	}
	y, err := m.Var("y")
	if err != nil {
		return nil, err
	}
	if dims := x.Dims; len(dims) == 3 { // MATLAB drops a last dimension of 1
		x.Dims = append(slices.Clone(dims), 1)
	}
	if len(x.Dims) != 4 || !slices.Equal(x.Dims[:3], []int{32, 32, 3}) {
		return nil, fmt.Errorf("%s: X has the dimensions %v, expected [32 32 3 N]", path, x.Dims)
	}
	n := x.Dims[3]
	if product(y.Dims) != n {
		return nil, fmt.Errorf("%s: y has the dimensions %v, expected [%d 1] for X %v", path, y.Dims, n, x.Dims)
	}
	labels, _, err := formats.ReadMat[int64](m, "y")
	if err != nil {
		return nil, err
	}
	pix, _, err := formats.ReadMat[uint8](m, "X")
	if err != nil {
		return nil, err
	}
	all := &images{size: 3 * 32 * 32, pix: pix, labels: make([]int, n)}
	for i, c := range labels {
		if c < 1 || c > 10 {
			return nil, fmt.Errorf("%s: y: label %d is %d, expected 1…10", path, i, c)
		}
		all.labels[i] = int(c) % 10
	}
	// Columns come first in the file: each plane is turned over, in place.
	for plane := 0; plane < len(pix); plane += 32 * 32 {
		p := pix[plane : plane+32*32]
		for row := range 32 {
			for column := range row {
				p[row*32+column], p[column*32+row] = p[column*32+row], p[row*32+column]
			}
		}
	}
	return all, nil
}
