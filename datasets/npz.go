package datasets

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/datasets/formats"
)

// maxNPZ bounds the bytes of an archive that is read into memory.
const maxNPZ = 8 << 30

// FromNPZ makes a data set of NumPy arrays in an .npz file, read into memory: x, the inputs, [N, C, H, W], [N, H, W] or
// [N, features], and y, class labels from 0 ([N], or [N, H, W] for pixels) as whole numbers, or targets ([N, outputs] or
// [N, outputs, H, W]) as floating-point numbers. Bytes become (x/255 − 0.5)/0.5, other inputs stay as they are. Arrays
// x_train, y_train, x_valid, y_valid, x_test, y_test in their place are the parts for [WithSplit]; without them
// [WithValid] sets the last samples apart.
//
// Options: split, valid, classes ([WithOutputs]), loss ([WithLoss]; "mse" for targets). Errors name the file and the
// array.
func FromNPZ(path string, opts ...Option) (Dataset, error) {
	name := nameOf("npz", path)
	o := newOptions(name, opts)
	split, valid := o.Split(Train, Valid, Test), o.Valid(0)
	classes := o.Int("classes", 0, 0, widest, "classes; by default one more than the largest label")
	loss := o.Text("loss", "", "loss for targets", "", MSE, L1, RelL2, SoftCrossEntropy)
	if err := o.Err(); err != nil {
		return nil, err
	}
	d, err := readNPZ(path, split, valid, Arrays{Name: name, Title: path, Outputs: classes, Loss: loss})
	if err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	d.info.Options = o.Changed()
	return FromSamples(d), nil
}

func readNPZ(path string, split Split, valid int, a Arrays) (*arrays, error) {
	if st, err := os.Stat(path); err != nil {
		return nil, err
	} else if st.Size() > maxNPZ {
		return nil, fmt.Errorf("%s: %d bytes are more than the %d GiB that are read into memory; make a folder of images of it, or several files", path, st.Size(), maxNPZ>>30)
	}
	z, err := formats.OpenNPZ(path)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	suffix := "_" + string(split)
	parts := slices.Contains(z.Names(), "x_"+string(Train))
	if !parts {
		suffix = ""
	}
	inputs, shape, scaled, err := npzInputs(z, "x"+suffix)
	if err != nil {
		return nil, err
	}
	if len(shape) < 2 {
		return nil, fmt.Errorf("%s: array %q has the shape %v; want [N, C, H, W], [N, H, W] or [N, features]", path, "x"+suffix, shape)
	}
	a.Inputs, a.Shape = inputs, shape[1:]
	if err := npzTargets(z, path, "y"+suffix, shape[0], &a); err != nil {
		return nil, err
	}
	if !parts {
		if split == Test {
			return nil, fmt.Errorf("%s: it has no arrays x_train and x_test, so there is no test part", path)
		}
		if err := a.cut(split, valid, shape[0]); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	} else if valid > 0 {
		return nil, fmt.Errorf("%s: it has parts of its own, so the option valid does not apply", path)
	}
	i, err := a.info()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if scaled {
		i.Black = slices.Repeat([]float32{-1}, i.C)
	}
	return &arrays{a, i, i.Train}, nil
}

// npzInputs reads an array as numbers; scaled says that they were bytes.
func npzInputs(z *formats.NPZ, name string) (values []float32, shape []int, scaled bool, err error) {
	dtype, _, err := z.Header(name)
	if err != nil {
		return nil, nil, false, err
	}
	if dtype != "|u1" {
		values, shape, err = formats.ReadNPZ[float32](z, name)
		return values, shape, false, err
	}
	bytes, shape, err := formats.ReadNPZ[uint8](z, name)
	if err != nil {
		return nil, nil, false, err
	}
	values = make([]float32, len(bytes))
	for i, v := range bytes {
		values[i] = imageValue(v)
	}
	return values, shape, true, nil
}

// npzTargets reads labels or targets of n samples.
func npzTargets(z *formats.NPZ, path, name string, n int, a *Arrays) error {
	targets, shape, err := formats.ReadNPZ[float64](z, name)
	if err != nil {
		return err
	}
	if len(shape) == 0 || shape[0] != n {
		return fmt.Errorf("%s: array %q has the shape %v; want %d samples", path, name, shape, n)
	}
	whole := a.Loss == "" && !slices.ContainsFunc(targets, func(v float64) bool { return v != math.Trunc(v) || v < 0 || v >= widest })
	if whole && len(shape) != 2 && len(shape) != 4 {
		a.Labels = make([]int, len(targets))
		for i, v := range targets {
			a.Labels[i] = int(v)
		}
		return nil
	}
	if len(shape) != 2 && len(shape) != 4 {
		return fmt.Errorf("%s: array %q has the shape %v and values that are no classes; want labels [N] or [N, H, W] as whole numbers from 0, or targets [N, outputs] or [N, outputs, H, W]",
			path, name, shape)
	}
	a.Targets, a.TargetShape = make([]float32, len(targets)), shape[1:]
	for i, v := range targets {
		a.Targets[i] = float32(v)
	}
	return nil
}

// cut takes the part of a split where the last valid of n samples are set apart.
func (a *Arrays) cut(split Split, valid, n int) error {
	from, count, err := part(Info{Name: a.Name}, split, n, valid)
	if err != nil {
		return fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "datasets: "))
	}
	rows := func(values int) (int, int) { each := values / n; return from * each, (from + count) * each }
	lo, hi := rows(len(a.Inputs))
	a.Inputs = a.Inputs[lo:hi]
	if a.Labels != nil {
		lo, hi = rows(len(a.Labels))
		if a.Outputs == 0 && len(a.Labels) > 0 {
			a.Outputs = slices.Max(a.Labels) + 1 // of all parts alike
		}
		a.Labels = a.Labels[lo:hi]
	} else {
		lo, hi = rows(len(a.Targets))
		a.Targets = a.Targets[lo:hi]
	}
	return nil
}
