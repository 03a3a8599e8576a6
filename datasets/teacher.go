package datasets

import (
	"context"
	"fmt"
	"math"

	"github.com/zcnas/zcnas/datasets/stream"
)

// teacher is the data set of the reference cases of training: images of noise and one colour, labelled by a linear
// teacher that looks at the colour.
type teacher struct {
	info    Info
	split   Split
	seed    uint64
	weights []float64 // [classes, C]
}

func init() { register("teacher", newTeacher) }

// WithSamples sets the numbers of training and test images of the data set "teacher"; the defaults are 256 and 100.
func WithSamples(train, test int) Option { return With("samples", fmt.Sprintf("%d,%d", train, test)) }

// WithTeacherSeed sets the seed of the data set "teacher"; the default is 0.
func WithTeacherSeed(seed uint64) Option { return With("teacher_seed", seed) }

// newTeacher makes the data set. With u the uniform draws of a stream and a split train or test: noise [N, C, H, W] of
// stream "train.noise", colour [N, C] of "train.colour" and teacher [classes, C] of "teacher" are (2u−1)·√3 in float64;
// an image is (noise + colour)/√2, its label the first class k with the largest Σ_c colour[c]·teacher[k, c].
func newTeacher(o *Options) (Dataset, error) {
	t := &teacher{split: o.Split(Train, Test), seed: o.Uint64("teacher_seed", 0, "seed of images and teacher")}
	in := o.Ints("shape", []int{3, 8, 8}, widest, "shape of one image")
	classes := o.Int("classes", 10, 1, widest, "classes")
	n := o.Ints("samples", []int{256, 100}, 1<<24, "training and test images")
	t.info = Info{Name: "teacher", Options: o.Changed(), Title: "Noise with a teacher", C: in[0], H: in[1], W: in[2],
		Outputs: classes, Loss: CrossEntropy, Train: n[0], Test: n[1]}
	t.weights = t.unit("teacher", 0, classes*in[0])
	return FromSamples(t), nil
}

// unit draws n values of mean 0 and variance 1, after the first skip.
func (t *teacher) unit(name string, skip, n int) []float64 {
	s := stream.New(name, t.seed)
	s.Skip(skip)
	v := make([]float64, n)
	for i := range v {
		v[i] = (2*s.Uniform() - 1) * math.Sqrt(3)
	}
	return v
}

func (t *teacher) Info() Info { return t.info }

func (t *teacher) Open(context.Context) (int, error) {
	if t.split == Test {
		return t.info.Test, nil
	}
	return t.info.Train, nil
}

func (t *teacher) Read(ctx context.Context, numbers []int, b *Batch) error {
	plane := t.info.H * t.info.W
	for i, p := range numbers {
		if err := ctx.Err(); err != nil {
			return err
		}
		colour := t.colour(p)
		size := len(colour) * plane
		for k, v := range t.unit(string(t.split)+".noise", p*size, size) {
			b.Inputs[i*size+k] = float32((v + colour[k/plane]) / math.Sqrt2)
		}
		b.Labels[i] = t.label(colour)
	}
	return nil
}

func (t *teacher) Labels(ctx context.Context) ([]int, error) {
	n, err := t.Open(ctx)
	labels := make([]int, n)
	for i := range labels {
		labels[i] = t.label(t.colour(i))
	}
	return labels, err
}

func (t *teacher) colour(number int) []float64 {
	return t.unit(string(t.split)+".colour", number*t.info.C, t.info.C)
}

func (t *teacher) label(colour []float64) int {
	best, most := 0, math.Inf(-1)
	for k := range t.info.Outputs {
		sum := 0.0
		for c, v := range colour {
			sum += float64(v * t.weights[k*len(colour)+c]) // no fused multiply-add: labels are the same on every processor
		}
		if sum > most {
			best, most = k, sum
		}
	}
	return best
}
