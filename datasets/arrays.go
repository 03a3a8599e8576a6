package datasets

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// Arrays are samples in memory: what [FromArrays] makes a data set of.
type Arrays struct {
	Name  string // without blanks; "arrays" where it is ""
	Title string // for headings; the name where it is ""

	Inputs []float32 // [N, C, H, W], used as they are
	Shape  []int     // of one input: [C, H, W], [H, W] or [features]

	// Labels are classes from 0, [N], or [N, H, W] where every pixel has one, or nil.
	Labels []int
	// Targets are numbers to be met, [N, TargetShape...], where there are no labels: [outputs] for a sample, or
	// [outputs, H, W] for a map.
	Targets     []float32
	TargetShape []int

	Outputs int    // classes; 0 for one more than the largest label. Of targets it is the first of TargetShape
	Loss    string // for targets: "mse" where it is "", "l1", "rel_l2" or "soft_cross_entropy"
}

// FromArrays makes a data set of samples in memory; the slices are not copied. Errors name the field that does not fit:
// lengths that are no whole number of samples, values that are not finite, labels outside the classes.
func FromArrays(a Arrays) (Dataset, error) {
	i, err := a.info()
	if err != nil {
		return nil, fmt.Errorf("datasets: arrays: %w", err)
	}
	return FromSamples(&arrays{a, i, len(a.Inputs) / (i.C * i.H * i.W)}), nil
}

// info checks the arrays and describes them.
func (a *Arrays) info() (Info, error) {
	i := Info{Name: a.Name, Title: a.Title, Outputs: a.Outputs, Loss: CrossEntropy}
	if i.Name == "" {
		i.Name = "arrays"
	}
	if i.Title == "" {
		i.Title = i.Name
	}
	for _, d := range slices.Concat(a.Shape, a.TargetShape) {
		if d < 1 || d > widest {
			return i, fmt.Errorf("fields Shape %v and TargetShape %v: every number must be in 1…%d", a.Shape, a.TargetShape, widest)
		}
	}
	switch s := a.Shape; len(s) {
	case 1:
		i.C, i.H, i.W = s[0], 1, 1
	case 2:
		i.C, i.H, i.W = 1, s[0], s[1]
	case 3:
		i.C, i.H, i.W = s[0], s[1], s[2]
	default:
		return i, fmt.Errorf("field Shape %v: want one input's [C, H, W], [H, W] or [features]", s)
	}
	each := i.C * i.H * i.W
	n := len(a.Inputs) / each
	if n == 0 || n*each != len(a.Inputs) {
		return i, fmt.Errorf("field Inputs has %d values, which is no whole number of samples of %v = %d", len(a.Inputs), a.Shape, each)
	}
	i.Train = n
	if at := slices.IndexFunc(a.Inputs, notFinite); at >= 0 {
		return i, fmt.Errorf("field Inputs: value %d of sample %d is %v", at%each, at/each, a.Inputs[at])
	}
	switch {
	case (a.Labels == nil) == (a.Targets == nil):
		return i, fmt.Errorf("give either Labels or Targets")
	case a.Labels != nil:
		return i, a.checkLabels(&i, n)
	}
	return i, a.checkTargets(&i, n)
}

func (a *Arrays) checkLabels(i *Info, n int) error {
	switch len(a.Labels) {
	case n:
	case n * i.H * i.W:
		i.TargetShape = []int{i.H, i.W}
	default:
		return fmt.Errorf("field Labels has %d values for %d samples; want one for each, or one for each of %d×%d pixels", len(a.Labels), n, i.H, i.W)
	}
	if most := slices.Max(a.Labels); i.Outputs == 0 {
		i.Outputs = most + 1
	}
	if i.Outputs < 1 || i.Outputs > widest {
		return fmt.Errorf("field Outputs: %d classes; give 1 to %d", i.Outputs, widest)
	}
	if at := slices.IndexFunc(a.Labels, func(c int) bool { return c < 0 || c >= i.Outputs }); at >= 0 {
		return fmt.Errorf("field Labels: value %d is %d, and there are the classes 0…%d", at, a.Labels[at], i.Outputs-1)
	}
	if a.Loss != "" && a.Loss != CrossEntropy {
		return fmt.Errorf("field Loss %q is not for labels; leave it empty", a.Loss)
	}
	return nil
}

func (a *Arrays) checkTargets(i *Info, n int) error {
	if l := len(a.TargetShape); l != 1 && l != 3 {
		return fmt.Errorf("field TargetShape %v: want [outputs] or [outputs, H, W]", a.TargetShape)
	}
	i.TargetShape, i.Outputs, i.Loss = a.TargetShape, a.TargetShape[0], a.Loss
	if i.Loss == "" {
		i.Loss = MSE
	}
	if known := []string{MSE, L1, RelL2, SoftCrossEntropy}; !slices.Contains(known, i.Loss) {
		return fmt.Errorf("field Loss %q is not for targets; there are %v", i.Loss, known)
	}
	if a.Outputs != 0 && a.Outputs != i.Outputs {
		return fmt.Errorf("field Outputs is %d, and TargetShape %v says %d", a.Outputs, a.TargetShape, i.Outputs)
	}
	if len(a.Targets) != n*product(a.TargetShape) {
		return fmt.Errorf("field Targets has %d values; want %d samples of %v", len(a.Targets), n, a.TargetShape)
	}
	if at := slices.IndexFunc(a.Targets, notFinite); at >= 0 {
		return fmt.Errorf("field Targets: value %d is %v", at, a.Targets[at])
	}
	return nil
}

func notFinite(v float32) bool { return math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) }

// arrays serves the samples.
type arrays struct {
	Arrays
	info Info
	n    int
}

func (a *arrays) Info() Info { return a.info }

func (a *arrays) Open(context.Context) (int, error) { return a.n, nil }

func (a *arrays) Read(ctx context.Context, numbers []int, b *Batch) error {
	for i, p := range numbers {
		if p < 0 || p >= a.n {
			return fmt.Errorf("datasets: %s: sample %d of %d", a.info.Name, p, a.n)
		}
		copyRow(b.Inputs, a.Inputs, i, p, b.C*b.H*b.W)
		if a.Arrays.Labels != nil {
			copyRow(b.Labels, a.Arrays.Labels, i, p, product(b.TargetShape))
		} else {
			copyRow(b.Targets, a.Targets, i, p, product(b.TargetShape))
		}
	}
	return ctx.Err()
}

func copyRow[T any](dst, src []T, to, from, n int) { copy(dst[to*n:(to+1)*n], src[from*n:(from+1)*n]) }

func (a *arrays) Labels(context.Context) ([]int, error) {
	if len(a.info.TargetShape) > 0 {
		return nil, nil
	}
	return a.Arrays.Labels, nil
}
